"""Sums are exact, rounding is half up to the cent."""

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturier.invoice.money import (
    cents,
    cents_in_xpath,
    minus,
    percent_of,
    product,
    total,
    within,
)

D = Decimal
AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15
)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("1.005", "1.01"),
        ("1.0049999", "1.00"),
        ("-1.005", "-1.01"),
        ("2", "2.00"),
        ("-0.001", "0.00"),
        ("1234567890123456789.995", "1234567890123456790.00"),
    ],
)
def test_half_a_cent_goes_away_from_zero(amount, rounded):
    assert str(cents(D(amount))) == rounded


def test_what_is_absent_stays_absent():
    assert cents(None) is None
    assert minus(None) is None


def test_an_infinite_amount_is_refused():
    with pytest.raises(InvalidOperation):
        cents(D("Infinity"))


@pytest.mark.parametrize(
    ("amount", "rounded"), [("1.005", "1.01"), ("-1.005", "-1.00"), ("-1.006", "-1.01")]
)
def test_xpath_rounds_half_towards_plus_infinity(amount, rounded):
    assert cents_in_xpath(D(amount)) == D(rounded)


def test_a_sum_skips_what_is_absent_and_is_exact_beyond_28_digits():
    assert str(total([])) == "0.00"
    assert total([D("1.10"), None, D("2.20")]) == D("3.30")
    big = D("1" * 40)
    assert total([big, D("0.01"), minus(big)]) == D("0.01")


@given(st.lists(AMOUNTS))
def test_a_sum_does_not_depend_on_the_order(amounts):
    assert total(amounts) == total(reversed(amounts)) == total(sorted(amounts))


@given(AMOUNTS)
def test_rounding_moves_by_half_a_cent_at_most_and_mirrors(amount):
    rounded = cents(amount)
    assert abs(rounded - amount) <= D("0.005")
    assert cents(minus(amount)) == minus(rounded)
    assert cents(rounded) == rounded
    assert rounded.as_tuple().exponent == -2


def test_products_are_exact():
    assert product() == 1
    # 34 digits: the default context of Python would keep 28.
    exact = D("12345678901234580235678901234.56789")
    assert product(D("12345678901234567.89"), D("1000000000000.001")) == exact
    assert percent_of(D("100.10"), D("5.5")) == D("5.5055")


def test_within_a_tolerance():
    assert within(D("1.00"), D("1"))
    assert within(D("1.00"), D("1.01"), D("0.01"))
    assert not within(D("1.00"), D("1.02"), D("0.01"))
    assert not within(None, D("1.00"))
    assert not within(D("1.00"), None)
    assert within(None, None)
