"""Which flow an invoice belongs to: e-invoicing, e-reporting or neither.

Source: DGFiP external specifications v3.2, dossier général §2.3 and §3.2 (flux 1, 2, 8, 9, 10);
territories: Chorus Pro specifications v1.1, tables 1 and 2.

The decision is taken from the invoice alone. What only the directory knows (a buyer with a SIREN
that is not yet listed) is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from facturier.invoice.model import Invoice, Party


class Treatment(StrEnum):
    """The values of the ``BAR`` note (BT-21 = BAR, BT-22)."""

    B2B = "B2B"
    B2B_INTERNATIONAL = "B2BINT"
    B2C = "B2C"
    B2C_INTERNATIONAL = "B2CINT"
    OUT_OF_SCOPE = "OUTOFSCOPE"
    ARCHIVE_ONLY = "ARCHIVEONLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The flow of an invoice, and the reason a person can check."""

    treatment: Treatment
    reason: str
    """In French, one sentence."""
    said_by_invoice: bool = False
    """The invoice itself carries the treatment in a BAR note."""


INSIDE = frozenset({"FR", "GP", "MQ", "RE"})
"""Territories where the domestic obligation applies; GF, YT and the COM are e-reported."""

EXEMPT = frozenset(
    f"VATEX-FR-CGI{article}"
    for article in (
        "261-1", "261-2", "261-3", "261-4", "261-5", "261-7", "261-8", "261A", "261B",
        "261C-1", "261C-2", "261C-3", "261D-1", "261D-1BIS", "261D-2", "261D-3", "261D-4",
        "261E-1", "261E-2",
    )
)  # fmt: skip
"""Exemptions of CGI 261 to 261 E: the operation is outside e-invoicing (rule G2.32)."""


def decide(invoice: Invoice) -> Scope:
    """Return the flow of `invoice`. What the invoice says (BAR note) holds over what we infer."""
    said = _said(invoice)
    if said is not None:
        return Scope(
            treatment=said,
            reason=f"La facture porte la note BAR « {said} ».",
            said_by_invoice=True,
        )
    if is_all_exempt(invoice):
        return Scope(
            treatment=Treatment.OUT_OF_SCOPE,
            reason="Toutes les opérations sont exonérées (CGI 261 à 261 E) ou hors champ.",
        )
    seller_inside, buyer_inside = is_established(invoice.seller), is_established(invoice.buyer)
    if not seller_inside:
        return Scope(
            treatment=Treatment.B2B_INTERNATIONAL,
            reason="Le vendeur n'est pas établi en France : l'acheteur déclare (flux 10.1).",
        )
    if _is_business(invoice.buyer):
        if buyer_inside:
            return Scope(
                treatment=Treatment.B2B,
                reason="Vendeur et acheteur sont des assujettis établis en France.",
            )
        return Scope(
            treatment=Treatment.B2B_INTERNATIONAL,
            reason="L'acheteur est une entreprise établie hors de France : flux 10.1.",
        )
    return Scope(
        treatment=Treatment.B2C if buyer_inside else Treatment.B2C_INTERNATIONAL,
        reason="L'acheteur n'a ni SIREN ni numéro de TVA : traité comme non assujetti (flux 10.3).",
    )


def _said(invoice: Invoice) -> Treatment | None:
    for note in invoice.notes:
        if note.subject_code == "BAR" and (note.text or "").strip() in set(Treatment):
            return Treatment((note.text or "").strip())
    return None


def is_all_exempt(invoice: Invoice) -> bool:
    """Rule G2.32: nothing but category O, or category E with a reason of CGI 261 to 261 E."""
    return bool(invoice.vat_breakdown) and all(
        vat.category == "O" or (vat.category == "E" and vat.exemption_code in EXEMPT)
        for vat in invoice.vat_breakdown
    )


def is_established(party: Party | None) -> bool:
    """Whether a party's address is where the domestic obligation applies; none given counts so."""
    country = party.postal_address.country_code if party and party.postal_address else None
    return country is None or country in INSIDE


def _is_business(party: Party | None) -> bool:
    return party is not None and bool(party.legal_identifier or party.vat_identifier)
