"""Forty invoices broken one way each: the command line finds the rule and its true cascades."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from lxml import etree
from tests import oracle

from facturier.formats import detect

FOLDER = Path(__file__).parents[1] / "fixtures" / "broken"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))["broken"]
KINDS = {".xml": "xml", ".pdf": "pdf"}


def wanted(one):
    return {one["rule"], *one["also"]}


@pytest.fixture(scope="module")
def checked():
    """What the command line says of each file, by name."""
    command = [sys.executable, "-m", "facturier.cli", "check", "--json", "--recursive"]
    done = subprocess.run(
        [*command, "--on", "2026-11-22", str(FOLDER)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("40 fichiers en ")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(line["file"]).name: line for line in lines}


def test_there_are_forty_each_named_once(checked):
    names = [one["file"] for one in EXPECTED]
    assert len(names) == len(set(names)) == 40
    assert set(names) == set(checked)
    assert {line["syntax"] for line in checked.values()} == {
        "UBL-Invoice",
        "UBL-CreditNote",
        "CII",
    }


@pytest.mark.parametrize("one", EXPECTED, ids=lambda one: one["file"])
def test_the_command_line_finds_the_rule_and_its_cascades(checked, one):
    said = checked[one["file"]]
    assert said["verdict"] == "invalid"
    assert said["container"] == KINDS[Path(one["file"]).suffix]
    fatal = [found for found in said["findings"] if found["severity"] == "fatal"]
    assert {found["rule"] for found in fatal} == wanted(one)
    assert all(found["message"] and found["remedy"] for found in fatal)


@pytest.mark.parametrize("one", EXPECTED, ids=lambda one: one["file"])
def test_the_official_files_find_the_same(one):
    found = detect((FOLDER / one["file"]).read_bytes())
    xml = etree.tostring(found.root)
    syntax = "cii" if found.syntax == "CII" else "ubl"
    base = "extended-ctc-fr" if "extended" in found.profile else "en16931"
    theirs = oracle.fatal(f"{base}-{syntax}", xml) | oracle.fatal(f"br-fr-{syntax}", xml)
    assert theirs == wanted(one)
