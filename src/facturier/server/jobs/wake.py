"""The wake-up call of a dossier, coalesced: at most one waits at any time.

The call is enqueued in the transaction of its cause. When one was already waiting, a worker may
take it before this transaction commits and not see its rows: so the call is repeated after the
commit. If even that is lost (the process dies in between), the sweep finds the rows.
"""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

TASK = "facturier.work_through"


def wake(dossier: int) -> None:
    """Ask the workers to work through what is pending of the dossier with this id."""
    if not _call(dossier):
        transaction.on_commit(lambda: _call(dossier))


def _call(dossier: int) -> bool:
    """Enqueue a call; False when one was already waiting."""
    try:
        with transaction.atomic():  # the refusal of a second call must not spoil the outer one
            app.configure_task(TASK, queueing_lock=f"dossier-{dossier}").defer(dossier=dossier)
    except AlreadyEnqueued:
        return False
    return True
