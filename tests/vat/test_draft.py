"""Boxes of the return, from entry lines; every figure leads back to its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from facturier.ledger.entries import Entry, Fiscal, Line, Timing
from facturier.vat.draft import DEDUCTED, DUE, draft, euros
from facturier.vat.form import FORM, LINES, YEAR, line_of_rate

DAY = date(2026, 11, 20)


def entry(*lines, document="F-1"):
    """An entry of (account, signed amount, category, rate, base, rule) tuples, balanced by 471."""
    made = [_line(*one) for one in lines]
    gap = sum((one.balance for one in made), Decimal(0))
    if gap:
        made.append(_line("471", str(-gap)))
    return Entry(
        journal="OD", date=DAY, document=document, document_date=DAY, label="", lines=tuple(made)
    )


def _line(account, amount, category="", rate="0", base=None, rule="", timing=Timing.NOW):
    signed = Decimal(amount)
    fiscal = Fiscal(category=category, rate=Decimal(rate), timing=timing) if category else None
    return Line(
        account=account.ljust(6, "0"), label="", debit=max(signed, Decimal(0)),
        credit=max(-signed, Decimal(0)), fiscal=fiscal, rule=rule,
        base=Decimal(base) if base else None,
    )  # fmt: skip


def shown(made):
    return {box.code: (box.shown_base, box.shown_tax) for box in made.boxes}


@pytest.mark.parametrize(
    ("rate", "overseas", "line"),
    [
        ("20", False, "08"), ("5.5", False, "09"), ("10", False, "9B"), ("8.5", True, "10"),
        ("2.1", True, "11"), ("2.1", False, "14"), ("13", False, "14"), ("19.6", False, "13"),
    ],
)  # fmt: skip
def test_each_rate_has_its_line(rate, overseas, line):
    made = draft([entry(("44571", "-10", "S", rate, "50"))], overseas=overseas)

    assert line_of_rate(Decimal(rate), overseas=overseas) == line
    assert shown(made)[line] == (50, 10)
    assert shown(made)["A1"] == (50, 0)


def test_a_month_by_hand():
    """Sales 1 000 at 20 % and 200 at 5,5 %, an asset, purchases, a credit brought forward."""
    made = draft(
        [
            entry(("707", "-1000", "S", "20"), ("44571", "-200", "S", "20", "1000")),
            entry(("707", "-200", "S", "5.5"), ("44571", "-11", "S", "5.5", "200")),
            entry(("607", "300"), ("44566", "60", "S", "20", "300")),
            entry(("2183", "500"), ("44562", "100", "S", "20", "500")),
        ],
        brought=Decimal("7.60"),
    )

    assert shown(made) == {
        "A1": (1200, 0),
        "08": (1000, 200),
        "09": (200, 11),
        "16": (0, 211),
        "19": (0, 100),
        "20": (0, 60),
        "22": (0, 8),
        "23": (0, 168),
        "28": (0, 43),
    }
    assert made.year == YEAR
    assert made.box("28").of == ("16", "23")
    assert made.box("9B") is None


def test_vat_that_waits_is_in_no_box():
    made = draft(
        [
            entry(
                ("706", "-1000", "S", "20", None, "", Timing.ON_PAYMENT),
                ("44574", "-200", "S", "20", "1000", "", Timing.ON_PAYMENT),
                ("44571", "-5", "S", "20", "25", "", Timing.ON_PAYMENT),
            )
        ]
    )

    assert made.boxes == ()


@pytest.mark.parametrize(
    ("rule", "account", "line"),
    [
        ("A-INTRACOM", "4452", "B2"),
        ("A-AUTOLIQ-UE", "4452", "A3"),
        ("A-AUTOLIQ-HORS-UE", "445717", "A3"),
        ("A-AUTOLIQ", "445717", "A2"),
        ("A-BIENS", "445717", "B4"),
    ],
)
def test_what_the_buyer_owes_is_due_and_deducted(rule, account, line):
    made = draft(
        [
            entry(
                ("445667", "200", "AE", "20", "1000", rule),
                (account, "-200", "AE", "20", "1000", rule),
            )
        ]
    )

    assert shown(made)[line] == (1000, 0)
    assert shown(made)["08"] == (1000, 200)
    assert shown(made)["20"] == (0, 200)
    assert ("17" in shown(made)) is (line == "B2")
    assert "28" not in shown(made)
    assert "25" not in shown(made)


@pytest.mark.parametrize(
    ("category", "line"), [("G", "E1"), ("K", "F2"), ("E", "E2"), ("AE", "E2"), ("O", None)]
)
def test_sales_without_vat_stand_on_their_lines(category, line):
    made = draft([entry(("707", "-500", category))])

    assert shown(made) == ({line: (500, 0)} if line else {})


def test_a_credit_note_takes_back():
    made = draft(
        [
            entry(("44571", "-200", "S", "20", "1000")),
            entry(("44571", "40", "S", "20", "200")),
        ]
    )

    assert shown(made)["08"] == (800, 160)
    assert [part.base for part in made.box("08").parts] == [1000, -200]


def test_a_base_that_nobody_said_is_told_from_the_rate():
    assert shown(draft([entry(("44571", "-200", "S", "20"))]))["08"] == (1000, 200)


def test_what_cancels_out_is_in_no_box():
    made = draft(
        [entry(("44571", "-20", "S", "20", "100")), entry(("44571", "20", "S", "20", "100"))]
    )

    assert made.boxes == ()


def test_more_deducted_than_due_is_a_credit():
    made = draft([entry(("44566", "60.50", "S", "20", "302.50"))])

    assert shown(made) == {"20": (0, 61), "23": (0, 61), "25": (0, 61), "27": (0, 61)}


def test_each_box_adds_up_its_parts():
    made = draft(
        [entry(("44571", "-0.40", "S", "20", "2")), entry(("44571", "-0.40", "S", "20", "2"))]
    )
    box = made.box("08")

    assert sum(part.tax for part in box.parts) == box.tax == Decimal("0.80")
    assert box.shown_tax == 1
    assert euros(Decimal("0.50")) == 1


def test_the_form_prints_each_line_once():
    assert len(LINES) == len(FORM)
    assert set(DUE) | set(DEDUCTED) <= set(LINES)
