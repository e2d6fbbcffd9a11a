"""The audit trail of one entry, as a page and as PDF, and the register of controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from facturier.server.archive import controls, trail
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.dossier import frame

if TYPE_CHECKING:
    from facturier.server.books.models import Entry
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

PAGE = 100


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, entry: int) -> HttpResponse:
    """Show the chain of an entry, each proof read again at this moment."""
    found = trail.of_entry(_entry(dossier, entry))
    context = frame(request, dossier, "ecritures") | {"trail": found}
    return render(request, "facturier/trail.html", context)


@in_dossier
@require_GET
def pdf_file(request: Request, dossier: Dossier, entry: int) -> HttpResponse:  # noqa: ARG001
    """Give the chain of an entry as PDF."""
    found = _entry(dossier, entry)
    name = f"piste-{found.journal.code}-{found.number or found.pk}.pdf"
    return attachment(trail.pdf(trail.of_entry(found)), name, "application/pdf")


def _entry(dossier: Dossier, entry: int) -> Entry:
    kept = dossier.entries.select_related(
        "journal", "dossier", "validated_by", "document__flow", "document__stored"
    )
    return get_object_or_404(kept.prefetch_related("lines"), pk=entry)


@in_dossier
@require_GET
def register(request: Request, dossier: Dossier) -> HttpResponse:
    """List who checked what and when, the latest first."""
    month = request.GET.get("mois", "")
    rows = Paginator(controls.of_dossier(dossier, month), PAGE).get_page(request.GET.get("page"))
    context = frame(request, dossier, "ecritures") | {
        "page": rows, "shown": [controls.shown(one) for one in rows], "month": month,
        "months": dossier.seals.order_by("-month").values_list("month", flat=True),
    }  # fmt: skip
    return render(request, "facturier/controls.html", context)
