"""Who is who in an invoice: the side a dossier is on, its platform's, the parties as messages say.

Nothing is read from the database here but the record itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from facturier.lifecycle.messages import InvoiceReference, Party, seat
from facturier.lifecycle.statuses import Side, status
from facturier.reporting.scope import Treatment
from facturier.server.documents.models import CDAR, Document

if TYPE_CHECKING:
    from facturier.journey import Summary

_PROCESSES = {
    Treatment.B2B_INTERNATIONAL: "B2BINT", Treatment.B2C: "B2C",
    Treatment.B2C_INTERNATIONAL: "B2CINT", Treatment.OUT_OF_SCOPE: "OUTOFSCOPE",
}  # fmt: skip
"""MDT-2 of a message between platforms; REGULATED is the ordinary one."""


def reference(document: Document | Summary) -> InvoiceReference | None:
    """Return the invoice as status messages name it; None when number or date is missing."""
    if not document.number or document.issue_date is None:
        return None
    platform = Party(role="WK", identifier=settings.PLATFORM_NUMBER, scheme="0238")
    return InvoiceReference(
        number=document.number,
        issue_date=document.issue_date,
        type_code=document.type_code or "",
        seller=_party(
            "SE", document.seller_siren, document.seller_name or "", document.seller_address
        ),
        buyer=_party("BY", document.buyer_siren, document.buyer_name or "", document.buyer_address),
        seller_platform=platform,
        buyer_platform=platform,
        vat_due_on_payment=document.vat_due_on_payment,
        process=_PROCESSES.get(document.treatment, "REGULATED"),  # type: ignore[call-overload]
    )


def _party(role: str, siren: str, name: str, address: str) -> Party:
    return Party(
        role=role, identifier=siren, scheme="0002" if siren else "", name=name,
        address=address, address_scheme="0225" if address else "",
    )  # fmt: skip


def own_side(document: Document) -> Side:
    """Return the side that this dossier is on: the buyer makes out a self-billed invoice."""
    named = reference(document)
    self_billed = named is not None and named.self_billed
    issued = document.direction == Document.Side.ISSUED
    return Side.SELLER if issued is not self_billed else Side.BUYER


def own_platform(document: Document) -> Side:
    """Return the platform's side for what the platform says of this record."""
    own = own_side(document)
    return Side.SELLER_PLATFORM if own is Side.SELLER else Side.BUYER_PLATFORM


def deposit_platform(document: Document) -> Side:
    """Return the platform that deposits (200, 201, 213 at emission) this invoice."""
    named = reference(document)
    return seat(Side.SELLER_PLATFORM, 200, self_billed=named is not None and named.self_billed)


def receiving_platform(document: Document) -> Side:
    """Return the platform that receives (202, 203, 213 at reception) this invoice."""
    named = reference(document)
    return seat(Side.BUYER_PLATFORM, 202, self_billed=named is not None and named.self_billed)


def life_cycle_names(document: Document, code: int) -> dict[str, str]:
    """Return how a status flow about `document` is named towards programs (XP Z12-013)."""
    side = "Customer" if own_side(document) is Side.SELLER else "Supplier"
    return {
        "flow_type": f"{side}InvoiceLC",
        "name": f"{document.number or document.flow.name} {code} {status(code).label}"[:255],
        "tracking_id": document.flow.tracking_id,
        "declared_syntax": CDAR,
        "declared_profile": "Undefined",
        "processing_rule": document.flow.processing_rule,
    }
