"""The rules of the five Factur-X sheets on currencies, sums and taxes, asked of an odd file.

They are those of CEN's file for CII (:mod:`facturier.rules.en16931.odd`) under the ids of each
profile, in EXTENDED those of EXTENDED-CTC-FR (:mod:`facturier.rules.extended.odd`) under theirs. As
each context stands in a pattern of its own here, a tax of the breakdown need not be named VAT, and
the general rules reach each of them. Source: Factur-X 1.09, sheets 1.09.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from facturier.invoice.money import cents_in_xpath, total
from facturier.rules.en16931 import odd as en16931
from facturier.rules.en16931.categories import CATEGORIES
from facturier.rules.en16931.odd_totals import general_rules
from facturier.rules.en16931.odd_words import CII, SETTLEMENT
from facturier.rules.extended import odd as french
from facturier.rules.facts import Facts
from facturier.rules.facturx.extended import RENAMED
from facturier.rules.odd_files import Element, OddFile, Wrong, found, number, wherever

_SUBTYPE = "../ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode"
_COUNTED = f"not({_SUBTYPE}) or {_SUBTYPE} = 'DETAIL'"
_SOLD = " | ".join(
    f"{place}{CII.is_code}"
    for place in (
        f"//ram:SpecifiedLineTradeSettlement[{_COUNTED}]/ram:ApplicableTradeTax",
        "//ram:CategoryTradeTax",
        "//ram:AppliedTradeTax",
    )
)


def _is_not_broken_down(code: str) -> Wrong:
    """Return what objects to a category that is sold and not broken down, or the contrary."""

    def wrong(tree: Element, _: Facts) -> bool:
        sold, broken = (found(tree, one, code=code) for one in (_SOLD, CII.group + CII.is_code))
        return bool(sold) != bool(broken)

    return wrong


def _are_not_added_up(indicator: str) -> Wrong:
    """Return what objects to a total of the allowances, or charges, that say so to the letter."""
    path = f"{SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge"
    path += f"[ram:ChargeIndicator/udt:Indicator = '{indicator}']"

    def wrong(tree: Element, facts: Facts) -> bool:
        totals = facts.invoice.totals
        if totals is None:
            return False
        stated = totals.charges if indicator == "true" else totals.allowances
        if stated is None:
            return bool(found(tree, path))
        amounts = [number(one.text) for one in found(tree, f"{path}/ram:ActualAmount")]
        added = cents_in_xpath(total(amounts))
        if indicator == "false":
            return stated != added
        return cents_in_xpath(stated) != added + cents_in_xpath(facts.logistics_total)

    return wrong


_ASKED: Mapping[str, Wrong] = {
    **en16931.ODD["CII"].wrong,
    **dict(en16931.families(CII, any_tax=True)),
    **general_rules(frozenset()),
    **{RENAMED[id_]: wrong for id_, wrong in french.ODD["CII"].wrong.items() if id_ in RENAMED},
    **{
        f"BR-FXEXT-{one.prefix.removeprefix('BR-')}-01": _is_not_broken_down(one.code)
        for one in CATEGORIES
    },
    "BR-CO-11": _are_not_added_up("false"),
    "BR-CO-12": _are_not_added_up("true"),
    "BR-17": wherever("//ram:PayeeTradeParty[not(ram:Name)]"),
    "BR-48": wherever(f"{CII.group}[not(ram:RateApplicablePercent or ram:CategoryCode = 'O')]"),
}
"""By the id that the sheets quote, what tells whether a rule objects."""


def odd(names: Mapping[str, Sequence[str]]) -> OddFile:
    """Return what a profile says of odd files; `names` are its ids by the id that they quote."""
    return OddFile({id_: wrong for name, wrong in _ASKED.items() for id_ in names.get(name, ())})
