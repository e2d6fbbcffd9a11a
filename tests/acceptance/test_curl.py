"""The scripts of the documentation work: deposit to refusal, and our own API, with curl only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.acceptance.installation import installed
from tests.server.invoices import ubl

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "how-to" / "api-with-curl.sh"


@pytest.fixture
def live(tmp_path):
    """A server and a worker of their own; give the file of accesses."""
    with installed(tmp_path) as one:
        accesses = one.var / "demo.json"
        accesses.write_text(json.dumps(one.accesses))
        yield accesses


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_script_of_the_documentation(live):
    done = run(SCRIPT, live)
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


def run(script, accesses):
    return subprocess.run(
        ["sh", str(script)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": os.environ["PATH"], "DEMO": str(accesses), "PYTHON": sys.executable,
             "LANG": "C.UTF-8"},
    )  # fmt: skip


def deposit(accesses, folder):
    """Let the seller's program deposit an invoice to the buyer."""
    seller, buyer = (accesses[one]["dossiers"][0] for one in ("api", "api_buyer"))
    (folder / "facture.xml").write_bytes(ubl("CURL-1", seller, buyer))
    own = accesses["api"]
    secrets = [f"client_id={own['client_id']}", f"client_secret={own['client_secret']}"]
    asked = ["curl", "-s", *(part for one in secrets for part in ("--data-urlencode", one)),
             "--data", "grant_type=client_credentials", own["token_url"]]  # fmt: skip
    token = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    sent = ["curl", "-s", "--fail", "-H", f"Authorization: Bearer {token['access_token']}",
            "--form", 'flowInfo={"flowSyntax": "UBL", "name": "facture.xml"}',
            "--form", f"file=@{folder / 'facture.xml'}",
            f"{own['flow_service_url']}/v1/flows"]  # fmt: skip
    subprocess.run(sent, capture_output=True, check=True)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_script_of_our_own_api(live, tmp_path):
    deposit(json.loads(live.read_text()), tmp_path)
    for _ in range(20):  # until the invoice has arrived
        done = run(SCRIPT.with_name("own-api-with-curl.sh"), live)
        if done.returncode == 0:
            break
        time.sleep(1)
    said = done.stdout
    assert done.returncode == 0, said + done.stderr
    assert "CURL-1, 120.00 €, verdict valid" in said
    assert said.count(": 204 ") == 2
    assert "dit 1 fois" in said
    assert "JournalCode" in said
    assert "   HA " in said
    count, right = said.split("6. ")[1].splitlines()[1].split(" enveloppes, ")
    assert int(count) == int(right.split()[0]) >= 3
