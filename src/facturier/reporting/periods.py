"""For which period an operation is declared, and until when.

Source: DGFiP external specifications v3.2, dossier général, table 13 (regimes, periods, limits) and
its notes 124 to 126. All days are of the Paris calendar. No text was found that moves a limit which
falls on a Sunday or a holiday: none is moved here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
PORTAL_HOUR = time(8, tzinfo=PARIS)
"""When the platform must have sent, the day after the declarant's limit."""
_DAY = timedelta(days=1)
_DECADES = (1, 11, 21)
_LAST_DECADE = 21


class Regime(StrEnum):
    """The VAT regime of a declarant; it decides how often he declares."""

    MONTHLY = "mensuel"
    QUARTERLY = "trimestriel"
    SIMPLIFIED = "simplifie"
    """Gone for years that begin after 31 December 2026 (LF 2025, art. 38)."""
    EXEMPT = "franchise"

    @property
    def label(self) -> str:
        """Its French name."""
        return {
            Regime.MONTHLY: "réel normal mensuel",
            Regime.QUARTERLY: "réel normal trimestriel",
            Regime.SIMPLIFIED: "régime simplifié d'imposition",
            Regime.EXEMPT: "franchise en base de TVA",
        }[self]


class Data(StrEnum):
    """What a transmission tells; each kind has periods of its own."""

    TRANSACTIONS = "transactions"
    """10.1 and 10.3."""
    PAYMENTS = "paiements"
    """10.2 and 10.4."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period of declaration; both ends are inside it."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return f"du {self.start:%d/%m/%Y} au {self.end:%d/%m/%Y}"


def period_of(day: date, regime: Regime, data: Data) -> Period:
    """Return the period in which an operation of that day is declared.

    The day of a transaction is that of the operation, the day of a payment that of the receipt.
    """
    if regime is Regime.EXEMPT:  # pairs of months, from January on
        first = date(day.year, day.month - (day.month - 1) % 2, 1)
        return Period(first, _month_end(_months_after(first, 1)))
    if regime is Regime.MONTHLY and data is Data.TRANSACTIONS:
        start = max(one for one in _DECADES if one <= day.day)
        end = _month_end(day).day if start == _LAST_DECADE else start + 9
        return Period(day.replace(day=start), day.replace(day=end))
    return Period(day.replace(day=1), _month_end(day))


def periods(first: date, last: date, regime: Regime, data: Data) -> Iterator[Period]:
    """Yield the periods that hold a day from `first` to `last`, in order."""
    day = first
    while day <= last:
        period = period_of(day, regime, data)
        yield period
        day = period.end + _DAY


def deadline(period: Period, regime: Regime, data: Data) -> date:
    """Return the last day to hand the data of a period over to the platform."""
    month = period.end.replace(day=1)
    if regime in (Regime.SIMPLIFIED, Regime.EXEMPT):
        return _month_end(_months_after(month, 1))
    if regime is Regime.MONTHLY and data is Data.TRANSACTIONS and period.end.day <= 20:  # noqa: PLR2004  # the first two decades
        return month.replace(day=20) if period.end.day == 10 else _month_end(month)  # noqa: PLR2004
    return _months_after(month, 1).replace(day=10)


def sent_by(period: Period, regime: Regime, data: Data) -> datetime:
    """Return the instant until which the platform must have sent the data to the tax office."""
    return datetime.combine(deadline(period, regime, data) + _DAY, PORTAL_HOUR)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_after(first: date, number: int) -> date:
    """Return the first day of the month `number` months after that of `first`."""
    months = first.year * 12 + first.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)
