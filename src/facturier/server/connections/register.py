"""What a platform listed and what of it was taken, in the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from facturier.network.afnor import Listed
from facturier.network.afnor.client import RemoteFlow
from facturier.server import sight
from facturier.server.connections.models import Arrival, Connection
from facturier.server.jobs.pauses import pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from facturier.errors import NetworkFailure

FIRST_PAUSE, LONGEST_PAUSE = 2, 3600
"""Seconds between two attempts to fetch the same file; each pause is twice the one before."""


class DatabaseRegister:
    """Implements :class:`facturier.network.afnor.Register`; each method is one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self) -> datetime:
        """Return the latest change that was seen."""
        with self._in_sight():
            return Connection.objects.values_list("since", flat=True).get(pk=self._connection.pk)

    def note(self, listed: Sequence[Listed], since: datetime) -> None:
        """Keep what is new of `listed`, and that all changes up to `since` were seen."""
        rows = [
            Arrival(
                connection=self._connection, dossier_id=self._connection.dossier_id, key=one.key,
                flow=_kept(one.flow), changed_at=one.flow.updated_at,
            )
            for one in listed
        ]  # fmt: skip
        with self._in_sight():
            Arrival.objects.bulk_create(rows, ignore_conflicts=True)
            Connection.objects.filter(pk=self._connection.pk, since__lt=since).update(since=since)

    def waiting(self, limit: int) -> Sequence[Listed]:
        """Return at most `limit` of what was not taken and is due, by the date of its change."""
        with self._in_sight():
            due = self._left().filter(not_before__lte=timezone.now())
            return [_listed(row) for row in due.order_by("changed_at", "pk")[:limit]]

    def put_off(self, key: str, failure: NetworkFailure) -> None:
        """Note that it could not be fetched: it waits, each time longer, the others do not."""
        with self._in_sight():
            row = self._left().select_for_update().filter(key=key).first()
            if row is not None:
                row.attempts = min(row.attempts + 1, 1000)
                wait = pause(row.attempts, FIRST_PAUSE, LONGEST_PAUSE, asked=failure.after)
                row.not_before = timezone.now() + wait
                row.last_error = failure.message
                row.save(update_fields=["attempts", "not_before", "last_error"])

    def take(self, keys: Iterable[str]) -> None:
        """Mark as taken: it is never returned again."""
        with self._in_sight():
            self._left().filter(key__in=list(keys)).update(is_taken=True, last_error="")

    def _left(self) -> Any:
        return Arrival.objects.filter(connection=self._connection, is_taken=False)

    def _in_sight(self) -> Any:
        return sight.of([self._connection.dossier_id])


def _kept(flow: RemoteFlow) -> dict[str, Any]:
    return asdict(flow) | {"updated_at": flow.updated_at.isoformat()}


def _listed(row: Arrival) -> Listed:
    said = dict(row.flow)
    said["updated_at"] = datetime.fromisoformat(said["updated_at"])
    said["details"] = tuple(said["details"])
    return Listed(key=row.key, flow=RemoteFlow(**said))
