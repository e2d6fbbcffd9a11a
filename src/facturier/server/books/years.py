"""Financial years and locked periods of a dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.server import clock
from facturier.server.archive.models import Closing
from facturier.server.archive.retention import close_of
from facturier.server.books.models import Entry, PeriodLock

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier, Person

DECEMBER = 12
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Year:
    """A financial year of twelve months, both days included."""

    first: date
    last: date

    def __str__(self) -> str:
        if self.first.month == 1:
            return str(self.last.year)
        return f"{self.first:%m/%Y} à {self.last:%m/%Y}"


def month_of(dossier: Dossier) -> int:
    """Return the month at whose end the years of `dossier` close; December when nobody said."""
    return Closing.month_of(dossier) or DECEMBER


def year_of(day: date, month: int) -> Year:
    """Return the financial year, closing at the end of `month`, that `day` belongs to."""
    last = close_of(day, month)
    return Year(opening(last), last)


def opening(closing: date) -> date:
    """Return the first day of the twelve months that end on `closing`."""
    after = closing + ONE_DAY
    if (after.month, after.day) == (2, 29):
        after += ONE_DAY
    return after.replace(year=after.year - 1)


def years_of(dossier: Dossier) -> list[Year]:
    """Return the years that have entries, and the one of today, the latest first."""
    month = month_of(dossier)
    days = [*dossier.entries.order_by().dates("date", "month"), clock.now().date()]
    return sorted({year_of(day, month) for day in days}, key=lambda year: year.last, reverse=True)


def locked_until(dossier: Dossier) -> date | None:
    """Return the last day on which nothing is validated any more; None when all is open."""
    return dossier.locks.order_by("-at", "-pk").values_list("until", flat=True).first()


def lock(dossier: Dossier, until: date, person: Person, *, is_year: bool = False) -> PeriodLock:
    """Lock the books up to `until`, in the name of `person`; an earlier day opens them again.

    Raises `RefusedByUs` when proposals are still waiting in the period, or when the day would open
    a year that was closed for good.
    """
    with transaction.atomic():
        type(dossier).objects.select_for_update().get(pk=dossier.pk)
        closed = dossier.locks.filter(is_year=True).order_by("-until").first()
        if closed is not None and until < closed.until:
            raise RefusedByUs(
                f"L'exercice clos le {closed.until:%d/%m/%Y} ne se rouvre pas.", reason="closed",
                remedy="Corrigez par une écriture de l'exercice en cours.",
            )  # fmt: skip
        waiting = dossier.entries.filter(state=Entry.State.PROPOSED, date__lte=until).count()
        before = locked_until(dossier)
        if waiting and (before is None or until > before):
            raise RefusedByUs(
                f"{waiting} écriture(s) du brouillard sont datées de cette période.",
                reason="drafts", remedy="Validez-les ou écartez-les avant de verrouiller.",
            )  # fmt: skip
        return PeriodLock.objects.create(
            dossier=dossier, until=until, is_year=is_year, by=person, at=clock.now()
        )
