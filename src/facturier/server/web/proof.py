"""The proof of one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from facturier.server.archive import reading
from facturier.server.web.access import in_dossier
from facturier.server.web.dossier import frame, tab_of

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Show the envelopes of one document, each read again at this moment."""
    found = get_object_or_404(dossier.documents.select_related("stored"), pk=document)
    shown = reading.envelopes_of(found)
    context = frame(request, dossier, tab_of(found)) | {
        "document": found,
        "shown": shown,
        "purged": next((one.purged for one in shown if one.purged), None),
        "altered": [fault for one in shown for fault in one.altered],
        "head": dossier.proof_envelopes.order_by("sequence").last(),
    }
    return render(request, "facturier/proof.html", context)
