"""Step 1, receive: bytes come in and are kept, together with what remains to be done."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import UnsafeDocument
from facturier.server import clock
from facturier.server.documents import store
from facturier.server.documents.models import Direction, Flow, StoredBytes
from facturier.server.jobs.fault_points import fault_point
from facturier.server.jobs.wake import wake
from facturier.server.running import observed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier, Person

LARGEST = 100 * 1024 * 1024
"""XP Z12-013: 100 MB a file."""


def deposit(
    dossier: Dossier,
    data: bytes,
    *,
    name: str,
    channel: Flow.Channel,
    tracking_id: str = "",
    declared_syntax: str = "",
    declared_profile: str = "",
    processing_rule: str = "",
    submitted_by: Person | None = None,
    corrects: Document | None = None,
) -> Flow:
    """Keep `data` and enqueue its treatment, in one transaction; the dossier must be in sight.

    `corrects` is the invoice in whose place it was prepared.

    Nothing reads the file here: whatever it is, the answer is a flow that is pending. Raises
    `UnsafeDocument` over 100 MB.
    """
    if len(data) > LARGEST:
        message = "Ce fichier dépasse la taille admise (100 Mo)."
        raise UnsafeDocument(message, reason="too-large")
    stored = row_of(data)
    fault_point("bytes-stored")
    with transaction.atomic():
        flow = Flow.objects.create(
            dossier=dossier,
            direction=Direction.OUT,
            channel=channel,
            flow_type="Undefined",
            name=name[:255],
            tracking_id=tracking_id[:64],
            stored=remember(stored),
            declared_syntax=declared_syntax,
            declared_profile=declared_profile,
            processing_rule=processing_rule,
            submitted_by=submitted_by,
            submitted_at=clock.now(),
            corrects=corrects,
        )
        observed.deposited(flow)
        fault_point("flow-kept")
        wake(dossier.pk)
    return flow


def row_of(data: bytes) -> StoredBytes:
    """Put `data` into the store and return its row, which is to be remembered."""
    return StoredBytes(sha256=store.put(data), size=len(data))


def remember(row: StoredBytes) -> StoredBytes:
    """Keep this row of stored bytes, if it is the first time, and return it."""
    remember_all([row])
    return row


def remember_all(rows: Iterable[StoredBytes]) -> None:
    """Keep these rows of stored bytes; those that are there already stay as they are."""
    # In the order of the addresses: two transactions then wait for each other one way only.
    several = sorted(rows, key=attrgetter("sha256"))
    StoredBytes.objects.bulk_create(several, ignore_conflicts=True)


def retry(flow: Flow) -> None:
    """Take a flow up again that is in quarantine, or was filed from there; it stays the same."""
    with transaction.atomic():
        locked = Flow.objects.select_for_update().get(pk=flow.pk)
        if locked.state not in (Flow.State.QUARANTINED, Flow.State.FILED):
            return
        locked.findings.all().delete()
        locked.reopen()
        wake(locked.dossier_id)
