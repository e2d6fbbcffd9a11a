"""How the portal wants values of flux 1 to be written.

Source: annexe 7 of the DGFiP external specifications, as the Schematron of flux 1 tests it.
"""

from __future__ import annotations

import re

MAX_LENGTH = 35
MAX_DIGITS = 19
"""Characters of an amount without its point; a minus sign counts."""
SIREN_SCHEME = "0002"

_NUMBER = re.compile(r"[a-zA-Z0-9 \-+_/]+")
_AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?")
_PRICE = re.compile(r"\d+(\.\d{1,6})?")
_QUANTITY = re.compile(r"-?\d+(\.\d{1,4})?")
_DAYS = {"UBL": re.compile(r"\d{4}-\d{2}-\d{2}"), "CII": re.compile(r"\d{8}")}
_NINE = re.compile(r"\d{9}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_YEARS = range(2000, 2100)
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def is_number(text: str) -> bool:
    """Tell whether a text can be the number of an invoice (G1.05); it may hold single blanks."""
    return (
        len(text) <= MAX_LENGTH
        and text == text.strip(" ")
        and "  " not in text
        and bool(_NUMBER.fullmatch(text))
    )


def is_amount(text: str) -> bool:
    """Tell whether a text is an amount (G1.14): two decimals, nineteen characters."""
    return bool(_AMOUNT.fullmatch(text)) and len(text.replace(".", "")) <= MAX_DIGITS


def is_price(text: str) -> bool:
    """Tell whether a text is a unit price (G1.16): six decimals, no sign."""
    return bool(_PRICE.fullmatch(text)) and len(text.replace(".", "")) <= MAX_DIGITS


def is_quantity(text: str) -> bool:
    """Tell whether a text is a quantity (G1.15): four decimals."""
    return bool(_QUANTITY.fullmatch(text))


def is_day(text: str, syntax: str) -> bool:
    """Tell whether a text has the form of a day in its syntax (G1.09)."""
    return bool(_DAYS[syntax].fullmatch(text))


def is_of_this_century(text: str) -> bool:
    """Tell whether a text that has the form of a day is in 2000 to 2099 (G1.36)."""
    return int(text[:4]) in _YEARS


def is_siren(text: str) -> bool:
    """Tell whether a text is nine digits; the key is not looked at."""
    return bool(_NINE.fullmatch(text))


def is_country(text: str) -> bool:
    """Tell whether a text has the form of a country code, Greece being GR (G2.01)."""
    return bool(_COUNTRY.fullmatch(text)) and text != "EL"


def value_of(text: str | None) -> float:
    """Return the number that the portal's file reads in a text; not a number when it is none."""
    stripped = (text or "").strip()
    return float(stripped) if _FLOAT.fullmatch(stripped) else float("nan")
