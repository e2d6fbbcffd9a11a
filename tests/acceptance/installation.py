"""A real installation for a test: its own PostgreSQL, a server, a worker, two firms' programs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from facturier.server.postgres import PrivatePostgres

ROOT = Path(__file__).parents[2]


@dataclass
class Installation:
    """Where it is, and what programs need to speak to it."""

    address: str
    var: Path
    environment: dict[str, str]
    accesses: dict[str, dict]
    """``api`` is the seller's program, ``api_buyer`` the buyer's."""
    postgres: PrivatePostgres


class Running:
    """A real process of the product, that can be killed with its children and started again."""

    def __init__(self, environment, log, *arguments):
        self._environment, self._log, self._arguments = environment, log, arguments
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "facturier.cli", *self._arguments], env=self._environment,
            cwd=ROOT, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip

    def start_if_dead(self):
        """Start it again when it has ended by itself."""
        if self.process.poll() is not None:
            self.start()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def running(environment, log, *arguments):
    """Run a command of the product until the end of the block."""
    one = Running(environment, log, *arguments)
    try:
        yield one.process
    finally:
        one.process.terminate()
        try:
            one.process.wait(20)
        except subprocess.TimeoutExpired:
            one.kill()


def wait_for(address, *processes, seconds=60):
    """Wait until the server answers; fail at once when a process has ended."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.status == 200
                return
        except (OSError, urllib.error.URLError):
            assert all(process.poll() is None for process in processes), "it stopped"
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_of(var):
    """Return the environment of an installation whose data are in `var`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "FACTURIER_"))}
    return kept | {
        "FACTURIER_VAR": str(var), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip


def run(environment, module, *arguments):
    """Run a module of the tests in an installation; return what it prints, read as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)], env=environment, cwd=ROOT,
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@contextmanager
def installed(folder, *, firm="tests.acceptance.firm_for_curl", **settings):
    """Hold a server and a worker of their own; `settings` are variables of their environment."""
    var = folder / "var"
    environment = environment_of(var) | settings
    port = str(free_port())
    address = f"http://127.0.0.1:{port}"
    postgres = PrivatePostgres(var / "postgres")
    postgres.start()
    try:
        accesses = run(environment, firm, address)
        with (
            (folder / "log").open("wb") as log,
            running(environment, log, "serve", "--port", port) as server,
            running(environment, log, "work") as worker,
        ):
            wait_for(f"{address}/flow-service/v1/healthcheck", server, worker)
            yield Installation(address, var, environment, accesses, postgres)
    finally:
        postgres.stop()
