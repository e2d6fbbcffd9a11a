"""How documents are written: bytes to objects and back.

:func:`read` and :func:`write` are the two doors for invoices; each syntax is one table
(:mod:`~facturier.formats.ubl`, :mod:`~facturier.formats.cii`) from which
:mod:`~facturier.formats.binding` makes both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from facturier.errors import UnknownFormat
from facturier.findings import Finding
from facturier.formats.binding import Binding
from facturier.formats.detect import MOST_HELD, Detected, Syntax, detect
from facturier.formats.oddities import oddities
from facturier.formats.reader import read_invoice
from facturier.formats.walk import Met
from facturier.invoice.model import Invoice

__all__ = [
    "INVOICES",
    "Reading",
    "Written",
    "binding_of",
    "detect",
    "read",
    "write",
    "write_invoice",
]

INVOICES = frozenset({Syntax.UBL_INVOICE, Syntax.UBL_CREDIT_NOTE, Syntax.CII})
"""Syntaxes that :func:`read` understands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An invoice as a file says it, and what was not understood."""

    invoice: Invoice
    detected: Detected
    findings: tuple[Finding, ...]
    """What could not be placed (``UNMAPPED``) or read (``MALFORMED``)."""
    met: Met | None = field(default=None, repr=False, compare=False)
    """All elements of the file by their path; None where they are too many, or not all known."""

    @property
    def is_odd(self) -> bool:
        """Whether the file holds what no term is for, or one that few rules ask for."""
        return bool(self.findings or self.invoice.beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file, and the ids of the terms that its syntax could not carry."""

    xml: bytes
    lost: tuple[str, ...]


def binding_of(syntax: Syntax) -> Binding:
    """Return the table of a syntax. Raises UnknownFormat when it is not one of an invoice."""
    if syntax not in INVOICES:
        raise UnknownFormat(
            f"Ce document ({syntax}) n'est pas une facture.",
            reason="not-an-invoice",
            remedy="Déposez une facture UBL, CII ou Factur-X.",
        )
    if syntax is Syntax.CII:
        from facturier.formats import cii  # noqa: PLC0415  # a file needs the table of one syntax

        return cii.INVOICE
    from facturier.formats import ubl  # noqa: PLC0415

    return ubl.INVOICE if syntax is Syntax.UBL_INVOICE else ubl.CREDIT_NOTE


def read(data: bytes | Detected) -> Reading:
    """Read an invoice in UBL, CII or Factur-X.

    Raises UnreadableDocument when it cannot be understood at all; whatever is odd inside a
    readable file is told by the findings.
    """
    detected = detect(data) if isinstance(data, bytes) else data
    met: Met | None = defaultdict(list) if len(detected.held) < MOST_HELD else None
    invoice = read_invoice(detected.root, binding_of(detected.syntax), met)
    findings = oddities(invoice)
    return Reading(
        invoice=invoice,
        detected=detected,
        findings=findings,
        met=None if invoice.unmapped or invoice.beyond else met,
    )


def write_invoice(invoice: Invoice, binding: Binding) -> tuple[bytes, tuple[str, ...]]:
    """Write an invoice by a table; return the file and the ids of what it could not carry."""
    from facturier.formats import writer  # noqa: PLC0415  # a check writes nothing

    return writer.write_invoice(invoice, binding)


def write(invoice: Invoice, syntax: Literal["ubl", "cii"], *, complete: bool = True) -> Written:
    """Write an invoice; in UBL its type code (BT-3) makes it an Invoice or a CreditNote.

    The amounts that a schema demands are added where they follow from the others (see
    :func:`facturier.formats.ubl.completed`, :func:`facturier.formats.cii.completed`), unless
    `complete` is false: then the file is as wrong as the invoice.
    """
    if syntax == "ubl":
        from facturier.formats import ubl  # noqa: PLC0415

        whole = ubl.completed(invoice) if complete else invoice
        xml, lost = write_invoice(whole, ubl.binding_for(invoice))
    else:
        from facturier.formats import cii  # noqa: PLC0415

        whole = cii.completed(invoice) if complete else invoice
        xml, lost = write_invoice(whole, cii.INVOICE)
    return Written(xml=xml, lost=lost)
