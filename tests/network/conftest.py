"""The simulated concentrator as a process of its own, one for the session."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
import requests

SECRETS = {"AAA123": "secret-a", "BBB123": "secret-b"}
NUMBERS = {"AAA123": "0042", "BBB123": "0043"}
SECONDS_TO_START = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Running:
    """A concentrator that runs, and how to ask it."""

    folder: object
    port: int
    process: object = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        declared = [f"--application={code}:{SECRETS[code]}:{NUMBERS[code]}" for code in SECRETS]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "facturier.cli", "concentrator", "--port", str(self.port),
             "--folder", str(self.folder), *declared],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                requests.get(self.url, timeout=1)
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("le concentrateur ne démarre pas")

    def kill(self):
        """End it and what it started, without a word (kill -9)."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, method, path, application="AAA123", **given):
        return requests.request(
            method, self.url + path, auth=(application, SECRETS[application]), timeout=10, **given
        )

    def fault(self, fault, **said):
        assert self.ask("POST", "/simulation/faults", json={"fault": fault, **said}).ok

    def settled(self):
        """Wait until no flow is left to look at."""
        deadline = time.monotonic() + 10
        while self.ask("GET", "/simulation/state").json()["flows"].get("0"):
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    concentrator = Running(tmp_path_factory.mktemp("concentrateur"), free_port())
    concentrator.start()
    yield concentrator
    concentrator.kill()


@pytest.fixture(scope="session")
def numbers():
    """Numbers of flows, never twice the same in a session."""
    return itertools.count(1)
