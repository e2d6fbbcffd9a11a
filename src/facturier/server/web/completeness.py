"""No invoice lost: the comparison of each month of a dossier, and its certificates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from facturier.server.archive import signing, verify_certificate
from facturier.server.completeness import certificate as certificates
from facturier.server.completeness import tasks
from facturier.server.documents import store
from facturier.server.web.access import attachment, in_dossier, must_keep_books
from facturier.server.web.dossier import frame

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

TAB = "journaux"
MOST_GAPS = 200


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the comparisons, the gaps of one month with their remedies, and the certificates."""
    comparisons = list(dossier.comparisons.order_by("-month").defer("gaps")[:24])
    months = {one.month: one for one in comparisons}
    asked = request.GET.get("mois", "")
    lacking = next((one.month for one in comparisons if one.lacks), "")
    shown = months.get(asked) or months.get(lacking) or next(iter(comparisons), None)
    issued = dossier.certificates.select_related("envelope", "made_by")
    context = frame(request, dossier, TAB) | {
        "comparisons": comparisons, "shown": shown, "gaps": shown.gaps[:MOST_GAPS] if shown else [],
        "certificates": issued.order_by("-month", "-pk")[:24],
        "fingerprint": signing.own_fingerprint(),
    }  # fmt: skip
    return render(request, "facturier/completeness.html", context)


@in_dossier
@require_POST
def compare(request: Request, dossier: Dossier) -> HttpResponse:
    """Have a worker compare now; with a month (``mois``), certify it in the person's name."""
    month = request.POST.get("mois", "")
    if month and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise Http404
    if month:
        must_keep_books(request, dossier)
        tasks.ask_certificate(dossier.pk, month, request.user.pk)
        messages.success(request, "Le certificat est demandé : il paraît ici dans la minute.")
    else:
        tasks.ask(dossier.pk)
        messages.success(request, "La comparaison est demandée : elle paraît ici dans la minute.")
    return redirect("completeness", dossier.pk)


@in_dossier
@require_GET
def json_file(request: Request, dossier: Dossier, certificate: int) -> HttpResponse:  # noqa: ARG001
    """Give the signed file of a certificate."""
    found = get_object_or_404(dossier.certificates, pk=certificate)
    name = f"certificat-{dossier.siren}-{found.month}.json"
    return attachment(store.get(found.stored_id), name, "application/json")


@in_dossier
@require_GET
def pdf_file(request: Request, dossier: Dossier, certificate: int) -> HttpResponse:  # noqa: ARG001
    """Give a certificate as PDF, with the signed file attached."""
    found = get_object_or_404(dossier.certificates.select_related("envelope"), pk=certificate)
    name = f"certificat-{dossier.siren}-{found.month}.pdf"
    return attachment(certificates.pdf(found), name, "application/pdf")


@in_dossier
@require_GET
def verifier(request: Request, dossier: Dossier) -> HttpResponse:  # noqa: ARG001
    """Give the program that verifies certificates without us."""
    program = Path(verify_certificate.__file__).read_bytes()
    return attachment(program, "verify_certificate.py", "text/x-python")
