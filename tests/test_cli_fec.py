"""``facturier fec check``: its words, its data and its exit status."""

from __future__ import annotations

import json

import pytest
from tests.ledger.fec_dialects import DIALECTS, Dialect

from facturier.cli import main

NAME = "100000009FEC20260630.txt"


@pytest.fixture
def write(tmp_path):
    def to_file(data: bytes, name: str = NAME) -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return to_file


def test_a_file_as_the_law_asks_is_said_to_be_so(write, capsys):
    assert main(["fec", "check", write(Dialect().write())]) == 0
    assert "conforme à l'article A47 A-1" in capsys.readouterr().out


def test_each_kind_of_fault_is_told_a_few_times_then_counted(write, capsys):
    assert main(["fec", "check", write(DIALECTS["dates JJ/MM/AAAA"].write())]) == 1
    said = capsys.readouterr().out
    assert "FEC-SEPARATEUR" in said
    assert said.count("n'est pas AAAAMMJJ") == 5
    assert "FEC-DATE … " in said
    assert said.splitlines()[-1].endswith("anomalies, 0 avertissements.")


def test_a_warning_alone_does_not_fail(write, capsys):
    assert main(["fec", "check", write(DIALECTS["UTF-8 avec marque"].write())]) == 0
    assert "FEC-MARQUE" in capsys.readouterr().out


def test_data_for_programs(write, capsys):
    assert main(["fec", "check", "--json", write(Dialect().write(), "livre.txt")]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["rule"], finding["severity"]) == ("FEC-NOM", "fatal")


def test_what_is_no_fec_is_refused(write, capsys):
    assert main(["fec", "check", write(b"bonjour")]) == 2
    assert "18 colonnes" in capsys.readouterr().err
