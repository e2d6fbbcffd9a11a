"""Loaded by every Python process of an installation under chaos: its clock can be set wrong.

The file named by ``CHAOS_CLOCK`` holds by how many seconds this machine's clock is off, now. What
the database itself says (``now()``) stays right: another machine, another clock.
"""

import os
import time
from datetime import UTC, timedelta

_file = os.environ.get("CHAOS_CLOCK", "")
_true_time = time.time


def _off():
    try:
        with open(_file, encoding="ascii") as file:  # noqa: PTH123 - before pathlib is needed
            return float(file.read() or 0)
    except (OSError, ValueError):
        return 0.0


def _shift():
    from django.utils import timezone  # noqa: PLC0415 - only where it is installed

    true_now = timezone.now
    timezone.now = lambda: true_now().astimezone(UTC) + timedelta(seconds=_off())
    time.time = lambda: _true_time() + _off()


if _file:
    _shift()
