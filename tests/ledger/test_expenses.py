"""Claims without an invoice in the company's name: VAT only where a tolerance applies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from facturier.ledger.books import Books
from facturier.ledger.expenses import LIMIT, Expense, claim, tolerance

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
        (expense("Perceuse", "60.00", simplified=True), True),
        (expense("Perceuse", "180.00", simplified=True), True),
        (expense("Perceuse", "180.01", simplified=True), False),
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
