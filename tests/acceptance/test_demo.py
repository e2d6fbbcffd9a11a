"""The demonstration as a process: it starts, answers, mends itself, and leaves nothing behind."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from facturier.errors import ConfigurationError
from facturier.server.demo import SIGN_IN_PAGE, processes
from facturier.server.demo.processes import Child

FIRST_START, SECOND_START = 240, 60
"""Seconds after which a test gives up; how long it takes is measured elsewhere."""

PARENT = """
import sys, time
from pathlib import Path
from facturier.server.demo.processes import Child, wait_for_page
var, port = Path(sys.argv[1]), int(sys.argv[2])
child = Child(name="Le serveur", arguments=("serve", str(port)), log=var / "serveur.log")
child.start()
wait_for_page([child], port, sys.argv[3])
print(child.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("FACTURIER_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def is_gone(session):
    """Whether the processes of a session end, those that watch their parent a moment after it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def lives_in(folder):
    """Return the processes that have a file open in `folder`, or that name it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = " ".join([*(process.info["cmdline"] or ()), process.info["cwd"] or ""])
        if str(folder) in words:
            found.append(process)
    return found


def test_a_dead_server_is_started_again_and_both_stop(var, port):
    children = [
        Child(name="Le serveur", arguments=("serve", str(port)), log=var / "serveur.log"),
        Child(name="L'ouvrier", arguments=("work",), log=var / "ouvrier.log"),
    ]
    try:
        for child in children:
            child.start()
        processes.wait_for_page(children, port, SIGN_IN_PAGE)
        with pytest.raises(ConfigurationError, match="déjà pris"):
            processes.must_be_free(port)
        first = children[0].process
        first.kill()
        first.wait()
        assert children[0].revive()
        assert not children[1].revive()
        processes.wait_for_page(children, port, SIGN_IN_PAGE)
        assert is_gone(first.pid)
    finally:
        processes.stop_all(children)
    processes.must_be_free(port)
    assert all(is_gone(child.process.pid) for child in children)
    until(lambda: not lives_in(var))


def test_a_child_that_cannot_live_is_given_up_with_its_last_words(var):
    child = Child(name="Le serveur", arguments=("serve", "no-port"), log=var / "serveur.log")
    child.start()
    with pytest.raises(ConfigurationError, match="invalid literal"):
        until(lambda: child.revive() and False, seconds=120)
    assert child.deaths == processes.MOST_DEATHS


def test_children_stop_when_their_parent_is_killed(var, port):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(var), str(port), SIGN_IN_PAGE], stdout=subprocess.PIPE
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    until(lambda: is_gone(child))
    until(lambda: not lives_in(var))


# --- The whole of it ----------------------------------------------------------------------------


def start(var, port, seconds):
    """Start ``facturier demo`` and return it once it says where it is."""
    log = (var / "said").open("w")
    demo = subprocess.Popen(
        [sys.executable, "-m", "facturier.cli", "demo", "--port", str(port)], stdout=log, stderr=log
    )
    until(lambda: "Adresse" in (var / "said").read_text() or demo.poll() is not None, seconds)
    assert demo.poll() is None, (var / "said").read_text()
    return demo


def stop(demo):
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(30) == 0


def sign_in(sheet, account):
    """Sign in as a person does, on the page; return what opens addresses and the portfolio."""
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    form = browser.open(sheet["address"] + SIGN_IN_PAGE).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    fields = {
        "csrfmiddlewaretoken": token, "login": account["email"], "password": account["password"],
    }  # fmt: skip
    asked = urllib.request.Request(
        sheet["address"] + SIGN_IN_PAGE, urllib.parse.urlencode(fields).encode(),
        {"Referer": sheet["address"] + SIGN_IN_PAGE},
    )  # fmt: skip
    return browser, browser.open(asked).read().decode()


@pytest.mark.slow
def test_the_demonstration(var, port):
    demo = start(var, port, FIRST_START)
    try:
        sheet = json.loads((var / "demo.json").read_text())
        for account in sheet["accounts"]:
            _, portfolio = sign_in(sheet, account)
            shown = {one["siren"] for one in sheet["dossiers"] if one["name"] in _plain(portfolio)}
            assert shown == set(account["dossiers"]), account["email"]
        for key in ("api", "api_buyer"):
            fields = {name: sheet[key][name] for name in ("client_id", "client_secret")}
            body = urllib.parse.urlencode({"grant_type": "client_credentials", **fields}).encode()
            answer = json.load(urllib.request.urlopen(sheet[key]["token_url"], body))
            assert answer["token_type"].lower() == "bearer"
        stop(demo)
        assert not lives_in(var)
        again = start(var, port, SECOND_START)
        assert json.loads((var / "demo.json").read_text()) == sheet
        assert "fictif : " not in (var / "said").read_text(), "nothing was made again"
        stop(again)
    finally:
        demo.kill()
    until(lambda: not lives_in(var))


def _plain(page):
    return page.replace("&#x27;", "'").replace("&amp;", "&")


def test_the_demonstration_refuses_a_real_database(var, port):
    refused = subprocess.run(
        [sys.executable, "-m", "facturier.cli", "demo", "--port", str(port)],
        env={**os.environ, "DATABASE_URL": "postgresql://localhost/comptabilite"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "Retirez DATABASE_URL" in refused.stderr
    assert not (Path(var) / "postgres").exists()
