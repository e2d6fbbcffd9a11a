"""The rules of EN 16931 on VAT and totals, asked of the elements of an odd file.

The sums, categories and totals are those of :mod:`.vat` and :mod:`.totals`, found as CEN's files
1.3.16 find them: a line with two taxes is sold under both, a currency counts to the letter, a tax
that is not VAT is passed over in some places and not in others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from types import MappingProxyType

from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import Totals
from facturier.invoice.money import cents_in_xpath, total
from facturier.rules.en16931.categories import CATEGORIES, UNREACHED_IN_CII, Category
from facturier.rules.en16931.codes import admitted
from facturier.rules.en16931.totals import is_about, is_vat_of, whole
from facturier.rules.facts import Facts, Reason, reason_of
from facturier.rules.odd_files import NAMESPACES, Element, OddFile, Wrong, found, is_true, number

CENTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What taxes and what is sold under them are called in a syntax."""

    group: str
    """A tax of the breakdown of the document."""
    line_tax: str
    allowance_tax: str
    charge_tax: str
    code: str
    """From a tax to its category."""
    is_code: str
    """Condition on a tax: its category is ``$code``, as most rules of the file ask it."""
    is_vat: str
    rate: str
    exemption: tuple[str, str]
    """Reason why no VAT is due: code, text."""
    lines: str
    """What has an amount and taxes."""
    allowances: str
    charges: str
    taxes: tuple[str, str]
    """From a line, and from an allowance or charge, to its taxes."""
    amounts: tuple[str, str]
    """From a line, and from an allowance or charge, to its amount."""
    base: str
    """From a tax of the breakdown to its base."""
    tax: str
    """From a tax of the breakdown to its amount."""


_LOWER = "translate(normalize-space({}), 'vat', 'VAT') = 'VAT'"
_TRUE, _FALSE = (
    "[normalize-space({0}) = '" + one + "' or normalize-space({0}) = '" + other + "']"
    for one, other in (("true", "1"), ("false", "0"))
)
_UBL_VAT = f"[cac:TaxScheme[{_LOWER.format('cbc:ID')}]]"
_UBL_LINE = "*[self::cac:InvoiceLine or self::cac:CreditNoteLine]"
_CHARGE, _ALLOWANCE = (one.format("cbc:ChargeIndicator") for one in (_TRUE, _FALSE))
_CII_CHARGE, _CII_ALLOWANCE = (
    one.format("ram:ChargeIndicator/udt:Indicator") for one in (_TRUE, _FALSE)
)
_T = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
_SETTLEMENT = f"{_T}/ram:ApplicableHeaderTradeSettlement"
_CII_AC = "ram:SpecifiedTradeAllowanceCharge"
_CII_LINE = f"{_T}/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeSettlement"

UBL = Words(
    group="/*/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory",
    line_tax=f"//{_UBL_LINE}/cac:Item/cac:ClassifiedTaxCategory",
    allowance_tax=f"//cac:AllowanceCharge{_ALLOWANCE}/cac:TaxCategory",
    charge_tax=f"//cac:AllowanceCharge{_CHARGE}/cac:TaxCategory",
    code="cbc:ID",
    is_code="[normalize-space(cbc:ID) = $code]",
    is_vat=_UBL_VAT,
    rate="cbc:Percent",
    exemption=("cbc:TaxExemptionReasonCode", "cbc:TaxExemptionReason"),
    lines=f"/*/{_UBL_LINE}",
    allowances=f"/*/cac:AllowanceCharge{_ALLOWANCE}",
    charges=f"/*/cac:AllowanceCharge{_CHARGE}",
    taxes=("cac:Item/cac:ClassifiedTaxCategory", "cac:TaxCategory"),
    amounts=("cbc:LineExtensionAmount", "cbc:Amount"),
    base="../cbc:TaxableAmount",
    tax="../cbc:TaxAmount",
)
CII = Words(
    group="//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax",
    line_tax=f"{_CII_LINE}/ram:ApplicableTradeTax",
    allowance_tax=f"//{_CII_AC}{_CII_ALLOWANCE}/ram:CategoryTradeTax",
    charge_tax=f"//{_CII_AC}{_CII_CHARGE}/ram:CategoryTradeTax",
    code="ram:CategoryCode",
    is_code="[ram:CategoryCode = $code]",
    is_vat="[translate(ram:TypeCode, 'vat', 'VAT') = 'VAT']",
    rate="ram:RateApplicablePercent",
    exemption=("ram:ExemptionReasonCode", "ram:ExemptionReason"),
    lines=_CII_LINE,
    allowances=f"{_SETTLEMENT}/{_CII_AC}{_CII_ALLOWANCE}",
    charges=f"{_SETTLEMENT}/{_CII_AC}{_CII_CHARGE}",
    taxes=("ram:ApplicableTradeTax", "ram:CategoryTradeTax"),
    amounts=(
        "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        "ram:ActualAmount[1]",
    ),
    base="ram:BasisAmount",
    tax="ram:CalculatedAmount",
)
WORDS = MappingProxyType({"UBL": UBL, "CII": CII})


def first(element: Element, path: str) -> Decimal | None:
    """Return the number at a path; None where nothing stands there, or no number."""
    there = found(element, path)
    return number(there[0].text) if there else None


# What is sold, under each of the taxes that it names.
@dataclass(frozen=True, slots=True)
class SoldUnder:
    """A tax that a line, an allowance or a charge names."""

    code: str
    rate: Decimal | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Sale:
    """A line, an allowance or a charge."""

    kind: int
    """0 for a line, 1 for an allowance, 2 for a charge, 3 for transport."""
    amount: Decimal | None
    taxes: tuple[SoldUnder, ...]
    codes: frozenset[str]
    rates: frozenset[Decimal | None]
    reason: Reason
    """The first that is given, whichever tax it stands in."""
    element: Element


def sales(tree: Element, words: Words) -> tuple[Sale, ...]:
    """Return what a file sells."""
    return tuple(
        sale(one, words, kind, words.taxes[min(kind, 1)], words.amounts[min(kind, 1)])
        for kind, path in enumerate((words.lines, words.allowances, words.charges))
        for one in found(tree, path)
    )


def sale(element: Element, words: Words, kind: int, taxes: str, amount: str) -> Sale:
    """Return what an element sells; `taxes` and `amount` lead there."""
    named = tuple(_sold_under(one, words) for one in found(element, taxes))
    amounts = found(element, amount)
    codes, texts = zip(*(one.reason for one in named), strict=True) if named else ((), ())
    return Sale(
        kind,
        total(number(one.text) for one in amounts) if amounts else None,
        named,
        frozenset(one.code for one in named),
        frozenset(one.rate for one in named),
        (next(filter(None, codes), ""), next(filter(None, texts), "")),
        element,
    )


def _sold_under(tax: Element, words: Words) -> SoldUnder:
    code, *_ = [one.text or "" for one in found(tax, words.code)] or [""]
    reasons = [next((one.text or "" for one in found(tax, path)), "") for path in words.exemption]
    return SoldUnder(
        code.strip(XML_SPACE) if words is UBL else code,
        first(tax, words.rate),
        reason_of(*reasons),
    )


class Sold:
    """What a file sells, looked up by category and rate; asked once a file."""

    def __init__(self, everything: Iterable[Sale]) -> None:
        self._by_code: dict[str, list[Sale]] = {}
        self._known: dict[tuple[str, Decimal | None], tuple[Sale, ...]] = {}
        for sale in everything:
            for code in sale.codes:
                self._by_code.setdefault(code, []).append(sale)

    def under(self, code: str, rate: Decimal | None = None) -> tuple[Sale, ...]:
        """Return what is sold under a category, at one rate when it is given."""
        key = (code, rate)
        if key not in self._known:
            self._known[key] = tuple(
                one for one in self._by_code.get(code, ()) if rate is None or rate in one.rates
            )
        return self._known[key]


def sums(some: Iterable[Sale]) -> tuple[Decimal, Decimal, Decimal]:
    """Return what lines, allowances and charges add up to."""
    held = tuple(some)
    lines, allowances, charges = (
        total(one.amount for one in held if one.kind == kind) for kind in range(3)
    )
    return lines, allowances, charges


def sold_in(facts: Facts) -> Sold:
    """Return what the file under check sells."""
    assert facts.tree is not None, "asked of files only"
    return Sold(sales(facts.tree, WORDS[facts.syntax]))


def groups(tree: Element, words: Words, code: str, *, vat: bool = True) -> list[Element]:
    """Return the taxes of the breakdown of a category."""
    path = words.group + words.is_code + (words.is_vat if vat else "")
    return found(tree, path, code=code)


def _base_is_wrong(category: Category, words: Words) -> Wrong:
    code = category.code
    any_tax = words is CII and code in ("S", "Z")

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


def _families(words: Words) -> Iterator[tuple[str, Wrong]]:
    places = (words.line_tax, words.allowance_tax, words.charge_tax)
    for category in CATEGORIES:
        for place, path in zip(("05", "06", "07"), places, strict=True):
            yield f"{category.prefix}-{place}", _rate_is_wrong(category, words, path)
        if words is UBL or not category.only_in_ubl:
            yield f"{category.prefix}-08", _base_is_wrong(category, words)


# Outside the scope of VAT: nothing else beside it.
def _beside_nothing(words: Words, others: str) -> Wrong:
    """Return what objects to another tax where the breakdown has one of category O."""

    def wrong(tree: Element, facts: Facts) -> bool:
        has = "O" in facts.categories and groups(tree, words, "O")
        return bool(has) and is_true(tree, others)

    return wrong


_NOT_O = "[normalize-space(cbc:ID) != 'O']"
_UBL_OUT_OF_SCOPE: dict[str, Wrong] = {
    "BR-O-11": _beside_nothing(UBL, f"{UBL.group}{_NOT_O}{_UBL_VAT}"),
    "BR-O-12": _beside_nothing(UBL, f"//cac:ClassifiedTaxCategory{_NOT_O}{_UBL_VAT}"),
    "BR-O-13": _beside_nothing(UBL, f"{UBL.allowance_tax}{_NOT_O}{_UBL_VAT}"),
    "BR-O-14": _beside_nothing(UBL, f"{UBL.charge_tax}{_NOT_O}{_UBL_VAT}"),
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
    path = f"/*/cac:AllowanceCharge{kind}/cac:TaxCategory[normalize-space(cbc:ID) = 'O']{_UBL_VAT}"
    holds = next(one.parties.holds for one in CATEGORIES if one.code == "O")
    return lambda tree, facts: bool(found(tree, path)) and not holds(facts)


# Broken down under a code that counts to the letter (IGIC, IPSI).
def _is_not_broken_down(code: str, exact: str) -> Wrong:
    sold = f"//cac:AllowanceCharge/cac:TaxCategory{UBL.is_code}{_UBL_VAT} | "
    sold += f"//cac:ClassifiedTaxCategory{UBL.is_code}{_UBL_VAT}"

    def wrong(tree: Element, facts: Facts) -> bool:
        if code not in facts.categories:
            return False
        if found(tree, sold, code=code):
            return not found(tree, UBL.group + exact, code=code)
        return bool(groups(tree, UBL, code))

    return wrong


# Totals.
def _ubl_currency_is_wrong(tree: Element, facts: Facts) -> bool:
    """Object to a total that is not what precedes it and the one VAT in the same currency."""
    totals, currency = facts.invoice.totals, facts.invoice.currency
    if currency is None:
        return False
    path = "/*/cac:TaxTotal/cbc:TaxAmount[@currencyID = $currency]"
    return not _adds_up(totals, found(tree, path, currency=currency))


def _cii_currency_is_wrong(tree: Element, facts: Facts) -> bool:
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


CII_SUMS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"


def cii_vat_total_is_wrong(tree: Element, _: Facts) -> bool:
    """Object to a total of VAT, in the currency of the invoice, that is not the sum of taxes."""
    stated = found(
        tree,
        "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount"
        f"[@currencyID = {_SETTLEMENT}/ram:InvoiceCurrencyCode]",
    )
    if not stated:
        return False
    taxes = found(tree, f"{_SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount")
    expected = cents_in_xpath(total(number(one.text) for one in taxes))
    return any(number(one.text) != expected for one in stated)


def _ubl_vat_total_is_wrong(tree: Element, _: Facts) -> bool:
    return not all(map(_is_sum, found(tree, "/*/cac:TaxTotal")))


def _is_sum(stated: Element) -> bool:
    parts = [first(one, "cbc:TaxAmount") for one in found(stated, "cac:TaxSubtotal")]
    given = first(stated, "cbc:TaxAmount")
    if given is None or None in parts:
        return not parts
    return not parts or given == cents_in_xpath(total(parts))


def _is_delivered_some_day(tree: Element, _: Facts) -> bool:
    """Object to a delivery inside the Union without a day, and without a period."""
    return bool(groups(tree, CII, "K")) and not is_true(
        tree,
        f"{_T}/ram:ApplicableHeaderTradeDelivery/ram:ActualDeliverySupplyChainEvent"
        "/ram:OccurrenceDateTime/udt:DateTimeString"
        " | //ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod"
        "/*[self::ram:StartDateTime or self::ram:EndDateTime]",
    )


def _object_is_not_listed(tree: Element, facts: Facts) -> bool:
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
    vat = is_true(tax, _LOWER.format("ram:TypeCode"))
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
    "/*/rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter[2]",
    "//ram:SellerTaxRepresentativeTradeParty/ram:SpecifiedTaxRegistration[2]",
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

ODD: dict[str, OddFile] = {
    "UBL": OddFile(
        {
            **dict(_families(UBL)),
            **_UBL_OUT_OF_SCOPE,
            "BR-O-03": _out_of_scope_is_identified(_ALLOWANCE),
            "BR-O-04": _out_of_scope_is_identified(_CHARGE),
            "BR-AF-01": _is_not_broken_down("L", "[cbc:ID = $code]"),
            "BR-AG-01": _is_not_broken_down("M", f"[cbc:ID = $code]{_UBL_VAT}"),
            "BR-CO-14": _ubl_vat_total_is_wrong,
            "BR-CO-15": _ubl_currency_is_wrong,
            "BR-CL-07": _object_is_not_listed,
        },
        UBL_STOPS,
    ),
    "CII": OddFile(
        {
            **dict(_families(CII)),
            **_CII_OUT_OF_SCOPE,
            **general_rules(UNREACHED_IN_CII),
            "BR-CO-14": cii_vat_total_is_wrong,
            "BR-CO-15": _cii_currency_is_wrong,
            "BR-IC-11": _is_delivered_some_day,
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
