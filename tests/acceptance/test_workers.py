"""Real workers: one file too heavy costs nobody else; the work of a dead one is taken over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.acceptance.test_kill import ROOT, Running, run
from tests.server.invoices import ubl

from facturier.server.postgres import DATABASE, PrivatePostgres

LINE_END = "</cac:InvoiceLine>"


def heavy(number, seller, buyer, lines):
    """An invoice of very many lines: seconds of work, most of it in C."""
    text = ubl(number, seller, buyer).decode()
    start = text.index("<cac:InvoiceLine>")
    end = text.index(LINE_END) + len(LINE_END)
    line = text[start:end].replace("Cent croissants", "Cent croissants " + "x" * 90)
    return (text[:start] + line * lines + text[end:]).encode()


@pytest.fixture
def installation(tmp_path):
    server = PrivatePostgres(tmp_path / "var" / "postgres")
    server.start()
    environment = {
        **os.environ, "FACTURIER_VAR": str(tmp_path / "var"), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip
    (firm,) = run(environment, "tests.acceptance.firm_for_tests")
    with psycopg.connect(
        host=str(server.socket), user="postgres", dbname=DATABASE, autocommit=True
    ) as observer:
        yield environment, firm, lambda question: observer.execute(question).fetchall()
    server.stop()


def deposit(environment, firm, path, data):
    Path(path).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "facturier.cli", "deposit", str(path), "--dossier",
         firm["seller_siren"]],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def wait_for(question, seconds):
    begun = time.monotonic()
    while not question():
        assert time.monotonic() - begun < seconds, "it took too long"
        time.sleep(0.1)
    return time.monotonic() - begun


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("limit", "reason"),
    [({"FACTURIER_FILE_SECONDS": "3"}, "too-long"),
     ({"FACTURIER_FILE_MEGABYTES": "200"}, "too-large-in-memory")],
)  # fmt: skip
def test_a_file_too_heavy_is_put_aside_and_the_worker_lives_on(
    installation, tmp_path, limit, reason
):
    environment, firm, ask = installation
    parties = firm["seller_siren"], firm["buyer_siren"]
    deposit(environment, firm, tmp_path / "lourd.xml", heavy("LOURD", *parties, 24_000))
    deposit(environment, firm, tmp_path / "leger.xml", ubl("LEGER", *parties))
    with (tmp_path / "log").open("wb") as log:
        worker = Running(environment | limit, log, "work")
        wait_for(lambda: ask("SELECT 1 FROM documents_flow WHERE state = 'quarantined'"), 120)
        wait_for(
            lambda: ask(
                "SELECT 1 FROM documents_document WHERE number = 'LEGER' AND state = '203'"
                " AND direction = 'received'"
            ),
            120,
        )
        assert worker.process.poll() is None, "the worker that was started still runs"
        worker.stop()
    ((name, why, words, attempts),) = ask(
        "SELECT name, last_error_reason, last_error, attempts FROM documents_flow"
        " WHERE state = 'quarantined'"
    )
    assert (name, why, attempts) == ("lourd.xml", reason, 1)
    assert "scindez la facture" in words


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_work_of_a_dead_worker_is_taken_over_within_a_minute(installation, tmp_path):
    environment, firm, ask = installation
    with (tmp_path / "log").open("wb") as log:
        first = Running(environment, log, "work")
        wait_for(lambda: ask("SELECT 1 FROM procrastinate_workers"), 60)
        data = heavy("F-1", firm["seller_siren"], firm["buyer_siren"], 15_000)
        deposit(environment, firm, tmp_path / "F-1.xml", data)
        wait_for(lambda: ask("SELECT 1 FROM documents_flow WHERE attempts = 1"), 60)
        family = psutil.Process(first.process.pid).children(recursive=True)
        assert family, "the inner process works"
        os.killpg(first.process.pid, signal.SIGKILL)  # as if its machine were no more
        first.process.wait()
        assert ask("SELECT state, attempts FROM documents_flow") == [("pending", 1)]
        assert ask("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'")
        second = Running(environment, log, "work")
        done = "SELECT 1 FROM documents_flow WHERE direction = 'Out' AND state = 'done'"
        seconds = wait_for(lambda: ask(done), 60)
        stalled = (
            "SELECT 1 FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w"
            " ON w.id = j.worker_id WHERE j.status = 'doing'"
            " AND (w.id IS NULL OR w.last_heartbeat < now() - interval '25 seconds')"
        )
        seconds += wait_for(lambda: not ask(stalled), 60 - seconds)
        second.stop()
    assert seconds < 60
    assert ask("SELECT attempts FROM documents_flow WHERE flow_type = 'CustomerInvoice'") == [(2,)]
