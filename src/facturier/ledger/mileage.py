"""The mileage allowance of an employee who drives an own car: the tax office's scale, as data.

Source: CGI annexe IV article 6 B, last changed by the order of 27 March 2023; service-public.fr
(9 April 2026) publishes it unchanged. The scale counts the kilometres of a whole year: a journey
is worth what it adds to those driven before.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from facturier.errors import RefusedByUs
from facturier.invoice.money import cents
from facturier.ledger.entries import ZERO

SOURCE = "barème automobile de l'arrêté du 27 mars 2023 (CGI ann. IV, art. 6 B)"
FIRST_YEAR = 2022
"""First year of driving that the scale is for."""
ELECTRIC = Decimal("1.2")
FIRST_STEP, SECOND_STEP = Decimal(5000), Decimal(20000)
LONGEST = Decimal(5000)
"""Kilometres of one line; more is a slip of the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Euros for the kilometres of a year, by their number."""

    low: Decimal
    """A kilometre, up to 5 000."""
    middle: Decimal
    fixed: Decimal
    """Added once between 5 001 and 20 000."""
    high: Decimal
    """A kilometre, beyond."""

    def of(self, kilometres: Decimal) -> Decimal:
        """Return the euros for the kilometres of a year, not rounded."""
        if kilometres <= FIRST_STEP:
            return kilometres * self.low
        if kilometres <= SECOND_STEP:
            return kilometres * self.middle + self.fixed
        return kilometres * self.high


def _row(low: str, middle: str, fixed: str, high: str) -> Row:
    return Row(
        low=Decimal(low), middle=Decimal(middle), fixed=Decimal(fixed), high=Decimal(high)
    )  # fmt: skip


CARS = {
    3: _row("0.529", "0.316", "1065", "0.370"),
    4: _row("0.606", "0.340", "1330", "0.407"),
    5: _row("0.636", "0.357", "1395", "0.427"),
    6: _row("0.665", "0.374", "1457", "0.447"),
    7: _row("0.697", "0.394", "1515", "0.470"),
}
"""Tax horsepower (CV) → row; the first is for 3 and less, the last for 7 and more."""


def allowance(
    horsepower: int, kilometres: Decimal, *, before: Decimal = ZERO, electric: bool = False
) -> Decimal:
    """Return what `kilometres` add, in euros, to the `before` driven earlier in the year.

    Raises RefusedByUs for kilometres that are none.
    """
    if not ZERO < kilometres <= LONGEST:
        raise RefusedByUs(
            f"Une ligne compte de 1 à {LONGEST} km.", reason="kilometres",
            remedy="Une ligne par trajet, ou par mois.",
        )  # fmt: skip
    row = CARS[min(max(horsepower, min(CARS)), max(CARS))]
    factor = ELECTRIC if electric else Decimal(1)
    return cents(row.of(before + kilometres) * factor) - cents(row.of(before) * factor)


def said(horsepower: int, kilometres: Decimal, *, year: int, electric: bool) -> str:
    """Say in French what the amount was computed from."""
    car = f"{horsepower} CV{', électrique (+ 20 %)' if electric else ''}"
    return f"{kilometres.normalize():f} km, {car}, année {year} : {SOURCE}."
