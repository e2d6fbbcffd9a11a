"""Totals, places and the general rules on taxes of EN 16931, asked of the elements of an odd file.

The rest of :mod:`.odd`. Source: CEN's validation artefacts 1.3.16.
"""

from __future__ import annotations

from collections.abc import Callable

from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import Totals
from facturier.invoice.money import cents_in_xpath, total
from facturier.rules.en16931.codes import admitted
from facturier.rules.en16931.odd_words import CII, LOWER, SETTLEMENT, TRANSACTION, first, groups
from facturier.rules.en16931.totals import is_vat_of, whole
from facturier.rules.facts import Facts
from facturier.rules.odd_files import NAMESPACES, Element, Wrong, found, is_true, number

CENTS = 2


# Totals.
def ubl_currency_is_wrong(tree: Element, facts: Facts) -> bool:
    """Object to a total that is not what precedes it and the one VAT in the same currency."""
    totals, currency = facts.invoice.totals, facts.invoice.currency
    if currency is None:
        return False
    path = "/*/cac:TaxTotal/cbc:TaxAmount[@currencyID = $currency]"
    return not _adds_up(totals, found(tree, path, currency=currency))


def cii_currency_is_wrong(tree: Element, facts: Facts) -> bool:
    """Object to the same, but where there is no VAT."""
    totals, currency = facts.invoice.totals, facts.invoice.currency
    if currency is None or (
        totals is not None and totals.with_vat is not None and totals.with_vat == totals.without_vat
    ):
        return False
    path = f"{CII_SUMS}/ram:TaxTotalAmount[@currencyID = $currency]"
    return not _adds_up(totals, found(tree, path, currency=currency))


def _adds_up(totals: Totals | None, stated: list[Element]) -> bool:
    if totals is None or totals.with_vat is None or totals.without_vat is None:
        return False
    vat = number(stated[0].text) if len(stated) == 1 else None
    return vat is not None and totals.with_vat == cents_in_xpath(totals.without_vat + vat)


CII_SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"


def cii_vat_total_is_wrong(tree: Element, _: Facts) -> bool:
    """Object to a total of VAT, in the currency of the invoice, that is not the sum of taxes."""
    stated = found(
        tree,
        "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount"
        f"[@currencyID = {SETTLEMENT}/ram:InvoiceCurrencyCode]",
    )
    if not stated:
        return False
    taxes = found(tree, f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount")
    expected = cents_in_xpath(total(number(one.text) for one in taxes))
    return any(number(one.text) != expected for one in stated)


def ubl_vat_total_is_wrong(tree: Element, _: Facts) -> bool:
    """Object to a total of VAT that is not the sum of its taxes, in any currency."""
    return not all(map(_is_sum, found(tree, "/*/cac:TaxTotal")))


def _is_sum(stated: Element) -> bool:
    parts = [first(one, "cbc:TaxAmount") for one in found(stated, "cac:TaxSubtotal")]
    given = first(stated, "cbc:TaxAmount")
    if given is None or None in parts:
        return not parts
    return not parts or given == cents_in_xpath(total(parts))


def is_delivered_no_day(tree: Element, _: Facts) -> bool:
    """Object to a delivery inside the Union without a day, and without a period."""
    return bool(groups(tree, CII, "K")) and not is_true(
        tree,
        f"{TRANSACTION}/ram:ApplicableHeaderTradeDelivery/ram:ActualDeliverySupplyChainEvent"
        "/ram:OccurrenceDateTime/udt:DateTimeString"
        " | //ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod"
        "/*[self::ram:StartDateTime or self::ram:EndDateTime]",
    )


def is_delivered_nowhere(tree: Element, _: Facts) -> bool:
    """Object to a delivery inside the Union without a country."""
    return bool(groups(tree, CII, "K")) and not is_true(
        tree, f"{_SHIP_TO}/ram:PostalTradeAddress/ram:CountryID"
    )


_SHIP_TO = f"{TRANSACTION}/ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty"


def place_is_not_listed(tree: Element, facts: Facts) -> bool:
    """Object to a scheme of the place of delivery, where one is given."""
    known = admitted("BR-CL-26", facts)
    schemes = found(tree, f"{_SHIP_TO}/ram:GlobalID/@schemeID")
    return any(one.strip(XML_SPACE) not in known for one in schemes)


def object_is_not_listed(tree: Element, facts: Facts) -> bool:
    """Object to the scheme of an object, where the type of its document says that it is one."""
    known = admitted("BR-CL-07", facts)
    schemes = found(
        tree,
        "//*[self::cac:AdditionalDocumentReference or self::cac:DocumentReference]"
        "[cbc:DocumentTypeCode = '130']/cbc:ID/@schemeID",
    )
    return any(one.strip(XML_SPACE) not in known for one in schemes)


# The general rules of each tax of the breakdown, where no rule of its category takes it.
Taken = frozenset[str]


def _reached(tree: Element, taken: Taken) -> list[Element]:
    """Return the taxes of a CII file that no rule of their category takes."""
    return [
        tax
        for tax in found(tree, CII.group)
        if not (tax.findtext(_CODE) in taken and is_true(tax, f"self::*{CII.is_vat}"))
    ]


_CODE = f"{{{NAMESPACES['ram']}}}CategoryCode"


def _general(taken: Taken, is_wrong: Callable[[Element], bool]) -> Wrong:
    return lambda tree, _: any(map(is_wrong, _reached(tree, taken)))


def _is_not_base_times_rate(tax: Element) -> bool:
    vat = is_true(tax, LOWER.format("ram:TypeCode"))
    rate = first(tax, CII.rate) if vat else None
    amount = first(tax, CII.tax)
    if rate is None or whole(rate) == 0:
        return amount is None or whole(amount) != 0
    return not is_vat_of(amount, first(tax, CII.base), rate, up_to_one=True)


def _has_parts_of_a_cent(path: str) -> Callable[[Element], bool]:
    def wrong(tax: Element) -> bool:
        return any(len((one.text or "").partition(".")[2]) > CENTS for one in found(tax, path))

    return wrong


def general_rules(taken: Taken) -> dict[str, Wrong]:
    """Return what the general rules of a CII file say of taxes that are not of `taken`."""
    return {
        "BR-CO-17": _general(taken, _is_not_base_times_rate),
        "BR-DEC-19": _general(taken, _has_parts_of_a_cent(CII.base)),
        "BR-DEC-20": _general(taken, _has_parts_of_a_cent(CII.tax)),
    }


def accounting_currency_is_wrong(tree: Element, _: Facts) -> bool:
    """Object to an accounting currency without its total of VAT, or that is that of the invoice."""
    accounted = found(tree, f"{SETTLEMENT}/ram:TaxCurrencyCode")
    if not accounted or not found(tree, CII_SUMS):
        return False
    return not is_true(
        tree,
        f"{CII_SUMS}/ram:TaxTotalAmount/@currencyID = {SETTLEMENT}/ram:TaxCurrencyCode"
        f" and not({SETTLEMENT}/ram:TaxCurrencyCode = {SETTLEMENT}/ram:InvoiceCurrencyCode)",
    )


def accounting_total_is_wrong(tree: Element, _: Facts) -> bool:
    """Object to totals of VAT of which none is in cents of the accounting currency."""
    totals = found(tree, f"{CII_SUMS}/ram:TaxTotalAmount")
    if not totals or not is_true(tree, f"{SETTLEMENT}/ram:TaxCurrencyCode"):
        return False
    stated = found(
        tree, f"{CII_SUMS}/ram:TaxTotalAmount[@currencyID = {SETTLEMENT}/ram:TaxCurrencyCode]"
    )
    amounts = [number(one.text) for one in stated]
    return not any(one is not None and one == cents_in_xpath(one) for one in amounts)
