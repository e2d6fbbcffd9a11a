"""The till of the demonstration's restaurant: a month of days, two of which nobody told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.reporting.opening import Opening
from facturier.reporting.takings import RESTAURANT, Means, Z, part
from facturier.server import sight
from facturier.server.reporting import periods
from facturier.server.reporting.models import LARGE_FROM
from facturier.server.takings import keeping
from facturier.server.takings.models import DayTakings, TakingsChoice

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier, Person

TILL = "Salle"
LENGTH = timedelta(days=30)
OPEN = (1, 2, 3, 4, 5)
"""Closed on Sunday and Monday."""
FORGOTTEN = (4, 11)
"""Rank of the days of opening, the latest first, that nobody told."""


def tell(dossier: Dossier, by: Person | None) -> None:
    """Record a month of takings of `dossier`, unless an earlier seeding did."""
    with sight.of([dossier.pk]):
        if TakingsChoice.objects.filter(dossier=dossier).exists():
            return
        today = periods.today()
        choice = TakingsChoice.objects.create(
            dossier=dossier, starts_on=max(today - LENGTH, LARGE_FROM), weekdays=list(OPEN),
            tills=[TILL],
            departments=[
                {"label": one.label, "rate": str(one.rate), "category": one.category.value}
                for one in RESTAURANT
            ],
        )  # fmt: skip
        for rank, day in enumerate(_days(choice.opening(()), today)):
            if rank not in FORGOTTEN:
                keeping.record(dossier, _z(day), origin=DayTakings.Origin.PHONE, by=by)


def _days(opening: Opening, today: date) -> list[date]:
    """Return the days of opening before `today`, the latest first."""
    days = (today - timedelta(days=back) for back in range(1, LENGTH.days + 1))
    return [day for day in days if day in opening]


def _z(day: date) -> Z:
    """Return what a day took: more at the end of the week, the same whenever it is asked."""
    busy = Decimal(day.weekday() * 137 + day.day * 11)
    amounts = (Decimal("486.50") + busy, Decimal("118.40") + busy / 4, Decimal("63.30") + busy / 10)
    parts = tuple(
        part(one.category, one.rate, amount)
        for one, amount in zip(RESTAURANT, amounts, strict=True)
    )
    z = Z(day=day, till=TILL, parts=parts, count=21 + day.weekday() * 4)
    cash = (z.gross / 5).quantize(Decimal("0.01"))
    return replace(z, payments=((Means.CARD, z.gross - cash), (Means.CASH, cash)))
