"""How long to wait before trying again: twice as long each time, up to a limit."""

from __future__ import annotations

from datetime import timedelta

_MOST_DOUBLINGS = 30
"""More would only make numbers that nothing can hold."""


def pause(attempts: int, first: float, longest: float, *, asked: float = 0) -> timedelta:
    """Return how long to wait after `attempts` failures in a row, of which there is one at least.

    `first` seconds after the first, `longest` at most; longer when the other side asked for it
    (`asked`, the seconds of its ``Retry-After``).
    """
    doubled = first * 2 ** min(max(attempts, 1) - 1, _MOST_DOUBLINGS)
    return timedelta(seconds=max(min(doubled, longest), asked))
