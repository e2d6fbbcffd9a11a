"""Each case plays as its sheet expects, and leaves the files that are kept."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest
from tools.golden import GOLDEN, by_hand, folder

from facturier.anomalies import find
from facturier.errors import BadUsage, FacturierError
from facturier.findings import Outcome
from facturier.formats.cdar import write_status
from facturier.formats.detect import detect
from facturier.ledger.books import Side
from facturier.rules.check import check, check_invoice
from facturier.rules.examples import example
from facturier.use_cases import OFFICIAL, numbers, recognise, script, sheet, sheets
from facturier.use_cases.matrix import State, goldens, matrix
from facturier.use_cases.written import CHECKED_ON, digest, files, verdicts

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "facturier" / "use_cases"
each = pytest.mark.parametrize("number", numbers())


@functools.cache
def played(number):
    return sheet(number).example()


@functools.cache
def written(number):
    return files(played(number))


def test_the_sheets_are_the_official_ones():
    assert len(OFFICIAL) == len(set(OFFICIAL)) == 49
    assert set(numbers()) <= set(OFFICIAL)
    assert len(set(numbers())) == len(sheets())


def test_no_case_knows_another():
    for path in PACKAGE.glob("case_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [name for name in named if ".case_" in name], path.name


@each
def test_its_documents_pass_our_books_in_both_syntaxes(number):
    advice = set(sheet(number).EXPECT.advice)
    for document in played(number).documents:
        for syntax, verdict in verdicts(document).items():
            said = {one.rule for one in verdict.findings}
            assert (syntax, verdict.outcome, verdict.fatal) == (syntax, Outcome.VALID, ())
            assert said <= advice, (document.invoice.number, said)


@each
def test_it_recognises_one_of_its_own_documents(number):
    one = sheet(number)
    if "documents" in one.EXPECT.absent:
        assert not played(number).documents
        return
    mine = [document.invoice for document in played(number).documents]
    assert any(one.CASE in recognise(invoice) for invoice in mine) is (
        "recognised" not in one.EXPECT.absent
    )


@each
def test_statuses_flows_and_boxes_are_those_expected(number):
    story, expect = played(number), sheet(number).EXPECT

    assert tuple(one.code for scene in story.scenes for one in scene.said) == expect.statuses
    assert story.flows() == expect.flows
    made = {actor.role: _boxes(story, actor) for actor in story.actors}
    assert {role: said for role, said in made.items() if said} == dict(expect.boxes)


def _boxes(story, actor):
    found = script.whole(story, actor).boxes if script.returns(story, actor) else ()
    return " ".join(f"{box.code} {box.shown_base}/{box.shown_tax}" for box in found)


@each
def test_its_messages_and_reports_pass_our_books(number):
    story = played(number)
    sent = [(f"{one.status_code}", write_status(one)) for one in story.messages]
    sent += [(one.flow, one.xml) for scene in story.scenes for one in scene.told]
    for name, xml in sent:
        verdict = check(detect(xml), on=CHECKED_ON)
        assert (name, [one.rule for one in verdict.fatal]) == (name, [])


@each
def test_mistakes_are_caught_with_a_remedy(number):
    for mistake in sheet(number).EXPECT.mistakes:
        if mistake.make is None:
            assert mistake.remedy, mistake.what
            assert not mistake.caught
            continue
        found = _caught(mistake)
        assert set(mistake.caught) & set(found), (mistake.what, found)
        told = [found[one] or mistake.remedy for one in mistake.caught if one in found]
        assert all(told), (mistake.what, "a remedy is told")


def _caught(mistake):
    try:
        wrong = mistake.make()
    except FacturierError as refusal:
        return {getattr(refusal, "reason", "") or refusal.code: refusal.remedy}
    found = check_invoice(wrong, on=CHECKED_ON).findings
    spotted = {one.kind: one.remedy for side in Side for one in find(wrong, side)}
    return {one.rule: one.remedy for one in found} | spotted


@each
def test_third_parties_and_waiting_vat_are_told_where_they_stay_open(number):
    """What is left open at the end of a story is named by the sheet's own text."""
    for actor in played(number).actors:
        left = {}
        for booked in played(number).entries_of(actor):
            for line in booked.entry.lines:
                if line.account.startswith(("401", "411", "44574", "44564")):
                    key = line.account
                    left[key] = left.get(key, 0) + line.balance
        still = {account for account, amount in left.items() if amount}
        assert still <= set(sheet(number).EXPECT.open), (actor.role, still)


@each
def test_the_golden_files_are_those_of_today(number):
    kept = {one.name: one.read_bytes() for one in folder(number).iterdir()}

    assert set(kept) == set(written(number))
    assert [name for name, content in written(number).items() if kept[name] != content] == []


def test_the_digests_are_those_of_the_golden_files():
    made = {
        number: {
            "digest": digest({one.name: one.read_bytes() for one in folder(number).iterdir()}),
            "by_hand": number in by_hand(),
        }
        for number in numbers()
    }

    assert goldens() == made
    assert {one.name for one in GOLDEN.iterdir()} == {folder(number).name for number in numbers()}


def test_the_matrix_computes_its_states():
    rows = matrix()

    assert [row.case for row in rows] == list(OFFICIAL)
    assert {row.state for row in rows if row.case in numbers()} == {State.COVERED}


def test_a_sheet_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(BadUsage) as error:
        sheet("45")

    assert "20" in error.value.remedy


@pytest.mark.parametrize("name", ["standard", "transfer", "credit-note", "reverse-charge", "b2b"])
def test_an_ordinary_invoice_is_of_no_case(name):
    assert recognise(example(name)) == ()


def test_the_most_particular_case_comes_first():
    final = played("21").documents[1].invoice
    voucher = played("42").documents[0].invoice

    assert [case.number for case in recognise(final)] == ["21"]
    assert [case.number for case in recognise(voucher)] == ["30", "42"]
