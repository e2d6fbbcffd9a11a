"""The rules of e-reporting: one by one, and against the official file."""

from __future__ import annotations

import copy
import random
import re
from collections import Counter
from datetime import date
from itertools import combinations

import pytest
from lxml import etree
from tests import oracle
from tools.conformance import documents
from tools.official_files import FILES

from facturier.findings import Layer, Outcome, Severity
from facturier.formats.detect import detect
from facturier.formats.flux10 import REPORT, read_report, write_report
from facturier.formats.xsd import schema_findings
from facturier.rules import check, official
from facturier.rules.check import Places
from facturier.rules.explain import explain
from facturier.rules.france.report import BOOK, NOT_YET
from facturier.rules.mutation import in_words, mutate
from facturier.rules.official.stylesheets import Stylesheet
from facturier.rules.report_examples import example
from facturier.rules.report_facts import ReportFacts

DAY = date(2026, 11, 22)
MANIFEST = official.manifest("flux10")
NAMES = [f"{rule.id}-{rule.terms[0]}" for rule in BOOK.rules]
EXAMPLES = ("transactions", "paiements", "avoir", "rectificative", "exoneree")


def given(report):
    """(id, severity) of all that the book finds, as the official file names them."""
    return frozenset((one.rule, str(one.severity)) for one in BOOK.check(ReportFacts(report)))


def bare(path):
    """A path without indexes and conditions."""
    return re.sub(r"\[[^\]]*\]", "", path)


def _evaluated(found):
    return " ".join(filter(None, found.groups()))


def official_set():
    """(code, place, test) of each official assertion.

    A stylesheet reports ``\\d{8}`` as ``\\d8``: braces are code in its attributes.
    """
    return {
        (one.id, bare(place.strip()), re.sub(r"\{(\d+),?(\d*)\}", _evaluated, one.test))
        for one in Stylesheet(FILES["flux10"].locate()).assertions
        for place in one.context.split("|")
    }


# --- one by one ----------------------------------------------------------------------------------


def test_each_official_code_is_written():
    assert {rule.id for rule in BOOK.rules} | set(NOT_YET) == set(MANIFEST)
    assert len(MANIFEST) == 36
    assert not NOT_YET


def test_each_place_that_the_official_file_looks_at_has_its_rule():
    ours = set()
    for rule in BOOK.rules:
        ours |= {(rule.id, bare(REPORT.path_of(one))) for one in rule.terms[:1]}
        ours |= {(rule.id, bare(REPORT.path_of(rule.scope)))}
        if rule.id in {"G6.22", "G6.26", "G2.19", "G2.33", "G6.23"}:  # asked of an attribute
            ours |= {(rule.id, bare(REPORT.path_of(one)).partition("/@")[0]) for one in rule.terms}
    theirs = {(code, place) for code, place, _ in official_set()}
    assert theirs <= ours


@pytest.mark.parametrize("rule", BOOK.rules, ids=NAMES)
def test_each_rule_broken_fires_itself(rule):
    base = example(rule.example)
    assert given(base) == frozenset()
    broken = BOOK.check(ReportFacts(mutate(base, rule.breaks)))
    assert [(one.rule, one.where.split()[0]) for one in broken] == [(rule.id, rule.terms[0])]
    assert rule.severity is MANIFEST[rule.id].severity is Severity.FATAL
    assert rule.layer is Layer.FLUX10


@pytest.mark.parametrize("rule", BOOK.rules, ids=NAMES)
def test_each_rule_is_told_in_french(rule):
    assert rule.meaning.endswith(".")
    assert rule.remedy.endswith(".")
    assert "{}" not in rule.meaning + rule.remedy
    assert in_words(rule.breaks)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_a_good_transmission(name):
    document = detect(write_report(example(name)))
    verdict = check(document, on=DAY)
    assert verdict.outcome is Outcome.VALID
    assert verdict.findings == ()
    assert oracle.failed("flux10", document.xml) == frozenset()


# --- against the official file -------------------------------------------------------------------


def compared(report):
    """Assert that both judge a report alike; return what the official file says."""
    xml = write_report(report)
    theirs = oracle.failed("flux10", xml)
    assert given(report) == theirs
    assert given(read_report(xml).report) == theirs
    return theirs


@pytest.mark.parametrize("rule", BOOK.rules, ids=NAMES)
def test_a_broken_report_is_judged_as_the_official_file_does(rule):
    assert compared(mutate(example(rule.example), rule.breaks)) == {(rule.id, "fatal")}


LONG = "1234567890123456789012345678901234567890123456789012345"
ODD = [
    *(("transactions", f'TT-1 = "{text}"') for text in (LONG, "", " A", "A ", "A  B", "é", "A B")),
    *(("transactions", f'TT-19 = "{text}"') for text in (LONG[:35], LONG[:36], "A  B", "A.B", "")),
    *(("transactions", f'TT-30 = "{text}"') for text in (LONG[:36], " A", "A  B", "A\t")),
    *(("transactions", f'TT-300 = "{text}"') for text in (LONG[:36], "A ", "A  B", "+-_/")),
    *(("paiements", f'TT-91 = "{text}"') for text in (LONG[:36], "A ", "A  B", "+-_/")),
    *(("transactions", f'TT-3 = "{text}"') for text in ("", "21001008101500", "2026100810150A")),
    *(
        ("transactions", f'{term} = "{text}"')
        for term in ("TT-20", "TT-77", "TT-31", "TT-41")
        for text in ("", "20991231", "21000101", "20261301", "19991231", "٢٠٢٦٠٩١٥", "20260915 ")
    ),
    ("transactions", 'TT-17 = "20260930"'),
    ("transactions", 'TT-17 = "20261001"'),
    ("transactions", 'TT-18 = "20260901"'),
    ("transactions", "TT-43 ="),
    ("transactions", "TG-7 ="),
    ("transactions", "TB-2 ="),
    ("transactions", "TB-1 ="),
    ("transactions", "TG-3 ="),
    ("transactions", "TT-8 =; TT-7 ="),
    ("transactions", "TT-7 ="),
    ("transactions", "TT-12 ="),
    ("transactions", 'TT-8 = ""'),
    ("transactions", 'TT-13 = "٠٠٠٠٠٠٠٠٠"'),
    ("transactions", 'TT-13 = "123 45678"'),
    *(
        ("transactions", f'{who} = "{number}"; {how} = "{scheme}"')
        for who, how in (("TT-33", "TT-33-1"), ("TT-36", "TT-37"))
        for scheme, number in (
            ("0002", "12345678"),
            ("0002", "12345678A"),
            ("0223", "DE1234567890123456"),
            ("0223", "DE12345678901234567"),
            ("0227", "US1234567890123456"),
            ("0227", "US12345678901234567"),
            ("0228", "12345678"),
            ("0228", "1234567890"),
            ("0228", "12345678901"),
            ("0229", "12345678"),
            ("0229", "12345678A"),
            ("0009", "1"),
            ("", "1"),
        )
    ),
    ("transactions", "TG-12 ="),
    ("transactions", "TG-14 ="),
    ("transactions", "TG-13 ="),
    ("transactions", 'TT-35 = ""'),
    ("exoneree", "TT-34 =; TT-34-0 ="),
    ("exoneree", 'TT-34 =; TT-34-0 =; TT-122 = "FR1"; TT-40 = "VAT"'),
    ("exoneree", "TG-12 ="),
    ("exoneree", "TT-59 ="),
    ("exoneree", "TT-59 =; TT-58 ="),
    ("exoneree", 'TT-58 = ""'),
    ("transactions", "TT-34-0 ="),
    ("transactions", 'TT-34-0 = "vat"'),
    ("transactions", 'TT-21 = "381"; TG-11 ='),
    ("transactions", 'TT-21 = "381"; TG-11 =; TG-24 ='),
    ("transactions", 'TT-21 = "381"; TG-11 =; TG-24 = {}'),
    ("transactions", 'TT-21 = "381"; TG-11 =; TT-300 ='),
    ("avoir", "TT-31 ="),
    ("avoir", "TG-11 = {}"),
    ("rectificative", "TG-11 = {}"),
    ("rectificative", "TT-31 ="),
    ("rectificative", 'TT-21 = "472"; TG-11 ='),
    ("avoir", 'TT-59 = "VATEX-FR-CNWVAT"'),
    ("avoir", 'TT-21 = "502"; TT-59 = "VATEX-FR-CNWVAT"'),
    ("transactions", 'TT-28 = "S4"; TT-21 = "500"'),
    ("transactions", 'TT-28 = "B4"'),
    ("transactions", "TG-10 ="),
    ("transactions", "TT-202 ="),
    ("transactions", 'TT-202 = "USD"'),
    ("transactions", "TT-52 =; TT-202 ="),
    ("transactions", "TT-52 ="),
    ("transactions", "TT-51 ="),
    ("transactions", "TT-51 =; TT-54 = 3"),
    ("transactions", "TG-23 ="),
    ("transactions", "TG-22 ="),
    ("transactions", "TG-32 ="),
    ("transactions", "TT-82 ="),
    ("transactions", "TT-83 ="),
    ("transactions", 'TT-22 = "USD"; TT-51 + 100'),
    ("transactions", 'TT-78 = "USD"; TT-82 + 100'),
    ("transactions", "TG-32 = {}"),
    ("transactions", "TT-69 =; TT-70 + 5"),
    ("transactions", "TT-69 = -1; TT-70 + 5"),
    ("paiements", "TT-94 ="),
    ("paiements", 'TT-94 = "eur"'),
    ("paiements", 'TT-98 = "CHF"'),
    ("paiements", "TG-36 ="),
    ("paiements", "TG-34 ="),
    ("paiements", "TT-99 = 0.0000001"),
    ("paiements", "TT-95 = 12345678901234567.890"),
    ("paiements", "TT-99 = 12345678901234567.890"),
    ("transactions", 'TT-19 = " A"'),
    *(
        ("transactions", f"{term} = {number}")
        for term in ("TT-51", "TT-52", "TT-54", "TT-55", "TT-45", "TT-48", "TT-67", "TT-68")
        for number in ("0.001", "12345678901234567.89", "123456789012345678.90", "-0.5")
    ),
    *(
        ("transactions", f"{term} = {number}")
        for term in ("TT-82", "TT-83", "TT-87", "TT-88")
        for number in ("0.001", "12345678901234567.89", "123456789012345678.90", "-0.5")
    ),
    *(
        ("transactions", f"{term} = {number}")
        for term in ("TT-62", "TT-69", "TT-70", "TT-71")
        for number in ("-1", "0.0001", "0.00001", "0.000001", "0.0000001", "12345678901234567890")
    ),
    *(
        (name, f"{term} = {rate}")
        for name, term in (("transactions", "TT-57"), ("transactions", "TT-86"),
                           ("paiements", "TT-93"), ("paiements", "TT-97"))
        for rate in ("20.00", "5.50", "2.1", "0.90", "19.60", "20.000001", "-20", "19")
    ),
    *(
        ("transactions", f"TT-51 = {total}; TT-54 = {base}")
        for total, base in (("100.00", "99.99"), ("99.99", "100.00"), ("0.02", "0.01"),
                            ("1000000.01", "1000000.00"), ("0.03", "0.01"))
    ),
    *(
        ("transactions", f"TT-69 = {net}; TT-70 = {less}; TT-71 = {gross}")
        for net, less, gross in (("10.01", "1", "11"), ("9.99", "1", "11"), ("0.1", "0.2", "0.31"))
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "mutations"),
    [
        pytest.param(*one, marks=() if number % 3 == 0 else pytest.mark.slow)
        for number, one in enumerate(ODD)
    ],
)
def test_an_odd_report_is_judged_as_the_official_file_does(name, mutations):
    compared(mutate(example(name), mutations))


@pytest.mark.slow
def test_every_official_assertion_is_made_to_fail():
    """The two lists above together: no assertion of the 150 escapes."""
    fired = set()
    cases = [(rule.example, rule.breaks) for rule in BOOK.rules] + ODD
    for name, mutations in cases:
        xml = write_report(mutate(example(name), mutations))
        fired |= {
            (code, bare(place), test) for code, place, test in oracle.assertions("flux10", xml)
        }
    assert official_set() - fired == set()


def test_a_finding_points_where_the_official_file_does():
    for rule in BOOK.rules[::4]:
        xml = write_report(mutate(example(rule.example), rule.breaks))
        detected = detect(xml)
        (finding,) = BOOK.check(ReportFacts(read_report(detected).report), Places(detected).of)
        ((_, location, _),) = set(oracle.assertions("flux10", xml))
        if finding.path:
            assert bare(finding.path).startswith(bare(location)), rule


TEXTS = ["+1.00", ".5", "1.", "007.00", " 12.00", "12.00\n", "-0", "1e3", "0", "", " ", "abc"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["transactions", "paiements"])
def test_numbers_are_judged_as_they_are_written(name, text):
    root = etree.fromstring(write_report(example(name)))
    for element in root.iter(etree.Element):
        if re.fullmatch(r"-?\d+\.\d\d|0|20|10", element.text or ""):
            element.text = text
    xml = etree.tostring(root)
    ours = given(read_report(xml).report)
    try:
        assert ours == oracle.failed("flux10", xml)
    except oracle.StylesheetAborted:  # the sum of what is no number
        assert ("G1.14", "fatal") in ours
        assert schema_findings(detect(xml))


@pytest.mark.parametrize("number", [25, pytest.param(300, marks=pytest.mark.slow)])
def test_reports_broken_in_several_ways_are_judged_as_the_official_file_does(number):
    draw = random.Random(20261122)  # a repeatable choice
    fired = set()
    for names in (("paiements",), EXAMPLES[:1] + EXAMPLES[2:]):
        breaks = sorted({rule.breaks for rule in BOOK.rules if rule.example in names})
        several = [*combinations(breaks, 2), *combinations(breaks, 3)]
        for mutations in draw.sample(several, number):
            fired |= compared(mutate(example(draw.choice(names)), "; ".join(mutations)))
    assert len({id_ for id_, _ in fired}) > (20 if number < 100 else 35)


def altered(draw, data):
    """A file with one to three elements removed, repeated or given another text or attribute."""
    root = etree.fromstring(data)
    for _ in range(draw.choice((1, 1, 2, 3))):
        element = draw.choice([one for one in root.iter(etree.Element) if one is not root])
        way = draw.random()
        if way < 0.35:
            element.getparent().remove(element)
        elif way < 0.7 and not len(element):
            element.text = draw.choice(["", "X", "EUR", "20260915", "12.345", "-3.00", "381", "E"])
        elif way < 0.85:
            element.addnext(copy.deepcopy(element))
        elif element.keys():
            element.set(element.keys()[0], draw.choice(("0002", "0223", "VAT", "EUR", "true")))
    return etree.tostring(root)


@pytest.mark.slow
def test_altered_files_are_judged_as_the_official_file_does(shared):
    """Whatever the schema accepts; what it refuses is invalid already."""
    draw = random.Random(20261122)  # a repeatable choice
    files = [
        file.read_bytes() for file in sorted((shared / "conformance/gen-pyfrctc").glob("flux10*"))
    ]
    files += [write_report(example(name)) for name in EXAMPLES]
    judged = 0
    while judged < 300:
        xml = altered(draw, draw.choice(files))
        reading = read_report(xml)
        if schema_findings(reading.detected):
            continue
        assert given(reading.report) == oracle.failed("flux10", xml), xml.decode()
        judged += 1


def test_the_corpus_is_judged_as_the_official_file_does(shared):
    judged = Counter()
    for said, data in documents(shared / "conformance"):
        if said.get("syntax") != "FLUX10":
            continue
        verdict = check(detect(data), on=DAY)
        assert str(verdict.outcome) == said["verdict_fr"], said["path"]
        judged["verdicts"] += 1
        if said["xsd"]["xsd-flux10"]["valid"]:
            ours = {one.rule for one in verdict.fatal}
            assert ours == set(said["layers"]["flux10"]["fatal"]), said["path"]
            judged["sets"] += 1
    assert judged["verdicts"] == 200
    assert judged["sets"] > 100


# --- in the verdict ------------------------------------------------------------------------------


def test_the_verdict_names_the_book():
    verdict = check(detect(write_report(mutate(example("transactions"), 'TT-81 = "TXX"'))), on=DAY)
    assert verdict.outcome is Outcome.INVALID
    states = {one.id: (one.version, one.state) for one in verdict.books}
    assert states["flux10"] == ("1.0", "checked")
    assert states["xsd"] == ("3.2", "checked")
    assert states["en16931"][1] == states["cdar"][1] == "skipped"
    (finding,) = verdict.findings
    assert finding.rule == "G1.68"
    assert finding.path == "/Report/TransactionsReport/Transactions/CategoryCode"
    assert "TLB1" in finding.message


def test_a_finding_in_an_invoice_names_it():
    report = mutate(example("transactions"), 'TG-8 = {}; TT-19[1] = "FA-8"; TT-22[1] = "euro"')
    (finding,) = [one for one in BOOK.check(ReportFacts(report)) if one.rule == "G1.10"]
    assert finding.where == "TT-22 facture FA-8"


@pytest.mark.parametrize(
    ("name", "mutation", "where"),
    [
        ("transactions", "TT-68 + 0.001", "TT-68 facture FA-2026-0007 n° 1 n° 1"),
        ("transactions", "TT-88 + 0.001", "TT-88 ventes du 20260915 TLB1 n° 1"),
        ("paiements", 'TT-94 = "euro"', "TT-94 facture FA-2026-0003 n° 1"),
        ("paiements", 'TT-98 = "euro"', "TT-98 encaissements du 20260915 n° 1"),
        ("transactions", 'TT-4 = "XX"', "TT-4"),
    ],
)
def test_a_finding_says_where(name, mutation, where):
    (finding,) = BOOK.check(ReportFacts(mutate(example(name), mutation)))
    assert finding.where == where


def test_no_report_rule_is_in_force_before_it_was_published():
    verdict = check(detect(write_report(example("paiements"))), on=date(2026, 7, 26))
    assert {one.id: one.state for one in verdict.books}["flux10"] == "skipped"


@pytest.mark.parametrize("id_", ["G1.05", "G6.29", "G1.53", "TT-81", "TG-8"])
def test_rules_and_terms_of_reports_are_explained(id_):
    text = str(explain(id_.lower()))
    assert text.startswith(f"{id_} — ")
    assert "/Report/TransactionsReport" in text or "transmission « transactions »" in text


def test_a_code_asked_of_many_places_is_told_once():
    told = str(explain("G1.14")).split("G1.14 — ")  # flux 1 has rules under the same code
    (text,) = [one for one in told if one.startswith("flux10")]
    assert text.count("Remède") == 1
    for term in ("TT-51", "TT-88", "TT-67"):
        assert term in text
