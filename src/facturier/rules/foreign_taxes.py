"""Where a file names a tax that is not VAT.

The model holds VAT only. A file may write another tax in the same place (``GST``), or forget to
name it; the official rules then miss the VAT. Neither a term of the invoice nor an oddity of the
reader tells it, so that it is read from the file itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from facturier.formats import cii, ubl
from facturier.formats.codecs import XML_SPACE

_CAC = f"{{{ubl.NAMESPACES['cac']}}}"
_CBC = f"{{{ubl.NAMESPACES['cbc']}}}"
_RAM = f"{{{cii.NAMESPACES['ram']}}}"
_UDT = f"{{{cii.NAMESPACES['udt']}}}"
CII_ROOT = f"{{{cii.NAMESPACES['rsm']}}}CrossIndustryInvoice"
_ID, _TYPE = f"{_CBC}ID", f"{_RAM}TypeCode"
VAT = "VAT"


def foreign_taxes(root: etree._Element) -> frozenset[str]:
    """Return the groups (BG-20, BG-21, BG-23, BG-30) in which a tax other than VAT stands.

    ``BT-117`` is among them when such a tax of the breakdown is due.
    """
    return frozenset(_in_cii(root) if root.tag == CII_ROOT else _in_ubl(root))


def _text(holder: etree._Element, tag: str) -> str:
    """Return the text of the first child of this name; empty when there is none.

    ``findtext`` does the same, many times more slowly: a file has a tax on each line.
    """
    for child in holder:
        if child.tag == tag:
            return child.text or ""
    return ""


def _in_ubl(root: etree._Element) -> Iterator[str]:
    for scheme in root.iter(f"{_CAC}TaxScheme"):
        if _text(scheme, _ID).strip(XML_SPACE).upper() == VAT:
            continue
        category = scheme.getparent()
        if category is None:
            continue
        if category.tag == f"{_CAC}ClassifiedTaxCategory":
            yield "BG-30"
        elif category.tag == f"{_CAC}TaxCategory":
            yield from _group(category, f"{_CAC}TaxSubtotal", f"{_CBC}ChargeIndicator")


def _in_cii(root: etree._Element) -> Iterator[str]:
    for tax in root.iter(f"{_RAM}ApplicableTradeTax", f"{_RAM}CategoryTradeTax"):
        # Blanks around it count here: the CII file does not take them away, the UBL file does.
        if _text(tax, _TYPE).upper() == VAT:
            continue
        if tax.tag == f"{_RAM}CategoryTradeTax":
            yield from _group(tax, "", f"{_RAM}ChargeIndicator/{_UDT}Indicator")
            continue
        holder = tax.getparent()
        if holder is not None and holder.tag == f"{_RAM}SpecifiedLineTradeSettlement":
            yield "BG-30"
        else:
            # BR-CO-17 is the one rule of the CII file that takes the blanks away.
            vat = _text(tax, _TYPE).strip(XML_SPACE).upper() == VAT
            yield from _breakdown(None if vat else tax.findtext(f"{_RAM}CalculatedAmount"))


def _group(tax: etree._Element, breakdown: str, indicator: str) -> Iterator[str]:
    holder = tax.getparent()
    if holder is None:
        return
    if holder.tag == breakdown:
        yield from _breakdown(holder.findtext(f"{_CBC}TaxAmount"))
        return
    charge = holder.findtext(indicator)
    if charge is not None:
        yield "BG-21" if charge.strip() in {"true", "1"} else "BG-20"


def _breakdown(amount: str | None) -> Iterator[str]:
    yield "BG-23"
    if (amount or "").strip(" \t\r\n+-0."):
        yield "BT-117"
