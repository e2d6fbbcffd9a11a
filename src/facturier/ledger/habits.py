"""Expenses that come back month after month, what they cost in hours, and what would save them.

A supplier, or a kind of purchase, that employees pay again and again makes a piece each time:
photographed, entered, checked, matched, reimbursed. A company card or an invoice a month does away
with them. The minutes a piece are a setting, told with the figure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from facturier.ledger.expenses import KINDS, Nature

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

MOST, MINUTES = 5, 8
"""Pieces of one supplier or kind a month that are still few; minutes that each costs."""
SIXTY = Decimal(60)
TENTH = Decimal("0.1")
WAYS = {
    Nature.FUEL: "une carte carburant au nom de l'entreprise, facturée une fois par mois",
    Nature.FUEL_OF_VAN: "une carte carburant au nom de l'entreprise, facturée une fois par mois",
    Nature.TOLL: "un badge de télépéage, facturé une fois par mois",
    Nature.PARKING: "un abonnement ou une application de stationnement facturée chaque mois",
    Nature.TRANSPORT: "un compte entreprise chez le transporteur, avec une facture de synthèse",
    Nature.HOTEL: "une centrale de réservation qui facture l'entreprise une fois par mois",
}
CARD = "une carte de paiement de l'entreprise : ses achats sont rapprochés d'un seul relevé"
SUMMARY = "une facture de synthèse mensuelle, au nom et à l'adresse électronique de l'entreprise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One purchase that an employee paid."""

    month: dt.date
    """Its first day."""
    nature: Nature
    supplier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What came back more often than the dossier finds usual."""

    month: dt.date
    what: str
    """The supplier, or the kind, in French."""
    count: int
    minutes: int
    way: str
    """What would do away with the pieces."""

    @property
    def hours(self) -> Decimal:
        """What they cost in the month, in hours, to a tenth."""
        cost = Decimal(self.count * self.minutes) / SIXTY
        return cost.quantize(TENTH, rounding=ROUND_HALF_UP)


def habits(
    pieces: Iterable[Piece], *, more_than: int = MOST, minutes: int = MINUTES
) -> list[Habit]:
    """Return what comes back more than `more_than` times a month, the dearest first.

    A kind is told only where no supplier of it is: one advice for one habit.
    """
    kept = [one for one in pieces if KINDS[one.nature].has_vat]
    by_supplier = Counter((one.month, one.nature, one.supplier) for one in kept if one.supplier)
    found = [
        Habit(month=month, what=supplier, count=count, minutes=minutes,
              way=WAYS.get(nature, SUMMARY))
        for (month, nature, supplier), count in by_supplier.items()
        if count > more_than
    ]  # fmt: skip
    told = {(month, nature) for (month, nature, _), n in by_supplier.items() if n > more_than}
    by_nature = Counter((one.month, one.nature) for one in kept)
    found += [
        Habit(month=month, what=KINDS[nature].label, count=count, minutes=minutes,
              way=WAYS.get(nature, CARD))
        for (month, nature), count in by_nature.items()
        if count > more_than and (month, nature) not in told
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.month, one.count, one.what), reverse=True)
