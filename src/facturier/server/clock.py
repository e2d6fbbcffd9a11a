"""What time it is for what the server writes into histories.

It is now, but for one use: the demo firm lives through its last three months in a minute. What it
does inside :func:`set_to` is dated then (``Event.at``, ``Flow.submitted_at``, the validation of an
entry), while the moment of recording (``Event.recorded_at``, ``created_at``) stays the true one, so
a history never hides when it was written. Nothing else sets this clock.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterator

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """Return the moment to date things with; timezone-aware."""
    return _moment.get() or timezone.now()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Date what is done inside at `moment` (timezone-aware), for the demo firm only."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
