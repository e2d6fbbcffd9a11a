"""The wake-up call of a dossier, coalesced: at most one waits at any time.

The call is enqueued in the transaction of its cause. When one was already waiting, a worker may
take it before this transaction commits and not see its rows: so the call is repeated after the
commit. If even that is lost (the process dies in between), the sweep finds the rows.

A worker gathers the calls of what it does and makes each once, when the rows are committed: a
hundred parcels to one recipient are one call. What a death loses here is again found by the sweep.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db import transaction
from procrastinate.contrib.django import app

from facturier.server.jobs import once

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK = "facturier.work_through"
_gathered: ContextVar[set[int] | None] = ContextVar("gathered", default=None)


def wake(dossier: int) -> None:
    """Ask the workers to work through what is pending of the dossier with this id."""
    gathered = _gathered.get()
    if gathered is not None:
        gathered.add(dossier)
    elif not _call(dossier):
        transaction.on_commit(lambda: _call(dossier))


@contextmanager
def gather(working_on: int) -> Iterator[None]:
    """Make the calls of this block at its end, once each; `working_on` is awake anyway."""
    gathered: set[int] = set()
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    for dossier in gathered - {working_on}:
        _call(dossier)


def _call(dossier: int) -> bool:
    """Enqueue a call; False when one was already waiting."""
    job = app.configure_task(TASK, queueing_lock=f"dossier-{dossier}")
    return once.enqueue(job, dossier=dossier)
