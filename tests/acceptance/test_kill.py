"""Killing server and worker at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter

import psycopg
import pytest
from tests.acceptance.installation import ROOT, Running, free_port
from tests.server.invoices import ubl

from facturier.server.jobs.fault_points import POINTS
from facturier.server.postgres import DATABASE, PrivatePostgres


@pytest.fixture
def installation(tmp_path):
    """An installation of its own, with its environment."""
    server = PrivatePostgres(tmp_path / "var" / "postgres")
    server.start()
    yield {
        **os.environ, "FACTURIER_VAR": str(tmp_path / "var"), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }, server  # fmt: skip
    server.stop()


def run(environment, module):
    done = subprocess.run(
        [sys.executable, "-m", module], env=environment, cwd=ROOT, capture_output=True, text=True,
        timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_death_at_every_step_loses_nothing_and_doubles_nothing(installation):
    environment, _ = installation
    lives = run(environment, "tests.acceptance.kill_every_step")
    assert {life["point"] for life in lives if life["died"]} == set(POINTS)
    assert Counter(life["died"] for life in lives)[True] >= 25
    for life in lives:
        assert life["directions"] == ["issued", "received"], life
        assert life["codes"] == [["200", "201", "202", "203"], ["202", "203"]], life
        assert life["states"] == ["203", "203"], life
        assert life["entries"] == 2, life
        assert life["messages"] == 3, life
        # the deposit and what the seller's programs are told (4); the same for the buyer (1 + 2)
        assert life["flows"] == 8, life
        assert life["unfinished"] == 0, life


class Somebody:
    """Deposits files through the page; without an answer, looks whether the file arrived."""

    def __init__(self, port, firm, ask):
        self.port, self.firm, self.ask = port, firm, ask
        self.unanswered = 0

    def deposit(self, number):
        data = ubl(number, self.firm["seller_siren"], self.firm["buyer_siren"])
        deadline = time.monotonic() + 120
        while not self._is_there(number):
            assert time.monotonic() < deadline, number
            if not self._post(number, data):
                self.unanswered += 1
                time.sleep(0.3)

    def _is_there(self, number):
        return self.ask(
            "SELECT count(*) FROM documents_flow WHERE name = %s AND direction = 'Out'", number
        )

    def _post(self, number, data):
        token, boundary = "a" * 32, "----facturier"
        body = (
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="fichiers"; '
                f'filename="{number}"\r\nContent-Type: application/xml\r\n\r\n'
            ).encode()
            + data
            + f"\r\n--{boundary}--\r\n".encode()
        )
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                "POST", f"/dossiers/{self.firm['seller']}/depot/", body,
                {
                    "Content-Type": f"multipart/form-data; boundary={boundary}",
                    "Cookie": f"sessionid={self.firm['session']}; csrftoken={token}",
                    "X-CSRFToken": token,
                },
            )  # fmt: skip
            answer = connection.getresponse()
            assert answer.status == 302, (answer.status, answer.read()[:300])
            return answer.headers["Location"]
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def settle(ask, seconds=120):
    """Wait until nothing remains to be done."""
    deadline = time.monotonic() + seconds
    while ask(
        "SELECT (SELECT count(*) FROM documents_flow WHERE state = 'pending')"
        " + (SELECT count(*) FROM documents_message WHERE state = 'pending')"
        " + (SELECT count(*) FROM documents_envelope WHERE taken_at IS NULL)"
    ):
        assert time.monotonic() < deadline, "work is left"
        time.sleep(0.2)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("deposits", "deaths"),
    [
        pytest.param(12, 3, id="a dozen"),
        pytest.param(200, 30, id="two hundred", marks=pytest.mark.slow),
    ],
)
def test_deposits_survive_kills(installation, tmp_path, deposits, deaths):
    environment, postgres = installation
    chance = random.Random(20260901)
    (firm,) = run(environment, "tests.acceptance.firm_for_tests")
    port = free_port()
    with (
        (tmp_path / "log").open("wb") as log,
        psycopg.connect(
            host=str(postgres.socket), user="postgres", dbname=DATABASE, autocommit=True
        ) as observer,
    ):
        lock = threading.Lock()

        def ask(question, *values):
            with lock:
                return observer.execute(question, values).fetchone()[0]

        server = Running(environment, log, "serve", "--port", str(port))
        worker = Running(environment, log, "work")
        somebody = Somebody(port, firm, ask)
        failures = []

        def deposit_all():
            try:
                for number in range(deposits):
                    somebody.deposit(f"F-{number:03d}")
            except BaseException as failure:  # noqa: BLE001 - shown by the main thread
                failures.append(failure)

        depositing = threading.Thread(target=deposit_all)
        depositing.start()
        kills = Counter()
        while kills.total() < deaths:
            # enough time to come up and do something, at times not even that
            time.sleep(chance.uniform(0.5, 5))
            victim = chance.choice([server, worker])
            victim.kill()
            kills["server" if victim is server else "worker"] += 1
            victim.start()
        depositing.join(300)
        assert not failures, failures
        settle(ask)
        server.stop()
        worker.stop()
        assert kills.total() == deaths
        if deaths >= 30:  # enough to ask that the kills did hit
            assert min(kills.values()) >= 10, kills
            assert somebody.unanswered >= 5, "the server was killed while somebody deposited"
            assert ask("SELECT count(*) FROM documents_flow WHERE attempts > 1") >= 1, (
                "the worker was killed while it worked"
            )

        def count(question):
            return dict(observer.execute(question).fetchall())

        assert count("SELECT direction, count(*) FROM documents_document GROUP BY 1") == {
            "issued": deposits, "received": deposits,
        }  # fmt: skip
        assert count(
            "SELECT history, count(*) FROM (SELECT string_agg(code, ' ' ORDER BY id) AS history"
            " FROM documents_event GROUP BY transmission_id) t GROUP BY 1"
        ) == {"200 201 202 203": deposits, "202 203": deposits}
        assert count("SELECT state, count(*) FROM documents_document GROUP BY 1") == {
            "203": 2 * deposits
        }
        assert count("SELECT state, count(*) FROM documents_flow GROUP BY 1") == {
            "done": 8 * deposits
        }
        assert count("SELECT state, count(*) FROM documents_message GROUP BY 1") == {
            "sent": 3 * deposits
        }
        assert ask("SELECT count(*) FROM books_entry") == 2 * deposits
        assert ask("SELECT count(DISTINCT number) FROM documents_document") == deposits
        assert ask("SELECT count(DISTINCT sha256) FROM documents_document") == deposits
