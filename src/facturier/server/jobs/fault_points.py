"""Where a test may kill the process, to prove that nothing is lost and nothing done twice.

``FACTURIER_TEST_DIE_AT=recorded`` makes the process die by ``SIGKILL`` the first time it passes the
point of that name; with ``recorded:5``, the fifth time. Unset, which is always but in tests, a
point costs one look-up.
"""

from __future__ import annotations

import os
import signal

POINTS = (
    "bytes-stored",  # the file is on the disk, no row knows it
    "flow-kept",  # the deposit's row is written, not committed
    "claimed",  # a worker took a flow, nothing is done
    "checked",  # the verdict is known, nothing is written
    "event-kept",  # a status is written, its caches are not, nothing is committed
    "recorded",  # everything about a flow is written, not committed
    "finished",  # the flow's transaction is committed, the next has not begun
    "delivered",  # a parcel is in the mailbox, not committed
    "collected",  # a parcel was taken in, not committed
    "flow-made",  # a flow to the portal is numbered and kept, not committed
    "flow-sent",  # the portal has it, nothing here says so
    "answer-kept",  # the portal's answer is committed, the portal not told
)
OF_DIRECTORY = (
    "export-fetched",  # an export is on the disk, not under its name yet
    "directory-copied",  # its records are in temporary tables, the directory is that of before
    "export-taken",  # it is the directory, the portal not told
)
"""On the way of the directory's exports, which no invoice passes."""
_wanted, _, _times = os.environ.get("FACTURIER_TEST_DIE_AT", "").partition(":")
_left = int(_times or 1)


def die_at(name: str, times: int) -> None:
    """Make this process die the `times`-th time it passes the point `name` from now on."""
    global _wanted, _left
    _wanted, _left = name, times


def fault_point(name: str) -> None:
    """Die here if a test asked for it."""
    global _left  # noqa: PLW0603
    assert name in POINTS or name in OF_DIRECTORY, name
    if name != _wanted:
        return
    _left -= 1
    if not _left:
        os.kill(os.getpid(), signal.SIGKILL)
