"""The proof of one document, and the export of its dossier's archive."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from facturier.server.archive import export
from facturier.server.archive.models import ProofEnvelope
from facturier.server.documents import store
from facturier.server.web.access import in_dossier
from facturier.server.web.dossier import frame

if TYPE_CHECKING:
    from facturier.server.archive.models import Seal
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An envelope, read again and compared with what it says."""

    envelope: ProofEnvelope
    facts: dict[str, Any]
    seal: Seal | None
    altered: tuple[str, ...]
    """What no longer is what was written, in French."""


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Show the envelopes of one document, each read again at this moment."""
    found = get_object_or_404(dossier.documents.select_related("stored"), pk=document)
    seals = {one.month: one for one in dossier.seals.select_related("timestamp")}
    shown = [_shown(one, seals) for one in found.proof_envelopes.order_by("sequence")]
    tab = "emises" if found.direction == "issued" else "recues"
    context = frame(request, dossier, tab) | {
        "document": found,
        "shown": shown,
        "altered": [fault for one in shown for fault in one.altered],
        "head": dossier.proof_envelopes.order_by("sequence").last(),
        "months": dossier.proof_envelopes.order_by("-month").values_list("month").distinct(),
    }
    return render(request, "facturier/proof.html", context)


def _shown(envelope: ProofEnvelope, seals: dict[str, Seal]) -> Shown:
    facts = envelope.facts
    faults = [] if envelope.is_intact else [_("L'enveloppe n° %d") % envelope.sequence]
    for one in facts["files"]:
        try:
            store.get(one["sha256"])
        except (OSError, store.AlteredBytes):
            faults.append(_("Le fichier %s") % one["sha256"])
    return Shown(
        envelope=envelope, facts=facts, seal=seals.get(envelope.month), altered=tuple(faults)
    )


@in_dossier
@require_GET
def archive(request: Request, dossier: Dossier) -> FileResponse:
    """Give the archive of the dossier, or of one month of it (``mois``), as a zip."""
    month = request.GET.get("mois", "")
    if month and not re.fullmatch(r"\d{4}-\d{2}", month):
        raise Http404
    name = export.name_of(dossier, month)
    # closed, and so removed, by the response
    file = tempfile.TemporaryFile()  # noqa: SIM115
    with export.zipped(file, name) as writer:
        export.export(dossier, writer, month=month)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.zip")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
