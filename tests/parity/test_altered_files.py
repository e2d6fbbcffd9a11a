"""What only a file can say: blanks, other taxes, other formats. Judged as the official files do."""

import re

import pytest
from tests import oracle

from facturier.findings import Severity
from facturier.formats import read, write
from facturier.rules.check import facts_of
from facturier.rules.en16931 import BOOK
from facturier.rules.examples import example

ALTERED = [
    # A tax that is not VAT, or that is not named, in each place where one stands.
    ("allowances", "ubl", r"(<cac:ClassifiedTaxCategory>.*?<cbc:ID>)VAT", r"\1GST", {"BR-CO-04"}),
    ("allowances", "ubl", r"(<cac:TaxSubtotal>.*?TaxScheme>\s*<cbc:ID>)VAT", r"\1GST", None),
    ("allowances", "ubl", r"(<cac:AllowanceCharge>.*?TaxScheme>\s*<cbc:ID>)VAT", r"\1GST", None),
    ("allowances", "ubl", r"<cbc:ID>VAT</cbc:ID>", r"<cbc:ID> vat </cbc:ID>", set()),
    ("allowances", "cii", r"<ram:TypeCode>VAT", r"<ram:TypeCode>GST", {"BR-CO-04"}),
    ("allowances", "cii", r"(CategoryTradeTax>\s*<ram:TypeCode>)VAT", r"\1GST", {"BR-32"}),
    ("allowances", "cii", r"<ram:TypeCode>VAT<", r"<ram:TypeCode>vat<", set()),
    ("allowances", "cii", r"<ram:TypeCode>VAT<", r"<ram:TypeCode> VAT<", {"BR-CO-04"}),
    # Blank is not always absent.
    ("credit-note", "ubl", r"<cbc:ID>FA-2026-0001<", "<cbc:ID><", set()),
    (
        "credit-note",
        "cii",
        r"(ReferencedDocument>\s*<ram:IssuerAssignedID>)[^<]+",
        r"\1",
        {"BR-55"},
    ),
    ("standard", "ubl", r"(EndpointID schemeID=)\"0225\"", r'\1""', {"BR-CL-25"}),
    ("standard", "cii", r"(URIID schemeID=)\"0225\"", r'\1""', {"BR-62", "BR-CL-25"}),
    ("standard", "ubl", r"<cbc:IdentificationCode>FR<", "<cbc:IdentificationCode> <", None),
    ("standard", "cii", r"<ram:CountryID>FR<", "<ram:CountryID> <", None),
    ("standard", "ubl", r"<cbc:ID>FA-2026-0001<", "<cbc:ID> <", {"BR-02"}),
    # Letters before a VAT number.
    ("standard", "ubl", r"<cbc:CompanyID>FR\d+<", "<cbc:CompanyID>F<", set()),
    ("standard", "ubl", r"<cbc:CompanyID>FR\d+<", "<cbc:CompanyID>9<", {"BR-CO-09"}),
    ("standard", "ubl", r"<cbc:CompanyID>FR(\d+)<", r"<cbc:CompanyID>EL\1<", set()),
    # A code between hashes.
    ("standard", "ubl", r"#PMT#", "#pmt#", {"BR-CL-08"}),
    ("standard", "ubl", r"#PMT#", "#PMTX#", set()),
    ("standard", "ubl", r"#PMT#", "Note #PMT# ", set()),
    ("standard", "ubl", r"#PMT#", "Note #QQQ# ", {"BR-CL-08"}),
    # A date in another format than the CII file reads.
    ("standard", "cii", r"(IssueDateTime>\s*<udt:DateTimeString format=)\"102\"", r'\1"203"', None),
    (
        "period",
        "cii",
        r"(EndDateTime>\s*<udt:DateTimeString format=)\"102\"",
        r'\1"203"',
        {"BR-30"},
    ),
    # Case of codes.
    ("exempt", "ubl", r"VATEX-FR-FRANCHISE", "vatex-fr-franchise", set()),
    ("exempt", "cii", r"VATEX-FR-FRANCHISE", "vatex-fr-franchise", set()),
    ("standard", "ubl", r"InvoiceTypeCode>380", "InvoiceTypeCode>381", {"BR-CL-01"}),
    ("standard", "cii", r"TypeCode>380", "TypeCode>381", set()),
]


@pytest.mark.parametrize(
    ("name", "syntax", "old", "new", "expected"),
    ALTERED,
    ids=[f"{number}-{case[1]}-{case[0]}" for number, case in enumerate(ALTERED)],
)
def test_an_altered_file_gets_the_official_verdict(name, syntax, old, new, expected):
    whole = write(example(name), syntax).xml.decode()
    altered, changes = re.subn(old, new, whole, count=1, flags=re.DOTALL)
    assert changes == 1
    xml = altered.encode()
    reading = read(xml)
    ours = {
        finding.rule
        for finding in BOOK.check(facts_of(reading.invoice, reading.detected))
        if finding.severity is Severity.FATAL
    }
    theirs = {id_ for id_ in oracle.fatal(f"en16931-{syntax}", xml) if id_.startswith("BR-")}
    assert ours == theirs
    if expected is not None:
        assert theirs == expected
