"""The pages of who administers the installation: what belongs to no dossier."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from facturier.server.documents import store
from facturier.server.portal import strangers
from facturier.server.web.access import attachment
from facturier.server.web.doing import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.server.web.access import Request

PAGE = 100


def for_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Open `view` to who administers the installation; 404 to everybody else."""

    @login_required
    @wraps(view)
    def check_then_view(request: Request, **names: Any) -> HttpResponse:
        if not request.user.is_superuser:
            raise Http404
        return view(request, **names)

    return cast("Callable[..., HttpResponseBase]", check_then_view)


@for_administrators
@require_GET
def page(request: Request) -> HttpResponse:
    """List the answers of the portal that no dossier owns."""
    rows = Paginator(strangers.of_nobody(), PAGE).get_page(request.GET.get("page"))
    context = {"page": rows, "waiting": strangers.waiting(), "is_installation": True}
    return render(request, "facturier/installation.html", context)


@for_administrators
@require_GET
def answer(request: Request, portal_answer: int) -> HttpResponse:  # noqa: ARG001
    """Give such an answer as it came, byte for byte."""
    found = get_object_or_404(strangers.of_nobody(), pk=portal_answer)
    return attachment(store.get(str(found.stored_id)), found.name, "application/xml")


@for_administrators
@require_POST
def close(request: Request, portal_answer: int) -> HttpResponse:
    """Note what such an answer was."""
    found = get_object_or_404(strangers.of_nobody(), pk=portal_answer)
    why = request.POST.get("pourquoi", "")
    do(request, lambda: strangers.close(found, request.user, why), _("La réponse est classée."))
    return redirect("installation")
