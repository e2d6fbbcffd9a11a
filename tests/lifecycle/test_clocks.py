"""The 24-hour clocks, with the hour as an argument."""

from datetime import timedelta

import pytest
from tests.lifecycle.examples import BP, SP, START, event

from facturier.lifecycle.clocks import DELAY, Clock, Pace, delivery, towards_portal
from facturier.lifecycle.statuses import Side

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("done", "now", "pace"),
    [
        (None, DELAY, Pace.RUNNING),
        (None, DELAY + SECOND, Pace.LATE),
        (DELAY, DELAY * 9, Pace.KEPT),
        (DELAY + SECOND, DELAY * 9, Pace.MISSED),
    ],
)
def test_a_clock_gives_a_day(done, now, pace):
    clock = Clock(what="Flux 1", since=START, done_at=None if done is None else START + done)
    assert clock.due_at == START + DELAY
    assert clock.pace(START + now) is pace


def test_a_delivery_runs_from_the_deposit_to_the_answer_of_the_other_platform():
    deposited = (event(200, SP), event(201, SP, 1))
    assert delivery(()) is None
    assert delivery(deposited).pace(START + DELAY + SECOND) is Pace.LATE
    for code in (202, 203, 213, 221):
        assert delivery((*deposited, event(code, BP, 90))).done_at == event(code, BP, 90).at
    assert delivery((*deposited, event(207, Side.BUYER, 90))).pace(START) is Pace.KEPT
    assert delivery((*deposited, event(212, Side.SELLER, 90))).done_at is None


def test_nobody_waits_for_who_cannot_be_reached():
    assert delivery((event(200, SP, reason="NON_TRANSMISE"),)) is None


def test_what_the_portal_is_owed():
    clock = towards_portal("Flux 1", START, START + SECOND)
    assert (clock.what, clock.pace(START)) == ("Flux 1 au portail public", Pace.KEPT)
