"""The controls before the form: green when all fits, else the gap and the entries behind it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.vat.test_gaps import BOUGHT, PAID, SOLD, WAITS, entry

from facturier.ledger.entries import Timing
from facturier.ledger.operations import IMPORT
from facturier.vat import controls
from facturier.vat.controls import Explained
from facturier.vat.draft import draft_of

MARGIN = entry(("707", "20"), ("44571", "-20", "20", "100"), number=3)
FOREIGN_BOOKS = entry(("411", "120"), ("707", "-100"), ("44571", "-20"), number=4)
CLEARED = entry(("44571", "200"), ("44566", "-50"), ("44551", "-150"), number=5)
DEPOSIT = entry(("411", "120"), ("4191", "-100", "20"),
                ("44574", "-20", "20", "100", "S", "", Timing.ON_PAYMENT))  # fmt: skip
SERVICE = replace(WAITS, lines=(*WAITS.lines, *entry(("706", "-100", "20")).lines))


def drafted(*entries):
    return draft_of((one, line) for one in entries for line in one.lines)


@pytest.mark.parametrize("entries", [
    [SOLD], [SERVICE], [SERVICE, PAID], [PAID], [DEPOSIT], [BOUGHT], [],
    [entry(("411", "-120"), ("707", "100", "20"), ("44571", "20", "20", "100"))],
])  # fmt: skip
def test_turnover_gives_the_bases(entries):
    assert controls.turnover(entries).is_green


def test_turnover_shows_how_the_base_is_made():
    made = controls.turnover([SOLD, SERVICE, replace(PAID, entry=9)])

    (line,) = made.lines
    assert (line.label, line.left, line.right) == ("Ligne 08", 200, 200)
    assert [amount for _, amount in line.parts] == [200, -100, 100]


@pytest.mark.parametrize(("one", "gap"), [(MARGIN, -120), (FOREIGN_BOOKS, 100)])
def test_turnover_without_vat_or_vat_without_turnover_is_named(one, gap):
    made = controls.turnover([SOLD, one])

    assert [(found.entry, found.amount) for found in made.explained] == [(one.entry, gap)]
    assert not made.is_green


def test_accounts_of_vat_are_in_their_boxes():
    entries = [SOLD, BOUGHT, CLEARED]
    made = controls.accounts(entries, drafted(*entries))
    imported = entry(("445662", "20", "20", "100", "S", IMPORT),
                     ("445717", "-20", "20", "100", "S", IMPORT))  # fmt: skip

    assert controls.accounts([imported], drafted(imported)).is_green, "line 24 repeats line 20"

    assert made.is_green, "the entry that clears the VAT of a period is no operation"
    assert [line.left for line in made.lines] == [20, 20]


def test_vat_of_no_known_nature_is_in_no_box():
    entries = [SOLD, FOREIGN_BOOKS]
    made = controls.accounts(entries, drafted(*entries))

    assert [line.gap for line in made.lines] == [20, 0]
    assert [one.entry for one in made.explained] == [4]


def test_vat_is_its_base_at_its_rate():
    wrong = entry(("607", "100"), ("44566", "21", "20", "100"), ("401", "-121"))

    assert controls.rates([SOLD, BOUGHT]).is_green
    assert [one.amount for one in controls.rates([wrong]).explained] == [1]


@pytest.mark.parametrize("make", [
    controls.lettering, controls.unbooked, controls.drafts,
    lambda found: controls.waiting(found, "44574"), lambda found: controls.waiting(found, "44564"),
])  # fmt: skip
def test_lists_are_green_when_they_are_empty_and_show_the_largest_first(make):
    small, large = (Explained(label=str(n), amount=Decimal(n)) for n in (1, -7))

    assert make([]).is_green
    assert make([small, large]).explained == (large, small)
    assert make([small]).remedy


def test_whole_euros_are_told_and_alarm_nobody():
    odd = entry(("411", "1.20"), ("707", "-1", "20"), ("44571", "-0.20", "20", "1"))
    made = controls.rounding(drafted(odd))

    assert [(line.left, line.right) for line in made.lines] == [(0, Decimal("0.20"))]
    assert list(controls.failing([made, controls.rates([])])) == []
    assert list(controls.failing([controls.unbooked([Explained(label="", amount=Decimal(1))])]))
