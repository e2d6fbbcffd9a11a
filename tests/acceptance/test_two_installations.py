"""Two real installations: a dossier of the first lives on the second. Nothing lost, nothing twice.

Between them stands a line that loses answers: the request was carried out, who asked cannot know.
"""

from __future__ import annotations

import http.client
import http.server
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.acceptance.installation import installed, run
from tests.server.invoices import ubl

from facturier.network.afnor.client import Client
from facturier.network.afnor.wire import Access, Wire
from facturier.server.postgres import DATABASE

INVOICES = 4
LOSES = {3, 5, 6, 11}
"""Which exchanges of the line lose their answer, counted from the first."""


@contextmanager
def line_to(address):
    """Give the address of a line to `address` that loses some answers, and what went over it."""
    target = urlsplit(address)
    seen = []
    lock = threading.Lock()

    class Line(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def carry(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            onward = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            onward.request(self.command, self.path, body, headers)
            answer = onward.getresponse()
            content = answer.read()
            with lock:
                seen.append((self.command, self.path, answer.status))
                is_lost = len(seen) in LOSES
            self.close_connection = True
            if is_lost:
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = carry  # noqa: N815 - the names of the library

        def log_message(self, *_):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Line)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()


class Program:
    """A program of one dossier of one installation."""

    def __init__(self, installation, key):
        access = installation.accesses[key]
        self.siren = access["dossiers"][0]
        self.address = installation.address
        self.wire = Wire(
            Access(
                address=installation.address, token_url=access["token_url"], local=True,
                client_id=access["client_id"], client_secret=access["client_secret"],
            )
        )  # fmt: skip

    def deposit(self, number, buyer):
        return Client(self.wire).deposit(
            ubl(number, self.siren, buyer), name=f"{number}.xml", syntax="UBL",
            tracking_id=number, request_id="",
        )  # fmt: skip

    def documents(self):
        found = json.loads(self.wire.call("GET", "/api/v1/documents").body)["results"]
        return {one["number"]: one for one in found}

    def say(self, number, **said):
        document = self.documents()[number]["id"]
        self.wire.call("POST", f"/api/v1/documents/{document}/statuses", json=said)

    def codes(self, number):
        document = self.documents()[number]["id"]
        told = self.wire.call("GET", f"/api/v1/documents/{document}").read()
        return [one["code"] for one in told["events"]]


def until(condition, seconds=240):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.5)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_dossier_lives_on_the_other_installation(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    local = {"FACTURIER_LOCAL_HOOKS": "1"}
    with (
        installed(tmp_path / "a", **local) as here,
        installed(tmp_path / "b", **local) as there,
        line_to(there.address) as (line, seen),
    ):
        run(
            here.environment, "tests.acceptance.connect_dossier", here.address, line,
            json.dumps(there.accesses["api"]),
        )  # fmt: skip
        ours, theirs = Program(here, "api"), Program(there, "api_buyer")
        assert ours.siren == there.accesses["api"]["dossiers"][0]
        sold = [f"F-{number}" for number in range(INVOICES)]
        bought = [f"A-{number}" for number in range(INVOICES)]
        for number, other in zip(sold, bought, strict=True):
            ours.deposit(number, theirs.siren)
            theirs.deposit(other, ours.siren)

        until(lambda: set(theirs.documents()) == {*sold, *bought})
        until(lambda: set(ours.documents()) == {*sold, *bought})
        until(lambda: all(ours.documents()[one]["status"] == "203" for one in (*sold, *bought)))

        theirs.say(sold[0], code=205)
        theirs.say(sold[1], code=210, reason="TX_TVA_ERR", comment="5,5 % attendus")
        ours.say(bought[0], code=210, reason="TX_TVA_ERR", comment="5,5 % attendus")
        until(lambda: ours.documents()[sold[0]]["status"] == "205")
        until(lambda: ours.documents()[sold[1]]["status"] == "210")
        until(lambda: theirs.documents()[bought[0]]["status"] == "210")

        assert len(seen) >= max(LOSES), "answers were lost"
        assert ours.codes(sold[0]) == ["200", "201", "202", "203", "205"]
        assert ours.codes(sold[1]) == ["200", "201", "202", "203", "210"]
        assert ours.codes(bought[0]) == ["202", "203", "210"]
        assert theirs.codes(bought[0]) == ["200", "201", "202", "203", "210"]
        home = Program(there, "api")
        assert Counter(one["status"] for one in home.documents().values()) == Counter(
            one["status"] for one in ours.documents().values()
        ), "both sides agree"
        with psycopg.connect(
            host=str(here.postgres.socket), user="postgres", dbname=DATABASE
        ) as asked:

            def ask(question):
                return asked.execute(question).fetchone()[0]

            assert ask("SELECT count(*) FROM documents_document") == 2 * INVOICES
            assert ask("SELECT count(*) FROM documents_flow WHERE state = 'quarantined'") == 0
            assert ask("SELECT count(*) FROM documents_message WHERE state <> 'sent'") == 0
            assert ask("SELECT count(*) FROM connections_handed WHERE acknowledgement = 'Ok'") == (
                INVOICES + 1
            )
            assert ask("SELECT count(*) FROM connections_connection WHERE called_at IS NOT NULL")
