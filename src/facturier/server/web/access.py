"""The door of every page about a dossier."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from facturier.server.firm.rights import keeps_books

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django_htmx.middleware import HtmxDetails

    from facturier.server.firm.models import Dossier, DossierQuerySet, Person

    class Request(HttpRequest):
        """A request as the middlewares leave it, of someone who signed in."""

        dossiers: DossierQuerySet
        cabinets: tuple[int, ...]
        """Ids of the cabinets that the person leads."""
        must_enrol: bool
        """Whether a second factor is demanded of the person, who has none."""
        factor_due: datetime | None
        """From when it is demanded; None: they have one, or nobody asks."""
        htmx: HtmxDetails
        user: Person


def in_dossier(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give `view` the dossier of the address; 404 to who may not see it, as if there were none."""

    @login_required
    @wraps(view)
    def find_then_view(request: Request, dossier: int, **names: Any) -> HttpResponseBase:
        visible = request.dossiers.select_related("cabinet", "responsible")
        return view(request, get_object_or_404(visible, pk=dossier), **names)

    return cast("Callable[..., HttpResponseBase]", find_then_view)


def must_keep_books(request: Request, dossier: Dossier) -> None:
    """Refuse (403) who is not of the cabinet (:func:`facturier.server.firm.rights.keeps_books`)."""
    if not keeps_books(request.user, dossier):
        raise PermissionDenied


def stem_of(number: str) -> str:
    """Return the number of an invoice as the beginning of a file's name."""
    return "".join(c if c.isalnum() else "-" for c in number)


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Answer with a file to keep, never to show: no browser will run what a stranger sent.

    :class:`facturier.server.web.headers.ContentPolicy` adds what all files have.
    """
    response = HttpResponse(content, content_type=media_type)
    safe = "".join(c if c.isprintable() and c not in '/\\"' else "_" for c in name) or "fichier"
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=safe
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
