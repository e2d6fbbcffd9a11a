from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from facturier.errors import RefusedByUs, UnbalancedEntry
from facturier.ledger.entries import (
    Entry,
    Fiscal,
    Line,
    Source,
    State,
    Timing,
    mark_reversed,
    reverse,
    validate,
)

DAY = date(2026, 11, 20)


def entry(*lines):
    return Entry(
        journal="HA", date=DAY, document="F-1", document_date=DAY, label="Facture F-1", lines=lines
    )


def debit(amount, account="607000"):
    return Line(account=account, label="x", debit=Decimal(amount))


def credit(amount, account="401000"):
    return Line(account=account, label="x", credit=Decimal(amount))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "empty"),
        ((debit("10"), credit("9.99")), "gap"),
        ((debit("-10"), credit("-10")), "debit-or-credit"),
        ((debit("0"), credit("0")), "debit-or-credit"),
        ((Line(account="607", label="x", debit=Decimal(1), credit=Decimal(1)),), "debit-or-credit"),
        ((debit("1.001"), credit("1.001")), "cents"),
    ],
)
def test_an_entry_that_is_none_cannot_be_built(lines, reason):
    with pytest.raises(UnbalancedEntry) as refusal:
        entry(*lines)

    assert refusal.value.reason == reason


def test_the_gap_is_said_in_euros():
    with pytest.raises(UnbalancedEntry, match="écart de 0,01 €"):
        entry(debit("10"), credit("9.99"))


def test_an_entry_knows_its_total():
    assert entry(debit("10"), debit("2"), credit("12")).total == 12


def test_validated_then_reversed_and_nothing_else():
    proposed = entry(debit("10"), credit("10"))
    validated = validate(proposed, number="HA0001", on=DAY)
    back = reverse(validated, date(2026, 11, 30))

    assert (proposed.state, proposed.number) == (State.PROPOSED, "")
    assert (validated.state, validated.number, validated.validated_on) == (
        State.VALIDATED,
        "HA0001",
        DAY,
    )
    assert (back.state, back.reverses, back.date) == (
        State.PROPOSED,
        "HA0001",
        date(2026, 11, 30),
    )
    assert [(line.debit, line.credit) for line in back.lines] == [(0, 10), (10, 0)]
    assert mark_reversed(validated).state is State.REVERSED


def test_the_life_of_an_entry_refuses_what_is_out_of_turn():
    proposed = entry(debit("10"), credit("10"))
    validated = validate(proposed, number="HA0001", on=DAY)
    reversed_ = mark_reversed(validated)
    for act, reason in (
        (lambda: validate(validated, number="HA0002", on=DAY), "already-validated"),
        (lambda: validate(reversed_, number="HA0002", on=DAY), "already-validated"),
        (lambda: validate(proposed, number="", on=DAY), "no-number"),
        (lambda: reverse(proposed, DAY), "not-validated"),
        (lambda: reverse(reversed_, DAY), "already-reversed"),
        (lambda: mark_reversed(proposed), "not-validated"),
        (lambda: mark_reversed(reversed_), "not-validated"),
    ):
        with pytest.raises(RefusedByUs) as refusal:
            act()
        assert refusal.value.reason == reason


def test_a_reversal_undoes_the_entry_account_by_account():
    validated = validate(entry(debit("7"), debit("3"), credit("10")), number="1", on=DAY)
    both = [*validated.lines, *reverse(validated, DAY).lines]

    for account in {line.account for line in both}:
        assert sum(line.balance for line in both if line.account == account) == 0


def test_a_line_says_where_its_figure_comes_from():
    line = Line(
        account="607",
        label="x",
        debit=Decimal(3),
        sources=(
            Source(term="BT-131", indexes=(2,), amount=Decimal(1)),
            Source(term="BT-131", indexes=(4,), amount=Decimal(2)),
            Source(term="BT-112"),
        ),
    )

    assert line.where == "BT-131[3], BT-131[5], BT-112"
    assert (line.term, line.indexes) == ("BT-131", (2,))
    assert (debit("1").term, debit("1").indexes, debit("1").where) == ("", (), "")


def test_a_fiscal_nature_reads_in_french():
    assert str(Fiscal(category="S", rate=Decimal("5.50"))) == "S 5,5 % exigible"
    assert str(Fiscal(category="S", rate=Decimal(20), timing=Timing.ON_PAYMENT)) == (
        "S 20 % encaissement"
    )
