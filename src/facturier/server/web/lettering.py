"""Lettering: the lines of one third party, and what clears what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from facturier.errors import RefusedByUs
from facturier.ledger.entries import ZERO
from facturier.ledger.lettering import SMALL
from facturier.server.books import letters, reading
from facturier.server.web import sheets
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.dossier import frame
from facturier.server.web.ledger import TAB
from facturier.server.web.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from facturier.server.books.models import EntryLine
    from facturier.server.books.reading import Party
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

MOST = 1000
"""Lines of a third party that one page shows, the latest."""


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the third parties with something open, or the lines of one."""
    account, auxiliary = request.GET.get("compte", ""), request.GET.get("tiers", "")
    if not auxiliary:
        parties = reading.open_parties(dossier)
        if file := sheets.asked(request, dossier, lambda: _parties_sheet(dossier, parties)):
            return file
        context = frame(request, dossier, TAB) | {"parties": parties}
        return render(request, "facturier/letters.html", context)
    rows = letters.of_party(dossier, account, auxiliary)
    shown = rows if "tout" in request.GET else rows.filter(letter__regex=reading.OPEN_LETTER)
    if file := sheets.asked(request, dossier, lambda: _party_sheet(dossier, auxiliary, shown)):
        return file
    context = frame(request, dossier, TAB) | {
        "rows": list(shown[:MOST]), "account": account, "auxiliary": auxiliary,
        "party": rows.first(), "all": "tout" in request.GET, "small": SMALL,
        "sums": reading.sums_of(shown.order_by()),
    }  # fmt: skip
    return render(request, "facturier/lettering.html", context)


def _parties_sheet(dossier: Dossier, parties: Iterable[Party]) -> Sheet:
    """Return the third parties with something open."""
    rows = [(one.auxiliary, one.label, one.account, one.count, one.net) for one in parties]
    return Sheet(
        title="Tiers à lettrer", subtitle=dossier.name,
        columns=("Tiers", "Nom", "Compte", "Lignes ouvertes", "Solde ouvert"), rows=rows,
        foot=("Total", "", "", sum(row[3] for row in rows),
              sum((row[4] for row in rows), ZERO)),
    )  # fmt: skip


def _party_sheet(dossier: Dossier, auxiliary: str, shown: QuerySet[EntryLine]) -> Sheet:
    """Return the lines of one third party, all of those that were asked for."""
    lines = list(shown)
    debit, credit = (sum((getattr(one, side) for one in lines), ZERO)
                     for side in ("debit", "credit"))  # fmt: skip
    return Sheet(
        title=f"Lettrage {auxiliary}", subtitle=dossier.name,
        columns=("Date", "Journal", "Écriture", "Pièce", "Libellé", "Débit", "Crédit", "Lettre"),
        rows=[(one.entry.date, one.entry.journal.code, one.entry.number,
               one.piece or one.entry.piece, one.label, one.debit, one.credit, one.letter)
              for one in lines],
        foot=(None, "Total", "", "", "", debit, credit, ""),
    )  # fmt: skip


@in_dossier
@require_POST
def act(request: Request, dossier: Dossier) -> HttpResponse:
    """Letter the chosen lines, take a letter away, or letter what is sure."""
    must_keep_books(request, dossier)
    asked = request.POST.get("faire", "")
    if asked not in _DONE:
        raise Http404
    account, auxiliary = request.POST.get("compte", ""), request.POST.get("tiers", "")
    try:
        messages.success(request, _DONE[asked](request, dossier, account, auxiliary))
    except RefusedByUs as error:
        messages.error(request, error.in_full)
    query = {"compte": account, "tiers": auxiliary} if auxiliary else {}
    if "tout" in request.POST:
        query["tout"] = "1"
    return redirect(f"{reverse('letters', args=[dossier.pk])}?{urlencode(query)}")


def _letter(request: Request, dossier: Dossier, account: str, auxiliary: str) -> str:
    chosen = [int(one) for one in request.POST.getlist("ligne") if one.isdecimal()]
    said = letters.letter(
        dossier, account, auxiliary, chosen, request.user,
        partial=request.POST["faire"] == "partiel",
        writing_off=request.POST["faire"] == "ecart",
    )  # fmt: skip
    return f"Lettre {said} posée."


def _unletter(request: Request, dossier: Dossier, account: str, auxiliary: str) -> str:
    said = request.POST.get("lettre", "")
    count = letters.unletter(dossier, account, auxiliary, said) if said else 0
    return f"{count} lignes délettrées." if count else "Aucune ligne ne porte cette lettre."


def _surely(request: Request, dossier: Dossier, account: str, auxiliary: str) -> str:  # noqa: ARG001
    if auxiliary:
        count = letters.letter_surely(dossier, account, auxiliary)
    else:
        count = letters.letter_all_surely(dossier)
    return f"{count} lettrages sûrs posés." if count > 1 else f"{count} lettrage sûr posé."


_DONE = {
    "lettrer": _letter, "partiel": _letter, "ecart": _letter, "delettrer": _unletter,
    "auto": _surely,
}  # fmt: skip
