"""Advice: it is true, it never blocks, and it keeps silent on what is right."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests import oracle

import facturier
from facturier.findings import Layer, Outcome, Severity
from facturier.formats import read, write
from facturier.formats.cdar import ACKNOWLEDGEMENT, read_status
from facturier.formats.flux10 import read_report, write_report
from facturier.formats.writer import write_document
from facturier.invoice.parties import demo_iban
from facturier.rules import (
    advice,
    extended_examples,
    french_examples,
    report_examples,
    status_examples,
)
from facturier.rules.advice import shown
from facturier.rules.advice.defects import LEDGER, defect
from facturier.rules.advice.words import WORDS
from facturier.rules.check import check
from facturier.rules.examples import example, names
from facturier.rules.facts import Facts
from facturier.rules.mutation import mutate
from facturier.rules.shelves import all_books

TODAY = date(2026, 11, 22)
EVERY_EXAMPLE = (*names(), *french_examples.names(), *extended_examples.BUILDERS)
SHEETS = {"en16931": "en16931", "br-fr-flux2": "br-fr"}


def advised(invoice, syntax=""):
    return frozenset(one.rule for one in advice.BOOK.check(Facts(invoice, syntax)))


# --- mentions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY_EXAMPLE)
def test_advice_is_silent_on_every_example(name):
    assert not advised(example(name))


@pytest.mark.parametrize("rule", advice.BOOK.rules, ids=lambda rule: f"{rule.id} {rule.terms[0]}")
def test_each_advice_is_given_when_its_example_is_altered(rule):
    assert advised(mutate(example(rule.example), rule.breaks)) == rule.fires("")
    assert (rule.severity, rule.layer) == (Severity.ADVICE, Layer.ADVICE)


def test_advice_never_makes_a_document_invalid():
    wrong = mutate(example("transfer"), 'BT-84 = "FR7630006000011234567890188"')
    verdict = check(read(write(wrong, "ubl").xml), on=TODAY)
    assert verdict.outcome is Outcome.VALID
    assert [one.rule for one in verdict.findings] == ["CONSEIL-IBAN"]


@pytest.mark.parametrize(
    ("account", "is_right"),
    [
        (demo_iban(7), True),
        ("FR76 3000 6000 0112 3456 7890 189", True),
        ("fr7630006000011234567890189", True),
        ("FR7630006000011234567890188", False),
        ("FR763000600001123456789018", False),
        ("DE89370400440532013000", True),
        ("DE89370400440532013001", False),
        ("MON COMPTE", True),
        ("12345678", True),
        ("XX12345678901234", True),
    ],
)
def test_only_an_iban_that_is_wrong_is_advised_on(account, is_right):
    invoice = mutate(example("transfer"), f'BT-84 = "{account}"')
    assert ("CONSEIL-IBAN" not in advised(invoice)) is is_right


@pytest.mark.parametrize(
    ("issued", "due", "is_legal"),
    [
        (date(2026, 11, 2), date(2027, 1, 1), True),  # sixty days
        (date(2026, 11, 2), date(2027, 1, 14), True),  # 30 November and 45 days
        (date(2026, 11, 2), date(2027, 1, 15), False),
        (date(2026, 12, 17), date(2027, 2, 15), True),  # sixty days
        (date(2026, 12, 17), date(2027, 2, 28), False),
        (date(2027, 1, 16), date(2027, 3, 31), True),  # 45 days, then the end of March
        (date(2027, 1, 16), date(2027, 4, 1), False),
    ],
)
def test_the_longest_term_is_sixty_days_or_45_days_end_of_month(issued, due, is_legal):
    invoice = replace(example("standard"), issue_date=issued, due_date=due)
    assert ("CONSEIL-DELAI" not in advised(invoice)) is is_legal


def test_a_former_rate_is_fine_on_the_credit_note_of_an_old_invoice():
    assert "CONSEIL-TAUX" not in advised(mutate(example("credit-note"), "BT-119 = 19.6"))
    old = mutate(example("standard"), 'BT-119 = 19.6; BT-2 = "2013-12-31"')
    assert "CONSEIL-TAUX" not in advised(old)


def test_a_member_of_a_single_taxable_person_may_show_its_number():
    member = mutate(example("single-taxable-person"), 'BT-31 = "FR57003000031"')
    assert "CONSEIL-TVA-SIREN" not in advised(member)


def test_a_line_is_judged_with_its_allowances_and_for_its_quantity_of_price():
    line = example("transfer").lines[0]
    odd = replace(
        line, quantity=Decimal(3), price=replace(line.price, base_quantity=Decimal(10)),
        net_amount=Decimal("30.01"),
    )  # fmt: skip
    assert not advised(replace(example("transfer"), lines=(odd,)))
    off = replace(odd, net_amount=Decimal("30.05"))
    assert advised(replace(example("transfer"), lines=(off,))) == {"CONSEIL-LIGNE"}


# --- defects of the official files ---------------------------------------------------------------


PROOFS = [
    (one, rule, name, breaks, syntax)
    for one in LEDGER
    if one.book in SHEETS
    for rule, name, breaks in one.proof
    for syntax in ("ubl", "cii")
    if one.syntax in ("", syntax.upper())
]


@pytest.mark.parametrize(
    ("one", "rule", "name", "breaks", "syntax"),
    PROOFS,
    ids=[f"{one.id} {rule} {syntax}" for one, rule, _, _, syntax in PROOFS],
)
def test_the_official_file_does_what_the_ledger_says_and_the_verdict_follows(
    one, rule, name, breaks, syntax
):
    xml = write(mutate(example(name), breaks), syntax, complete=False).xml
    official = oracle.fatal(f"{SHEETS[one.book]}-{syntax}", xml)
    assert (rule in official) is one.refuses
    verdict = check(read(xml), on=TODAY)
    ours = {found.rule: found for found in verdict.findings}
    assert (rule in ours) is one.refuses
    assert ours[one.id].severity is Severity.ADVICE
    assert one.verb + " à tort" in ours[one.id].message


@pytest.mark.parametrize("one", [one for one in LEDGER if one.book == "cdar"], ids=lambda x: x.id)
def test_the_official_file_of_status_messages_does_what_the_ledger_says(one):
    for rule, name, breaks in one.proof:
        right, _ = write_document(status_examples.example(name), ACKNOWLEDGEMENT)
        wrong, lost = write_document(mutate(status_examples.example(name), breaks), ACKNOWLEDGEMENT)
        assert not lost
        assert not oracle.failed("cdar", right)
        assert (rule in oracle.fatal("cdar", wrong)) is one.refuses  # pyfrctc carries 1.4.0
        then = check(read_status(wrong), on=date(2026, 7, 15))
        assert one.id in {found.rule for found in then.findings}
        now = check(read_status(wrong), on=TODAY)
        assert (one.id in {found.rule for found in now.findings}) is not one.mended


@pytest.mark.parametrize("one", [one for one in LEDGER if one.book == "flux10"], ids=lambda x: x.id)
def test_the_official_file_of_reports_does_what_the_ledger_says(one):
    for rule, name, breaks in one.proof:
        right = write_report(report_examples.example(name))
        wrong = write_report(mutate(report_examples.example(name), breaks))
        assert not oracle.failed("flux10", right)
        assert (rule in oracle.fatal("flux10", wrong)) is one.refuses
        found = {finding.rule: finding for finding in check(read_report(wrong), on=TODAY).findings}
        assert (rule in found) is one.refuses
        assert one.verb + " à tort" in found[one.id].message
        assert not check(read_report(right), on=TODAY).findings


@pytest.mark.parametrize("name", EVERY_EXAMPLE)
@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_no_example_meets_a_defect(name, syntax):
    verdict = check(read(write(example(name), syntax, complete=False).xml), on=TODAY)
    assert not [one for one in verdict.findings if one.rule.startswith("OFFICIEL")]


def test_entries_are_numbered_in_order_and_speak_of_known_rules():
    assert [one.id for one in LEDGER] == [f"OFFICIEL-{n:02}" for n in range(1, len(LEDGER) + 1)]
    books = {book.id: book for book in all_books()}
    for one in LEDGER:
        known = {rule.id for rule in books[one.book].rules}
        known |= {id_.partition("@")[0] for id_ in books[one.book].never_fires}
        assert {rule for rule, _, _ in one.proof} <= set(one.rules) & known, one.id
    assert defect("OFFICIEL-01") is LEDGER[0]


# --- the file as a whole -------------------------------------------------------------------------


def test_a_day_before_the_books_is_said_and_not_called_checked():
    reading = read(write(example("standard"), "ubl").xml)
    (found,) = check(reading, on=date(2020, 1, 1)).findings
    assert found.rule == "NO-RULES-THEN"
    assert found.severity is Severity.WARNING
    assert "en16931 (depuis le 30/03/2026)" in found.message
    (found,) = check(reading, on=date(2026, 7, 1)).findings
    assert "br-fr-flux2" in found.message
    assert "en16931" not in found.message
    assert not check(reading, on=TODAY).findings


def test_every_word_has_a_meaning_and_a_remedy():
    for id_, word in WORDS.items():
        assert word.id == id_
        assert word.title
        assert word.meaning.endswith(".")
        assert word.remedy.endswith(".")


def test_an_account_is_compared_without_what_people_put_between_its_groups():
    spellings = ("FR76 3000.6000-0112", "fr76 3000 6000 0112", "FR76\u202f3000 60000112")
    assert len({shown.iban_of(one) for one in spellings}) == 1
    for left, right in itertools.pairwise(map(shown.iban_of, spellings)):
        assert left == right


def test_no_official_example_of_the_reform_is_advised_on(shared):
    """Invoices, PDF and status messages of UC1, UC3 and UC4."""
    files = sorted((shared / "official/fnfe-1.4.0/examples").rglob("*"))
    files = [one for one in files if one.suffix in {".xml", ".pdf"}]
    assert len(files) > 40
    for file in files:
        found = facturier.check(file, on=TODAY).findings
        ours = [one.rule for one in found if one.rule.startswith(("CONSEIL", "OFFICIEL", "PDF"))]
        assert not ours, file.name


def test_a_message_for_the_portal_may_name_its_issuer():
    said = mutate(status_examples.example("200-ppf"), 'MDT-57 = "9998@0238"')
    xml, _ = write_document(said, ACKNOWLEDGEMENT)
    assert "OFFICIEL-11" not in {one.rule for one in check(read_status(xml), on=TODAY).findings}


@pytest.mark.parametrize(
    "breaks",
    [
        'BT-2 = "9999-12-30"; BT-9 = "9999-12-31"',
        f"BT-117 = {'9' * 60}; BT-116 = {'9' * 60}",
        f"BT-131 = {'9' * 60}; BT-129 = {'9' * 60}; BT-146 = {'9' * 60}",
        "BT-149 = 0",
    ],
)
@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_no_absurd_value_makes_advice_fail(breaks, syntax):
    xml = write(mutate(example("standard"), breaks), syntax, complete=False).xml
    found = check(read(xml), on=TODAY).findings
    assert not [one for one in found if one.severity is Severity.INTERNAL]
