"""Start from another program: its FEC is deposited, judged, and taken over on confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.server.books import taking_over
from facturier.server.books.models import Takeover
from facturier.server.web.access import attachment, in_dossier, must_keep_books
from facturier.server.web.dossier import frame
from facturier.server.web.ledger import TAB

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

SHOWN = 50


@in_dossier
@require_http_methods(["GET", "POST"])
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the files that came, and take one more."""
    given = request.FILES.get("fichier")
    if request.method == "POST":
        must_keep_books(request, dossier)
        if given is not None:
            kept = taking_over.keep(dossier, given.name or "", given.read(), request.user)
            return redirect("takeover", dossier.pk, kept.pk)
        messages.warning(request, "Aucun fichier à lire.")
    rows = dossier.takeovers.select_related("by")[:SHOWN]
    context = frame(request, dossier, TAB) | {"takeovers": rows}
    return render(request, "facturier/takeovers.html", context)


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, takeover: int) -> HttpResponse:
    """Show what a file says, the doubts, and what confirming would do."""
    row = _row(dossier, takeover)
    is_waiting = row.state == Takeover.State.WAITING
    seen = taking_over.preview(row) if is_waiting else None
    doubts = seen.over.doubts if seen and seen.over else row.doubts
    context = frame(request, dossier, TAB) | {
        "row": row, "seen": seen, "doubts": doubts, "is_waiting": is_waiting,
    }  # fmt: skip
    return render(request, "facturier/takeover.html", context)


def _row(dossier: Dossier, takeover: int) -> Takeover:
    rows = dossier.takeovers.select_related("dossier", "by", "stored")
    return get_object_or_404(rows, pk=takeover)


@in_dossier
@require_POST
def take(request: Request, dossier: Dossier, takeover: int) -> HttpResponse:
    """Take a file over, or set it aside."""
    row = _row(dossier, takeover)
    must_keep_books(request, dossier)
    if "ecarter" in request.POST:
        taking_over.set_aside(row)
        messages.success(request, "Le fichier est écarté ; il reste conservé.")
        return redirect("takeovers", dossier.pk)
    try:
        done = taking_over.take_in(row, request.user)
    except RefusedByUs as error:
        messages.error(request, error.in_full)
        return redirect("takeover", dossier.pk, row.pk)
    messages.success(request, f"{done} écritures reprises.")
    return redirect("takeover", dossier.pk, row.pk)


@in_dossier
@require_GET
def content(request: Request, dossier: Dossier, takeover: int) -> HttpResponse:  # noqa: ARG001
    """Give a file back, byte for byte."""
    row = _row(dossier, takeover)
    return attachment(taking_over.content(row), row.name, "text/plain")
