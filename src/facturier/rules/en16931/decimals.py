"""Amounts have at most two decimals: BR-DEC-01 to BR-DEC-28.

Source: EN 16931-1 §6.4.2 and CEN's validation artefacts 1.3.16, which count the characters after
the decimal point as written. Two rows differ. For the totals of VAT (BT-110, BT-111) the UBL file
compares the currency with an element that is not where it looks, so that BR-DEC-13 and BR-DEC-15
never fire there; the CII file looks at the value, not at what is written.
"""

from __future__ import annotations

from facturier.findings import Layer
from facturier.invoice.model import Invoice, Totals
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules.en16931.categories import is_unreached
from facturier.rules.facts import Facts
from facturier.rules.rule import Family

DECIMALS = Family(Layer.EN16931)
row = DECIMALS.at_most_two_decimals

row("BR-DEC-01", "BT-92", example="allowances")
row("BR-DEC-02", "BT-93", example="allowances")
row("BR-DEC-05", "BT-99", example="allowances")
row("BR-DEC-06", "BT-100", example="allowances")
row("BR-DEC-09", "BT-106")
row("BR-DEC-10", "BT-107", example="allowances")
row("BR-DEC-11", "BT-108", example="allowances")
row("BR-DEC-12", "BT-109")
row("BR-DEC-14", "BT-112")
row("BR-DEC-16", "BT-113", example="prepaid")
row("BR-DEC-17", "BT-114", example="prepaid")
row("BR-DEC-18", "BT-115")
row("BR-DEC-19", "BT-116", unless=is_unreached)
row("BR-DEC-20", "BT-117", unless=is_unreached)
row("BR-DEC-23", "BT-131")
row("BR-DEC-24", "BT-136", example="allowances")
row("BR-DEC-25", "BT-137", example="allowances")
row("BR-DEC-27", "BT-141", example="allowances")
row("BR-DEC-28", "BT-142", example="allowances")


@DECIMALS.rule(
    "BR-DEC-13",
    on="BG-22",
    terms="BT-110",
    remedy="Arrondissez BT-110 au centime.",
    breaks="BT-110 + 0.001",
    also="BR-CO-14",
    syntax="CII",
)
def vat_total_is_in_cents(totals: Totals, _: Facts) -> bool:
    """Le total de TVA est un nombre entier de centimes."""
    amount = totals.vat_amount
    # The file is content with one total that passes: that of the other currency always does.
    return amount is None or amount == rounded(amount) or totals.vat_amount_accounting is not None


@DECIMALS.rule(
    "BR-DEC-15",
    terms="BT-111",
    remedy="Arrondissez BT-111 au centime.",
    breaks="BT-111 + 0.001",
    example="foreign-currency",
    syntax="CII",
)
def vat_total_in_accounting_currency_is_in_cents(invoice: Invoice, _: Facts) -> bool:
    """Le total de TVA en devise de comptabilisation est un nombre entier de centimes."""
    totals = invoice.totals
    if invoice.vat_currency is None or totals is None:
        return True
    amount = totals.vat_amount_accounting
    if amount is None and invoice.vat_currency == invoice.currency:
        amount = totals.vat_amount  # BT-6 repeats BT-5: the one total is in that currency
    if amount is None:
        return totals.vat_amount is None
    return amount == rounded(amount)
