"""One job of a kind waits at a time: asked for twice, it is queued once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

if TYPE_CHECKING:
    from procrastinate.jobs import JobDeferrer


def enqueue(job: JobDeferrer, **arguments: Any) -> bool:
    """Queue `job`, which has a queueing lock; False when one of that lock waits already."""
    try:
        with transaction.atomic():  # the refusal of a second one must not spoil the outer one
            job.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
