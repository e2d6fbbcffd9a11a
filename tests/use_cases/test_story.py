"""What a story and the matrix do where no case of the standard goes."""

from __future__ import annotations

from facturier.use_cases import matrix, sheet
from facturier.use_cases.matrix import State
from facturier.use_cases.pieces import actor, invoice, line
from facturier.use_cases.story import Story

SELLER = actor(9001, "Fictif Coiffure SARL", "vendeur", vat_on_receipts=True)
SOMEBODY = actor(9002, "Fictive Personne", "particulier").party


def test_a_service_to_a_private_person_is_told_with_its_payment():
    """No platform carries it: no status, 10.3 for the sale and 10.4 for what was paid."""
    story = Story((SELLER,))
    cut = invoice("FA-1", SELLER, SOMEBODY, line("Coupe", "30.00"), treatment="B2C")
    document = story.issue(cut)
    story.pay(document, "36.00", "2026-11-04")
    story.close()

    assert story.flows() == ("10.3", "10.4")
    assert not [one for scene in story.scenes for one in scene.said]
    assert [one.entry.journal for one in story.entries_of(SELLER)] == ["VE", "BQ"]


def test_a_sheet_that_no_longer_gives_its_golden_files_is_partial(monkeypatch):
    monkeypatch.setattr(matrix, "goldens", lambda: {"2": {"digest": "of another day"}})
    row = matrix.row(sheet("2"))

    assert row.state is State.PARTIAL
    assert "manque : étalons à jour" in row.evidence
    assert row.as_json()["state"] == "partial"


def test_what_a_case_cannot_have_is_said_with_its_reason():
    row = matrix.row(sheet("24"))

    assert row.state is State.COVERED
    assert any("sans objet (hors du champ de la TVA" in one for one in row.evidence)


def test_a_number_without_sheet_is_missing(monkeypatch):
    monkeypatch.setattr(matrix, "sheets", lambda: (sheet("24"),))
    states = {row.case: row.state for row in matrix.matrix()}

    assert len(states) == 49
    assert [case for case, state in states.items() if state is not State.MISSING] == ["24"]


def test_a_part_that_a_sheet_owes_and_lacks_is_named(monkeypatch):
    one = sheet("2")
    monkeypatch.setattr(one, "example", lambda: Story((SELLER,)))
    row = matrix.row(one)

    assert row.state is State.PARTIAL
    assert "manque : écritures du second côté" in row.evidence
