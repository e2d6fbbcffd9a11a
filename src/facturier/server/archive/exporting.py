"""Archives made by a worker: asked for, made with progress told, kept for some days, fetched."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from facturier.errors import FacturierError
from facturier.server import sight
from facturier.server.archive import export, handover
from facturier.server.archive.models import ArchiveExport
from facturier.server.documents import store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from facturier.server.firm.models import Dossier, Person

KEPT = timedelta(days=7)
SILENCE = timedelta(minutes=2)
"""Without a sign of life for so long, another worker takes an export over."""
MOST_TRIES = 3
State = ArchiveExport.State


def ask(
    dossier: Dossier, *, month: str = "", is_handover: bool = False,
    person: Person | None = None, program: str = "",
) -> ArchiveExport:  # fmt: skip
    """Ask for the archive of `dossier`, or of one `month`; the same asked twice is made once."""
    from facturier.server.archive import tasks  # noqa: PLC0415 - it calls us

    with transaction.atomic():
        same = dossier.exports.filter(
            month=month, is_handover=is_handover, state__in=ArchiveExport.OPEN
        )
        row = same.first() or ArchiveExport.objects.create(
            dossier=dossier, month=month, is_handover=is_handover, asked_by=person,
            program=program[:200],
        )  # fmt: skip
        tasks.ask_export(dossier.pk, row.pk)
    return row


def make(dossier: int, pk: int) -> bool:
    """Make one export; False when another worker is at it or it is made."""
    row = _claim(dossier, pk)
    if row is None:
        return False
    try:
        with export.scratch() as folder:
            path = folder / "archive.zip"
            done = _write(row, path)
            store.place().take(name_of(row), path)
            _tell(
                row, state=State.READY, missing=len(done.missing), size=path.stat().st_size,
                sha256=_digest(path), expires_at=timezone.now() + KEPT, why="",
            )  # fmt: skip
    except (OSError, FacturierError) as error:
        is_last = row.tries >= MOST_TRIES
        _tell(row, state=State.FAILED if is_last else State.WAITING, why=f"{error}"[:300])
    return True


def _claim(dossier: int, pk: int) -> ArchiveExport | None:
    with sight.of([dossier]):
        rows = ArchiveExport.objects.select_for_update(of=("self",), skip_locked=True)
        row = rows.select_related("dossier").filter(pk=pk, state__in=ArchiveExport.OPEN).first()
        now = timezone.now()
        if row is None or (row.state == State.RUNNING and now - row.touched_at < SILENCE):
            return None
        if row.tries >= MOST_TRIES:
            row.state, row.why = State.FAILED, row.why or "L'ouvrier s'est arrêté plusieurs fois."
            row.save()
            return None
        row.state, row.touched_at, row.done, row.tries = State.RUNNING, now, 0, row.tries + 1
        row.save()
    return row


def _write(row: ArchiveExport, path: Path) -> export.Exported:
    def told(done: int, total: int) -> None:
        _tell(row, done=done, total=total)

    folder = export.name_of(row.dossier, row.month)
    extra = handover.files(row.dossier) if row.is_handover else ()
    with export.writer_to(path, folder) as writer:
        return export.export(row.dossier, writer, month=row.month, extra=extra, told=told)


def _tell(row: ArchiveExport, **changes: object) -> None:
    """Change the row in a transaction of its own: pages see how far it is."""
    with sight.of([row.dossier_id]):
        ArchiveExport.objects.filter(pk=row.pk).update(touched_at=timezone.now(), **changes)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def name_of(row: ArchiveExport) -> str:
    """Return where the store keeps the zip."""
    return f"{store.EXPORTS}/{row.dossier_id}-{row.pk}.zip"


def file_name(row: ArchiveExport) -> str:
    """Return how the zip is called where it goes."""
    what = "fin-de-mission-" if row.is_handover else ""
    return f"{what}{export.name_of(row.dossier, row.month)}.zip"


def pieces(row: ArchiveExport) -> Iterator[bytes]:
    """Yield the zip piece by piece. Raises `FileNotFoundError` when it is gone."""
    return store.place().pieces(name_of(row))


def unfinished() -> list[tuple[int, int]]:
    """Return dossier and id of each export that waits, or whose worker fell silent."""
    return _asked("SELECT * FROM exports_to_make(%s)", SILENCE)


def forget_expired() -> int:
    """Remove the files of exports whose days are over; return how many."""
    found = _asked("SELECT * FROM exports_to_forget(%s)", timedelta())
    for dossier, pk in found:
        with sight.of([dossier]):
            row = ArchiveExport.objects.get(pk=pk)
            store.place().remove(name_of(row))
            ArchiveExport.objects.filter(pk=pk).update(state=State.EXPIRED)
    return len(found)


def _asked(query: str, silence: timedelta) -> list[tuple[int, int]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query, [f"{silence.total_seconds()} seconds"])
        return list(cursor.fetchall())
