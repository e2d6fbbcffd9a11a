"""The sums of the document, a cent a term apart at most: BR-FREXT-CO-10 to CO-15, and BR-CO-25.

Source: EXTENDED-CTC-FR 1.4.0 fix 04 (FNFE-MPE). Unlike EN 16931, the profile admits a difference of
one cent for each line, allowance or charge that is added, and only adds lines of no subtype or
DETAIL. BR-FREXT-CO-13 goes from the lines themselves to the total, past BT-106.
"""

from __future__ import annotations

from decimal import Decimal

from facturier.findings import Layer
from facturier.invoice.model import Totals
from facturier.invoice.money import CENT, total
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules.facts import Facts
from facturier.rules.rule import Family

TOTALS = Family(Layer.EXTENDED_CTC_FR)
rule = TOTALS.rule


def counted_total(facts: Facts) -> Decimal:
    """Return the sum of BT-131 of the lines that add up."""
    return rounded(total(line.net_amount for line in facts.counted_lines))


def terms_added(facts: Facts) -> int:
    """Return how many lines, allowances and charges make the total."""
    lines = facts.counted_lines
    if facts.syntax == "UBL":  # there the file counts the amounts, elsewhere the lines
        lines = tuple(line for line in lines if line.net_amount is not None)
    invoice = facts.invoice
    return (
        len(lines) + len(invoice.allowances) + len(invoice.charges) + len(invoice.logistics_charges)
    )


def charges_added(facts: Facts) -> Decimal:
    """Return the sum of the charges, those of transport (Factur-X EXTENDED) added."""
    return rounded(facts.charge_total) + rounded(facts.logistics_total)


def _as_added(amount: Decimal, facts: Facts) -> Decimal:
    """Return a sum as the file holds it: that of UBL adds in binary, so 10.10 is a little less."""
    return Decimal(float(amount)) if facts.syntax == "UBL" else amount


@rule(
    "BR-FREXT-CO-10",
    on="BG-22",
    terms="BT-106 BT-131",
    remedy="Recalculez BT-106 en additionnant les BT-131 des lignes sans sous-type ou DETAIL.",
    breaks="BT-106 + 1",
)
def line_total_is_about_sum_of_lines(totals: Totals, facts: Facts) -> bool:
    """Le total des lignes est la somme des lignes qui comptent, à un centime près par ligne."""
    if totals.line_net_amount is None:
        return False
    gap = abs(totals.line_net_amount - counted_total(facts))
    if facts.syntax == "CII":
        return gap <= CENT * len(facts.invoice.lines)
    lines = [line for line in facts.counted_lines if line.net_amount is not None]
    return rounded(gap) <= CENT * len(lines)


@rule(
    "BR-FREXT-CO-11",
    on="BG-22",
    terms="BT-107 BT-92",
    remedy="Recalculez BT-107 en additionnant les remises du document (BT-92).",
    breaks="BT-107 + 1",
    example="allowances",
)
def allowance_total_is_about_sum_of_allowances(totals: Totals, facts: Facts) -> bool:
    """Le total des remises est leur somme, à un centime près par remise."""
    allowances = facts.invoice.allowances
    if totals.allowances is None:
        return not allowances
    added = _as_added(rounded(facts.allowance_total), facts)
    return abs(totals.allowances - added) <= CENT * len(allowances)


@rule(
    "BR-FREXT-CO-12",
    on="BG-22",
    terms="BT-108 BT-99",
    remedy="Recalculez BT-108 en additionnant les charges et frais du document (BT-99).",
    breaks="BT-108 + 1",
    example="allowances",
)
def charge_total_is_about_sum_of_charges(totals: Totals, facts: Facts) -> bool:
    """Le total des charges et frais est leur somme, à un centime près pour chacun."""
    charges = facts.invoice.charges
    if totals.charges is None:
        return not charges
    added = _as_added(charges_added(facts), facts)
    return abs(totals.charges - added) <= CENT * (
        len(charges) + len(facts.invoice.logistics_charges)
    )


@rule(
    "BR-FREXT-CO-13",
    on="BG-22",
    terms="BT-109 BT-131 BT-92 BT-99",
    remedy="Recalculez le total hors TVA : lignes (BT-131) - remises (BT-92) + frais (BT-99).",
    breaks="BT-109 + 1",
    also="BR-FREXT-CO-15",
)
def total_without_vat_is_about_what_is_added(totals: Totals, facts: Facts) -> bool:
    """Le total hors TVA est lignes moins remises plus frais, à un centime près par élément."""
    if totals.without_vat is None:
        return False
    expected = counted_total(facts) - rounded(facts.allowance_total) + charges_added(facts)
    gap = abs(totals.without_vat - expected)
    return (rounded(gap) if facts.syntax == "UBL" else gap) <= CENT * terms_added(facts)


@rule(
    "BR-FREXT-CO-15",
    on="BG-22",
    terms="BT-112 BT-109 BT-110",
    remedy="Recalculez le total TTC : BT-112 = BT-109 + BT-110.",
    breaks="BT-112 + 1",
    also="BR-CO-16",
)
def total_with_vat_about_adds_up(totals: Totals, facts: Facts) -> bool:
    """Le total TTC est le hors TVA plus la TVA, à un centime près par élément de la facture."""
    if totals.vat_amount is None or facts.invoice.currency is None:
        return facts.syntax != "CII"  # the CII file then has nothing to add, and objects
    if totals.with_vat is None or totals.without_vat is None:
        return False
    if _has_two_vat_totals(totals, facts):
        return totals.with_vat == totals.without_vat
    gap = abs(totals.with_vat - totals.vat_amount - totals.without_vat)
    return gap <= CENT * terms_added(facts)


def _has_two_vat_totals(totals: Totals, facts: Facts) -> bool:
    """Whether BT-6 repeats BT-5: the CII file then takes the VAT to be nothing."""
    invoice = facts.invoice
    return (
        facts.syntax == "CII"
        and totals.vat_amount_accounting is not None
        and invoice.vat_currency == invoice.currency
    )


@rule(
    "BR-CO-25",
    on="BG-22",
    terms="BT-115 BT-9 BT-20",
    remedy="Indiquez l'échéance (BT-9) ou les conditions de paiement (BT-20).",
    breaks="BT-9 = ; BT-20 =",
)
def what_is_due_is_due_at_some_time(totals: Totals, facts: Facts) -> bool:
    """Si un net à payer est dû, l'échéance ou les conditions de paiement sont indiquées."""
    if totals.due_amount is None or totals.due_amount <= 0 or facts.root == "CreditNote":
        return True
    invoice = facts.invoice
    return (
        invoice.due_date is not None
        or invoice.payment_terms is not None
        or facts.is_malformed("BT-9")
    )
