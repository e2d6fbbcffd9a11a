"""The script of the documentation works: from the deposit to the refusal, with curl only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.installation import installed

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
