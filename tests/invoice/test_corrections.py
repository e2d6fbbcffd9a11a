"""Documents that put an invoice right: named, computed, valid."""

from datetime import date

import pytest
from tests.server.invoices import ubl

from facturier import formats, rules
from facturier.invoice import corrections
from facturier.invoice.parties import demo_siren

DAY = date(2026, 12, 1)
MAKE = {"384": corrections.rectification, "381": corrections.credit_note}


def original(**asked):
    data = ubl("F-011", seller=demo_siren(9002), buyer=demo_siren(9004), **asked)
    return formats.read(data).invoice


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize("kind", ["381", "384", "380"])
def test_each_draft_is_valid_and_loses_nothing(kind, syntax):
    made = MAKE.get(kind, corrections.renewed)(original(), number="F-012", on=DAY)
    written = formats.write(made, syntax)
    assert not written.lost
    reading = formats.read(written.xml)
    verdict = rules.check(reading, on=DAY)
    assert verdict.outcome == "valid", [(f.rule, f.message) for f in verdict.fatal]
    again = reading.invoice
    assert (again.number, again.type_code, again.issue_date) == ("F-012", kind, DAY)
    named = [(one.number, one.issue_date) for one in again.preceding_invoices]
    assert named == ([] if kind == "380" else [("F-011", date(2026, 11, 20))])
    assert again.totals.with_vat == 120


def test_totals_that_were_wrong_are_computed_again():
    made = corrections.renewed(original(total="121.00"), number="F-012", on=DAY)
    assert (made.totals.with_vat, made.totals.due_amount) == (120, 120)


def test_a_self_billed_invoice_keeps_its_kind():
    invoice = original(type_code="389")
    assert corrections.rectification(invoice, number="2", on=DAY).type_code == "471"
    assert corrections.credit_note(invoice, number="2", on=DAY).type_code == "261"


@pytest.mark.parametrize(
    ("like", "taken", "expected"),
    [
        ("F-011", (), "F-012"), ("F-011", ("F-015", "G-099"), "F-016"), ("F-9", (), "F-10"),
        ("2026-11-A", ("2026-12-A",), "2026-13-A"), ("SANS", (), "SANS-2"), ("", (), "1"),
        ("F-011", ("F-" + "9" * 30,), "F-012"),
    ],
)  # fmt: skip
def test_the_next_number_of_a_series(like, taken, expected):
    assert corrections.next_number(like, taken) == expected
