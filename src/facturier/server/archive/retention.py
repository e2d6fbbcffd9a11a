"""How long evidence is kept, and why: periods as data, one small function each.

The periods are the law's, taken from the texts themselves: LPF, art. L. 102 B, I (six years from
the last operation of a book, or from the date on which a piece was made) and Code de commerce,
art. L. 123-22 (ten years for accounting documents and their pieces; counted, as the administration
does, from the end of the financial year). The longer one decides.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

TAX_YEARS = 6
COMMERCIAL_YEARS = 10
TAX = "LPF, art. L. 102 B"
COMMERCIAL = "Code de commerce, art. L. 123-22"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of evidence, and how long it is kept."""

    key: str
    label: str
    """In French."""
    periods: tuple[tuple[int, str, str], ...]
    """Years, from when, text: the longest decides."""
    is_purged: bool = False
    """Whether a purge removes it; what no purge removes is simply kept."""


_TAX = (TAX_YEARS, "la date de la pièce", TAX)
_COMMERCIAL = (COMMERCIAL_YEARS, "la clôture de l'exercice", COMMERCIAL)
KINDS = (
    Kind(key="documents", label="Factures et messages de statut", periods=(_TAX, _COMMERCIAL),
         is_purged=True),
    Kind(key="entries", label="Écritures, journaux, FEC", periods=(
        (TAX_YEARS, "la dernière opération du livre", TAX), _COMMERCIAL)),
    Kind(key="declarations", label="Déclarations d'e-reporting", periods=(_TAX,)),
    Kind(key="takings", label="Recettes de caisse", periods=(_TAX, _COMMERCIAL)),
    Kind(key="expenses", label="Notes de frais et justificatifs", periods=(_TAX, _COMMERCIAL)),
    Kind(key="certificates", label="Certificats d'exhaustivité et de purge", periods=(
        (TAX_YEARS, "la date de la pièce", TAX),)),
)  # fmt: skip


def close_of(day: date, closing_month: int | None) -> date:
    """Return the end of the financial year that `day` belongs to.

    With an unknown month it is the latest end possible for a year of twelve months: nothing goes
    too early because nobody said when the year closes.
    """
    if closing_month is None:
        return _end_of_month(day.year + 1, day.month)
    year = day.year + (day.month > closing_month)
    return _end_of_month(year, closing_month)


def kept_until(day: date, closing_month: int | None) -> date:
    """Return the last day on which a piece of `day` must still be there."""
    commercial = _years_after(close_of(day, closing_month), COMMERCIAL_YEARS)
    return max(commercial, _years_after(day, TAX_YEARS))


def over_since(today: date, closing_month: int | None) -> date:
    """Return the latest day whose pieces need not be kept any more on `today`."""
    day = _end_of_month(today.year - COMMERCIAL_YEARS, closing_month or today.month)
    while kept_until(day, closing_month) >= today:
        if closing_month is None:
            day = day.replace(day=1) - timedelta(days=1)
        else:
            day = _end_of_month(day.year - 1, closing_month)
    return day


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _years_after(day: date, years: int) -> date:
    """Return the same day `years` later; 29 February becomes the 28th."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return date(day.year + years, day.month, min(day.day, last))
