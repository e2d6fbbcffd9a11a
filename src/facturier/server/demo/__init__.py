"""``facturier demo``: a fictitious cabinet on this machine, complete and alive.

:func:`run` starts the private PostgreSQL, makes the firm where it is missing (:mod:`.seeding`, from
the people of :mod:`.companies` and the invoices of :mod:`.story`), starts server, worker and the
simulated public portal (:mod:`.portal`) as child processes and watches over them until Ctrl-C.
Everything about it says *simulation*; nothing leaves the machine.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.errors import ConfigurationError
from facturier.server import commands
from facturier.server.demo import portal, processes
from facturier.server.demo.processes import Child

if TYPE_CHECKING:
    from types import FrameType

SIGN_IN_PAGE = "/compte/login/"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(port: int = 8000) -> int:
    """Run the demonstration on `port` of this machine until Ctrl-C (or SIGTERM); return 0.

    Writes ``<var>/demo.json``: address, accounts, programs, dossiers. Raises `ConfigurationError`
    when the port is taken, when ``DATABASE_URL`` is set, or when a child process cannot live.
    """
    commands.prepare()
    _must_be_private()
    processes.must_be_free(port)
    try:
        with commands.database():
            for one in SIGNALS:
                signal.signal(one, _stop)
            _run(port)
    except KeyboardInterrupt:
        _say("\nArrêté.")
    return 0


def _run(port: int) -> None:
    from django.conf import settings  # noqa: PLC0415

    from facturier.server.demo.access import describe, write  # noqa: PLC0415
    from facturier.server.demo.islands import seed_all  # noqa: PLC0415

    started = time.monotonic()
    var = Path(settings.VAR)
    firm = seed_all(var, _show_progress)
    portal.start_the_clocks(firm)
    sheet = write(firm, var, f"http://{processes.HOST}:{port}")
    os.environ["FACTURIER_ADMIN_FACTOR"] = "0"  # fictitious people: one password opens them all
    children = _children(var, port)
    try:
        for child in children:
            child.start()
        processes.wait_for_page(children, port, SIGN_IN_PAGE)
        _say(describe(sheet, seconds=time.monotonic() - started))
        _watch(children)
    finally:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)  # stopping is not to be interrupted
        processes.stop_all(children)


def _children(var: Path, port: int) -> list[Child]:
    return [
        portal.connect(var),
        Child(name="Le serveur", arguments=("serve", str(port)), log=var / "serveur.log"),
        Child(name="L'ouvrier", arguments=("work",), log=var / "ouvrier.log"),
    ]


def _watch(children: list[Child]) -> None:
    while True:
        for child in children:
            if child.revive():
                _say(f"{child.name} s'était arrêté : il est relancé.")
        time.sleep(processes.PAUSE)


def _must_be_private() -> None:
    from django.conf import settings  # noqa: PLC0415

    if settings.DATABASE_URL:
        raise ConfigurationError(
            "La démonstration invente des sociétés : elle ne touche pas à une autre base.",
            reason="demo-database",
            remedy="Retirez DATABASE_URL ; elle a son propre PostgreSQL.",
        )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show_progress(done: int, of: int) -> None:
    """Say on one line how far the seeding is."""
    end = "\n" if done == of else ""
    sys.stderr.write(f"\rCréation du cabinet fictif : {done * 100 // of} %{end}")
    sys.stderr.flush()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
