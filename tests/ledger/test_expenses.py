"""Claims without an invoice in the company's name: VAT only where a tolerance applies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from facturier.errors import Unpostable
from facturier.invoice.model import Identifier
from facturier.ledger.books import Books
from facturier.ledger.expenses import (
    LIMIT,
    Expense,
    Voucher,
    claim,
    is_invoiced_by,
    tolerance,
)
from facturier.rules.examples import example

DAY = date(2026, 11, 5)


def expense(label, gross, rate="20", **more):
    return Expense(label=label, gross=Decimal(gross), rate=Decimal(rate) if rate else None, **more)


@pytest.mark.parametrize(
    ("one", "tolerated"),
    [
        (expense("Péage A10", "24.00"), True),
        (expense("Restaurant du Port", "55.00", "10"), True),
        (expense("Repas client", "165.00", "10"), True),
        (expense("Repas client", "165.02", "10"), False),
        (expense("Perceuse", "60.00"), False),
        (expense("Perceuse", "60.00", voucher=Voucher.SIMPLIFIED), True),
        (expense("Perceuse", "180.00", voucher=Voucher.SIMPLIFIED), True),
        (expense("Perceuse", "180.01", voucher=Voucher.SIMPLIFIED), False),
        (expense("Timbres", "12.00", ""), False),
    ],
    ids=lambda one: "" if isinstance(one, bool) else f"{one.label} {one.gross}",
)
def test_the_limit_is_before_vat(one, tolerated):
    assert bool(tolerance(one)) is tolerated
    assert Decimal(150) == LIMIT


def test_a_claim_is_owed_to_the_employee():
    lines = (
        expense("Repas client", "55.00", "10"),
        expense("Perceuse", "240.00"),
        expense("Divers", "5.00", ""),
    )
    entry = claim(lines, number="NDF-1", employee=("S1", "Salarié 1"), on=DAY, books=Books())

    assert [(line.account, line.balance, line.rule) for line in entry.lines] == [
        ("625700", Decimal("50.00"), "NDF-HT"),
        ("445660", Decimal("5.00"), "NDF-TVA"),
        ("606300", Decimal("240.00"), "NDF-TTC"),
        ("625600", Decimal("5.00"), "NDF-TTC"),
        ("421000", Decimal("-300.00"), "NDF-SALARIE"),
    ]
    assert entry.lines[1].base == Decimal("50.00")
    assert "demandez-la" in entry.lines[2].advice
    assert not entry.lines[3].advice


LUNCH = replace(
    example("card"), object_identifiers=(Identifier("0042", "AHK"),), issue_date=date(2026, 11, 4)
)
"""An invoice of 120.00, paid, that names an employee."""


@pytest.mark.parametrize(
    ("change", "key", "same"),
    [
        ({}, "0042", True),
        ({}, "", True),
        ({}, "0043", False),
        ({"gross": Decimal("120.01")}, "0042", False),
        ({"paid_on": date(2026, 11, 7)}, "0042", True),
        ({"paid_on": date(2026, 11, 8)}, "0042", False),
        ({"paid_on": None}, "0042", True),
        ({"paid_on": None}, "", False),
    ],
)
def test_a_receipt_and_its_invoice_are_one_purchase(change, key, same):
    one = replace(expense("Lampe", "120.00", paid_on=date(2026, 11, 4)), **change)

    assert is_invoiced_by(one, LUNCH, key) is same


def test_what_remains_due_was_not_paid_by_the_employee():
    owed = replace(LUNCH, totals=replace(LUNCH.totals, due_amount=Decimal("120.00")))

    assert not is_invoiced_by(expense("Lampe", "120.00", paid_on=date(2026, 11, 4)), owed, "0042")
    assert not is_invoiced_by(expense("Lampe", "120.00"), replace(LUNCH, totals=None), "0042")


def test_a_claim_does_not_charge_an_invoice_again():
    one = expense("Lampe", "120.00", paid_on=date(2026, 11, 4))
    with pytest.raises(Unpostable) as error:
        claim(
            (one,),
            number="N",
            employee=("S1", "S"),
            on=DAY,
            books=Books(),
            invoices=(LUNCH,),
            key="0042",
        )

    assert error.value.reason == "already-invoiced"
    assert LUNCH.number in error.value.message
    assert error.value.remedy
