"""What is read can be written, and what is written reads the same."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from tests import oracle, strategies

from facturier import formats
from facturier.errors import UnreadableDocument
from facturier.formats import cii, ubl
from facturier.formats.binding import Binding
from facturier.formats.convert import convert
from facturier.formats.detect import Syntax
from facturier.formats.xsd import schema_findings
from facturier.invoice.model import Invoice
from facturier.invoice.terms import values

SyntaxName = Literal["ubl", "cii"]
SYNTAXES: tuple[SyntaxName, ...] = ("ubl", "cii")
OFFICIAL_LAYERS = {
    "ubl": ("en16931-ubl", "br-fr-ubl", "extended-ctc-fr-ubl"),
    "cii": ("en16931-cii", "br-fr-cii", "extended-ctc-fr-cii", "facturx-en16931"),
}
UBL_CANNOT = {"EXT-FR-FE-146", "EXT-FR-FE-184"} | strategies.ONLY_CII
"""A second deliver-to identifier on a line, the line's amount with VAT, what Factur-X adds."""


def held(invoice: Invoice) -> list[tuple[str, tuple[int, ...], object]]:
    return [(one.term.id, one.indexes, one.value) for one in values(invoice)]


def carried_over(source: Invoice, target: Invoice, lost: Iterable[str]) -> None:
    """Assert that `target` holds what `source` holds, but for the terms `lost`."""
    kept = held(target)
    missing = [one for one in held(source) if one not in kept and one[0] not in set(lost)]
    assert missing == []


def test_official_examples_read_without_remainder(official_examples: dict[str, bytes]) -> None:
    for name, data in official_examples.items():
        reading = formats.read(data)
        assert reading.findings == (), name
        assert reading.invoice.lines, name


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_official_examples_come_back_as_they_were(
    official_examples: dict[str, bytes], syntax: SyntaxName
) -> None:
    for name, data in official_examples.items():
        invoice = formats.read(data).invoice
        written = formats.write(invoice, syntax)
        again = formats.read(written.xml)
        whole = ubl.completed(invoice) if syntax == "ubl" else cii.completed(invoice)
        assert written.lost == (), name
        assert again.findings == (), name
        assert again.invoice == whole, name


def test_official_examples_go_to_the_other_syntax_and_back(
    official_examples: dict[str, bytes],
) -> None:
    for name, data in official_examples.items():
        start = formats.read(data)
        there: SyntaxName = "ubl" if start.detected.syntax is Syntax.CII else "cii"
        back: SyntaxName = "cii" if there == "ubl" else "ubl"
        first = convert(data, there)
        second = convert(first.xml, back)
        assert first.lost + second.lost == (), name
        carried_over(start.invoice, formats.read(second.xml).invoice, ())


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_we_write_of_the_examples_is_valid_by_the_official_files(
    official_examples: dict[str, bytes], syntax: SyntaxName
) -> None:
    for name, data in official_examples.items():
        xml = formats.write(formats.read(data).invoice, syntax).xml
        assert schema_findings(formats.detect(xml)) == (), name
        for layer in OFFICIAL_LAYERS[syntax]:
            assert oracle.failed(layer, xml) == frozenset(), (name, layer)


@pytest.mark.parametrize(
    ("syntax", "type_code", "cannot"),
    [("ubl", "380", UBL_CANNOT), ("ubl", "381", UBL_CANNOT), ("cii", "380", set())],
)
def test_an_invoice_that_holds_every_term_comes_back(
    syntax: SyntaxName, type_code: str, cannot: set[str]
) -> None:
    invoice = strategies.full_invoice(type_code)
    written = formats.write(invoice, syntax)
    assert set(written.lost) - cannot == set(), f"these terms want a row in formats/{syntax}.py"
    assert cannot - set(written.lost) == set(), "these are written: take them out of ONLY_CII"
    rest = strategies.without(invoice, written.lost)
    xml = formats.write(rest, syntax).xml
    again = formats.read(xml)
    assert held(again.invoice) == held(rest)
    assert again.invoice == rest
    assert again.findings == ()
    assert [one.message for one in schema_findings(again.detected)] == [], "a row out of its place?"


@pytest.mark.parametrize(
    ("binding", "type_code"),
    [(ubl.INVOICE, "380"), (ubl.CREDIT_NOTE, "381"), (cii.INVOICE, "380")],
    ids=["ubl-invoice", "ubl-credit-note", "cii"],
)
def test_the_path_of_each_term_finds_it_in_what_we_write(binding: Binding, type_code: str) -> None:
    invoice = strategies.full_invoice(type_code)
    xml, lost = formats.write_invoice(invoice, binding)
    root = etree.fromstring(xml)
    for one in values(invoice):
        if one.term.id in lost:
            continue
        found = root.xpath(
            binding.path_of(one.term.id, one.indexes), namespaces=dict(binding.namespaces)
        )
        assert found, one.term.id
        if one.term.type is str and not one.term.many and isinstance(one.value, str):
            texts = {getattr(place, "text", place) or "" for place in found}
            codes = {"3": "5", "35": "29", "432": "72"} if binding is cii.INVOICE else {}
            assert any(codes.get(one.value, one.value) in text for text in texts), one.term.id


@pytest.mark.parametrize("syntax", SYNTAXES)
@given(invoice=strategies.invoices())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_invoice_comes_back(syntax: SyntaxName, invoice: Invoice) -> None:
    whole = ubl.completed(invoice) if syntax == "ubl" else cii.completed(invoice)
    rest = strategies.without(whole, formats.write(whole, syntax).lost)
    written = formats.write(rest, syntax)
    again = formats.read(written.xml)
    assert written.lost == ()
    assert held(again.invoice) == held(rest)
    assert again.invoice == rest
    assert again.findings == ()


@given(invoice=strategies.invoices(most=60))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_ubl_to_cii_to_ubl_keeps_every_term_or_names_it(invoice: Invoice) -> None:
    start = formats.write(invoice, "ubl")
    read = formats.read(start.xml).invoice
    there = formats.write(read, "cii")
    back = formats.write(formats.read(there.xml).invoice, "ubl")
    carried_over(read, formats.read(back.xml).invoice, there.lost + back.lost)


def test_reading_never_raises_over_the_outside_corpora(shared) -> None:
    folder = shared / "conformance"
    with (folder / "manifest.tsv").open(encoding="utf-8") as table:
        rows = [
            row
            for row in csv.DictReader(table, delimiter="\t")
            if row["syntax"] in ("CII", "UBL-Invoice", "UBL-CreditNote", "FacturX-PDF")
            and not row["path"].startswith("mutants/")
        ]
    assert len(rows) > 1700
    same_again = 0
    for row in rows[::3]:
        try:
            reading = formats.read((folder / row["path"]).read_bytes())
        except UnreadableDocument:
            continue
        syntax: SyntaxName = "cii" if reading.detected.syntax is Syntax.CII else "ubl"
        again = formats.read(formats.write(reading.invoice, syntax, complete=False).xml)
        if reading.detected.syntax is again.detected.syntax:
            carried_over(reading.invoice, again.invoice, ("BT-110", "BT-111"))
            same_again += 1
    assert same_again > 500
