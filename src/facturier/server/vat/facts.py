"""The VAT breakdown of documents, read from their file the first time that somebody asks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier import formats
from facturier.errors import FacturierError
from facturier.invoice.money import cents
from facturier.ledger.entries import ZERO
from facturier.server.documents import store
from facturier.server.vat.models import Breakdown
from facturier.vat.told import VatPart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Document

MOST_AT_ONCE = 400
"""Documents that one page reads; the next request, or the night, reads the others."""


def fill(documents: Iterable[Document]) -> dict[int, Breakdown]:
    """Return the breakdown of each document, reading and keeping those that lack."""
    wanted = {document.pk: document for document in documents}
    found = Breakdown.objects.in_bulk(wanted)
    lacking = [document for key, document in wanted.items() if key not in found][:MOST_AT_ONCE]
    made = [read(document) for document in lacking]
    Breakdown.objects.bulk_create(made, ignore_conflicts=True)
    return found | {one.document_id: one for one in made}


def read(document: Document) -> Breakdown:
    """Return the breakdown of `document`, read from its file; what cannot be read says why."""
    row = Breakdown(dossier_id=document.dossier_id, document=document)
    try:
        invoice = formats.read(store.get(document.sha256)).invoice
    except FacturierError as error:
        row.problem = error.in_full
        return row
    factor = _in_euros(invoice)
    totals = invoice.totals
    if factor is None:
        row.problem = f"Facture en {invoice.currency} sans TVA en euros (BT-111)."
        factor = Decimal(1)
    if totals is not None:
        row.paid = cents((totals.paid_amount or ZERO) * factor)
        row.gross = cents((totals.with_vat or ZERO) * factor)
    row.parts = [
        {
            "category": part.category or "", "rate": str(part.rate or ZERO),
            "base": str(cents((part.taxable_amount or ZERO) * factor)),
            "tax": str(cents((part.tax_amount or ZERO) * factor)),
            "reason": part.exemption_code or "",
        }
        for part in invoice.vat_breakdown
    ]  # fmt: skip
    return row


def _in_euros(invoice: Invoice) -> Decimal | None:
    """Return euros for a unit of the invoice's currency, by its own VAT; None when it is unsaid."""
    totals = invoice.totals
    if invoice.currency in (None, "EUR") or totals is None:
        return Decimal(1)
    if totals.vat_amount and totals.vat_amount_accounting and invoice.vat_currency == "EUR":
        return totals.vat_amount_accounting / totals.vat_amount
    return None


def parts_of(row: Breakdown | None) -> tuple[VatPart, ...]:
    """Return the kept breakdown in the words of the engine."""
    return tuple(
        VatPart(
            category=one["category"], rate=Decimal(one["rate"]), base=Decimal(one["base"]),
            tax=Decimal(one["tax"]), reason=one["reason"],
        )
        for one in (row.parts if row else ())
    )  # fmt: skip
