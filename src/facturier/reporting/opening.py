"""On which days a shop is open, and which of them nobody told the takings of.

Public holidays: Code du travail, article L3133-1 (eleven days; those of Alsace-Moselle and of the
overseas departments are entered as closures by who closes then).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY = timedelta(days=1)
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """When a shop sells; days outside need no takings."""

    start: date
    """First day whose takings are awaited."""
    weekdays: frozenset[int] = EVERY_DAY
    """Days of the week it is open: Monday is 0."""
    on_holidays: bool = False
    closures: tuple[tuple[date, date], ...] = field(default=())
    """First and last day of each closure, both closed."""

    def __contains__(self, day: date) -> bool:
        return (
            day >= self.start
            and day.weekday() in self.weekdays
            and (self.on_holidays or not is_holiday(day))
            and not any(first <= day <= last for first, last in self.closures)
        )


def missing(
    opening: Opening, told: Collection[tuple[date, str]], tills: Collection[str], until: date
) -> Iterator[tuple[date, str]]:
    """Yield each day and till, up to `until`, that should have takings and has none in `told`."""
    day = opening.start
    while day <= until:
        if day in opening:
            yield from ((day, till) for till in tills if (day, till) not in told)
        day += _DAY


def is_holiday(day: date) -> bool:
    """Tell whether `day` is a public holiday in France."""
    if (day.month, day.day) in _FIXED:
        return True
    return (day - easter(day.year)).days in (1, 39, 50)  # Monday, Ascension, Whit Monday


def easter(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (Meeus, Astronomical Algorithms, chapter 8)."""
    century, in_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    lag = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * (year % 19) + century - leaps - lag + 15) % 30
    weekday = (32 + 2 * rest + 2 * (in_century // 4) - moon - in_century % 4) % 7
    shift = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, before = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, before + 1)
