"""The corpus beside the repository: our sets of fatal ids against those of the official files."""

import pytest
from tools import conformance

FLOOR = {
    "en16931-ubl": (1000, 0.99),
    "en16931-cii": (600, 0.97),
    "extctc-ubl": (280, 0.97),
    "extctc-cii": (95, 0.96),
    "brfr-ubl": (850, 0.99),
    "brfr-cii": (500, 0.99),
    "facturx-minimum": (10, 1.0),
    "facturx-basicwl": (90, 0.98),
    "facturx-basic": (13, 1.0),
    "facturx-en16931": (440, 0.99),
    "facturx-extended": (290, 0.99),
    "cdar": (190, 1.0),
    "flux10": (130, 1.0),
}
"""How many documents, and the share of them with exactly the same set, below which we have lost
something."""


@pytest.mark.slow
def test_the_engine_agrees_with_the_official_files(shared):
    result = conformance.measure(shared / "conformance")
    for layer, (documents, floor) in FLOOR.items():
        assert result.layers[layer].documents >= documents
        assert result.layers[layer].share >= floor, conformance.report(result)
