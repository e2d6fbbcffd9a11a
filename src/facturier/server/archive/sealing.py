"""Seal the months of a chain that are over, and have each seal timestamped (RFC 3161).

A seal names the last envelope of its month; with a timestamp nobody, not even who holds the
database, can later replace what it covers. Without an authority (``FACTURIER_TSA_URL``) the seal
says "non horodaté", and is only as good as the place where its hash was noted.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min

from facturier.errors import NetworkFailure
from facturier.server import sight
from facturier.server.archive import chain
from facturier.server.archive.models import ProofEnvelope, Seal, Timestamp
from facturier.server.archive.verify import canonical
from facturier.server.firm.models import Dossier

if TYPE_CHECKING:
    from datetime import datetime

FORMAT = "facturier-sceau/1"
logger = logging.getLogger(__name__)


def seal_all() -> int:
    """Seal and timestamp what is due in every dossier; return how many months were sealed."""
    with transaction.atomic():
        due = _ids("SELECT dossiers_to_seal(%s)", [chain.month_of(_now())])
    sealed = 0
    for dossier in due:
        with sight.of([dossier]):
            sealed += len(seal_months(Dossier.objects.get(pk=dossier)))
    if settings.TSA_URL:
        for dossier in _ids("SELECT dossiers_to_stamp()", []):
            stamp_seals(dossier)
    return sealed


def seal_months(dossier: Dossier) -> list[Seal]:
    """Seal each month of `dossier`'s chain that is over (Paris); in the current transaction."""
    chain.lock(dossier.pk)  # what is being appended belongs to the month in which it commits
    sealed = Seal.objects.filter(dossier=dossier).values("month")
    over = (
        ProofEnvelope.objects.filter(dossier=dossier, month__lt=chain.month_of(_now()))
        .exclude(month__in=sealed)
        .values("month")
        .annotate(first=Min("sequence"), last=Max("sequence"))
        .order_by("month")
    )
    return [_seal(dossier, one["month"], one["first"], one["last"]) for one in over]


def _seal(dossier: Dossier, month: str, first: int, last: int) -> Seal:
    of_chain = ProofEnvelope.objects.filter(dossier=dossier)
    body = canonical({
        "format": FORMAT,
        "dossier": {"siren": dossier.siren, "address": dossier.electronic_address},
        "month": month, "timezone": settings.TIME_ZONE,
        "first": first, "last": last, "count": last - first + 1,
        "opening": of_chain.get(sequence=first).previous,
        "head": of_chain.get(sequence=last).hash,
    })  # fmt: skip
    return Seal.objects.create(
        dossier=dossier, month=month, first=first, last=last, body=body.decode()
    )


def stamp_seals(dossier: int) -> int:
    """Have the seals of the dossier with this id timestamped; return how many were.

    A silent authority is asked again at the next hour. No transaction is open while it is asked.
    """
    # network code, and the cryptography behind it, only where it is used
    from facturier.network.timestamping.client import stamp  # noqa: PLC0415

    with sight.of([dossier]):
        waiting = list(Seal.objects.filter(dossier_id=dossier, timestamp=None).order_by("month"))
    root = Path(settings.TSA_ROOT).read_bytes() if settings.TSA_ROOT else b""
    for done, seal in enumerate(waiting):
        try:
            got = stamp(seal.body.encode(), url=settings.TSA_URL, root=root)
        except NetworkFailure as failure:
            logger.warning("seal %s: %s", seal.pk, failure)
            return done
        with sight.of([dossier]):
            Timestamp.objects.get_or_create(
                seal=seal,
                defaults={
                    "dossier_id": dossier, "authority": settings.TSA_URL, "token": got.token,
                    "stamped_at": got.at, "is_verified": got.is_verified,
                },
            )  # fmt: skip
    return len(waiting)


def _now() -> datetime:
    """Return the database's time, which dates the envelopes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert now.tzinfo is not None
    return now  # type: ignore[no-any-return]


def _ids(query: str, parameters: list[str]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [int(row[0]) for row in cursor.fetchall()]
