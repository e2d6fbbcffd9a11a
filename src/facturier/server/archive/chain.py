"""Append envelopes to the chain of a dossier: one at once, or all of a transaction together."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from facturier.server.archive.models import ProofEnvelope
from facturier.server.archive.verify import GENESIS, canonical, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class _Fact:
    """What an envelope will hold, once its rank is known."""

    envelope: ProofEnvelope
    dossier: Dossier
    said: Mapping[str, Any]


_gathered: ContextVar[list[_Fact] | None] = ContextVar("gathered envelopes", default=None)


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
    transaction; until its end nobody else appends to this chain. Within :func:`gathered` the
    envelope gets its rank and is written at the end of that block.
    """
    assert at.tzinfo is not None
    said = {
        "kind": kind.value, "at": _utc(at), "document": _named(document), "files": list(files),
        **facts,
    }  # fmt: skip
    fact = _Fact(ProofEnvelope(dossier=dossier, document=document, kind=kind), dossier, said)
    waiting = _gathered.get()
    if waiting is None:
        _write([fact])
    else:
        waiting.append(fact)
    return fact.envelope


@contextmanager
def gathered() -> Iterator[None]:
    """Write the envelopes of this block at its end, in their order and together.

    The block must be the rest of a transaction's work: what raises in it must undo all of it. The
    chain is then taken once, and for a short time.
    """
    assert connection.in_atomic_block
    waiting: list[_Fact] = []
    token = _gathered.set(waiting)
    try:
        yield
    finally:
        _gathered.reset(token)
    for one in {fact.dossier.pk for fact in waiting}:
        _write([fact for fact in waiting if fact.dossier.pk == one])


def _write(facts: Sequence[_Fact]) -> None:
    """Give the envelopes of one dossier their ranks, after those that are there, and keep them."""
    sequence, previous, now = _after_head(facts[0].dossier.pk)
    for rank, fact in enumerate(facts, sequence):
        envelope, dossier = fact.envelope, fact.dossier
        body = canonical({
            "format": FORMAT,
            "dossier": {"siren": dossier.siren, "address": dossier.electronic_address},
            "sequence": rank, "previous": previous,
            "recorded_at": _utc(now), "month": month_of(now), **fact.said,
        })  # fmt: skip
        envelope.sequence, envelope.recorded_at, envelope.month = rank, now, month_of(now)
        envelope.body, envelope.previous, envelope.hash = body.decode(), previous, digest(body)
        previous = envelope.hash
    ProofEnvelope.objects.bulk_create([fact.envelope for fact in facts])


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
