"""The inner process of a worker: ``python -m facturier.server.jobs.guarded [REASON DOSSIER FLOW]``.

With arguments, a flow at which the one before had to be stopped is first put aside.
"""

from __future__ import annotations

import sys

from facturier.cli.terminal import complain
from facturier.errors import FacturierError, exit_code
from facturier.server import commands
from facturier.server.jobs import guard


def main(arguments: list[str]) -> int:
    """Work until told to stop; return the exit status."""
    guard.end_with_guard()
    blamed = (arguments[0], int(arguments[1]), int(arguments[2])) if arguments else None
    try:
        return commands.work_unguarded(blamed)
    except FacturierError as error:
        complain(error.message, error.remedy)
        return exit_code(error)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
