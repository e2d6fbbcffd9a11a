"""Periods and limits of e-reporting (table 13), by hand and against another implementation."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyfrctc.ereporting import get_ereporting_end_date_and_deadline_from_start_date as theirs

from facturier.reporting.periods import Data, Period, Regime, deadline, period_of, periods, sent_by

T, P = Data.TRANSACTIONS, Data.PAYMENTS


@pytest.mark.parametrize(
    ("regime", "data", "day", "start", "end", "limit"),
    [
        (Regime.MONTHLY, T, "2026-09-01", "2026-09-01", "2026-09-10", "2026-09-20"),
        (Regime.MONTHLY, T, "2026-09-10", "2026-09-01", "2026-09-10", "2026-09-20"),
        (Regime.MONTHLY, T, "2026-09-11", "2026-09-11", "2026-09-20", "2026-09-30"),
        (Regime.MONTHLY, T, "2027-02-20", "2027-02-11", "2027-02-20", "2027-02-28"),
        (Regime.MONTHLY, T, "2026-12-31", "2026-12-21", "2026-12-31", "2027-01-10"),
        (Regime.MONTHLY, T, "2028-02-29", "2028-02-21", "2028-02-29", "2028-03-10"),
        (Regime.MONTHLY, P, "2026-09-15", "2026-09-01", "2026-09-30", "2026-10-10"),
        (Regime.QUARTERLY, T, "2026-09-15", "2026-09-01", "2026-09-30", "2026-10-10"),
        (Regime.QUARTERLY, P, "2026-12-15", "2026-12-01", "2026-12-31", "2027-01-10"),
        (Regime.SIMPLIFIED, T, "2026-09-15", "2026-09-01", "2026-09-30", "2026-10-31"),
        (Regime.SIMPLIFIED, P, "2026-11-30", "2026-11-01", "2026-11-30", "2026-12-31"),
        (Regime.EXEMPT, T, "2026-09-15", "2026-09-01", "2026-10-31", "2026-11-30"),
        (Regime.EXEMPT, T, "2026-10-01", "2026-09-01", "2026-10-31", "2026-11-30"),
        (Regime.EXEMPT, P, "2026-12-31", "2026-11-01", "2026-12-31", "2027-01-31"),
        (Regime.EXEMPT, P, "2027-01-01", "2027-01-01", "2027-02-28", "2027-03-31"),
    ],
)
def test_each_line_of_the_table(regime, data, day, start, end, limit):
    period = period_of(date.fromisoformat(day), regime, data)
    assert period == Period(date.fromisoformat(start), date.fromisoformat(end))
    assert deadline(period, regime, data) == date.fromisoformat(limit)


@pytest.mark.parametrize(
    ("regime", "data", "day", "instant"),
    [
        (Regime.MONTHLY, T, date(2026, 9, 3), datetime(2026, 9, 21, 6, tzinfo=UTC)),
        (Regime.MONTHLY, T, date(2026, 9, 13), datetime(2026, 10, 1, 6, tzinfo=UTC)),
        (Regime.MONTHLY, T, date(2026, 9, 23), datetime(2026, 10, 11, 6, tzinfo=UTC)),
        (Regime.SIMPLIFIED, T, date(2026, 9, 23), datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (Regime.EXEMPT, P, date(2026, 9, 23), datetime(2026, 12, 1, 7, tzinfo=UTC)),
    ],
)
def test_the_platform_sends_before_eight_in_paris(regime, data, day, instant):
    assert sent_by(period_of(day, regime, data), regime, data) == instant


DAYS = st.dates(date(2026, 9, 1), date(2031, 12, 31))
THEIR_WORDS = {
    Regime.MONTHLY: "1",
    Regime.QUARTERLY: "3",
    Regime.SIMPLIFIED: "12",
    Regime.EXEMPT: None,
}


@given(DAYS, st.sampled_from(Regime), st.sampled_from(Data))
def test_another_implementation_says_the_same(day, regime, data):
    period = period_of(day, regime, data)
    kind = "payment" if data is P else "out_transaction"
    assert theirs(period.start, kind, THEIR_WORDS[regime]) == (
        period.end,
        deadline(period, regime, data),
    )


@given(DAYS, st.integers(0, 400), st.sampled_from(Regime), st.sampled_from(Data))
def test_periods_follow_each_other_without_gap(first, length, regime, data):
    last = first + timedelta(days=length)
    found = list(periods(first, last, regime, data))
    assert first in found[0]
    assert last in found[-1]
    for one, following in pairwise(found):
        assert following.start == one.end + timedelta(days=1)
        assert one < following
    for one in found:
        assert period_of(one.start, regime, data) == period_of(one.end, regime, data) == one
        assert one.end < deadline(one, regime, data)


def test_a_period_is_told_in_french():
    assert str(Period(date(2026, 9, 1), date(2026, 9, 10))) == "du 01/09/2026 au 10/09/2026"
    assert {one.label for one in Regime} >= {"réel normal mensuel"}
