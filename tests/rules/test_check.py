"""The verdict: which books, which findings, in which order, at which place."""

from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from facturier.findings import Outcome, Severity
from facturier.formats import detect, read, write
from facturier.formats.detect import Container, Detected, Syntax
from facturier.invoice.model import ProcessControl
from facturier.invoice.profiles import (
    EN16931,
    EXTENDED_CTC_FR,
    FACTURX_BASIC_WL,
    FACTURX_EXTENDED,
    FACTURX_MINIMUM,
    PEPPOL_BIS,
)
from facturier.rules import check, check_invoice
from facturier.rules.en16931 import BOOK
from facturier.rules.examples import FRENCH, example, names
from facturier.rules.mutation import mutate
from facturier.rules.shelves import all_books

TODAY = date(2026, 11, 22)


def reading(invoice, syntax="ubl", profile=EN16931):
    process = ProcessControl(business_process="B1", specification=profile)
    return read(write(replace(invoice, process=process), syntax).xml)


def states(verdict):
    return {book.id: book.state for book in verdict.books}


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize("name", names())
def test_written_examples_are_valid(name, syntax):
    verdict = check(read(write(example(name), syntax).xml), on=TODAY)
    if name in FRENCH:
        assert verdict.fatal == ()
        assert verdict.outcome is Outcome.VALID
    else:
        assert {finding.layer for finding in verdict.fatal} <= {"br-fr"}


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_one_fatal_finding_makes_it_invalid_and_names_its_place(syntax):
    broken = mutate(example("standard"), "BT-131[1] = 41.00")
    document = reading(broken, syntax)
    verdict = check(document, on=TODAY)
    assert verdict.outcome is Outcome.INVALID
    assert {"BR-CO-10", "BR-S-08"} <= {finding.rule for finding in verdict.fatal}
    (finding,) = [f for f in verdict.findings if f.rule == "BR-CO-10"]
    assert finding.where == "BT-106"
    (element,) = document.detected.root.xpath(
        finding.path, namespaces={k: v for k, v in document.detected.root.nsmap.items() if k}
    )
    assert element.text == "140.00"


def test_a_line_is_named_by_its_identifier_and_its_place_in_the_file():
    broken = mutate(example("standard"), 'BT-126[1] = "L-2"; BT-130[1] = "ZZZZ"')
    (finding,) = check(reading(broken), on=TODAY).fatal
    assert finding.rule == "BR-CL-23"
    assert finding.where == "BT-130 ligne L-2"
    assert finding.path.startswith("/ubl:Invoice/cac:InvoiceLine[2]/")


def test_what_is_absent_has_no_place_in_the_file():
    (finding,) = check(reading(mutate(example("standard"), "BT-1 =")), on=TODAY).fatal[:1]
    assert finding.path == "" or finding.layer == "xsd"


def test_findings_follow_weight_then_place():
    broken = mutate(example("card"), 'BT-87 = "4970101234567890"; BT-1 = ; BT-130 = "ZZZZ"')
    weights = [finding.severity for finding in check(reading(broken), on=TODAY).findings]
    assert Severity.WARNING in weights
    assert weights == sorted(weights, key=[Severity.FATAL, Severity.WARNING, Severity.ADVICE].index)


@pytest.mark.parametrize(
    ("profile", "syntax", "en16931", "french"),
    [
        (EN16931, "ubl", "checked", True),
        (EN16931, "cii", "checked", True),
        (PEPPOL_BIS, "ubl", "checked", False),
        ("", "ubl", "checked", False),
        (EXTENDED_CTC_FR, "ubl", "skipped", True),
        (FACTURX_EXTENDED, "cii", "skipped", True),
        (FACTURX_BASIC_WL, "cii", "skipped", True),
        (FACTURX_MINIMUM, "cii", "skipped", False),
    ],
)
def test_the_profile_chooses_the_books(profile, syntax, en16931, french):
    found = states(check(reading(example("standard"), syntax, profile), on=TODAY))
    assert found["xsd"] == "checked"
    assert found["en16931"] == en16931
    available = any(book.id == "br-fr-flux2" for book in all_books())
    assert found["br-fr-flux2"] == ("checked" if french and available else "skipped")
    extended = "checked" if profile == EXTENDED_CTC_FR else "skipped"
    assert found["extended-ctc-fr"] == extended
    sheet = {FACTURX_EXTENDED: "extended", FACTURX_BASIC_WL: "basicwl", FACTURX_MINIMUM: "minimum"}
    for name in ("minimum", "basicwl", "basic", "en16931", "extended"):
        asked = sheet.get(profile) == name
        assert found[f"factur-x-{name}"] == ("checked" if asked else "skipped")


def test_a_verdict_names_the_versions():
    verdict = check(reading(example("standard")), on=TODAY)
    versions = {book.id: book.version for book in verdict.books}
    assert versions["xsd"] == "2.1"
    assert versions["en16931"] == BOOK.version == "1.3.16"


def test_a_book_not_yet_in_force_is_skipped():
    verdict = check(reading(mutate(example("standard"), "BT-106 + 1")), on=date(2020, 1, 1))
    assert states(verdict)["en16931"] == "skipped"


def test_schema_objections_are_fatal():
    xml = write(example("standard"), "ubl").xml.replace(b"cbc:IssueDate", b"cbc:IssueDay")
    verdict = check(read(xml), on=TODAY)
    assert verdict.outcome is Outcome.INVALID
    assert "xsd" in {finding.layer for finding in verdict.fatal}


def test_a_document_that_is_no_invoice_is_asked_its_own_books_only():
    verdict = check(detect(b"<Report/>"), on=TODAY)
    assert [book for book, state in states(verdict).items() if state == "checked"] == [
        "xsd",
        "flux10",
    ]
    assert verdict.outcome is Outcome.INVALID


def test_what_nobody_checks_is_not_called_valid():
    root = etree.Element("{urn:example:autre}Document")
    detected = Detected(
        syntax=Syntax.UNKNOWN, container=Container.XML, profile="", root=root, xml=b"<x/>"
    )
    verdict = check(detected, on=TODAY)
    assert verdict.outcome is Outcome.UNREADABLE
    assert [finding.rule for finding in verdict.findings] == ["NOT-CHECKED"]


def test_an_invoice_not_yet_written_is_asked_every_rule():
    assert check_invoice(example("standard"), on=TODAY).outcome is Outcome.VALID
    verdict = check_invoice(mutate(example("standard"), "BT-110 + 0.001"), on=TODAY)
    assert {"BR-DEC-13", "BR-CO-14"} <= {finding.rule for finding in verdict.fatal}


def test_an_invoice_not_yet_written_is_asked_the_rules_of_its_profile():
    verdict = check_invoice(example("sub-lines"), on=TODAY)
    assert verdict.outcome is Outcome.VALID
    found = states(verdict)
    assert (found["extended-ctc-fr"], found["en16931"]) == ("checked", "skipped")
    found = states(check_invoice(example("standard"), on=TODAY))
    assert (found["extended-ctc-fr"], found["en16931"]) == ("skipped", "checked")
