"""The corpus beside the repository: our sets of fatal ids against those of the official files."""

import pytest
from tools import conformance

FLOOR = {"en16931-ubl": 0.99, "en16931-cii": 0.97, "brfr-ubl": 0.99, "brfr-cii": 0.99}
"""Shares of documents with exactly the same set, below which we have lost something."""


@pytest.mark.slow
def test_the_engine_agrees_with_the_official_files(shared):
    result = conformance.measure(shared / "conformance")
    for layer, floor in FLOOR.items():
        assert result.layers[layer].documents > 400
        assert result.layers[layer].share >= floor, conformance.report(result)
