"""Every tax that a file names, also where the invoice has room for one: what odd files need.

The model holds one VAT of a line, of an allowance, of a charge. A file may name several, or another
tax, or name them on an allowance of a line; the official rules on VAT categories then count all of
them. :class:`~facturier.rules.facts.Facts` asks this of odd files only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from facturier.formats import cii, ubl
from facturier.formats.codecs import XML_SPACE

_CAC = f"{{{ubl.NAMESPACES['cac']}}}"
_CBC = f"{{{ubl.NAMESPACES['cbc']}}}"
_RAM = f"{{{cii.NAMESPACES['ram']}}}"
_UDT = f"{{{cii.NAMESPACES['udt']}}}"
_TRUE = frozenset({"true", "1"})


@dataclass(slots=True)
class Named:
    """How many taxes of each category a file names, by place."""

    groups: Counter[str] = field(default_factory=Counter)
    """In the VAT breakdown of the document."""
    lines: Counter[str] = field(default_factory=Counter)
    allowances: Counter[str] = field(default_factory=Counter)
    """Of the document and of lines."""
    charges: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    """Elsewhere, such as a breakdown of a line."""

    @property
    def codes(self) -> frozenset[str]:
        """Every category that is named, wherever it stands."""
        return frozenset((*self.groups, *self.lines, *self.adjustments, *self.others))

    @property
    def adjustments(self) -> Counter[str]:
        """Allowances and charges together."""
        return self.allowances + self.charges


@dataclass(frozen=True, slots=True)
class Taxes:
    """All taxes of a file, and those of them that are VAT."""

    named: Named
    vat: Named


def taxes_of(root: etree._Element) -> Taxes:
    """Count the taxes that a file names."""
    found = Taxes(Named(), Named())
    for tax in root.iter(f"{_CAC}TaxCategory", f"{_CAC}ClassifiedTaxCategory"):
        _count_in_ubl(tax, root, found)
    for tax in root.iter(f"{_RAM}ApplicableTradeTax", f"{_RAM}CategoryTradeTax"):
        _count_in_cii(tax, found)
    return found


def _count_in_ubl(tax: etree._Element, root: etree._Element, found: Taxes) -> None:
    schemes = tax.findall(f"{_CAC}TaxScheme/{_CBC}ID")
    is_vat = any((one.text or "").upper().strip(XML_SPACE) == "VAT" for one in schemes)
    code = (tax.findtext(f"{_CBC}ID") or "").strip(XML_SPACE)
    for named in (found.named, found.vat) if is_vat else (found.named,):
        _place_in_ubl(tax, root, named)[code] += 1


def _place_in_ubl(tax: etree._Element, root: etree._Element, named: Named) -> Counter[str]:
    if tax.tag == f"{_CAC}ClassifiedTaxCategory":
        return named.lines
    holder = tax.getparent()
    assert holder is not None, "a tax category is no document"
    if holder.tag == f"{_CAC}AllowanceCharge":
        charge = (holder.findtext(f"{_CBC}ChargeIndicator") or "").strip(XML_SPACE)
        return named.charges if charge in _TRUE else named.allowances
    total = holder.getparent()
    is_breakdown = total is not None and total.getparent() is root
    return named.groups if is_breakdown else named.others


def _count_in_cii(tax: etree._Element, found: Taxes) -> None:
    types = tax.findall(f"{_RAM}TypeCode")
    is_vat = any((one.text or "").upper() == "VAT" for one in types)
    code = tax.findtext(f"{_RAM}CategoryCode")
    if code is None:
        return
    for named in (found.named, found.vat) if is_vat else (found.named,):
        _place_in_cii(tax, named)[code] += 1


def _place_in_cii(tax: etree._Element, named: Named) -> Counter[str]:
    holder = tax.getparent()
    assert holder is not None, "a tax is no document"
    if tax.tag == f"{_RAM}CategoryTradeTax":
        charge = holder.findtext(f"{_RAM}ChargeIndicator/{_UDT}Indicator") or ""
        return named.charges if charge.strip(XML_SPACE) in _TRUE else named.allowances
    if holder.tag == f"{_RAM}SpecifiedLineTradeSettlement":
        return named.lines
    return named.groups if holder.tag == f"{_RAM}ApplicableHeaderTradeSettlement" else named.others
