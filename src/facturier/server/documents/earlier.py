"""Which invoice of the dossier a document puts right, and what a rectificative leaves to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from facturier.invoice.codes import CORRECTIVE, CREDIT_NOTE
from facturier.server.documents.models import NOT_ISSUED, Document, Event

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Flow

CANCELLED = "220"
_CORRECTING = CORRECTIVE | CREDIT_NOTE


def corrected_by(flow: Flow, invoice: Invoice, direction: str, seller: str) -> Document | None:
    """Return what the invoice of `flow` replaces or takes back, where the dossier has it.

    What the clinic prepared says so; else it is the one earlier invoice (BG-3) that a credit note
    or a rectificative names. `seller` is its SIREN.
    """
    if flow.corrects_id:
        return flow.corrects
    named = invoice.preceding_invoices
    if invoice.type_code not in _CORRECTING or len(named) != 1 or not named[0].number:
        return None
    same = Document.objects.filter(
        dossier=flow.dossier_id, direction=direction, seller_siren=seller, number=named[0].number
    )
    if named[0].issue_date:
        same = same.filter(issue_date=named[0].issue_date)
    return same.order_by("-accepted", "-pk").first()


def rectificatives() -> QuerySet[Document]:
    """Return the rectificatives that were sent, and whose first invoice is not said cancelled yet.

    On sending a rectificative the seller says 220 of the original (XP Z12-014 V1.4).
    """
    said = Event.objects.filter(document=OuterRef("corrects"), code=CANCELLED)
    sent = Document.objects.filter(
        direction=Document.Side.ISSUED, type_code__in=CORRECTIVE, accepted=True,
        corrects__isnull=False, corrects__direction=Document.Side.ISSUED,
    )  # fmt: skip
    return sent.exclude(state__in=NOT_ISSUED).exclude(corrects__state__in=NOT_ISSUED).exclude(
        Exists(said)
    )  # fmt: skip
