"""The proof of one document, and the export of its dossier's archive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from facturier.server.archive import export, reading
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
        "altered": [fault for one in shown for fault in one.altered],
        "head": dossier.proof_envelopes.order_by("sequence").last(),
        "months": dossier.proof_envelopes.order_by("-month").values_list("month").distinct(),
    }
    return render(request, "facturier/proof.html", context)


@in_dossier
@require_GET
def archive(request: Request, dossier: Dossier) -> FileResponse:
    """Give the archive of the dossier, or of one month of it (``mois``), as a zip."""
    month = request.GET.get("mois", "")
    if month and not re.fullmatch(r"\d{4}-\d{2}", month):
        raise Http404
    response = FileResponse(
        reading.archive_of(dossier, month), as_attachment=True,
        filename=f"{export.name_of(dossier, month)}.zip",
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response
