"""The days nobody told: found for lists of dossiers, reminded in the product and by mail.

A day is awaited when it is over, from the first day of the choice on, unless the shop is closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from facturier.reporting import opening
from facturier.server.reporting import periods
from facturier.server.takings.models import Closure, DayTakings, TakingsChoice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from facturier.server.firm.models import Dossier

LOOKED_BACK = timedelta(days=400)
"""Days before are no longer chased: their declarations are long due."""
COUNTED = timedelta(days=62)
"""How far counters of many dossiers look; the pages of one look further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A day and till that nobody told."""

    day: date
    till: str


def missing(dossiers: Collection[Dossier], back: timedelta = COUNTED) -> dict[int, list[Missing]]:
    """Return the missing days of dossiers by id, in three queries however many they are.

    A dossier that has no takings to tell is not in it.
    """
    ids = [one.pk for one in dossiers]
    choices = list(TakingsChoice.objects.filter(dossier__in=ids, is_active=True))
    if not choices:
        return {}
    awaited = [one.dossier_id for one in choices]
    yesterday = periods.today() - timedelta(days=1)
    first = yesterday - back
    kept: dict[int, set[tuple[date, str]]] = {one: set() for one in awaited}
    rows = DayTakings.objects.filter(
        dossier__in=awaited, day__range=(first, yesterday), replaces=None
    )
    for dossier, day, till in rows.values_list("dossier", "day", "till"):
        kept[dossier].add((day, till))
    closed = _closures(awaited)
    found: dict[int, list[Missing]] = {}
    for one in choices:
        when = one.opening(closed.get(one.dossier_id, ()))
        when = replace(when, start=max(when.start, first))
        days = opening.missing(when, kept[one.dossier_id], one.tills, yesterday)
        found[one.dossier_id] = [Missing(day=day, till=till) for day, till in days]
    return found


def of(dossier: Dossier) -> list[Missing]:
    """Return the missing days of one dossier, in order."""
    return missing([dossier], LOOKED_BACK).get(dossier.pk, [])


def _closures(dossiers: Iterable[int]) -> dict[int, tuple[tuple[date, date], ...]]:
    found: dict[int, tuple[tuple[date, date], ...]] = {}
    rows = Closure.objects.filter(dossier__in=list(dossiers))
    for dossier, start, end in rows.values_list("dossier", "start", "end"):
        found[dossier] = (*found.get(dossier, ()), (start, end))
    return found
