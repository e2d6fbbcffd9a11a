"""The sums of the document: BR-CO-10 to BR-CO-17.

Source: EN 16931-1 §6.4.2 and CEN's validation artefacts 1.3.16. Each sum is rounded to the cent
after adding, halves towards plus infinity, as the official files do (XPath ``round``).
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from facturier.findings import Layer
from facturier.invoice.model import Invoice, Totals, VatBreakdown
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules.en16931.categories import is_unreached
from facturier.rules.facts import ZERO, Facts
from facturier.rules.rule import Family

HALF = Decimal("0.5")
HUNDRED = Decimal(100)

TOTALS = Family(Layer.EN16931)
rule = TOTALS.rule


def whole(number: Decimal) -> Decimal:
    """Round to the unit, halves towards plus infinity."""
    return (number + HALF).to_integral_value(ROUND_FLOOR)


def is_about(amount: Decimal | None, expected: Decimal) -> bool:
    """Whether two amounts differ by less than one unit of the currency."""
    return amount is not None and abs(amount - expected) < 1


def is_vat_of(
    vat: Decimal | None, base: Decimal | None, rate: Decimal | None, *, up_to_one: bool = False
) -> bool:
    """Whether an amount of VAT is base × rate, give or take less than one (or one, `up_to_one`).

    Signs are left out on purpose, as the official files do.
    """
    if vat is None or base is None or rate is None:
        return False
    distance = abs(abs(vat) - rounded(abs(base) * rate / HUNDRED))
    return distance < 1 or (up_to_one and distance == 1)


@rule(
    "BR-CO-10",
    on="BG-22",
    terms="BT-106 BT-131",
    remedy="Recalculez BT-106 en additionnant les montants nets des lignes (BT-131).",
    breaks="BT-106 + 1",
    also="BR-CO-13",
)
def line_total_is_sum_of_lines(totals: Totals, facts: Facts) -> bool:
    """Le total des lignes est la somme des montants nets de ligne."""
    return totals.line_net_amount == rounded(facts.line_total)


@rule(
    "BR-CO-11",
    on="BG-22",
    terms="BT-107 BT-92",
    remedy="Recalculez BT-107 en additionnant les remises du document (BT-92).",
    breaks="BT-107 + 1",
    also="BR-CO-13",
    example="allowances",
)
def allowance_total_is_sum_of_allowances(totals: Totals, facts: Facts) -> bool:
    """Le total des remises est la somme des remises du document."""
    if totals.allowances is None:
        return not facts.invoice.allowances
    return totals.allowances == rounded(facts.allowance_total)


@rule(
    "BR-CO-12",
    on="BG-22",
    terms="BT-108 BT-99",
    remedy="Recalculez BT-108 en additionnant les charges et frais du document (BT-99).",
    breaks="BT-108 + 1",
    also="BR-CO-13",
    example="allowances",
)
def charge_total_is_sum_of_charges(totals: Totals, facts: Facts) -> bool:
    """Le total des charges et frais est la somme des charges et frais du document."""
    if totals.charges is None:
        return not facts.invoice.charges
    return totals.charges == rounded(facts.charge_total)


@rule(
    "BR-CO-13",
    on="BG-22",
    terms="BT-109 BT-106 BT-107 BT-108",
    remedy="Recalculez le total hors TVA : BT-109 = BT-106 - BT-107 + BT-108.",
    breaks="BT-109 + 1",
    also="BR-CO-15",
)
def total_without_vat_adds_up(totals: Totals, facts: Facts) -> bool:
    """Le total hors TVA est le total des lignes, moins les remises, plus les frais."""
    if totals.without_vat is None or totals.line_net_amount is None:
        return False
    if totals.allowances is None and totals.charges is None and facts.syntax != "CII":
        return totals.without_vat == totals.line_net_amount
    expected = totals.line_net_amount - (totals.allowances or ZERO) + (totals.charges or ZERO)
    return totals.without_vat == rounded(expected)


@rule(
    "BR-CO-14",
    on="BG-22",
    terms="BT-110 BT-117",
    remedy="Recalculez BT-110 en additionnant les montants de TVA du détail (BT-117).",
    breaks="BT-110 + 1",
    also="BR-CO-15",
)
def vat_total_is_sum_of_breakdown(totals: Totals, facts: Facts) -> bool:
    """Le total de TVA est la somme des montants de TVA du détail par taux."""
    if totals.vat_amount is None:
        return True
    # Without any breakdown the UBL file lets the total stand, the CII file wants it to be nothing.
    return totals.vat_amount == rounded(facts.vat_total) or (
        not facts.invoice.vat_breakdown and facts.syntax != "CII"
    )


@rule(
    "BR-CO-15",
    terms="BT-112 BT-109 BT-110",
    remedy="Recalculez le total TTC : BT-112 = BT-109 + BT-110.",
    breaks="BT-112 + 1",
    also="BR-CO-16",
)
def total_with_vat_adds_up(invoice: Invoice, facts: Facts) -> bool:
    """Le total TTC est le total hors TVA plus le total de TVA."""
    totals = invoice.totals
    if invoice.currency is None:
        return True
    if totals is None or totals.with_vat is None or totals.without_vat is None:
        return False
    if facts.syntax == "CII" and totals.with_vat == totals.without_vat:
        return True
    return totals.vat_amount is not None and totals.with_vat == rounded(
        totals.without_vat + totals.vat_amount
    )


@rule(
    "BR-CO-16",
    on="BG-22",
    terms="BT-115 BT-112 BT-113 BT-114",
    remedy="Recalculez le net à payer : BT-115 = BT-112 - BT-113 + BT-114.",
    breaks="BT-115 + 1",
)
def amount_due_adds_up(totals: Totals, facts: Facts) -> bool:
    """Le net à payer est le total TTC, moins ce qui est déjà payé, plus l'arrondi."""
    due, gross = totals.due_amount, totals.with_vat
    if due is None or gross is None:
        return False
    paid, rounding = totals.paid_amount, totals.rounding_amount
    if facts.syntax == "CII" or (paid is None and rounding is None):
        return due == gross - (paid or ZERO) + (rounding or ZERO)
    if rounding is None:
        return due == rounded(gross - (paid or ZERO))
    expected = gross if paid is None else rounded(gross - paid)
    return rounded(due - rounding) == expected


@rule(
    "BR-CO-17",
    on="BG-23",
    terms="BT-117 BT-116 BT-119",
    remedy="Recalculez la TVA de ce taux : BT-117 = BT-116 × BT-119 / 100, arrondi au centime.",
    breaks="BT-117 + 2",
    also="BR-CO-14 BR-S-09",
    unless=is_unreached,
)
def vat_is_base_times_rate(vat: VatBreakdown, facts: Facts) -> bool:
    """La TVA d'un taux est sa base multipliée par le taux (écart admis : moins d'une unité)."""
    if "BT-117" in facts.foreign_taxes:
        return False  # what is due is no VAT: the official files find no rate of VAT beside it
    if vat.rate is None or whole(vat.rate) == 0:
        return vat.tax_amount is not None and whole(vat.tax_amount) == 0
    return is_vat_of(vat.tax_amount, vat.taxable_amount, vat.rate, up_to_one=facts.syntax == "CII")
