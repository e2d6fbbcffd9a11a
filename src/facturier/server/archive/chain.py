"""Append an envelope to the chain of a dossier."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from facturier.server.archive.models import ProofEnvelope
from facturier.server.archive.verify import GENESIS, canonical, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier

FORMAT = "facturier-enveloppe/1"

# A statement of its own after the lock: it must see what the last holder committed.
HEAD = """
SELECT head.sequence, head.hash, greatest(clock_timestamp(), head.recorded_at)
FROM (SELECT) always LEFT JOIN LATERAL (
    SELECT sequence, hash, recorded_at FROM archive_proofenvelope
    WHERE dossier_id = %s ORDER BY sequence DESC LIMIT 1
) head ON true
"""


def append(
    dossier: Dossier,
    kind: ProofEnvelope.Kind,
    facts: Mapping[str, Any],
    *,
    at: datetime,
    document: Document | None = None,
    files: Iterable[Mapping[str, Any]] = (),
) -> ProofEnvelope:
    """Append what happened `at` (timezone-aware) to the chain of `dossier`, which is in sight.

    `facts` hold words, whole numbers, booleans and null only, so that every program writes them
    the same way. `files` name bytes: ``{"role", "sha256", "size", "name"}``. Runs in the current
    transaction; until its end nobody else appends to this chain.
    """
    assert at.tzinfo is not None
    sequence, previous, now = _after_head(dossier.pk)
    body = canonical({
        "format": FORMAT,
        "dossier": {"siren": dossier.siren, "address": dossier.electronic_address},
        "sequence": sequence, "previous": previous, "kind": kind.value,
        "at": _utc(at), "recorded_at": _utc(now), "month": month_of(now),
        "document": _named(document), "files": list(files), **facts,
    })  # fmt: skip
    return ProofEnvelope.objects.create(
        dossier=dossier, document=document, sequence=sequence, kind=kind, recorded_at=now,
        month=month_of(now), body=body.decode(), previous=previous, hash=digest(body),
    )  # fmt: skip


def lock(dossier: int) -> None:
    """Let nobody else append to the chain of this dossier (id) until the transaction ends."""
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"archive/{dossier}"]
        )


def month_of(instant: datetime) -> str:
    """Return the month of `instant` in Paris: ``2026-11``."""
    return f"{timezone.localtime(instant):%Y-%m}"


def _after_head(dossier: int) -> tuple[int, str, datetime]:
    """Return the next rank, the hash to follow and the time of the database's clock."""
    lock(dossier)
    with connection.cursor() as cursor:
        cursor.execute(HEAD, [dossier])
        sequence, previous, now = cursor.fetchone()
    return (sequence or 0) + 1, previous or GENESIS, now


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _named(document: Document | None) -> dict[str, Any] | None:
    if document is None:
        return None
    return {
        "id": document.pk,
        "direction": str(document.direction),
        "number": document.number,
        "issue_date": document.issue_date.isoformat() if document.issue_date else None,
        "seller": document.seller_name,
        "buyer": document.buyer_name,
    }
