"""A document of several sellers, or of both ways, as the invoices that it is made of.

The platform that deposits it tells the public portal of each of these, never of the document: a
flux 1 and its statuses go out one for each. They are read from its file when that is asked: such
documents are rare, and only their cadre (BT-23: B8, S8, M8, B9, S9, M9) tells them.
Source: XP Z12-014 annexe A V1.3, n°39 and n°40.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier import formats, journey
from facturier.errors import RefusedByUs
from facturier.invoice.money import total
from facturier.invoice.units import is_several, units
from facturier.lifecycle import messages
from facturier.lifecycle.statuses import status
from facturier.reporting.receipts import shared
from facturier.server.documents import store
from facturier.server.documents.sides import reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.invoice.model import Invoice
    from facturier.lifecycle.messages import Characteristic, Event, StatusMessage
    from facturier.server.documents.models import Document

RECEIVED = "MEN"
"""Type of an amount received (MDT-207)."""


def invoices_of(document: Document) -> tuple[Invoice, ...]:
    """Return the invoices that `document` is made of, read from its file: one, or several."""
    return units(formats.read(store.get(document.sha256)).invoice)


def told_to_portal(
    document: Document, event: Event, made: Iterable[StatusMessage]
) -> tuple[StatusMessage, ...]:
    """Return what the portal is told of `event`: of the messages `made` of it, those that say so.

    For a document of several invoices, one for each of these in their place; for one too broken to
    say which, its own. A receipt (212) of the whole is one of each invoice, in its own amounts.
    Raises `RefusedByUs` for a part of the whole: nobody knows whose it is.
    """
    whole = tuple(one for one in made if one.to_ppf)
    if not is_several(document.process):
        return whole
    if not status(event.code).owed_to_ppf(vat_due_on_payment=True):
        return ()
    parts = [(one, reference(journey.qualify(one))) for one in invoices_of(document)]
    named = [(one, said) for one, said in parts if said is not None]
    if not named:
        return whole
    return tuple(
        message
        for one, said in named
        for message in messages.messages(said, replace(event, amounts=_share(document, one, event)))
        if message.to_ppf
    )


def _share(document: Document, invoice: Invoice, event: Event) -> tuple[Characteristic, ...]:
    received = total(one.amount for one in event.amounts if one.type_code == RECEIVED)
    if not received:
        return event.amounts
    whole = invoice.totals.with_vat if invoice.totals else None
    if abs(received) != document.total_with_vat or whole is None:
        raise RefusedByUs(
            "Ce document porte plusieurs factures : un encaissement partiel ne dit pas de "
            "laquelle.", reason="several-invoices",
            remedy="Attendez d'avoir tout encaissé pour le dire.",
        )  # fmt: skip
    on = next((one.value_date for one in event.amounts if one.value_date), None)
    gross = whole if received > 0 else -whole
    return tuple(messages.received(part, rate, on=on) for rate, part in shared(invoice, gross))
