"""The processes of the demonstration (server, worker, portal): started, watched, stopped."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from facturier.errors import ConfigurationError

HOST = "127.0.0.1"
SECONDS_TO_ANSWER = 120
"""A busy or old machine takes its time; a server that died is known at once, by its death."""
SECONDS_TO_STOP = 10
MOST_DEATHS = 5
LONG_ENOUGH = 30.0
"""A child that lived so many seconds before it died had started well: its deaths are forgotten."""
PAUSE = 0.2
LAST_WORDS = 1500
"""Characters of the log to show when a child cannot live."""


@dataclass
class Child:
    """One process, its log, and how often it died lately."""

    name: str
    """For people, in French."""
    arguments: tuple[str, ...]
    log: Path
    deaths: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C in the terminal is for the parent alone."""
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "facturier.server.demo.child", *self.arguments],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self.process is not None and self.process.poll() is None

    def revive(self) -> bool:
        """Start it again if it died; return whether it had.

        Raises `ConfigurationError`, with the end of its log, when it dies again and again.
        """
        if self.process is None or self.is_alive():
            return False
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived > LONG_ENOUGH else self.deaths + 1
        self._end_session()
        if self.deaths >= MOST_DEATHS:
            said = self.log.read_text(errors="replace")[-LAST_WORDS:]
            raise ConfigurationError(
                f"{self.name} s'arrête dès son démarrage.\n{said}", reason="demo-child"
            )
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Tell it to finish what it is at."""
        if self.process is not None and self.is_alive():
            self.process.terminate()

    def stop(self) -> None:
        """Wait until it is gone; after some seconds insist."""
        if self.process is None:
            return
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._end_session()

    def _end_session(self) -> None:
        """End whatever it started itself and left behind (the web server has a process of its own).

        Its session is ours: it was made for this child.
        """
        assert self.process is not None
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def stop_all(children: list[Child]) -> None:
    """Stop all, at once rather than one after the other."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def must_be_free(port: int) -> None:
    """Raise `ConfigurationError` when something listens on `port` already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            raise ConfigurationError(
                f"Le port {port} est déjà pris.", reason="port",
                remedy=f"Arrêtez ce qui l'occupe, ou choisissez-en un autre : "
                f"PORT={port + 1} make demo.",
            )  # fmt: skip


def wait_for_page(children: list[Child], port: int, path: str) -> None:
    """Wait until the page at `path` answers. Raises `ConfigurationError` when it does not."""
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while not _answers(port, path):
        for child in children:
            child.revive()
        if time.monotonic() > deadline:
            raise ConfigurationError("Le serveur ne répond pas.", reason="demo-silent")
        time.sleep(PAUSE)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
