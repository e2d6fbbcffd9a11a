"""Names of flows that grow with time (UUID version 7, RFC 9562 § 5.7)."""

from __future__ import annotations

import secrets
import time
import uuid

_RANDOM_A, _RANDOM_B = 12, 62
"""Bits of chance behind the milliseconds: nobody guesses a name from another's."""
_VERSION, _VARIANT = 7 << 76, 0b10 << 62


def ordered_uuid() -> uuid.UUID:
    """Return a new UUID, greater than those of the milliseconds before.

    A flow's name stands in six indexes. Names without an order touch six other pages for each flow,
    all over a store of millions; these touch the last ones, which are in memory already.
    """
    milliseconds = time.time_ns() // 1_000_000 % (1 << 48)
    chance = secrets.randbits(_RANDOM_A) << 64 | secrets.randbits(_RANDOM_B)
    return uuid.UUID(int=milliseconds << 80 | _VERSION | _VARIANT | chance)
