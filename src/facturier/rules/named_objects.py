"""The objects that the lines of a file name: BT-128, as the French rules look for it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from facturier.formats import cii, ubl
from facturier.invoice.model import Identifier

_CAC = f"{{{ubl.NAMESPACES['cac']}}}"
_CBC = f"{{{ubl.NAMESPACES['cbc']}}}"
_RAM = f"{{{cii.NAMESPACES['ram']}}}"
_OBJECT = "130"
"""Type (UNTDID 1001) of the document that is an identifier of an object."""


def objects_by_line(root: etree._Element) -> list[tuple[Identifier, ...]]:
    """Return, line by line, the identifiers whose document is of type 130."""
    lines = root.iter(
        f"{_CAC}InvoiceLine", f"{_CAC}CreditNoteLine", f"{_RAM}IncludedSupplyChainTradeLineItem"
    )
    return [(*_in_ubl(line), *_in_cii(line)) for line in lines]


def _in_ubl(line: etree._Element) -> Iterator[Identifier]:
    for document in line.iterchildren(f"{_CAC}DocumentReference"):
        number = document.find(f"{_CBC}ID")
        if number is not None and document.findtext(f"{_CBC}DocumentTypeCode") == _OBJECT:
            yield Identifier(number.text or "", number.get("schemeID"))


def _in_cii(line: etree._Element) -> Iterator[Identifier]:
    settlement = f"{_RAM}SpecifiedLineTradeSettlement/{_RAM}AdditionalReferencedDocument"
    for document in line.iterfind(settlement):
        number = document.findtext(f"{_RAM}IssuerAssignedID")
        if number is not None and document.findtext(f"{_RAM}TypeCode") == _OBJECT:
            yield Identifier(number, document.findtext(f"{_RAM}ReferenceTypeCode"))
