"""What clears a booked invoice, and the VAT that moves with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger import invoices

from facturier.errors import Unpostable
from facturier.ledger import accounts
from facturier.ledger.books import Books, Side
from facturier.ledger.entries import Entry, Line
from facturier.ledger.posting import propose
from facturier.ledger.settlement import MOVES, discounted, settle, taken_from_till, total_of

DAY = date(2026, 12, 1)
ON_RECEIPTS = Books(vat_on_receipts=True)


def booked(side=Side.SALE, *, process="S1", books=ON_RECEIPTS):
    """The entry of 1 000 + 200 at 20 % and 100 + 5.50 at 5.5 %: 1 305.50."""
    invoice = invoices.invoice(
        lines=[
            invoices.line("Prestation", "1000.00", unit="LS"),
            invoices.line("Prestation", "100.00", rate="5.5", unit="LS"),
        ],
        vats=[
            invoices.vat("S", "20", "1000.00", "200.00"),
            invoices.vat("S", "5.5", "100.00", "5.50"),
        ],
        totals=invoices.totals("1100.00", "205.50", "1305.50"),
        process=process,
    )
    return propose(invoice, side=side, books=books)


def amounts(entry):
    return [(line.account, line.balance) for line in entry.lines]


def test_a_payment_moves_the_vat_of_each_rate():
    paid = settle(booked(), "R-BANQUE", Decimal("1305.50"), on=DAY, books=ON_RECEIPTS)

    assert amounts(paid) == [
        ("512000", Decimal("1305.50")),
        ("411000", Decimal("-1305.50")),
        ("445740", Decimal("200.00")),
        ("445710", Decimal("-200.00")),
        ("445740", Decimal("5.50")),
        ("445710", Decimal("-5.50")),
    ]
    assert [line.base for line in paid.lines if line.base] == [Decimal(1000), Decimal(100)]
    assert paid.journal == "BQ"
    assert paid.date == DAY


def test_goods_have_no_vat_to_move():
    entry = booked(process="B1", books=Books())

    paid = settle(entry, "R-BANQUE", Decimal("1305.50"), on=DAY, books=Books())
    assert len(paid.lines) == 2


@given(
    parts=st.lists(st.integers(min_value=1, max_value=40_000), min_size=1, max_size=6),
    side=st.sampled_from(Side),
)
@settings(max_examples=60, deadline=None)
def test_part_payments_add_up_to_the_cent(parts, side):
    """However an invoice is paid, its whole VAT has moved once all of it is paid."""
    entry, whole = booked(side), Decimal("1305.50")
    paid, before = [], Decimal(0)
    for cents in parts:
        amount = min(Decimal(cents) / 100, whole - before)
        if amount:
            paid.append((before, amount))
            before += amount
    paid.append((before, whole - before))
    move = "R-BANQUE" if side is Side.SALE else "P-BANQUE"
    made = [
        settle(entry, move, amount, on=DAY, books=ON_RECEIPTS, before=already)
        for already, amount in paid
        if amount
    ]

    left = {}
    for line in (*entry.lines, *(line for one in made for line in one.lines)):
        left[line.account] = left.get(line.account, Decimal(0)) + line.balance
    waiting = "445740" if side is Side.SALE else "445640"
    third = "411000" if side is Side.SALE else "401000"
    assert left[waiting] == left[third] == 0


def test_a_third_party_pays_no_vat():
    insured = settle(
        booked(), "R-ASSUREUR", Decimal("300.00"), on=DAY, books=ON_RECEIPTS,
        other=("CASSUR", "Assureur"),
    )  # fmt: skip
    paid = settle(
        booked(), "R-TIERS", Decimal("300.00"), on=DAY, books=ON_RECEIPTS,
        other=("CASSUR", "Assureur"),
    )  # fmt: skip

    assert amounts(insured) == [("467000", Decimal(300)), ("411000", Decimal(-300))]
    assert insured.lines[0].auxiliary == "CASSUR"
    assert amounts(paid) == [("512000", Decimal(300)), ("467000", Decimal(-300))]
    assert (paid.lines[0].auxiliary, paid.lines[1].auxiliary) == ("", "CASSUR")


def test_a_payment_taken_back_turns_every_side():
    entry = booked()
    there = settle(entry, "R-BANQUE", Decimal("600.00"), on=DAY, books=ON_RECEIPTS)
    back = settle(
        entry, "R-BANQUE", Decimal("-600.00"), on=DAY, books=ON_RECEIPTS, before=Decimal(600)
    )

    assert amounts(back) == [(account, -amount) for account, amount in amounts(there)]


def test_a_discount_gives_back_vat_that_will_never_be_due():
    entry = booked(Side.PURCHASE)
    taken = discounted(entry, Side.PURCHASE, Decimal("26.11"), on=DAY, books=ON_RECEIPTS)

    assert amounts(taken) == [
        ("765000", Decimal("-22.00")),
        ("445640", Decimal("-4.00")),
        ("445640", Decimal("-0.11")),
        ("401000", Decimal("26.11")),
    ]


def test_a_sale_already_in_the_till_is_taken_out_of_it():
    entry = booked(process="B1", books=Books())
    back = taken_from_till(entry, on=DAY, books=Books())

    assert sorted(amounts(back)) == sorted((account, -amount) for account, amount in amounts(entry))
    assert back.journal == "OD"


def test_an_entry_without_third_party_cannot_be_settled():
    lines = (Line(account="512000", label="", debit=Decimal(1)),
             Line(account="471000", label="", credit=Decimal(1)))  # fmt: skip
    entry = Entry(journal="BQ", date=DAY, document="X", document_date=DAY, label="", lines=lines)

    with pytest.raises(Unpostable) as error:
        total_of(entry)
    assert error.value.reason == "missing-party"


def test_vat_typed_without_its_base_is_told_from_its_rate():
    entry = booked()
    bare = replace(entry, lines=tuple(replace(line, base=None) for line in entry.lines))

    paid = settle(bare, "R-BANQUE", Decimal("1305.50"), on=DAY, books=ON_RECEIPTS)
    assert [line.base for line in paid.lines if line.base] == [Decimal(1000), Decimal(100)]


@pytest.mark.parametrize("move", MOVES.values(), ids=lambda move: move.id)
def test_each_move_goes_from_an_account_of_the_chart_and_says_why(move):
    assert accounts.exists(move.account)
    assert not move.cleared or accounts.exists(move.cleared)
    assert move.why.endswith(".")
    assert move.bank == (move.account == "512")
