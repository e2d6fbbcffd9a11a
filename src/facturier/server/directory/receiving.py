"""Exports that the portal lets wait are fetched, taken in in their order, and acknowledged.

An export is written to the disk piece by piece, then becomes the directory in one transaction. A
process that dies in between leaves the directory of before; the next round takes the same file up
again. The portal learns that an export is safe only when it has been taken in or refused: a refused
one stays in the folder, for who has to look at it.
Source: DGFiP external specifications v3.2, dossier général §3.5.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from facturier.errors import BadUsage, UnreadableDocument
from facturier.server import clock
from facturier.server.directory.imports import take_in
from facturier.server.directory.models import Export
from facturier.server.jobs.fault_points import fault_point

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from facturier.network.portal import Portal

MOST_ATTEMPTS = 5
"""An export at which so many processes died is put aside."""
MOST_KEPT = 10
"""Refused exports that stay in the folder."""
logger = logging.getLogger(__name__)
State = Export.State


def folder() -> Path:
    """Return the folder in which exports wait; made if it is the first time."""
    place: Path = settings.VAR / "annuaire"
    place.mkdir(parents=True, exist_ok=True)
    return place


def take_exports(portal: Portal) -> int:
    """Take in every export that waits at the portal; return how many were.

    One worker at a time: another one finds nothing to do. Raises `NetworkFailure`.
    """
    with _turn() as is_mine:
        if not is_mine:
            return 0
        return sum(_took(portal, name) for name in portal.exports())


@contextmanager
def _turn() -> Iterator[bool]:
    """Hold the lock of who receives exports, outside of any transaction; a death frees it."""
    key = "hashtext('facturier.directory.receiving')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({key})")
        (mine,) = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({key})")


def _took(portal: Portal, name: str) -> bool:
    """Take in one export; whether it is the directory now."""
    row, _ = Export.objects.get_or_create(name=name)
    path = folder() / name.replace("/", "_")
    if row.state == State.WAITING:
        if not path.exists():
            _fetch(portal, name, path)
        _become(row, path)
    portal.acknowledge([name])
    if row.state == State.TAKEN:
        path.unlink(missing_ok=True)
    else:
        _tidy()
    return row.state == State.TAKEN


def _fetch(portal: Portal, name: str, path: Path) -> None:
    """Write an export to the disk; a name without ``.part`` is a whole file."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        portal.download(name, file)
        file.flush()
        os.fsync(file.fileno())
    fault_point("export-fetched")
    part.rename(path)


def _become(row: Export, path: Path) -> None:
    """Make an export the directory, or note why it cannot be."""
    row.attempts += 1
    row.save(update_fields=["attempts"])
    if row.attempts > MOST_ATTEMPTS:
        _refuse(row, "Son import s'est interrompu plusieurs fois.")
        return
    try:
        row.taken = take_in(path)
    except (BadUsage, UnreadableDocument) as error:
        _refuse(row, error.in_full)
        return
    row.state, row.done_at, row.why = State.TAKEN, clock.now(), ""
    row.save()
    if row.taken.set_aside:
        logger.warning("directory export %s: %s records left out", row.name, row.taken.set_aside)
    fault_point("export-taken")


def _refuse(row: Export, why: str) -> None:
    logger.error("directory export %s: %s", row.name, why)
    row.state, row.why, row.done_at = State.REFUSED, why, clock.now()
    row.save()


def _tidy() -> None:
    """Keep the latest refused exports only."""
    kept = sorted(folder().glob("*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in kept[MOST_KEPT:]:
        old.unlink(missing_ok=True)
