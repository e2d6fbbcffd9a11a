"""Who watches the worker: a small parent process, because nothing inside could.

A file may keep a C library busy for minutes or fill the memory; no signal handler and no thread of
the same process is sure to run then. So ``facturier work`` is two processes. The inner one works
and says, on a pipe, which flow it begins and ends. The outer one holds the clock and the scales
(``FACTURIER_FILE_SECONDS``, ``FACTURIER_FILE_MEGABYTES``): an inner process that exceeds them is
killed, which undoes what it had begun, and the next one first puts that flow aside with the reason.
An inner process that dies by itself is started again: the flow's attempt was counted before.

The outer process loads no Django. Should it be killed, the inner one ends with it: it holds the
other end of its standard input.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.errors import UnsafeDocument
from facturier.server import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLD = "FACTURIER_GUARD"
"""Variable by which the inner process learns the number of the pipe (not a setting)."""
SECONDS, MEGABYTES = "FACTURIER_FILE_SECONDS", "FACTURIER_FILE_MEGABYTES"
LOOKS_EVERY = 0.25
"""Seconds between two looks at the clock and the scales."""
SHORTEST_LIFE = 10.0
"""Seconds; who dies sooner is started again a little later each time."""
LONGEST_PAUSE = 15.0
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1 << 20


# --- inside the worker ----------------------------------------------------------------------------


@contextlib.contextmanager
def on(dossier: int, flow: int) -> Iterator[None]:
    """Be watched while a flow is worked on; nothing happens without a guard."""
    pipe = os.environ.get(TOLD)
    if not pipe:
        yield
        return
    _tell(int(pipe), f"{dossier} {flow}")
    try:
        yield
    finally:
        _tell(int(pipe), "-")


def _tell(pipe: int, words: str) -> None:
    with contextlib.suppress(OSError):  # the guard is gone: so shall we be, in a moment
        os.write(pipe, f"{words}\n".encode())


def end_with_guard() -> None:
    """End this process, in good order, when the guard is gone."""
    threading.Thread(target=_wait_for_its_end, daemon=True).start()


def _wait_for_its_end() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written: it returns when the pipe closes
    os.kill(os.getpid(), signal.SIGTERM)


def refusal(reason: str) -> UnsafeDocument:
    """Return why a flow at which the worker was stopped is put aside."""
    if reason == "too-long":
        words = f"Le traitement de ce fichier a dépassé {environment.number(SECONDS)} secondes."
    else:
        words = f"Ce fichier demande plus de {environment.number(MEGABYTES)} Mo de mémoire."
    return UnsafeDocument(
        words, reason=reason,
        remedy="Rien n'a été envoyé. Demandez un fichier plus léger (moins de lignes ou de pièces "
        "jointes), ou scindez la facture.",
    )  # fmt: skip


# --- outside --------------------------------------------------------------------------------------


@dataclass
class Guard:
    """The outer process: starts the inner one, watches it, starts it again."""

    seconds: float
    megabytes: float
    command: tuple[str, ...] = (sys.executable, "-m", "facturier.cli", "work", "--inner")
    pause: float = 0.0
    _stopping: bool = False
    _inner: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def run(self) -> int:
        """Work until told to stop; return the exit status of the last inner process."""
        told = {one: signal.signal(one, self._stop) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            return self._lives()
        finally:
            for one, before in told.items():
                signal.signal(one, before)

    def _lives(self) -> int:
        blamed = ""
        while True:
            begun = time.monotonic()
            blamed, status = self._one_life(blamed)
            ended_well = not blamed and not status
            if self._stopping or ended_well or status == os.EX_CONFIG:
                return status  # what is not set up will not go better by itself
            self._wait(begun, blamed)

    def _wait(self, begun: float, blamed: str) -> None:
        """Pause before the next life when the last was too short for any other reason."""
        short = not blamed and time.monotonic() - begun < SHORTEST_LIFE
        self.pause = min(2 * self.pause + 0.5, LONGEST_PAUSE) if short else 0.0
        time.sleep(self.pause)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        if self._inner is not None:
            self._inner.terminate()

    def _one_life(self, blamed: str) -> tuple[str, int]:
        """Let an inner process live; return what it was killed for (or nothing), and its status."""
        source, target = os.pipe()
        self._inner = subprocess.Popen(  # noqa: S603 - our own program
            [*self.command, *blamed.split()], pass_fds=(target,), stdin=subprocess.PIPE,
            env=os.environ | {TOLD: str(target)}, start_new_session=False,
        )  # fmt: skip
        os.close(target)
        if self._stopping:  # told while it was being started
            self._inner.terminate()
        try:
            why = self._watch(self._inner, source)
        finally:
            os.close(source)
            assert self._inner.stdin is not None
            self._inner.stdin.close()
        return why, self._inner.wait()

    def _watch(self, inner: subprocess.Popen[bytes], source: int) -> str:
        """Watch until it ends; return ``reason dossier flow`` when it had to be killed."""
        at_work, since, rest = "", 0.0, b""
        while True:
            if select.select([source], [], [], LOOKS_EVERY)[0]:
                piece = os.read(source, 1 << 16)
                if not piece:
                    return ""  # it ended
                *lines, rest = (rest + piece).split(b"\n")
                if lines:
                    said = lines[-1].decode()
                    at_work, since = ("" if said == "-" else said), time.monotonic()
            if at_work and (reason := self._exceeded(inner.pid, since)):
                inner.kill()
                return f"{reason} {at_work}"

    def _exceeded(self, pid: int, since: float) -> str:
        if time.monotonic() - since > self.seconds:
            return "too-long"
        return "too-large-in-memory" if _resident(pid) > self.megabytes else ""


def _resident(pid: int) -> float:
    """Return the megabytes of memory that a process holds; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * _PAGE / _MEGABYTE


def run() -> int:
    """Run a guarded worker until told to stop; return its exit status."""
    environment.check()
    return Guard(seconds=environment.number(SECONDS), megabytes=environment.number(MEGABYTES)).run()
