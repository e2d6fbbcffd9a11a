"""The credit of VAT that a return brings forward (line 22): typed, or left by the draft before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncMonth

from facturier.errors import RefusedByUs
from facturier.ledger.entries import ZERO, Fiscal, Line, State, Timing
from facturier.server import clock
from facturier.server.vat import terms
from facturier.server.vat.entries import COUNTED
from facturier.server.vat.models import CreditBrought
from facturier.vat.draft import draft_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from facturier.server.firm.models import Dossier, Person
    from facturier.vat.sides import Period

LONGEST = 36
"""Months that are looked back: an older credit is typed."""
MOST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A credit and where it comes from."""

    amount: Decimal
    typed: CreditBrought | None = None
    """What a person typed for this very period."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """The voucher of lines that were added up."""

    document: str = ""
    state: State = State.VALIDATED


def brought(dossier: Dossier, period: Period) -> Brought:
    """Return the credit that the return of `period` starts with."""
    typed = list(
        CreditBrought.objects.filter(dossier=dossier, start__lte=period.first)
        .select_related("by").order_by("-start", "-pk")[:1]
    )  # fmt: skip
    if typed and typed[0].start == period.first:
        return Brought(amount=typed[0].amount, typed=typed[0])
    earliest = terms.after(period.first, -LONGEST)
    start = max(typed[0].start, earliest) if typed else earliest
    amount = typed[0].amount if typed and typed[0].start == start else ZERO
    overseas = terms.is_overseas(dossier)
    for lines in _by_period(dossier, start, period.first):
        made = draft_of(((_Sum(), line) for line in lines), brought=amount, overseas=overseas)
        left = made.box("27")
        amount = left.tax if left else ZERO
    return Brought(amount=amount)


def _by_period(dossier: Dossier, first: date, until: date) -> Iterable[list[Line]]:
    """Return the lines of VAT of each period that has some, added up, the earliest first."""
    accounts = Q()
    for one in ("4452", "4456", "4457"):
        accounts |= Q(account__startswith=one)
    rows: Any = dossier.entry_lines.order_by().filter(
        accounts, fiscal__isnull=False, entry__state__in=COUNTED,
        entry__date__gte=first, entry__date__lt=until,
    ).annotate(
        month=TruncMonth("entry__date"), rate=KeyTextTransform("rate", "fiscal"),
        category=KeyTextTransform("category", "fiscal"),
        timing=KeyTextTransform("timing", "fiscal"),
    ).values("month", "account", "rate", "category", "timing", "rule").annotate(
        net=Sum(F("debit") - F("credit"))
    )  # fmt: skip
    periods: dict[date, list[Line]] = {}
    for row in rows:
        start = terms.period_of(dossier, row["month"]).first
        periods.setdefault(start, []).append(_line(row))
    return [periods[start] for start in sorted(periods)]


def _line(row: dict[str, Any]) -> Line:
    fiscal = Fiscal(
        category=row["category"], rate=Decimal(row["rate"]), timing=Timing(row["timing"])
    )
    net = row["net"]
    return Line(
        account=row["account"], label="", debit=max(net, ZERO), credit=max(-net, ZERO),
        rule=row["rule"], fiscal=fiscal,
    )  # fmt: skip


def type_in(dossier: Dossier, period: Period, amount: Decimal, person: Person) -> CreditBrought:
    """Keep the credit that the return before left, as `person` read it there.

    Raises RefusedByUs for what a return cannot have: cents, a negative amount.
    """
    if amount != amount.to_integral_value() or not ZERO <= amount < MOST:
        raise RefusedByUs(
            "Le crédit reporté est un nombre entier d'euros, nul ou positif.", reason="amount",
            remedy="Recopiez la ligne 27 de la déclaration précédente.",
        )  # fmt: skip
    return CreditBrought.objects.create(
        dossier=dossier, start=period.first, amount=amount, by=person, at=clock.now()
    )
