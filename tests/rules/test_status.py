"""The rules of status messages: one by one, by version, and against the official file."""

from __future__ import annotations

import copy
import random
from datetime import date
from itertools import combinations

import pytest
from lxml import etree
from tests import oracle
from tools.conformance import documents

from facturier.findings import Layer, Outcome, Severity
from facturier.formats import detect
from facturier.formats.cdar import ACKNOWLEDGEMENT, read_status
from facturier.formats.writer import write_document
from facturier.formats.xsd import schema_findings
from facturier.rules import check, check_invoice, official
from facturier.rules.examples import example as invoice_example
from facturier.rules.explain import explain
from facturier.rules.france.status import BOOKS, NEVER_FIRES, NOT_YET, REASONS
from facturier.rules.mutation import in_words, mutate
from facturier.rules.status_examples import example
from facturier.rules.status_facts import StatusFacts

FIRST, LATEST = BOOKS
MANIFEST = official.manifest("cdar")
RULES = [(book, rule) for book in BOOKS for rule in book.rules]
NAMES = [f"{book.version}-{rule.id}" for book, rule in RULES]


def given(book, document):
    """(id, severity) of all that a book finds, as the official file names them."""
    return frozenset((one.rule, str(one.severity)) for one in book.check(StatusFacts(document)))


def written(document):
    xml, lost = write_document(document, ACKNOWLEDGEMENT)
    assert lost == ()
    return xml


# --- one by one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.version)
def test_each_official_id_is_written(book):
    ours = {rule.id for rule in book.rules}
    assert ours | set(NEVER_FIRES) | set(NOT_YET) == set(MANIFEST)
    assert not ours & set(NEVER_FIRES)
    assert len(MANIFEST) == 42


@pytest.mark.parametrize(("book", "rule"), RULES, ids=NAMES)
def test_each_rule_broken_fires_itself(book, rule):
    base = example(rule.example)
    assert given(book, base) == frozenset()
    fired = {id_ for id_, _ in given(book, mutate(base, rule.breaks))}
    assert fired == rule.fires("")
    assert rule.severity == MANIFEST[rule.id].severity
    assert rule.layer is Layer.CDAR


@pytest.mark.parametrize(("book", "rule"), RULES, ids=NAMES)
def test_each_rule_is_told_in_french(book, rule):
    assert rule.meaning.endswith(".")
    assert rule.remedy.endswith(".")
    assert in_words(rule.breaks)
    (finding,) = book.check(StatusFacts(mutate(example(rule.example), rule.breaks)))
    assert finding.where.startswith(rule.terms[0])


def test_only_the_lists_of_statuses_are_warnings():
    warnings = {rule.id for rule in LATEST.rules if rule.severity is Severity.WARNING}
    assert warnings == {"BR-FR-CDV-CL-06_MDT-105", "BR-FR-CDV-CL-06_MDT-115"}
    assert len(REASONS) == 51


# --- by version ----------------------------------------------------------------------------------


@pytest.mark.parametrize("process", ["NON_REGULATED", "B2C", "B2CINT", "B2BINT", "OUTOFSCOPE"])
def test_the_first_version_lets_only_regulated_pass(process):
    document = mutate(example("210"), f'MDT-2 = "{process}"')
    assert given(FIRST, document) == {("BR-FR-CDV-CL-01_MDT-2", "fatal")}
    assert given(LATEST, document) == frozenset()
    assert oracle.fatal("cdar", written(document)) == {"BR-FR-CDV-CL-01_MDT-2"}


def test_one_version_is_in_force_a_day():
    for day, version in (
        (date(2026, 6, 29), []),
        (date(2026, 6, 30), ["1.4.0"]),
        (date(2026, 8, 3), ["1.4.0"]),
        (date(2026, 8, 4), ["1.4.0.03"]),
        (date(2030, 1, 1), ["1.4.0.03"]),
    ):
        assert [book.version for book in BOOKS if book.is_in_force(day)] == version


def status_file(name, mutations=""):
    return detect(written(mutate(example(name), mutations)))


def books(verdict):
    return {book.id: (book.version, book.state) for book in verdict.books}


def test_the_verdict_names_the_version_of_the_day():
    document = status_file("210", 'MDT-2 = "B2C"')
    today = check(document, on=date(2026, 11, 22))
    assert today.outcome is Outcome.VALID
    assert books(today)["cdar"] == ("1.4.0.03", "checked")
    assert books(today)["xsd"] == ("D22B", "checked")
    assert books(today)["en16931"][1] == "skipped"
    before = check(document, on=date(2026, 7, 14))
    assert before.outcome is Outcome.INVALID
    assert books(before)["cdar"] == ("1.4.0", "checked")


def test_a_finding_names_its_place_in_the_file():
    document = status_file("212", 'MDT-224[0,0,0,1] =; MDG-RECIPIENT = {}; MDT-59[1] = "ZZ"')
    found = {one.rule: one for one in check(document, on=date(2026, 11, 22)).fatal}
    role = found["BR-FR-CDV-CL-04_MDT-59"]
    assert role.where == "MDT-59 n° 2"
    (element,) = document.root.xpath(role.path, namespaces=dict(ACKNOWLEDGEMENT.namespaces))
    assert element.text == "ZZ"
    assert found["BR-FR-CDV-14_MDT-207"].where == "MDT-207"


def test_a_reading_is_checked_as_its_file():
    document = status_file("210", "MDT-113 =")
    day = date(2026, 11, 22)
    assert check(read_status(document), on=day) == check(document, on=day)


def test_no_status_rule_is_asked_of_an_invoice():
    verdict = check_invoice(invoice_example("standard"), on=date(2026, 11, 22))
    assert books(verdict)["cdar"] == ("1.4.0.03", "skipped")


@pytest.mark.parametrize("id_", ["BR-FR-CDV-14_MDT-207", "BR-FR-CDV-07_MDT-38_no", "MDT-113"])
def test_rules_and_terms_of_statuses_are_explained(id_):
    text = str(explain(id_.lower()))
    assert text.startswith(f"{id_} — ")
    assert "MDT-" in text


def test_a_term_of_a_status_is_told_with_its_place_and_rules():
    text = str(explain("MDT-113"))
    assert "ram:SpecifiedDocumentStatus/ram:ReasonCode" in text
    assert "BR-FR-CDV-15_MDT-113" in text
    assert "UBL" not in text


# --- against the official file -------------------------------------------------------------------


@pytest.mark.parametrize("rule", FIRST.rules, ids=lambda rule: rule.id)
def test_a_broken_message_is_judged_as_the_official_file_does(rule):
    broken = mutate(example(rule.example), rule.breaks)
    xml = written(broken)
    theirs = oracle.failed("cdar", xml)
    assert given(FIRST, broken) == theirs
    assert given(FIRST, read_status(xml).document) == theirs


ODD = [
    ("210-ppf", 'MDT-57 = "9998@0238"'),
    ("210-ppf", 'MDT-59 = "SE"'),
    ("210-ppf", 'MDT-57 = "0000@0002"'),
    ("210-ppf", 'MDT-2 = "B1"'),
    ("210-ppf", 'MDT-2 = "REGULATED"'),
    ("210-ppf", "MDG-RECIPIENT = {}"),
    ("210", "MDT-77 ="),
    ("210", "MDT-105 ="),
    ("210", "MDG-SELLER ="),
    ("210", "MDG-ISSUER ="),
    ("210", "MDG-9 ="),
    ("210", "MDG-CONTEXT ="),
    ("210", "MDG-3 ="),
    ("210", "MDG-RECIPIENT ="),
    ("210", "MDG-37 ="),
    ("210", 'MDT-105 = " 210"'),
    ("210", 'MDT-105 = "207"; MDT-115 = "210"; MDT-113 = "AUTRE"'),
    ("210", 'MDT-115 = "206"; MDT-113 = "QTE_ERR"'),
    ("210", 'MDT-115 = "206"; MDT-113 = "DOUBLON"'),
    ("210", 'MDT-115 = "206"; MDT-105 =; MDT-113 = "DOUBLON"'),
    ("210", 'MDT-91 = " 380"'),
    ("210", 'MDT-19 = "1@0002"'),
    ("210", 'MDT-19 = "9999@0238"; MDT-113 = "LIVR_INCOMP"'),
    ("210", 'MDT-19 = "9999@0238"; MDT-113 = "CONTACT_ACHTR"'),
    ("210-chorus", 'MDT-19 = "0003@0238"'),
    ("501", "MDG-35 =; MDT-129 ="),
    ("501", "MDT-113 ="),
    ("212", "MDG-43 ="),
    ("212", 'MDT-207 = "RAP"'),
    ("212", "MDT-224[0,0,0,1] ="),
    ("212", "MDT-215[0,0,0,1] =; MDT-216[0,0,0,1] ="),
    ("200", 'MDG-37 = {}; MDT-113 = "NON_TRANSMISE"'),
    ("221", 'MDG-37 = {}; MDT-113 = "ROUTAGE_ERR"; MDT-124-2 = "1"'),
    ("210", "MDG-DECISION = {}"),
    ("203", "MDG-DECISION = {}; MDT-77 ="),
    ("210", "MDG-REFERENCE = {}"),
    ("501", "MDG-REFERENCE = {}"),
]


@pytest.mark.parametrize(("name", "mutations"), ODD)
def test_an_odd_message_is_judged_as_the_official_file_does(name, mutations):
    odd = mutate(example(name), mutations)
    xml = written(odd)
    theirs = oracle.failed("cdar", xml)
    assert given(FIRST, odd) == theirs
    assert given(FIRST, read_status(xml).document) == theirs


def test_messages_broken_in_several_ways_are_judged_as_the_official_file_does():
    draw = random.Random(20261105)  # a repeatable choice
    breaks = sorted({rule.breaks for rule in FIRST.rules})
    several = [*combinations(breaks, 2), *combinations(breaks, 3)]
    names = ("200", "203", "204", "206", "207", "210", "210-ppf", "210-chorus", "212", "213", "501")
    fired: set[str] = set()
    for mutations in draw.sample(several, 250):
        broken = mutate(example(draw.choice(names)), "; ".join(mutations))
        theirs = oracle.failed("cdar", written(broken))
        assert given(FIRST, broken) == theirs, mutations
        fired |= {id_ for id_, _ in theirs}
    assert fired == {rule.id for rule in FIRST.rules}


def test_official_examples_are_judged_as_the_official_file_does(shared):
    files = sorted((shared / "official/fnfe-1.4.0/examples").rglob("*CDV*.xml"))
    assert len(files) == 30
    for file in files:
        data = file.read_bytes()
        assert given(FIRST, read_status(data).document) == oracle.failed("cdar", data), file.name


@pytest.mark.slow
def test_the_corpus_is_judged_as_the_official_files_do(shared):
    """Version 1.4.0.03 by the answers kept beside the corpus, 1.4.0 by its file."""
    judged = 0
    for said, data in documents(shared / "conformance"):
        if said.get("syntax") != "CDAR":
            continue
        document = read_status(data).document
        layer = said["layers"]["cdar"]
        theirs = {(id_, weight) for weight in ("fatal", "warning") for id_ in layer[weight]}
        assert given(LATEST, document) == theirs, said["path"]
        assert given(FIRST, document) == oracle.failed("cdar", data), said["path"]
        judged += 1
    assert judged == 234


VALUES = [
    "23",
    "305",
    "210",
    "212",
    "501",
    "WK",
    "DFH",
    "SE",
    "BY",
    "REGULATED",
    "B2C",
    "0000",
    "9999",
    "AUTRE",
    "DOUBLON",
    "X",
    "380",
    "urn.cpro.gouv.fr:1p0:CDV:einvoicingF2",
    "urn.cpro.gouv.fr:1p0:CDV:invoice",
]


def altered(draw, data):
    """A file with one to three elements removed, repeated or given another text or attribute."""
    root = etree.fromstring(data)
    for _ in range(draw.choice((1, 1, 2, 3))):
        element = draw.choice([one for one in root.iter(etree.Element) if one is not root])
        way = draw.random()
        if way < 0.35:
            element.getparent().remove(element)
        elif way < 0.7 and not len(element):
            element.text = draw.choice(["", " 210", *VALUES])
        elif way < 0.85:
            element.addnext(copy.deepcopy(element))
        elif element.keys():
            element.set(element.keys()[0], draw.choice(("0002", "0238", "9", "")))
    return etree.tostring(root)


@pytest.mark.slow
def test_altered_files_are_judged_as_the_official_file_does(shared):
    """Whatever the schema accepts; what it refuses is invalid already."""
    draw = random.Random(20261122)  # a repeatable choice
    files = [
        file.read_bytes()
        for file in sorted((shared / "official/fnfe-1.4.0/examples").rglob("*CDV*.xml"))
    ]
    files += [written(example(name)) for name in ("210", "210-ppf", "210-chorus", "212", "501")]
    judged = 0
    while judged < 300:
        xml = altered(draw, draw.choice(files))
        reading = read_status(xml)
        if schema_findings(reading.detected):
            continue
        assert given(FIRST, reading.document) == oracle.failed("cdar", xml), xml.decode()
        judged += 1
