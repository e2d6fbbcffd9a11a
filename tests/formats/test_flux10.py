"""E-reporting transmissions as files: read, written, read again."""

from __future__ import annotations

import json
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from facturier import cli
from facturier.errors import UnknownFormat
from facturier.formats.detect import detect
from facturier.formats.flux10 import REPORT, read_report, write_report
from facturier.formats.writer import write_document
from facturier.formats.xsd import schema_findings
from facturier.invoice.terms import Term, dictionary, label, values
from facturier.reporting.report import Report
from facturier.rules.report_examples import example

TERMS, GROUPS = dictionary(Report)
ATTRIBUTES = {
    "TT-7": "TT-8",
    "TT-12": "TT-13",
    "TT-33-1": "TT-33",
    "TT-34-0": "TT-34",
    "TT-37": "TT-36",
    "TT-38-0": "TT-38",
    "TT-40": "TT-122",
    "TT-202": "TT-52",
    "TT-63": "TT-62",
}
"""Terms that stand on the element of another."""


@pytest.fixture(scope="module")
def generated(shared):
    """Reports made by another program and found valid by the official schema."""
    files = sorted((shared / "conformance" / "gen-pyfrctc").glob("flux10*.xml"))
    assert len(files) == 10
    return {file.name: file.read_bytes() for file in files}


# --- reports of others ---------------------------------------------------------------------------


def test_reports_of_others_are_read_whole_and_come_back(generated):
    for name, data in generated.items():
        reading = read_report(data)
        assert reading.findings == (), name
        xml = write_report(reading.report)
        again = read_report(xml)
        assert again.report == reading.report, name
        assert schema_findings(again.detected) == (), name


def test_a_report_is_written_element_for_element_as_it_was(generated):
    for name, data in generated.items():
        written = write_report(read_report(data).report)
        canonical = [
            etree.tostring(
                etree.fromstring(one, etree.XMLParser(remove_blank_text=True)), method="c14n"
            )
            for one in (data, written)
        ]
        assert canonical[0] == canonical[1], name


def test_the_ids_are_those_of_the_annex(shared):
    """Annex 6: column A, but TB-1 to TB-3 which stand in front of their path."""
    book = shared / "official/dgfip-v3.2/annexes/annexe-6-e-reporting.xlsx"
    with zipfile.ZipFile(book) as archive:
        strings = archive.read("xl/sharedStrings.xml")
    texts = {"".join(one.itertext()).strip() for one in ET.fromstring(strings)}
    ids = {one for one in texts if re.fullmatch(r"T[TGB]-\d+(-\d)?", one)}
    assert {*TERMS, *GROUPS} == ids


# --- any report ----------------------------------------------------------------------------------


def children(group):
    return [one for one in (*TERMS.values(), *GROUPS.values()) if one.parent == group]


def built(group, value, wanted, repeat):
    """The record of a group with `value` for each term that is `wanted`."""
    fields = {}
    for item in children(group):
        if item.id not in wanted:
            continue
        if isinstance(item, Term):
            fields[item.path[-1]] = value(item)
        else:
            made = [
                built(item.id, value, wanted, repeat) for _ in range(repeat if item.many else 1)
            ]
            fields[item.path[-1]] = tuple(made) if item.many else made[0]
    return (GROUPS[group].record if group else Report)(**fields)


def with_groups(chosen):
    around = set(chosen)
    for id_ in chosen:
        parent = TERMS[id_].parent
        while parent:
            around.add(parent)
            parent = GROUPS[parent].parent
    return around


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")),
    min_size=1,
    max_size=20,
)
NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3
)


@st.composite
def reports(draw):
    chosen = draw(st.sets(st.sampled_from(sorted(TERMS)), min_size=1, max_size=40))
    chosen |= {ATTRIBUTES[one] for one in chosen if one in ATTRIBUTES}
    repeat = draw(st.integers(1, 3))
    return built(
        "",
        lambda term: draw(NUMBERS if term.type is Decimal else TEXTS),
        with_groups(chosen),
        repeat,
    )


@given(report=reports())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_comes_back(report):
    xml, lost = write_document(report, REPORT)
    assert lost == ()
    again = read_report(xml)
    assert again.findings == ()
    assert again.report == report


def test_a_report_that_holds_every_term_comes_back_and_each_place_is_found():
    whole = built(
        "",
        lambda term: Decimal("12.50") if term.type is Decimal else f"{term.id}",
        {*TERMS, *GROUPS},
        2,
    )
    xml = write_report(whole)
    assert read_report(xml).report == whole
    root = etree.fromstring(xml)
    for one in values(whole):
        found = root.xpath(REPORT.path_of(one.term.id, one.indexes))
        texts = [getattr(place, "text", place) for place in found]
        expected = format(one.value, "f") if one.term.type is Decimal else one.value
        assert texts == [expected], one.term.id


def test_each_term_has_both_names():
    for item in (*TERMS.values(), *GROUPS.values()):
        assert item.name
        assert item.nom
        assert "{}" not in item.name + item.nom
        assert label(item.id) != item.id


# --- what is odd ---------------------------------------------------------------------------------


def altered(old, new):
    xml = write_report(example("transactions")).decode()
    assert old in xml
    return xml.replace(old, new, 1).encode()


def test_an_unknown_element_is_told():
    reading = read_report(altered("<TypeCode>", "<Motif>x</Motif><TypeCode>"))
    assert [(one.rule, one.path) for one in reading.findings] == [
        ("UNMAPPED", "/Report/ReportDocument/Motif")
    ]


def test_an_amount_that_is_none_is_told():
    reading = read_report(altered("<TaxTotal>200.00<", "<TaxTotal>beaucoup<"))
    assert [(one.rule, one.where[:5]) for one in reading.findings] == [("MALFORMED", "TT-83")]


def test_an_amount_written_oddly_is_remembered():
    report = read_report(altered("<TaxTotal>200.00<", "<TaxTotal>+200.00<")).report
    assert [(one.term, one.value) for one in report.unusual] == [("TT-83", "+200.00")]
    assert report.transactions.sales[0].vat_amount == Decimal("200.00")


def test_the_schema_speaks_of_elements_without_prefix():
    (finding,) = schema_findings(detect(altered("<TypeCode>IN</TypeCode>", "")))
    assert finding.path == "/Report/ReportDocument/Sender"
    assert "TypeCode" in finding.message


def test_an_invoice_is_no_report(official_examples):
    with pytest.raises(UnknownFormat, match="e-reporting"):
        read_report(next(iter(official_examples.values())))


# --- the command line ----------------------------------------------------------------------------


def test_the_command_line_shows_a_report(tmp_path, capsys):
    file = tmp_path / "flux10.xml"
    file.write_bytes(write_report(example("transactions")))
    assert cli.main(["show", str(file)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^TT-4 +Type de transmission +IN$", shown, re.MULTILINE)
    assert re.search(r"^TT-19\[1\] +Numéro de facture +", shown, re.MULTILINE)
    assert cli.main(["show", "--json", str(file)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["TB-1"]["TT-4"] == "IN"
    assert shown["TB-2"]["TG-31"][0]["TG-32"][0]["TT-86"] == "20"
