"""The rules of EN 16931 on VAT, asked of the elements of an odd file.

The sums, categories and totals are those of :mod:`.vat` and :mod:`.totals`, found as CEN's files
1.3.16 find them: a line with two taxes is sold under both, a currency counts to the letter, a tax
that is not VAT is passed over in some places and not in others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from facturier.invoice.money import cents_in_xpath
from facturier.rules.en16931 import odd_totals
from facturier.rules.en16931.categories import CATEGORIES, UNREACHED_IN_CII, Category
from facturier.rules.en16931.odd_words import (
    ALLOWANCE,
    CHARGE,
    CII,
    UBL,
    UBL_VAT,
    Sold,
    Words,
    first,
    groups,
    sold_in,
    sums,
)
from facturier.rules.en16931.totals import is_about, is_vat_of
from facturier.rules.facts import Facts
from facturier.rules.odd_files import Element, OddFile, Wrong, found, is_true, wherever


def _base_is_wrong(category: Category, words: Words, *, any_tax: bool) -> Wrong:
    code = category.code

    def wrong(tree: Element, facts: Facts) -> bool:
        taxes = code in facts.categories and groups(tree, words, code, vat=not any_tax)
        if not taxes:
            return False
        sold = sold_in(facts)
        holds = _taxed_base_holds if category.taxed else _base_holds
        return not all(holds(tax, sold, code, words) for tax in taxes)

    return wrong


def _taxed_base_holds(tax: Element, sold: Sold, code: str, words: Words) -> bool:
    rate = first(tax, words.rate)
    if rate is None:
        return True
    base, held = first(tax, words.base), sold.under(code, rate)
    lines, allowances, charges = sums(held)
    if words is CII:
        rounded = map(cents_in_xpath, (lines, allowances, charges))
        return base == next(rounded) - next(rounded) + next(rounded)
    here = is_true(tax, "//cac:InvoiceLine | //cac:CreditNoteLine")
    return bool(held if code == "S" else here) and is_about(base, lines - allowances + charges)


def _base_holds(tax: Element, sold: Sold, code: str, words: Words) -> bool:
    base = first(tax, words.base)
    lines, allowances, charges = sums(sold.under(code))
    if words is UBL:
        here = is_true(tax, "//cac:InvoiceLine | //cac:CreditNoteLine")
        return here and base == lines - allowances + charges
    expected = cents_in_xpath(lines) - cents_in_xpath(allowances) + cents_in_xpath(charges)
    return base == expected if code == "O" else is_about(base, expected)


def _rate_is_wrong(category: Category, words: Words, path: str) -> Wrong:
    where = path + words.is_code + words.is_vat

    def wrong(tree: Element, facts: Facts) -> bool:
        return category.code in facts.categories and not all(
            category.rates.holds(first(tax, words.rate), facts)
            for tax in found(tree, where, code=category.code)
        )

    return wrong


def _tax_is_wrong(category: Category, words: Words, *, any_tax: bool) -> Wrong:
    def holds(tax: Element) -> bool:
        amount = first(tax, words.tax)
        if category.taxed:
            return is_vat_of(amount, first(tax, words.base), first(tax, words.rate))
        return amount == 0

    return _of_groups(category, words, holds, any_tax=any_tax)


def _exemption_is_wrong(category: Category, words: Words, *, any_tax: bool) -> Wrong:
    given = " | ".join(words.exemption)

    def holds(tax: Element) -> bool:
        return is_true(tax, given) == category.exempt

    return _of_groups(category, words, holds, any_tax=any_tax)


def _of_groups(
    category: Category, words: Words, holds: Callable[[Element], bool], *, any_tax: bool
) -> Wrong:
    code = category.code

    def wrong(tree: Element, facts: Facts) -> bool:
        return code in facts.categories and not all(
            map(holds, groups(tree, words, code, vat=not any_tax))
        )

    return wrong


def families(words: Words, *, any_tax: bool = False) -> Iterator[tuple[str, Wrong]]:
    """Yield what objects to the rates, bases, taxes and reasons of each category, by rule.

    `any_tax`: also where a tax of the breakdown is not named VAT, as CEN's file for CII does for S
    and Z, and Factur-X for all.
    """
    places = (words.line_tax, words.allowance_tax, words.charge_tax)
    for category in CATEGORIES:
        for place, path in zip(("05", "06", "07"), places, strict=True):
            yield f"{category.prefix}-{place}", _rate_is_wrong(category, words, path)
        every = any_tax or (words is CII and category.code in ("S", "Z"))
        if words is UBL or not category.only_in_ubl:
            yield f"{category.prefix}-08", _base_is_wrong(category, words, any_tax=every)
            yield f"{category.prefix}-09", _tax_is_wrong(category, words, any_tax=every)
        yield f"{category.prefix}-10", _exemption_is_wrong(category, words, any_tax=every)


# Outside the scope of VAT: nothing else beside it.
def _beside_nothing(words: Words, others: str) -> Wrong:
    """Return what objects to another tax where the breakdown has one of category O."""

    def wrong(tree: Element, facts: Facts) -> bool:
        has = "O" in facts.categories and groups(tree, words, "O")
        return bool(has) and is_true(tree, others)

    return wrong


_NOT_O = "[normalize-space(cbc:ID) != 'O']"
_UBL_OUT_OF_SCOPE: dict[str, Wrong] = {
    "BR-O-11": _beside_nothing(UBL, f"{UBL.group}{_NOT_O}{UBL_VAT}"),
    "BR-O-12": _beside_nothing(UBL, f"//cac:ClassifiedTaxCategory{_NOT_O}{UBL_VAT}"),
    "BR-O-13": _beside_nothing(UBL, f"{UBL.allowance_tax}{_NOT_O}{UBL_VAT}"),
    "BR-O-14": _beside_nothing(UBL, f"{UBL.charge_tax}{_NOT_O}{UBL_VAT}"),
}
_CII_OUT_OF_SCOPE: dict[str, Wrong] = {
    f"BR-O-{number_}": _beside_nothing(CII, f"//ram:{tax}TradeTax[ram:CategoryCode != 'O']")
    for number_, tax in product(("11", "12"), ("Applicable",))
} | {
    f"BR-O-{number_}": _beside_nothing(CII, "//ram:CategoryTradeTax[ram:CategoryCode != 'O']")
    for number_ in ("13", "14")
}


def _out_of_scope_is_identified(kind: str) -> Wrong:
    """Return what objects to a VAT number beside an allowance or charge of the document."""
    path = f"/*/cac:AllowanceCharge{kind}/cac:TaxCategory[normalize-space(cbc:ID) = 'O']{UBL_VAT}"
    holds = next(one.parties.holds for one in CATEGORIES if one.code == "O")
    return lambda tree, facts: bool(found(tree, path)) and not holds(facts)


# Broken down under a code that counts to the letter (IGIC, IPSI).
def _is_not_broken_down(code: str, exact: str) -> Wrong:
    sold = f"//cac:AllowanceCharge/cac:TaxCategory{UBL.is_code}{UBL_VAT} | "
    sold += f"//cac:ClassifiedTaxCategory{UBL.is_code}{UBL_VAT}"

    def wrong(tree: Element, facts: Facts) -> bool:
        if code not in facts.categories:
            return False
        if found(tree, sold, code=code):
            return not found(tree, UBL.group + exact, code=code)
        return bool(groups(tree, UBL, code))

    return wrong


_SUMMED_ONCE = (
    "AllowanceTotalAmount",
    "ChargeTotalAmount",
    "DuePayableAmount",
    "GrandTotalAmount",
    "LineTotalAmount",
    "RoundingAmount",
    "TaxBasisTotalAmount",
    "TotalPrepaidAmount",
)
CII_STOPS = (
    "/*/rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter[ram:ID][2]",
    "//ram:SellerTaxRepresentativeTradeParty/ram:SpecifiedTaxRegistration[ram:ID][2]",
    *(
        f"//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:{one}[2]"
        for one in _SUMMED_ONCE
    ),
    "//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount[2]",
    "//ram:SpecifiedTradeProduct/ram:Name[2]",
)
"""Where both CII files, this one and that of EXTENDED-CTC-FR, stop."""
UBL_STOPS = (
    "//cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity[2]",
    "//cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity[2]",
    "//cac:TaxRepresentativeParty/cac:PartyName[2]",
)
"""The same in UBL."""

_NAMED, _NUMBERED = "cac:PartyName/cbc:Name", "cac:PartyIdentification/cbc:ID"
_SELLER = "../cac:AccountingSupplierParty/cac:Party"
_SAME_NAME = f"{_NAMED} = {_SELLER}/{_NAMED}"
_SAME_NUMBER = f"{_NUMBERED} = {_SELLER}/{_NUMBERED}"

_CII_SELLER = "../../ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty"
_CII_REGISTERED = "ram:SpecifiedLegalOrganization/ram:ID"
_CII_PAYEE = (
    f"//ram:PayeeTradeParty[not(ram:Name) or ram:Name = {_CII_SELLER}/ram:Name"
    f" or ram:ID = {_CII_SELLER}/ram:ID or {_CII_REGISTERED} = {_CII_SELLER}/{_CII_REGISTERED}]"
)
"""Of the payment, or of one of its terms."""
_CII_LINE = "//ram:IncludedSupplyChainTradeLineItem"
_CII_CATEGORY = (
    f"ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax{CII.is_vat}/ram:CategoryCode"
)

ODD: dict[str, OddFile] = {
    "UBL": OddFile(
        {
            **dict(families(UBL)),
            **_UBL_OUT_OF_SCOPE,
            "BR-O-03": _out_of_scope_is_identified(ALLOWANCE),
            "BR-O-04": _out_of_scope_is_identified(CHARGE),
            "BR-AF-01": _is_not_broken_down("L", "[cbc:ID = $code]"),
            "BR-AG-01": _is_not_broken_down("M", f"[cbc:ID = $code]{UBL_VAT}"),
            "BR-CO-14": odd_totals.ubl_vat_total_is_wrong,
            "BR-CO-15": odd_totals.ubl_currency_is_wrong,
            "BR-CO-04": wherever(
                f"{UBL.lines}[not(cac:Item/cac:ClassifiedTaxCategory{UBL.is_vat}/cbc:ID)]"
            ),
            "BR-17": wherever(
                f"/*/cac:PayeeParty[not({_NAMED}) or {_SAME_NAME} or {_SAME_NUMBER}]"
            ),
            "BR-CL-07": odd_totals.object_is_not_listed,
        },
        UBL_STOPS,
    ),
    "CII": OddFile(
        {
            **dict(families(CII)),
            **_CII_OUT_OF_SCOPE,
            **odd_totals.general_rules(UNREACHED_IN_CII),
            "BR-CO-14": odd_totals.cii_vat_total_is_wrong,
            "BR-17": wherever(_CII_PAYEE),
            "BR-CO-04": wherever(f"{_CII_LINE}[not({_CII_CATEGORY})]"),
            "BR-CO-15": odd_totals.cii_currency_is_wrong,
            "BR-53": odd_totals.accounting_currency_is_wrong,
            "BR-DEC-15": odd_totals.accounting_total_is_wrong,
            "BR-IC-11": odd_totals.is_delivered_no_day,
            "BR-IC-12": odd_totals.is_delivered_nowhere,
            "BR-CL-26": odd_totals.place_is_not_listed,
        },
        (
            *CII_STOPS,
            *(
                f"{CII.group}[ram:CategoryCode != 'L' and ram:CategoryCode != 'M']/ram:{one}[2]"
                for one in ("BasisAmount", "CalculatedAmount")
            ),
        ),
    ),
}
