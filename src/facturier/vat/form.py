"""The lines of form 3310-CA3 that a draft fills, in the order in which they are printed.

Source: form 3310-CA3-SD (CERFA 10963), edition of 2026. Codes are verbatim, words are ours where
the printed ones are too long for a screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

YEAR = 2026
"""Edition of the form."""


class Frame(StrEnum):
    """The frames of the form."""

    TAXED = "A. Opérations imposables (hors taxe)"
    UNTAXED = "A. Opérations non imposables"
    DUE = "B. TVA brute"
    DEDUCTIBLE = "B. TVA déductible"
    RESULT = "TVA nette"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One line of the form."""

    code: str
    label: str
    frame: Frame


def _frame(frame: Frame, *rows: tuple[str, str]) -> tuple[Printed, ...]:
    return tuple(Printed(code=code, label=label, frame=frame) for code, label in rows)


FORM: tuple[Printed, ...] = (
    *_frame(
        Frame.TAXED,
        ("A1", "Ventes, prestations de services"),
        ("A2", "Autres opérations imposables"),
        ("A3", "Achats de services à un assujetti non établi en France (CGI 283-2)"),
        ("A4", "Importations (autres que les produits pétroliers)"),
        ("B2", "Acquisitions intracommunautaires"),
        ("B4", "Achats de biens ou de services à un assujetti non établi en France (CGI 283-1)"),
    ),
    *_frame(
        Frame.UNTAXED,
        ("E1", "Exportations hors Union européenne"),
        ("E2", "Autres opérations non imposables"),
        ("F2", "Livraisons intracommunautaires à un assujetti"),
    ),
    *_frame(
        Frame.DUE,
        ("08", "Taux normal 20 %"),
        ("09", "Taux réduit 5,5 %"),
        ("9B", "Taux réduit 10 %"),
        ("10", "Taux normal 8,5 % (outre-mer)"),
        ("11", "Taux réduit 2,1 % (outre-mer)"),
        ("13", "Anciens taux"),
        ("14", "Opérations imposables à un taux particulier"),
        ("I1", "Importations, taux normal 20 %"),
        ("I2", "Importations, taux réduit 10 %"),
        ("I3", "Importations, taux normal 8,5 % (outre-mer)"),
        ("I4", "Importations, taux réduit 5,5 %"),
        ("I5", "Importations, taux réduit 2,1 %"),
        ("I6", "Importations, taux réduit 1,05 %"),
        ("15", "TVA antérieurement déduite à reverser"),
        ("16", "Total de la TVA brute due"),
        ("17", "Dont TVA sur acquisitions intracommunautaires"),
    ),
    *_frame(
        Frame.DEDUCTIBLE,
        ("19", "Biens constituant des immobilisations"),
        ("20", "Autres biens et services"),
        ("21", "Autre TVA à déduire"),
        ("22", "Report du crédit de la déclaration précédente"),
        ("24", "Dont TVA déductible sur importations"),
        ("23", "Total de la TVA déductible"),
    ),
    *_frame(
        Frame.RESULT,
        ("25", "Crédit de TVA"),
        ("27", "Crédit à reporter"),
        ("28", "TVA nette due"),
    ),
)
LINES = {line.code: line for line in FORM}

RATES = {
    Decimal(20): "08",
    Decimal("5.5"): "09",
    Decimal(10): "9B",
    Decimal("8.5"): "10",
}
"""Rate in per cent → line of the VAT due."""
RATES_OF_IMPORTS = {
    Decimal(20): "I1",
    Decimal(10): "I2",
    Decimal("8.5"): "I3",
    Decimal("5.5"): "I4",
    Decimal("2.1"): "I5",
    Decimal("1.05"): "I6",
}
"""The same for goods from outside the Union, whose VAT is declared on the CA3 since 2022."""
PARTICULAR = {Decimal("2.1"), Decimal("0.9"), Decimal("1.05"), Decimal("1.75"), Decimal(13)}
"""Rates of line 14; 2.1 % goes to line 11 overseas."""
OVERSEAS_REDUCED = Decimal("2.1")


def line_of_rate(rate: Decimal, *, overseas: bool = False) -> str:
    """Return the line of VAT due at a rate; that of former rates for one that is gone."""
    if overseas and rate == OVERSEAS_REDUCED:
        return "11"
    return RATES.get(rate) or ("14" if rate in PARTICULAR else "13")
