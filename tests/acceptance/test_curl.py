"""The script of the documentation works: from the deposit to the refusal, with curl only."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from facturier.server.postgres import PrivatePostgres

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "how-to" / "api-with-curl.sh"


@contextmanager
def running(environment, log, *arguments):
    """Run a command of the product until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "facturier.cli", *arguments], env=environment, cwd=ROOT,
        stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


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


@pytest.fixture
def live(tmp_path):
    """A server and a worker of their own; give the file of accesses."""
    var = tmp_path / "var"
    environment = {
        **os.environ, "FACTURIER_VAR": str(var), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip
    for inherited in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment.pop(inherited, None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    postgres = PrivatePostgres(var / "postgres")
    postgres.start()
    try:
        made = subprocess.run(
            [sys.executable, "-m", "tests.acceptance.firm_for_curl", address],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr[-3000:]
        accesses = var / "demo.json"
        accesses.write_text(made.stdout)
        with (
            (tmp_path / "log").open("wb") as log,
            running(environment, log, "serve", "--port", port) as server,
            running(environment, log, "work") as worker,
        ):
            wait_for(f"{address}/flow-service/v1/healthcheck", server, worker)
            yield accesses
    finally:
        postgres.stop()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_script_of_the_documentation(live):
    done = subprocess.run(
        ["sh", str(SCRIPT)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": os.environ["PATH"], "DEMO": str(live), "PYTHON": sys.executable,
             "LANG": "C.UTF-8"},
    )  # fmt: skip
    said = done.stdout
    assert done.returncode == 0, said + done.stderr
    assert "accusé : Ok" in said
    assert "120.00 € TTC, mêmes octets" in said
    for code in (200, 201, 202, 203, 210):
        assert f" {code} " in said, code
    assert "motif : TX_TVA_ERR" in said
    assert "Taux de TVA de 5,5 % attendu." in said
    entries = [line.split() for line in said.split("\n7. ")[1].splitlines()[1:]]
    assert {(line[0], line[2], line[3]) for line in entries} == {
        ("VE", "120.00", "0.00"), ("VE", "0.00", "100.00"), ("VE", "0.00", "20.00"),
        ("HA", "100.00", "0.00"), ("HA", "20.00", "0.00"), ("HA", "0.00", "120.00"),
    }  # fmt: skip
    assert set(json.loads(live.read_text())) == {"api", "api_buyer"}
