"""Flux 1 of a deposited invoice: extracted, written, checked, owed within a day of its deposit.

The platform that deposits the invoice sends it, the one that receives none: the seller's, or the
buyer's for a self-billed invoice. Credit notes and rectificatives are invoices like others; what is
not domestic B2B is told by flux 10, or not at all.
Source: DGFiP external specifications v3.2, dossier général §3.2 and §3.6.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from facturier.errors import FacturierError
from facturier.findings import Severity
from facturier.formats.detect import Syntax, detect
from facturier.formats.flux1 import read_flux1, syntax_of, write_flux1
from facturier.invoice.units import units
from facturier.ledger.books import siren_of
from facturier.lifecycle.clocks import DELAY
from facturier.reporting import extract
from facturier.reporting.envelope import Interface
from facturier.reporting.scope import Treatment
from facturier.rules.flux1 import BOOKS
from facturier.rules.flux1_facts import Flux1Facts
from facturier.server import clock
from facturier.server.portal import outbox

if TYPE_CHECKING:
    from datetime import datetime

    from facturier.findings import Finding
    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Document

_PARIS = ZoneInfo("Europe/Paris")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A flux 1 file, and what the rules of the portal have against it."""

    interface: Interface
    name: str
    data: bytes | None
    """None when it could not be written."""
    why: str
    """In French, what keeps it from leaving; empty when nothing does."""


def owe(document: Document, invoice: Invoice, deposited_at: datetime) -> None:
    """Owe the portal the flux 1 of a deposited `document` that calls for it.

    One of several sellers, or of both ways, calls for one of each invoice that it is made of.
    """
    if document.treatment != Treatment.B2B:
        return
    for one in units(invoice):
        made, seller = make(document, one), siren_of(one.seller) if one.seller else ""
        outbox.owe(
            document.dossier_id, made.interface, made.name, made.data, about=document,
            reference=one.number or "", siren=seller, due_at=deposited_at + DELAY, why=made.why,
        )  # fmt: skip


def make(document: Document, invoice: Invoice) -> Made:
    """Extract, write and check the flux 1 of an invoice, in its own syntax, as due today."""
    today = clock.now().astimezone(_PARIS).date()
    profile = extract.profile_on(today)
    syntax: Literal["ubl", "cii"] = "cii" if document.syntax == Syntax.CII.value else "ubl"
    interface = Interface.F1_CII if syntax == "cii" else Interface.F1_UBL
    name = extract.file_name(profile, f"{document.pk}_{_safe(invoice.number or '')}.xml")
    found = extract.extract(invoice, profile, on=today)
    try:
        data, _ = write_flux1(found.invoice, syntax)
        why = _first(broken_rules(data, profile)) or " ".join(found.remarks)
    except FacturierError as error:
        why = error.in_full
        return Made(interface=interface, name=name, data=None, why=why)
    return Made(interface=interface, name=name, data=data, why=why)


def broken_rules(data: bytes, profile: extract.Profile) -> tuple[Finding, ...]:
    """Return what the portal would object to in a flux 1 file, read again as a stranger would."""
    detected = detect(data)
    reading = read_flux1(replace(detected, syntax=Syntax.FLUX1))
    facts = Flux1Facts(reading.invoice, syntax_of(detected.root), detected.root)
    findings = (*reading.findings, *BOOKS[profile].check(facts))
    return tuple(one for one in findings if one.severity in (Severity.FATAL, Severity.INTERNAL))


def _first(broken: tuple[Finding, ...]) -> str:
    if not broken:
        return ""
    first = broken[0]
    return f"{first.rule} : {first.message} {first.remedy}".strip()


def _safe(number: str) -> str:
    """Return an invoice number as a file's name may hold it (IRR_NOM_F)."""
    plain = (c if c.isascii() and c.isalnum() else "-" for c in number[:_LONGEST_NAME])
    return "".join(plain)
