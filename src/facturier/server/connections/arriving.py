"""What came from the platform of a dossier: into its mailbox, or onto the message it answers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from facturier.errors import RefusedByPeer
from facturier.network.afnor import NAME
from facturier.network.platform import Kind
from facturier.server.connections.models import Connection, Handed
from facturier.server.documents import history
from facturier.server.documents.deposit import remember, row_of
from facturier.server.documents.models import Envelope, Message
from facturier.server.jobs.wake import wake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facturier.network.platform import Parcel

logger = logging.getLogger(__name__)
REASONS = {
    "EmptyAttachement": "IRR_VID_PJ",
    "AttachmentTypeError": "IRR_EXT_DOC",
    "EmptyFlow": "IRR_VIDE_F",
    "InvalidSchema": "IRR_SYNTAX",
    "FileSizeExceeded": "IRR_TAILLE_F",
    "FlowTypeError": "IRR_TYPE_F",
    "VirusFound": "IRR_ANTIVIRUS",
}
"""Why a platform could not take a file (XP Z12-013) to the reason of status 501."""


def take_in(connection: Connection, parcels: Iterable[Parcel]) -> None:
    """Keep `parcels` of the platform, in the current transaction, which sees the dossier."""
    assert transaction.get_connection().in_atomic_block
    letters = []
    # An invoice before what is said of it, in whatever order their last changes came.
    for parcel in sorted(parcels, key=lambda one: one.kind is not Kind.INVOICE):
        if parcel.kind is Kind.ACKNOWLEDGEMENT:
            _acknowledged(connection, parcel)
        else:
            letters.append(_envelope(connection, parcel))
    if letters:
        Envelope.objects.bulk_create(letters, ignore_conflicts=True)
        wake(connection.dossier_id)


def _envelope(connection: Connection, parcel: Parcel) -> Envelope:
    assert parcel.content is not None, parcel.key
    return Envelope(
        dossier_id=connection.dossier_id,
        key=f"{NAME}:{parcel.key}"[:100],
        kind=parcel.kind.value,
        sender_address=parcel.sender,
        recipient_address=parcel.recipient,
        external_id=parcel.transmission[:100],
        body={"name": parcel.name, "platform": NAME},
        stored=remember(row_of(parcel.content)),
    )


def _acknowledged(connection: Connection, parcel: Parcel) -> None:
    """Note the acknowledgement of what we handed over; of what others deposited there, nothing."""
    said = parcel.body
    sent = Handed.objects.select_for_update(of=("self",)).select_related("message__transmission")
    found = sent.filter(dossier_id=connection.dossier_id, flow_id=said["flowId"]).first()
    if found is None or found.acknowledgement == said["status"]:
        return
    found.acknowledgement, found.details = said["status"], said["details"]
    found.acknowledged_at = timezone.now()
    found.save(update_fields=["acknowledgement", "details", "acknowledged_at"])
    if found.acknowledgement == Handed.Acknowledgement.ERROR:
        _refused(connection, found)


def _refused(connection: Connection, handed: Handed) -> None:
    """An invoice that the platform could not take is inadmissible (501); a status is given up."""
    words = " ".join(filter(None, map(_words, handed.details)))
    message = handed.message
    message.state, message.last_error = Message.State.FAILED, words or "Refusé sans motif."
    message.save(update_fields=["state", "last_error"])
    if message.kind != Message.Kind.INVOICE:
        return
    codes = (str(one.get("reasonCode")) for one in handed.details)
    reason = next((REASONS[code] for code in codes if code in REASONS), "")
    try:
        with transaction.atomic():
            history.not_taken(
                message.transmission, reason=reason, comment=words, author=connection.name
            )
    except RefusedByPeer:  # it has gone on all the same: its statuses say more
        logger.warning("acknowledgement of message %s contradicts its history", message.pk)


def _words(detail: Mapping[str, Any]) -> str:
    return str(detail.get("reasonMessage") or detail.get("reasonCode") or "")
