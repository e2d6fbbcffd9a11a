"""The rules of EXTENDED-CTC-FR on VAT and totals, asked of the elements of an odd file.

What differs from EN 16931 (:mod:`facturier.rules.en16931.odd`): a base is compared with what is
sold for the same reason and for any; in UBL one tax of a line must be of the category, the rate and
the reason, in CII each may be of another tax. Source: the two files 1.4.0 fix 04 (FNFE-MPE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from facturier.invoice.money import CENT, total
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules.en16931 import odd, odd_totals
from facturier.rules.en16931.categories import CATEGORIES, Category
from facturier.rules.en16931.odd_words import (
    CII,
    UBL,
    WORDS,
    Sale,
    Words,
    first,
    groups,
    sale,
    sales,
    sums,
)
from facturier.rules.en16931.totals import HUNDRED
from facturier.rules.extended.kept import IDS, KNOWN
from facturier.rules.facts import Facts, Reason, reason_of
from facturier.rules.odd_files import Element, OddFile, Wrong, found, is_true, number, wherever

TRANSPORT = 3
"""Kind of the sales that are a cost of transport."""
_THIS = "cac:InvoiceDocumentReference/cbc:ID = /*/cbc:ID"
_SUBTYPE = "../ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode"
_COUNTED = {
    "UBL": f"not(cac:BillingReference[{_THIS}]) or cac:BillingReference[{_THIS}]"
    "/cac:InvoiceDocumentReference/cbc:DocumentStatusCode = 'DETAIL'",
    "CII": f"not({_SUBTYPE}) or {_SUBTYPE} = 'DETAIL'",
}
"""Condition on a line, or on its settlement in CII: it adds up."""
_TRANSPORT = (
    "//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedLogisticsServiceCharge",
    "ram:AppliedTradeTax",
    "ram:AppliedAmount",
)


def _counted(facts: Facts) -> tuple[Sale, ...]:
    """Return what a file sells and adds up."""
    return facts.once(_sales_that_count)


def _sales_that_count(facts: Facts) -> tuple[Sale, ...]:
    tree, words = facts.tree, WORDS[facts.syntax]
    assert tree is not None, "asked of files only"
    condition = _COUNTED[facts.syntax]
    held = [one for one in sales(tree, words) if one.kind != 0 or is_true(one.element, condition)]
    path, taxes, amount = _TRANSPORT
    return (
        *held,
        *(sale(one, words, TRANSPORT, taxes, amount) for one in found(tree, path)),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A tax of the breakdown, and what is sold under it."""

    base: Decimal | None
    vat: Decimal | None
    rate: Decimal | None
    by_reason: tuple[Sale, ...]
    by_any_reason: tuple[Sale, ...]
    words: Words

    def is_about(self, held: Iterable[Sale]) -> bool:
        """Whether the base is what is sold, give or take a cent for each amount."""
        if self.base is None:
            return False
        held = tuple(held)
        lines, allowances, charges = map(rounded, sums(held))
        admitted = CENT * self.count(held)
        if self.words is UBL:  # that file calculates in binary
            gap = float(self.base) - float(lines) + float(allowances) - float(charges)
            return abs(gap) <= float(admitted)
        transport = rounded(total(one.amount for one in held if one.kind == TRANSPORT))
        return abs(self.base - lines + allowances - charges - transport) <= admitted

    def count(self, held: Iterable[Sale]) -> int:
        """Return how many amounts add up; the CII file counts what has none too."""
        return sum(1 for one in held if one.amount is not None or self.words is CII)

    @property
    def has_right_vat(self) -> bool:
        """Whether the VAT is base × rate, give or take a cent for each amount."""
        if self.vat is None or self.base is None or self.rate is None:
            return False
        gap = abs(self.vat - rounded(self.base * self.rate / HUNDRED))
        ways = (self.by_reason,) if self.words is UBL else (self.by_reason, self.by_any_reason)
        return any(gap <= CENT * self.count(one) for one in ways)


def _is_under(
    one: Sale, words: Words, code: str, rate: Decimal | None, reason: Reason | None
) -> bool:
    any_rate = code == "O"
    if not any_rate and rate is None:
        return False
    if words is CII:
        return (
            code in one.codes and (any_rate or rate in one.rates) and reason in (None, one.reason)
        )
    return any(
        tax.code == code and (any_rate or tax.rate == rate) and reason in (None, tax.reason)
        for tax in one.taxes
    )


def _parts(tree: Element, facts: Facts, code: str) -> Iterator[_Part]:
    words = WORDS[facts.syntax]
    taxes = code in facts.categories and groups(tree, words, code)
    if not taxes:
        return
    everything = _counted(facts)
    for tax in taxes:
        rate = first(tax, words.rate)
        reason = reason_of(
            *(next((one.text for one in found(tax, path)), "") for path in words.exemption)
        )
        yield _Part(
            first(tax, words.base),
            first(tax, words.tax),
            rate,
            tuple(one for one in everything if _is_under(one, words, code, rate, reason)),
            tuple(one for one in everything if _is_under(one, words, code, rate, None)),
            words,
        )


def _every(code: str, holds: Callable[[_Part], bool]) -> Wrong:
    return lambda tree, facts: not all(holds(part) for part in _parts(tree, facts, code))


def _is_about_either(part: _Part) -> bool:
    return part.is_about(part.by_reason) or part.is_about(part.by_any_reason)


def _is_about_any(part: _Part) -> bool:
    return part.is_about(part.by_any_reason)


def _is_about_the_same(part: _Part) -> bool:
    return part.is_about(part.by_reason)


def _is_not_broken_down(code: str) -> Wrong:
    def wrong(tree: Element, facts: Facts) -> bool:
        if code not in facts.categories:
            return False
        words = WORDS[facts.syntax]
        if words is CII:
            beside = bool(found(tree, "//ram:CategoryTradeTax" + words.is_code, code=code))
        else:
            beside = bool(
                found(tree, f"/*/cac:AllowanceCharge/cac:TaxCategory{words.is_code}", code=code)
            )
        is_sold = beside or any(code in one.codes for one in _counted(facts) if one.kind == 0)
        return is_sold != bool(groups(tree, words, code, vat=False))

    return wrong


def _family(category: Category, prefix: str) -> Iterator[tuple[str, Wrong]]:
    code, family = category.code, category.prefix.removeprefix("BR-")
    yield f"BR-FREXT-{family}-01", _is_not_broken_down(code)
    yield f"{prefix}-{family}-08", _every(code, _is_about_either)
    yield f"{prefix}-{family}-08ini", _every(code, _is_about_any)
    yield f"{prefix}-{family}-08rev", _every(code, _is_about_the_same)
    if code == "S":
        yield f"{prefix}-S-09", _every(code, lambda part: part.has_right_vat)


def _families(prefix: str) -> dict[str, Wrong]:
    return {id_: wrong for one in CATEGORIES for id_, wrong in _family(one, prefix)}


# Totals.
def _vat_in_currency(tree: Element, facts: Facts, path: str) -> list[Decimal | None]:
    stated = found(tree, f"{path}[@currencyID = $currency]", currency=facts.invoice.currency or "")
    return [number(one.text) for one in stated]


def _terms(facts: Facts) -> int:
    held = _counted(facts)
    if facts.syntax == "UBL":
        return sum(1 for one in held if one.kind != 0 or one.amount is not None)
    return len(held)


def _ubl_total_is_wrong(tree: Element, facts: Facts) -> bool:
    """Object to a total that is not about what precedes it and the VAT in the same currency."""
    totals = facts.invoice.totals
    stated = _vat_in_currency(tree, facts, "/*/cac:TaxTotal/cbc:TaxAmount")
    if totals is None or not stated:
        return False
    vat, after, before = stated[0], totals.with_vat, totals.without_vat
    if vat is None or after is None or before is None:
        return True
    return abs(after - vat - before) > CENT * _terms(facts)


def _cii_total_is_wrong(tree: Element, facts: Facts) -> bool:
    """Object to the same; without a VAT in that currency, or with two, there may be none."""
    totals = facts.invoice.totals
    if totals is None:
        return False
    stated = _vat_in_currency(tree, facts, f"{odd_totals.CII_SUMS}/ram:TaxTotalAmount")
    vat, after, before = stated[0] if stated else None, totals.with_vat, totals.without_vat
    if facts.invoice.currency is None or vat is None or after is None or before is None:
        return True
    if len(stated) != 1:
        return after != before
    return abs(after - vat - before) > CENT * _terms(facts)


_INDICATED = "[ram:ChargeIndicator/udt:Indicator = '{}']"
"""The sums of the CII file take these words to the letter, other rules do not."""
_ADJUSTED = {
    one: f"//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge{said}"
    for one, said in (
        ("BR-FREXT-CO-11", _INDICATED.format("false")),
        ("BR-FREXT-CO-12", _INDICATED.format("true")),
    )
}


def _adjusted(tree: Element, id_: str) -> tuple[Decimal, int]:
    """Return what allowances, or charges and transport, add up to, and how many there are."""
    ones = found(tree, _ADJUSTED[id_])
    amounts = [number(one.text) for one in found(tree, f"{_ADJUSTED[id_]}/ram:ActualAmount")]
    carried = found(tree, _TRANSPORT[0]) if id_ == "BR-FREXT-CO-12" else []
    transport = [number(one.text) for by in carried for one in found(by, _TRANSPORT[2])]
    return rounded(total(amounts)) + rounded(total(transport)), len(ones) + len(carried)


def _cii_adjustments_are_wrong(id_: str) -> Wrong:
    def wrong(tree: Element, facts: Facts) -> bool:
        totals = facts.invoice.totals
        if totals is None:
            return False
        stated = totals.allowances if id_ == "BR-FREXT-CO-11" else totals.charges
        if stated is None:
            return bool(found(tree, _ADJUSTED[id_]))
        added, count = _adjusted(tree, id_)
        return abs(stated - added) > CENT * count

    return wrong


def _cii_total_before_vat_is_wrong(tree: Element, facts: Facts) -> bool:
    """Object to a total that is not about lines, less allowances, plus charges."""
    totals = facts.invoice.totals
    if totals is None:
        return False
    if totals.without_vat is None:
        return True
    taken, fewer = _adjusted(tree, "BR-FREXT-CO-11")
    added, more = _adjusted(tree, "BR-FREXT-CO-12")
    lines = [one for one in _counted(facts) if one.kind == 0]
    expected = rounded(total(one.amount for one in lines)) - taken + added
    return abs(totals.without_vat - expected) > CENT * (len(lines) + fewer + more)


def _due_is_due_at_some_time(tree: Element, facts: Facts) -> bool:
    """Object to an amount due without a day or terms, an empty day being one."""
    totals = facts.invoice.totals
    if totals is None or totals.due_amount is None or totals.due_amount <= 0:
        return False
    terms = "//ram:SpecifiedTradePaymentTerms"
    return not is_true(tree, f"{terms}/ram:DueDateDateTime | {terms}/ram:Description")


_NUMBERED = "//ram:IncludedSupplyChainTradeLineItem/ram:AssociatedDocumentLineDocument"


def _parent_is_no_other_line(tree: Element, _: Facts) -> bool:
    """Object to a parent that is no line, or no other than this one.

    A line may be numbered twice.
    """
    lines = [
        (
            {one.text or "" for one in found(line, "ram:LineID")},
            " ".join(
                (next((one.text or "" for one in found(line, "ram:ParentLineID")), "")).split()
            ),
        )
        for line in found(tree, _NUMBERED)
    ]
    numbered: dict[str, set[str]] = {}
    for own, _parent in lines:
        for one in own:
            numbered.setdefault(one, set()).update(own)
    # Another line: one of its numbers is not one of ours.
    return any(
        parent and not any(one != other for one in numbered.get(parent, ()) for other in own)
        for own, parent in lines
    )


def _kept(syntax: str) -> dict[str, Wrong]:
    """Return what the profile keeps of EN 16931."""
    return {id_: wrong for id_, wrong in odd.ODD[syntax].wrong.items() if id_ in IDS[syntax]}


_TAX = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
_ADDED = (
    f"[ram:CategoryTradeTax[ram:CategoryCode = {_TAX}/ram:CategoryCode"
    f" and ram:RateApplicablePercent = {_TAX}/ram:RateApplicablePercent]]"
)
_OTHER_TAX = f"{_TAX}[not(ram:CategoryCode = 'L' or ram:CategoryCode = 'M')]"

ODD: dict[str, OddFile] = {
    "UBL": OddFile(
        {
            **_kept("UBL"),
            **_families("BR-FREXT"),
            "BR-FREXT-CO-04": wherever(
                f"{UBL.lines}[{_COUNTED['UBL']}]"
                f"[not(cac:Item/cac:ClassifiedTaxCategory{UBL.is_vat}/cbc:ID)]"
            ),
            "BR-FREXT-CO-15": _ubl_total_is_wrong,
        },
        (
            *odd.UBL_STOPS,
            "/*/cac:TaxTotal[cbc:TaxAmount/@currencyID = /*/cbc:DocumentCurrencyCode][2]",
            "//cac:AllowanceCharge/cac:TaxCategory/cbc:TaxExemptionReason[2]",
            "//cac:ClassifiedTaxCategory/cbc:TaxExemptionReason[2]",
            "//cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReason[2]",
        ),
    ),
    "CII": OddFile(
        {
            **_kept("CII"),
            **odd_totals.general_rules(KNOWN),
            **_families("BR-FXEXT"),
            "BR-FREXT-CO-04": wherever(
                f"{CII.lines}[../ram:AssociatedDocumentLineDocument][{_COUNTED['CII']}]"
                f"[not(ram:ApplicableTradeTax{CII.is_vat}/ram:CategoryCode)]"
            ),
            "BR-FREXT-11": _parent_is_no_other_line,
            "BR-FREXT-CO-11": _cii_adjustments_are_wrong("BR-FREXT-CO-11"),
            "BR-FREXT-CO-12": _cii_adjustments_are_wrong("BR-FREXT-CO-12"),
            "BR-FREXT-CO-13": _cii_total_before_vat_is_wrong,
            "BR-FREXT-CO-15": _cii_total_is_wrong,
            "BR-CO-25": _due_is_due_at_some_time,
        },
        (
            *odd.CII_STOPS,
            f"{_TAX}/ram:BasisAmount[2]",
            f"{_OTHER_TAX}/ram:CalculatedAmount[2]",
            f"{CII.allowances}{_ADDED}/ram:ActualAmount[2]",
            f"{CII.charges}{_ADDED}/ram:ActualAmount[2]",
        ),
    ),
}
