"""What taxes and what is sold under them are called in a file, for the rules on odd files.

A line with two taxes is sold under both: the model has one, the official files look at each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from facturier.formats.codecs import XML_SPACE
from facturier.invoice.money import total
from facturier.rules.facts import Facts, Reason, reason_of
from facturier.rules.odd_files import Element, found, number


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


LOWER = "translate(normalize-space({}), 'vat', 'VAT') = 'VAT'"
_TRUE, _FALSE = (
    "[normalize-space({0}) = '" + one + "' or normalize-space({0}) = '" + other + "']"
    for one, other in (("true", "1"), ("false", "0"))
)
UBL_VAT = f"[cac:TaxScheme[{LOWER.format('cbc:ID')}]]"
_UBL_LINE = "*[self::cac:InvoiceLine or self::cac:CreditNoteLine]"
CHARGE, ALLOWANCE = (one.format("cbc:ChargeIndicator") for one in (_TRUE, _FALSE))
_CII_CHARGE, _CII_ALLOWANCE = (
    one.format("ram:ChargeIndicator/udt:Indicator") for one in (_TRUE, _FALSE)
)
TRANSACTION = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
SETTLEMENT = f"{TRANSACTION}/ram:ApplicableHeaderTradeSettlement"
_CII_AC = "ram:SpecifiedTradeAllowanceCharge"
_CII_LINE = f"{TRANSACTION}/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeSettlement"

UBL = Words(
    group="/*/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory",
    line_tax=f"//{_UBL_LINE}/cac:Item/cac:ClassifiedTaxCategory",
    allowance_tax=f"//cac:AllowanceCharge{ALLOWANCE}/cac:TaxCategory",
    charge_tax=f"//cac:AllowanceCharge{CHARGE}/cac:TaxCategory",
    code="cbc:ID",
    is_code="[normalize-space(cbc:ID) = $code]",
    is_vat=UBL_VAT,
    rate="cbc:Percent",
    exemption=("cbc:TaxExemptionReasonCode", "cbc:TaxExemptionReason"),
    lines=f"/*/{_UBL_LINE}",
    allowances=f"/*/cac:AllowanceCharge{ALLOWANCE}",
    charges=f"/*/cac:AllowanceCharge{CHARGE}",
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
    allowances=f"{SETTLEMENT}/{_CII_AC}{_CII_ALLOWANCE}",
    charges=f"{SETTLEMENT}/{_CII_AC}{_CII_CHARGE}",
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
    """What a file sells, looked up by category and rate."""

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
    return facts.once(_sold)


def _sold(facts: Facts) -> Sold:
    assert facts.tree is not None, "asked of files only"
    return Sold(sales(facts.tree, WORDS[facts.syntax]))


def groups(tree: Element, words: Words, code: str, *, vat: bool = True) -> list[Element]:
    """Return the taxes of the breakdown of a category."""
    path = words.group + words.is_code + (words.is_vat if vat else "")
    return found(tree, path, code=code)
