"""Each syntax rule fails on the same altered files as in the official stylesheet, and only there.

Compared is the whole set of ids that are no business rules, with their weights.
"""

import pytest
from tests import oracle
from tests.parity.altered_syntax import BOOKS, alterations

from facturier.findings import Layer
from facturier.formats.detect import detect
from facturier.rules.syntax import judge

SAMPLE = 29
BUSINESS = "BR-"
LAYERS = {"en16931": Layer.EN16931, "extended-ctc-fr": Layer.EXTENDED_CTC_FR}
CASES = [
    pytest.param(book, id_, make, id=f"{book}-{root}-{name}")
    for book in BOOKS
    for root in (("Invoice", "CreditNote") if book.endswith("ubl") else ("CrossIndustryInvoice",))
    for name, id_, make in alterations(book, root)
]


def ours(book, xml):
    family = book.rpartition("-")[0]
    judged = judge(family, LAYERS[family], detect(xml))
    return {(finding.rule, str(finding.severity)) for finding in judged.findings}


def official(book, xml):
    """Return what the official file says; where a business rule stops it, what its pattern says."""
    try:
        said = oracle.failed(book, xml)
    except oracle.StylesheetAborted:
        said = oracle.failed_by_pattern(book, xml, leaving=BUSINESS)
    return {one for one in said if not one[0].startswith(BUSINESS)}


def compare(book, id_, make):
    xml = make()
    theirs = official(book, xml)
    assert id_ in {found for found, _ in theirs}, "the alteration does not break the rule"
    assert ours(book, xml) == theirs


@pytest.mark.parametrize(("book", "id_", "make"), CASES[::SAMPLE])
def test_a_sample_of_altered_files_gets_the_official_ids(book, id_, make):
    compare(book, id_, make)


@pytest.mark.slow
@pytest.mark.parametrize(("book", "id_", "make"), CASES)
def test_every_altered_file_gets_the_official_ids(book, id_, make):
    compare(book, id_, make)
