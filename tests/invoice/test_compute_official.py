"""Our arithmetic on the official French examples: recomputed, each gives its own totals."""

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from facturier.formats import cii, ubl
from facturier.formats.reader import read_invoice
from facturier.invoice.compute import compute

EXAMPLES = Path(__file__).parents[3] / "shared/official/fnfe-1.4.0/examples"
BINDINGS = {
    "Invoice": ubl.INVOICE,
    "CreditNote": ubl.CREDIT_NOTE,
    "CrossIndustryInvoice": cii.INVOICE,
}


def examples():
    for path in sorted(EXAMPLES.rglob("*.xml")):
        root = etree.parse(path).getroot()
        name = etree.QName(root).localname
        if name in BINDINGS:
            yield pytest.param(root, BINDINGS[name], id=path.stem)


@pytest.mark.skipif(
    not EXAMPLES.exists() and not os.environ.get("CI"), reason="official examples not at hand"
)
def test_the_official_examples_are_there():
    assert len(list(examples())) >= 8


@pytest.mark.parametrize(("root", "binding"), list(examples()))
def test_an_official_example_recomputed_gives_its_own_totals(root, binding):
    stated = read_invoice(root, binding)
    computed = compute(stated)
    # The examples write 0.00 where there is no allowance or charge; we leave BT-107 and BT-108 out.
    assert computed.totals.allowances is computed.totals.charges is None
    none = {"allowances": Decimal(0), "charges": Decimal(0)}
    assert replace(computed.totals, **none) == stated.totals
    assert [line.net_amount for line in computed.lines] == [x.net_amount for x in stated.lines]

    def figures(invoice):
        return {
            (one.category, one.rate, one.taxable_amount, one.tax_amount, one.exemption_code)
            for one in invoice.vat_breakdown
        }

    assert figures(computed) == figures(stated)
