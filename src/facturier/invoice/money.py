"""Amounts: exact sums and rounding to the cent.

Amounts are `Decimal` in the unit of their currency. EN 16931-1 rounds amounts to two decimals,
half up; what we author is rounded as accountants do, away from zero, so that a credit note is the
exact mirror of its invoice. The official stylesheets round with XPath, where half goes towards
plus infinity: :func:`cents_in_xpath` is for comparing with them.

Work is done in :data:`EXACT`, whose precision is far beyond what an amount of nineteen characters
can need: no sum is rounded by the default context of Python (28 digits).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import overload

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


@overload
def cents(amount: Decimal) -> Decimal: ...
@overload
def cents(amount: None) -> None: ...
def cents(amount: Decimal | None) -> Decimal | None:
    """Round an amount half up to two decimals; an absent one stays absent, zero has no sign.

    Raises `decimal.InvalidOperation` on an infinite amount or one of more than 98 digits.
    """
    return None if amount is None else amount.quantize(CENT, context=EXACT) or ZERO


def cents_in_xpath(amount: Decimal) -> Decimal:
    """Round to two decimals as ``round(x * 100) div 100`` does: -0.005 becomes 0, not -0.01.

    Raises `decimal.InvalidOperation` as :func:`cents` does.
    """
    half = ROUND_HALF_DOWN if amount < 0 else ROUND_HALF_UP
    return amount.quantize(CENT, rounding=half, context=EXACT)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """Add amounts exactly; what is absent counts for nothing. The empty sum is ``0.00``."""
    add, found = EXACT.add, ZERO
    for amount in amounts:
        if amount is not None:
            found = add(found, amount)
    return found


def minus(amount: Decimal | None) -> Decimal | None:
    """Change the sign without rounding; an absent amount stays absent."""
    return None if amount is None else amount.copy_negate()


def product(*factors: Decimal) -> Decimal:
    """Multiply exactly."""
    with localcontext(EXACT):
        result = Decimal(1)
        for factor in factors:
            result *= factor
        return result


def percent_of(amount: Decimal, percentage: Decimal) -> Decimal:
    """Return `percentage` per cent of `amount`, not rounded."""
    return product(amount, percentage, CENT)


def within(
    found: Decimal | None, expected: Decimal | None, tolerance: Decimal = Decimal(0)
) -> bool:
    """Tell whether two amounts differ by at most `tolerance`; false when only one is there."""
    if found is None or expected is None:
        return found is expected
    return abs(EXACT.subtract(found, expected)) <= tolerance
