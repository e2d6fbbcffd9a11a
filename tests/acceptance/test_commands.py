"""serve, work and deposit as real processes: they answer, they work together, they stop cleanly."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from tests.acceptance.installation import ROOT, Running, free_port
from tests.acceptance.test_kill import run
from tests.server.invoices import ubl

from facturier.server.postgres import DATABASE, PrivatePostgres


@pytest.fixture
def environment(tmp_path):
    return {
        **os.environ, "FACTURIER_VAR": str(tmp_path / "var"), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip


def until(question, seconds=30):
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
    return answer


def page(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/compte/login/")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def deposit(environment, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "facturier.cli", "deposit", *map(str, arguments)], env=environment,
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_three_commands_work_together_and_stop_cleanly(environment, tmp_path):
    (firm,) = run(environment, "tests.acceptance.firm_for_tests")
    data = tmp_path / "var" / "postgres"
    assert not PrivatePostgres(data).is_running(), "the last user stopped it"
    for number in ("C-1", "C-2"):
        invoice = ubl(number, firm["seller_siren"], firm["buyer_siren"])
        (tmp_path / f"{number}.xml").write_bytes(invoice)
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        server = Running(environment, log, "serve", "--port", str(port))
        worker = Running(environment, log, "work")
        assert until(lambda: page(port)) == 200
        done = deposit(
            environment, tmp_path / "C-1.xml", tmp_path / "C-2.xml",
            "--dossier", firm["seller_siren"],
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 2
        with psycopg.connect(
            host=str(PrivatePostgres(data).socket), user="postgres", dbname=DATABASE,
            autocommit=True,
        ) as observer:  # fmt: skip
            question = "SELECT count(*) FROM documents_document WHERE direction = 'received'"
            until(lambda: observer.execute(question).fetchone() == (2,))
        for running in (worker, server):
            os.killpg(running.process.pid, signal.SIGINT)  # what Ctrl-C does
            assert running.process.wait(30) in (0, -signal.SIGINT, 130)
    until(lambda: not PrivatePostgres(data).is_running())
    assert b"Traceback" not in (tmp_path / "log").read_bytes()


@pytest.mark.slow
def test_a_deposit_for_nobody_is_refused(environment, tmp_path):
    (tmp_path / "a.xml").write_bytes(b"<a/>")
    done = deposit(environment, tmp_path / "a.xml", "--dossier", "003000004")
    assert done.returncode == 78
    assert "Aucun dossier" in done.stderr
    assert "Traceback" not in done.stderr
