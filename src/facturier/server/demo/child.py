"""A child process of the demonstration: ``python -m facturier.server.demo.child serve 8000``.

It lives as long as its parent holds the other end of its standard input: however the parent ends,
killed or not, the child is told to stop and nothing is left behind.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from facturier.server import commands
from facturier.server.demo import portal


def main(arguments: list[str]) -> int:
    """Run ``serve PORT``, ``work``, ``seed ISLAND`` or ``concentrator PORT FOLDER APPLICATIONS``.

    Until told to stop, or the parent is gone.
    """
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    if arguments[0] == "serve":
        return commands.serve(port=int(arguments[1]))
    if arguments[0] == "concentrator":
        return portal.serve(int(arguments[1]), Path(arguments[2]), Path(arguments[3]))
    if arguments[0] == "seed":
        return _seed(int(arguments[1]))
    return commands.work()


def _seed(island: int) -> int:
    with commands.database():
        from facturier.server.demo import islands  # noqa: PLC0415 - needs Django

        islands.seed_one(island)
    return 0


def _stop_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written: it returns when the pipe closes
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
