"""The entries of payments that a seller said to have received (212) and nobody booked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q, Sum

from facturier.errors import RefusedByUs
from facturier.ledger import settlement
from facturier.ledger.entries import ZERO
from facturier.ledger.figures import french
from facturier.lifecycle.statuses import Side
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents import sides
from facturier.server.vat import telling
from facturier.server.vat.entries import COUNTED

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from facturier.server.documents.models import Document
    from facturier.vat.sides import Period

MOVES = {Side.SELLER: "R-BANQUE", Side.BUYER: "P-BANQUE"}
"""Way to clear an invoice, by the side of the dossier: the bank, until somebody says otherwise."""


@transaction.atomic
def propose(document: Document, period: Period) -> list[Entry]:
    """Propose one entry for each day of `period` on which `document` was said to be paid.

    Raises RefusedByUs when the invoice is not booked, when nothing was said, or when more would be
    cleared than the invoice left.
    """
    own = Entry.objects.select_for_update(of=("self",)).select_related("journal", "reverses")
    row = own.filter(document=document, reverses=None, state__in=COUNTED).first()
    if row is None:
        raise RefusedByUs(
            "La facture n'est pas comptabilisée.", reason="not-booked",
            remedy="Comptabilisez-la d'abord.",
        )  # fmt: skip
    booked = booking.entry_of(row)
    before, whole = _cleared(document, booked), settlement.total_of(booked)
    made: list[Entry] = []
    for day, amount in sorted(_said(document, period).items()):
        if abs(before + amount) > whole:
            raise RefusedByUs(
                f"Avec {french(amount)} € du {day:%d/%m/%Y}, plus que la facture serait soldé.",
                reason="too-much",
                remedy="Le règlement est sans doute déjà comptabilisé : lettrez-le.",
            )
        paid = settlement.settle(
            booked, MOVES[sides.own_side(document)], amount, on=day, before=before,
            books=booking.books_of(document.dossier),
        )  # fmt: skip
        made.append(booking.keep(document.dossier, paid))
        before += amount
    if not made:
        raise RefusedByUs("Aucun encaissement n'est dit dans cette période.", reason="nothing")
    return made


def _said(document: Document, period: Period) -> dict[date, Decimal]:
    """Return what was said to be received of `document`, by day."""
    found: defaultdict[date, Decimal] = defaultdict(lambda: ZERO)
    for one in telling.receipts_of(document.dossier, period).get(document.pk, ()):
        if one.day in period:
            found[one.day] += one.gross
    return found


def _cleared(document: Document, booked: Any) -> Decimal:
    """Return what payments in the books have cleared of the invoice, positive."""
    third = next(line for line in booked.lines if line.auxiliary)
    rows = document.dossier.entry_lines.filter(
        Q(rule__startswith="R-") | Q(rule__startswith="P-"), entry__piece=booked.document,
        entry__state__in=COUNTED, account=third.account, auxiliary=third.auxiliary,
    )  # fmt: skip
    net: Decimal | None = rows.aggregate(net=Sum(F("debit") - F("credit")))["net"]
    return abs(net or ZERO)
