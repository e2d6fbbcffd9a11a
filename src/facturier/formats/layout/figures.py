"""Numbers, dates and bank details as a French reader writes them; the one place that does it."""

from __future__ import annotations

import functools
import re
from datetime import date
from decimal import Decimal

from babel.core import Locale

NARROW = "\u202f"
"""Narrow no-break space: between thousands, before ``%``, ``;`` and a currency sign."""

_FRENCH = Locale("fr", "FR")
_KILO = 1_000
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def number(value: Decimal, *, decimals: int = 0) -> str:
    """Return `value` with at least `decimals` decimals and no useless zero after them.

    Every significant digit is kept: a readable copy never rounds.
    """
    if not value.is_finite():
        return str(value)
    whole, _, fraction = f"{value:,f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    text = whole.replace(",", NARROW)
    return f"{text},{fraction}" if fraction else text


def amount(value: Decimal, currency: str | None) -> str:
    """Return an amount of money: ``1 234,56 €``; without sign when the currency is unknown."""
    sign = symbol(currency)
    return number(value, decimals=2) + (NARROW + sign if sign else "")


def rate(value: Decimal) -> str:
    """Return a percentage: ``5,5 %``."""
    return f"{number(value)}{NARROW}%"


def day(value: date) -> str:
    """Return a date as jj/mm/aaaa."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


@functools.cache
def symbol(currency: str | None) -> str:
    """Return the sign of the euro, the ISO code of any other currency.

    ``$`` alone would not tell which dollar is meant.
    """
    return "€" if currency == "EUR" else currency or ""


@functools.cache
def currency_name(code: str) -> str | None:
    """Return the French name of an ISO 4217 code."""
    return _FRENCH.currencies.get(code)


@functools.cache
def country_name(code: str) -> str | None:
    """Return the French name of an ISO 3166-1 alpha-2 code."""
    return _FRENCH.territories.get(code)


def iban(value: str) -> str:
    """Return an IBAN in groups of four; anything else as it is."""
    compact = re.sub(r"\s", "", value).upper()
    if not _IBAN.fullmatch(compact):
        return value
    return NARROW.join(compact[start : start + 4] for start in range(0, len(compact), 4))


def siren(value: str) -> str:
    """Return a SIREN as ``123 456 789``, a SIRET as ``123 456 789 00012``, else the value."""
    if not (value.isdecimal() and len(value) in (9, 14)):
        return value
    groups = (value[0:3], value[3:6], value[6:9], value[9:])
    return NARROW.join(group for group in groups if group)


def size(byte_count: int) -> str:
    """Return the size of a file: ``12 ko``, ``3,4 Mo``."""
    if byte_count < _KILO:
        return f"{byte_count}{NARROW}octets"
    if byte_count < _KILO**2:
        return f"{number(Decimal(round(byte_count / _KILO)))}{NARROW}ko"
    return f"{number(Decimal(round(10 * byte_count / _KILO**2)) / 10)}{NARROW}Mo"
