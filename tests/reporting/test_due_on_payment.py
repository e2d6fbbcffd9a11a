"""Whether each receipt of an invoice is told: when its VAT falls due with the payment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facturier.invoice.model import ProcessControl
from facturier.reporting.receipts import is_vat_due_on_payment
from facturier.rules.examples import example


def of(name="transfer", *, process="B1", kind="380", code=None):
    control = ProcessControl(business_process=process)
    return replace(example(name), process=control, type_code=kind, vat_point_date_code=code)


@pytest.mark.parametrize(
    ("invoice", "due"),
    [
        (of(), False),
        (of(process="S1"), True),
        (of(process="M1"), True),
        (of(process="S1", code="3"), False),
        (of(process="S1", code="5"), False),
        (of(code="432"), True),
        (of(kind="386"), True),
        (of(kind="500"), True),
        (of("reverse-charge", process="S1"), False),
        (of("reverse-charge", process="S1", code="432"), False),
        (of("exempt", process="S1"), False),
        (of(process="S7"), False),
        (of(process="S7", code="72"), False),
        (of(process="B7", kind="386"), False),
    ],
    ids=lambda one: "" if isinstance(one, bool) else f"{one.process.business_process}",
)
def test_receipts_are_told_where_the_vat_waits_for_the_payment(invoice, due):
    assert is_vat_due_on_payment(invoice) is due
