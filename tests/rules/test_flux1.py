"""Each rule of flux 1 holds on what we extract and fails, alone with its cascades, when broken."""

from datetime import date

import pytest
from lxml import etree
from tests.rules.flux1_files import BROKEN, NAMES, SYNTAXES, extracted, judged, written

from facturier.findings import Layer, Outcome, Severity
from facturier.formats import detect
from facturier.formats.detect import Container, Detected, Syntax
from facturier.formats.flux1 import is_full
from facturier.reporting.extract import Profile
from facturier.rules import all_books, official
from facturier.rules.check import check
from facturier.rules.explain import explain
from facturier.rules.flux1 import BASE, BOOKS, FULL, NOT_YET

ON = date(2026, 11, 22)
WITHOUT_BREAK = {
    "BT-80",  # no term of an invoice stands for the means of transport
    "G1.09",  # a term holds a date: only a file can hold what is none
    "G1.103",  # the name of a tax is no term
    "S1.13",  # a term holds one value
    "S1.17",  # on allowances: the name of a tax
    "G1.14",  # of amounts that another rule wants company for
}
IN_EUROS_BESIDE_A_CURRENCY = ("foreign-currency", "CII")


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_extracted_keeps_every_rule(name, profile, syntax):
    # In CII the portal compares the VAT in euros with breakdowns in the other currency.
    official_defect = {"G1.53"} if (name, syntax) == IN_EUROS_BESIDE_A_CURRENCY else set()
    assert judged(written(name, profile, syntax), profile) == official_defect


@pytest.mark.parametrize(
    ("profile", "rule", "syntax"),
    BROKEN,
    ids=[f"{p}-{r.id}-{r.terms[0]}-{s}" for p, r, s in BROKEN],
)
def test_a_mutation_breaks_its_rule_and_its_cascades_only(profile, rule, syntax):
    broken = written(rule.example, profile, syntax, rule.breaks)
    assert broken != written(rule.example, profile, syntax)
    assert judged(broken, profile) == rule.fires(syntax)


@pytest.mark.parametrize("profile", Profile)
def test_every_official_code_is_implemented(profile):
    known = set()
    for syntax in ("ubl", "cii"):
        known |= set(official.manifest(f"flux1-{profile.lower()}-{syntax}"))
    assert known - NOT_YET.keys() == {rule.id for rule in BOOKS[profile].rules}
    assert NOT_YET == {}


def test_the_four_files_have_370_assertions():
    books = [official.book(one) for one in official.books() if one.startswith("flux1-")]
    assert [book.asserts for book in books] == [79, 77, 109, 105]
    assert {rule.severity for rule in FULL.rules} == {Severity.FATAL}
    assert {rule.layer for rule in FULL.rules} == {Layer.FLUX1}


def test_rules_without_a_mutation_are_those_that_no_term_can_break():
    silent = {rule.id for book in BOOKS.values() for rule in book.rules if not rule.breaks}
    assert silent == WITHOUT_BREAK


@pytest.mark.parametrize(
    ("syntax", "before", "after", "code"),
    [
        ("UBL", ">VAT<", ">GST<", "G1.103"),
        ("UBL", ">2026-11-02<", ">02/11/2026<", "G1.09"),
        ("CII", ">20261102<", ">2026-11-02<", "G1.09"),
        ("CII", 'schemeID="VA"', 'schemeID="FC"', "S1.17"),
        ("CII", "</ram:CategoryCode>", "</ram:CategoryCode>{}", "S1.13"),
        (
            "CII",
            "<ram:ApplicableHeaderTradeDelivery/>",
            (
                "<ram:ApplicableHeaderTradeDelivery><ram:SpecifiedBorderTransportMeans><ram:ModeCode>X"
                "</ram:ModeCode></ram:SpecifiedBorderTransportMeans>"
                "</ram:ApplicableHeaderTradeDelivery>"
            ),
            "BT-80",
        ),
    ],
)
def test_what_only_a_file_can_hold_is_seen(syntax, before, after, code):
    text = written("standard", Profile.BASE, syntax).decode()
    assert before in text
    first, _, rest = text.partition(before)
    codes = [f"<ram:DueDateTypeCode>{one}</ram:DueDateTypeCode>" for one in ("5", "72")]
    parts = [after.replace("{}", codes[0]), *(after.replace("{}", codes[1]) for _ in range(9))]
    pieces = [first, *rest.split(before)]
    xml = pieces[0] + "".join(part + piece for part, piece in zip(parts, pieces[1:], strict=False))
    assert code in judged(xml.encode(), Profile.BASE)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("profile", Profile)
def test_a_verdict_names_the_profile_that_it_was_checked_against(profile, syntax):
    verdict = check(detect(written("standard", profile, syntax)), on=ON)
    assert verdict.outcome is Outcome.VALID
    assert [b.id for b in verdict.books if b.checked] == [f"flux1-{profile.lower()}"]
    assert not next(b for b in verdict.books if b.id == "xsd").checked


def test_a_finding_says_where_and_what_to_do():
    xml = written("standard", Profile.FULL, "CII", "BT-129 + 0.00000")
    found = check(detect(xml), on=ON).fatal
    assert [(f.rule, f.where) for f in found] == [("G1.15", "BT-129 ligne 1")]
    assert found[0].path.endswith("ram:BilledQuantity")
    assert "BT-129" in found[0].remedy


def test_lines_are_missed_from_the_day_on_which_they_are_due():
    data = detect(written("standard", Profile.BASE, "UBL"))
    assert check(data, on=date(2027, 8, 31)).outcome is Outcome.VALID
    late = check(data, on=date(2027, 9, 1))
    assert {finding.rule for finding in late.fatal} == {"G6.09"}


def test_the_content_tells_the_profile_where_no_name_does():
    for name, full in (("standard", True), ("credit-note", True)):
        for syntax in SYNTAXES:
            for profile in Profile:
                root = etree.fromstring(written(name, profile, syntax))
                assert is_full(root) == (full and profile is Profile.FULL)


def test_an_invoice_is_not_judged_by_these_books():
    detected = Detected(
        syntax=Syntax.UBL_INVOICE,
        container=Container.XML,
        profile="",
        root=etree.fromstring(written("standard", Profile.BASE, "UBL")),
        xml=b"",
    )
    checked = {book.id for book in check(detected, on=ON).books if book.checked}
    assert not checked & {"flux1-base", "flux1-full"}
    assert [book.id for book in all_books()].count("flux1-base") == 1
    assert all(any(book is one for one in all_books()) for book in (BASE, FULL))


def test_a_code_of_two_flows_is_told_for_both():
    told = str(explain("G1.05"))
    assert "flux10" in told
    assert "flux1-base" in told
    assert "BT-25" in told


def test_each_rule_speaks_french_and_gives_a_remedy():
    for rule in (*BASE.rules, *FULL.rules):
        assert rule.meaning.endswith(".")
        assert rule.remedy.endswith((".", "…"))
        assert extracted(rule.example, Profile.FULL)
