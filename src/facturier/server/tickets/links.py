"""The address on a ticket: signed, dated, of this ticket alone; and its drawing (QR code)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import segno
from django.core import signing

if TYPE_CHECKING:
    from facturier.server.tickets.models import Ticket

LASTS = timedelta(days=60)
"""How long a customer may ask for the invoice."""
_SIGNER = signing.TimestampSigner(salt="facturier.tickets", sep=".")


def token(ticket: Ticket) -> str:
    """Return the word that opens the page of `ticket`, and of no other."""
    return _SIGNER.sign(f"{ticket.dossier_id}-{ticket.pk}")


def behind(word: str) -> tuple[int, int] | None:
    """Return the ids of dossier and ticket of a word that we signed and that is not too old."""
    try:
        dossier, _, ticket = _SIGNER.unsign(word, max_age=LASTS).partition("-")
    except signing.BadSignature:
        return None
    return int(dossier), int(ticket)


def drawing(address: str) -> str:
    """Return the QR code of an address as the source of an image (SVG)."""
    return segno.make(address, error="m").svg_data_uri(scale=4, border=2)
