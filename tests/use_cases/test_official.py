"""What the cases give passes the official stylesheets too: documents, statuses, flux 1, flux 10.

A sample runs with every test, all of it with the slow ones.
"""

from __future__ import annotations

import pytest
from tests import oracle

from facturier import formats
from facturier.formats.cdar import write_status
from facturier.invoice.profiles import EXTENDED_CTC_FR
from facturier.use_cases import numbers, sheet

SAMPLE = ("13",)
ALL = [
    pytest.param(number, marks=() if number in SAMPLE else pytest.mark.slow) for number in numbers()
]


def layers(invoice, syntax):
    """Return the stylesheets that a document must pass, by its profile."""
    extended = invoice.process.specification == EXTENDED_CTC_FR
    return (f"{'extended-ctc-fr' if extended else 'en16931'}-{syntax}", f"br-fr-{syntax}")


@pytest.mark.parametrize("number", ALL)
def test_its_documents_pass_the_official_stylesheets(number):
    for document in sheet(number).example().documents:
        for syntax in ("ubl", "cii"):
            xml = formats.write(document.invoice, syntax).xml
            for layer in layers(document.invoice, syntax):
                found = oracle.fatal(layer, xml)
                assert (document.invoice.number, layer, found) == (
                    document.invoice.number,
                    layer,
                    frozenset(),
                )


@pytest.mark.parametrize("number", ALL)
def test_its_statuses_pass_the_official_stylesheet(number):
    for message in sheet(number).example().messages:
        if message.to_ppf:  # the stylesheet is for messages between platforms
            continue
        found = oracle.fatal("cdar", write_status(message))
        assert (message.name, found) == (message.name, frozenset())


@pytest.mark.parametrize("number", ALL)
def test_its_reports_pass_the_official_stylesheets(number):
    for scene in sheet(number).example().scenes:
        for told in scene.told:
            layer = "flux10" if told.flow.startswith("10") else "flux1-base-ubl"
            assert (told.label, oracle.fatal(layer, told.xml)) == (told.label, frozenset())
