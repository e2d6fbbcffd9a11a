"""``facturier use-cases``: the matrix, its JSON, one case played."""

from __future__ import annotations

import json

from facturier.cli import main
from facturier.use_cases import OFFICIAL


def test_the_matrix_names_each_sheet_with_its_evidence(capsys):
    assert main(["use-cases", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)

    assert [row["case"] for row in rows] == list(OFFICIAL)
    for row in rows:
        assert list(row) == ["case", "title", "state", "evidence"]
        assert row["state"] in {"covered", "partial", "missing"}
        assert row["title"]
        assert row["evidence"]


def test_a_case_is_played_step_by_step(capsys):
    assert main(["use-cases", "play", "13"]) == 0
    told = capsys.readouterr().out

    for words in (
        "1. 28/10/2026  F1, du sous-traitant",
        "224 Demande de paiement direct",
        "MEN 23000,00 à 10 %",
        "909,09",
        "2 090,91",
        "CA3 : A1 +9090,91 ; 9B +909,09",
        "TVA nette due",
    ):
        assert words in told, words


def test_an_unknown_case_is_refused_with_those_that_exist(capsys):
    assert main(["use-cases", "play", "99"]) == 2
    said = capsys.readouterr().err

    assert "99" in said
    assert "19b" in said
