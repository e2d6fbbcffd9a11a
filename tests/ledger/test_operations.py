"""Imports, cut-off and exchange differences: the entries of ``operations.txt``, and the CA3."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ledger import invoices

from facturier.errors import Unpostable
from facturier.ledger import accounts
from facturier.ledger.books import Books, Side, VatRegime
from facturier.ledger.operations import CUTS, Imported, cut_off, import_vat, part_after
from facturier.ledger.posting import propose
from facturier.ledger.settlement import settle
from facturier.vat.draft import draft

TEXT = Path(__file__).with_name("operations.txt").read_text(encoding="utf-8")
DAY = date(2026, 11, 20)


def paragraphs():
    for paragraph in TEXT.split("\n\n"):
        lines = [one for one in paragraph.splitlines() if one and not one.startswith("#")]
        if lines:
            yield pytest.param(lines[1:], id=lines[0].removeprefix("== "))


def imported(text):
    number, day, parts, *more = (one.strip() for one in text.split("|"))
    regime = VatRegime.FRANCHISE if "franchise" in more else VatRegime.NORMAL
    made = []
    for part in parts.split(";"):
        base, rate, *options = part.split()
        named = dict(one.split("=") for one in options if "=" in one)
        made.append(Imported(
            base=Decimal(base), rate=Decimal(rate), share=Decimal(named.get("share", 100)),
            account=named.get("account", ""), is_asset="asset" in options,
        ))  # fmt: skip
    return import_vat(number, made, on=date.fromisoformat(day), books=Books(vat_regime=regime))


def in_dollars(side):
    invoice = invoices.invoice(
        lines=[invoices.line("Marchandises", "100.00")],
        vats=[invoices.vat("S", "20", "100.00", "20.00")],
        totals=invoices.totals("100.00", "20.00", "120.00", vat_amount_accounting="18.00"),
        currency="USD", vat_currency="EUR",
    )  # fmt: skip
    return propose(invoice, side=side, books=Books())


def made(first):
    word, _, rest = first.partition(" ")
    if word == "import":
        return (imported(rest),)
    if word == "cut":
        kind, account, net, rate, closing = rest.split()
        return cut_off(
            kind, account, Decimal(net), rate=Decimal(rate), closing=date.fromisoformat(closing),
            books=Books(), document="CLOTURE",
        )  # fmt: skip
    side, way, booked, euros = rest.split()
    entry = in_dollars(Side(side))
    return (settle(entry, way, Decimal(booked), on=DAY, books=Books(), euros=Decimal(euros)),)


def written(entry):
    return sorted(
        f"{'D' if line.debit else 'C'} {line.account} {line.debit or line.credit}"
        for line in entry.lines
    )


@pytest.mark.parametrize("lines", list(paragraphs()))
def test_the_entries_are_those_computed_by_hand(lines):
    entries = made(lines[0])
    blocks, boxes = [[]], []
    for one in lines[1:]:
        if one == "then":
            blocks.append([])
        elif one.startswith("box "):
            boxes.append(one)
        else:
            blocks[-1].append(one)
    assert [written(entry) for entry in entries] == [sorted(block) for block in blocks]
    found = [f"box {b.code} {b.shown_base} {b.shown_tax}" for b in draft(entries[:1]).boxes]
    assert found == boxes


def test_the_reversal_falls_on_the_first_day_of_the_next_year():
    first, back = cut_off(
        "FNP", "606", Decimal(1), closing=date(2026, 6, 30), books=Books(), document="X"
    )
    assert (first.date, back.date) == (date(2026, 6, 30), date(2026, 7, 1))
    assert back.label.startswith("Extourne")


@pytest.mark.parametrize("cut", CUTS.values(), ids=lambda cut: cut.id)
def test_every_account_of_the_table_is_one_of_the_plan(cut):
    assert accounts.chart()[cut.account]
    assert not cut.vat or accounts.chart()[cut.vat]


@pytest.mark.parametrize(
    ("first", "last", "closing", "after"),
    [
        # 1 200,00 for a year from 1 October: 92 days of 365 before, 273 after: 897,53
        ("2026-10-01", "2027-09-30", "2026-12-31", "897.53"),
        ("2027-01-01", "2027-12-31", "2026-12-31", "1200.00"),
        ("2026-01-01", "2026-12-31", "2026-12-31", "0.00"),
        # four months from 1 November: 61 days before, 59 after, of 120: 590,00
        ("2026-11-01", "2027-02-28", "2026-12-31", "590.00"),
    ],
)
def test_what_belongs_to_the_next_year_is_told_by_days(first, last, closing, after):
    days = [date.fromisoformat(one) for one in (first, last, closing)]
    assert part_after(Decimal("1200.00"), *days) == Decimal(after)


def test_what_is_not_deducted_needs_an_account():
    with pytest.raises(Unpostable, match="compte"):
        imported("X | 2026-11-12 | 100.00 20 share=50")


def test_the_third_party_is_told_in_its_currency_and_the_payment_clears_it():
    entry = in_dollars(Side.SALE)
    third = entry.lines[0]
    assert (third.debit, third.currency, third.currency_amount) == (
        Decimal("108.00"), "USD", Decimal("120.00"),
    )  # fmt: skip
    assert all(line.currency == "" for line in entry.lines[1:])
    bought = in_dollars(Side.PURCHASE).lines[-1]
    assert (bought.credit, bought.currency_amount) == (Decimal("108.00"), Decimal("-120.00"))
