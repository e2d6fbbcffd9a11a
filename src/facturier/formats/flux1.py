"""Flux 1, the regulatory data of an invoice, in UBL 2.1 and CII D22B: read and written.

Source: DGFiP external specifications v3.2, annexe 1 and the XSD F1_BASE and F1_FULL. They are the
tables of the invoices, but for one thing: the portal has no place for the accounting currency
(BT-6), so that the VAT in that currency (BT-111) is known by being in euros.

What travels is decided by :mod:`facturier.reporting.extract`; here it is only written. The file's
name tells the profile (``Base_…``, ``Full_…``), nothing inside it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lxml import etree

from facturier.findings import Finding
from facturier.formats import cii, ubl
from facturier.formats.binding import Binding
from facturier.formats.detect import Detected
from facturier.formats.oddities import oddities
from facturier.formats.reader import read_invoice
from facturier.formats.writer import write_invoice
from facturier.invoice.model import Invoice

EURO = "EUR"
_TRANSACTION = "rsm:SupplyChainTradeTransaction"
_THEIR_VAT = f"cac:TaxTotal[cbc:TaxAmount/@currencyID='{EURO}']"


def _in_euros(binding: Binding) -> Binding:
    """Return a UBL table whose second VAT total is the one in euros."""
    return Binding(
        binding.root.name,
        binding.namespaces,
        {**binding.table, "BT-111": ubl.amount(f"{_THEIR_VAT}/cbc:TaxAmount", EURO)},
        ignored=binding.ignored,
    )


UBL_INVOICE = _in_euros(ubl.INVOICE)
UBL_CREDIT_NOTE = _in_euros(ubl.CREDIT_NOTE)
CII = cii.in_currency(EURO)
_BY_ROOT = {binding.root.tag: binding for binding in (UBL_INVOICE, UBL_CREDIT_NOTE, CII)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatoryReading:
    """What a flux 1 file says, and what was not understood."""

    invoice: Invoice
    """Only the terms that flux 1 carries are there."""
    detected: Detected
    findings: tuple[Finding, ...]
    """What could not be placed (``UNMAPPED``) or read (``MALFORMED``)."""


_ONLY_FULL = (
    "cac:InvoiceLine",
    "cac:CreditNoteLine",
    "cac:AllowanceCharge",
    "cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate",
    "cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:CityName",
    f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem",
    f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge",
    (
        f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement/ram:InvoiceReferencedDocument"
        "/ram:FormattedIssueDateTime"
    ),
    (
        f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty"
        "/ram:PostalTradeAddress/ram:CityName"
    ),
)
"""What only the profile FULL has a place for."""


def is_full(root: etree._Element) -> bool:
    """Tell whether a flux 1 file holds something that only the profile FULL carries.

    Only its name tells the profile for certain; where nobody has it, its content has to.
    """
    spaces = {**ubl.NAMESPACES, **cii.NAMESPACES}
    return any(root.find(path, spaces) is not None for path in _ONLY_FULL)


def binding_of(root: etree._Element) -> Binding:
    """Return the table that a flux 1 file is read with. Raises KeyError for another root."""
    return _BY_ROOT[str(root.tag)]


def syntax_of(root: etree._Element) -> str:
    """Return ``UBL`` or ``CII``."""
    return "CII" if binding_of(root) is CII else "UBL"


def read_flux1(detected: Detected) -> RegulatoryReading:
    """Read a flux 1 file, known to be one."""
    invoice = read_invoice(detected.root, binding_of(detected.root))
    return RegulatoryReading(invoice=invoice, detected=detected, findings=oddities(invoice))


def write_flux1(
    invoice: Invoice, syntax: Literal["ubl", "cii"], *, complete: bool = True
) -> tuple[bytes, tuple[str, ...]]:
    """Write regulatory data; return the file and the terms that the syntax could not carry.

    In UBL a gross price needs its discount, which is added unless `complete` is false.
    """
    if syntax == "cii":
        return write_invoice(invoice, CII)
    whole = ubl.completed(invoice) if complete else invoice
    is_credit_note = invoice.type_code in ubl.CREDIT_NOTE_TYPES
    return write_invoice(whole, UBL_CREDIT_NOTE if is_credit_note else UBL_INVOICE)
