"""Where a file names a tax that is not VAT.

The model holds VAT only. A file may write another tax in the same place (``GST``), or forget to
name it; the official rules then miss the VAT. Neither a term of the invoice nor an oddity of the
reader tells it, so that it is read from the file itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from facturier.formats import cii, ubl

_CAC = f"{{{ubl.NAMESPACES['cac']}}}"
_CBC = f"{{{ubl.NAMESPACES['cbc']}}}"
_RAM = f"{{{cii.NAMESPACES['ram']}}}"
_UDT = f"{{{cii.NAMESPACES['udt']}}}"
VAT = "VAT"


def foreign_taxes(root: etree._Element) -> frozenset[str]:
    """Return the groups (BG-20, BG-21, BG-23, BG-30) in which a tax other than VAT stands.

    ``BT-117`` is among them when such a tax of the breakdown is due.
    """
    return frozenset((*_in_ubl(root), *_in_cii(root)))


def _in_ubl(root: etree._Element) -> Iterator[str]:
    for scheme in root.iter(f"{_CAC}TaxScheme"):
        if (scheme.findtext(f"{_CBC}ID") or "").strip().upper() == VAT:
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
        if (tax.findtext(f"{_RAM}TypeCode") or "").upper() == VAT:
            continue
        if tax.tag == f"{_RAM}CategoryTradeTax":
            yield from _group(tax, "", f"{_RAM}ChargeIndicator/{_UDT}Indicator")
            continue
        holder = tax.getparent()
        if holder is not None and holder.tag == f"{_RAM}SpecifiedLineTradeSettlement":
            yield "BG-30"
        else:
            # BR-CO-17 is the one rule of the CII file that takes the blanks away.
            vat = (tax.findtext(f"{_RAM}TypeCode") or "").strip().upper() == VAT
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
