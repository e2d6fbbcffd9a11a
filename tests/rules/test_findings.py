"""What a finding says: what was expected, short values, its place; and no file makes it slow."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from facturier.findings import SHOWN_LETTERS
from facturier.formats import cii, read, ubl, write
from facturier.formats.codecs import DECIMAL, MOST_DIGITS
from facturier.formats.paths import Numbers, place_of
from facturier.invoice.model import VatBreakdown
from facturier.rules.check import check
from facturier.rules.examples import example
from facturier.rules.facts import Facts
from facturier.rules.shelves import all_books


def found(invoice, syntax="ubl"):
    return check(read(write(invoice, syntax, complete=False).xml)).findings


def test_a_finding_says_what_was_expected_not_that_it_is_so():
    totals = replace(example("standard").totals, line_net_amount=Decimal("1.00"))
    messages = {f.rule: f.message for f in found(replace(example("standard"), totals=totals))}
    assert messages["BR-CO-10"] == (
        "Attendu : le total des lignes est la somme des montants nets de ligne. "
        "Valeurs lues : BT-106 = 1,00."
    )


def test_no_meaning_forgets_an_elision():
    for book in all_books():
        for rule in book.rules:
            text = rule.meaning.lower()
            assert "que une" not in text, rule.id
            assert " que un " not in text, rule.id
            assert " de un" not in text, rule.id


def test_a_long_value_is_quoted_in_part():
    invoice = replace(example("standard"), currency="E" * 100_000)
    messages = [f.message for f in found(invoice) if f.rule == "BR-CL-04"]
    assert messages
    assert all(len(message) < 300 + SHOWN_LETTERS for message in messages)
    assert "E…" in messages[0]


def test_a_number_beyond_all_amounts_is_not_read():
    assert DECIMAL.read("9" * MOST_DIGITS) == Decimal("9" * MOST_DIGITS)
    with pytest.raises(ValueError, match="999"):
        DECIMAL.read("9" * (MOST_DIGITS + 1))
    xml = write(example("standard"), "ubl").xml
    start = xml.index(b">", xml.index(b"<cbc:PayableAmount")) + 1
    end = xml.index(b"<", start)
    verdict = check(read(xml[:start] + b"9" * 500 + xml[end:]))
    assert verdict.outcome == "invalid"
    assert "internal" not in {f.severity for f in verdict.findings}
    assert "MALFORMED" in {f.rule for f in verdict.findings}


def test_sums_of_many_digits_are_exact():
    lines = tuple(
        replace(line, net_amount=Decimal("9" * 40 + ".01")) for line in example("standard").lines
    )
    facts = Facts(replace(example("standard"), lines=lines))
    assert facts.line_total == Decimal(f"{int('9' * 40) * len(lines)}.0{len(lines)}")


def test_as_many_vat_groups_as_lines_are_added_up_once():
    base = example("standard")
    group = VatBreakdown(
        taxable_amount=Decimal(1), tax_amount=Decimal(1), category="S", rate=Decimal(20)
    )
    facts = Facts(replace(base, vat_breakdown=(group,) * 100))
    assert facts.share("S", Decimal(20)) is facts.share("S", Decimal("20.00"))
    assert facts.share("S").taxable == facts.line_total


@pytest.mark.parametrize(("syntax", "table"), [("ubl", ubl.INVOICE), ("cii", cii.INVOICE)])
def test_each_place_leads_back_to_its_element(syntax, table):
    root = etree.fromstring(write(example("attachments"), syntax).xml)
    numbers = Numbers()
    for element in root.iter(etree.Element):
        place = place_of(element, table.namespaces, "", numbers)
        assert place == place_of(element, table.namespaces)
        assert root.xpath(place, namespaces=dict(table.namespaces)) == [element]


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_a_finding_of_the_second_line_points_into_the_second_line(syntax):
    invoice = example("standard")
    first, second, *rest = invoice.lines
    second = replace(second, net_amount=Decimal("1.001"))
    reading = read(write(replace(invoice, lines=(first, second, *rest)), syntax).xml)
    (finding,) = (f for f in check(reading).findings if f.rule == "BR-DEC-23")
    (element,) = reading.detected.root.xpath(
        finding.path, namespaces=dict((ubl if syntax == "ubl" else cii).INVOICE.namespaces)
    )
    assert element.text == "1.001"
    assert finding.where == f"BT-131 ligne {second.identifier}"


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_an_attachment_that_cannot_be_opened_makes_the_invoice_invalid(syntax):
    xml = write(example("attachments"), syntax).xml
    start = xml.index(b">", xml.index(b"filename=")) + 1
    end = xml.index(b"<", start)
    verdict = check(read(xml[:start] + b"###" + xml[end:]))
    (finding,) = (f for f in verdict.findings if f.rule == "MALFORMED")
    assert (verdict.outcome, finding.severity) == ("invalid", "fatal")
    assert finding.where == "BT-125 n° 1"
    assert "base64" in finding.remedy


def test_an_unreadable_number_of_a_line_is_a_warning_that_names_the_line():
    xml = write(example("standard"), "ubl").xml
    start = xml.index(b">", xml.index(b"<cbc:InvoicedQuantity")) + 1
    end = xml.index(b"<", start)
    verdict = check(read(xml[:start] + b"deux" + xml[end:]))
    (finding,) = (f for f in verdict.findings if f.rule == "MALFORMED")
    assert (finding.severity, finding.where) == ("warning", "BT-129 ligne 1")
