"""How the French rules want values to be written: numbers, dates, identifiers, amounts.

Source: the functions of BR-FR-Flux2 1.4.0, which look at the text of the file.
"""

from __future__ import annotations

import functools
import re
from datetime import date
from decimal import Decimal

from facturier.invoice.money import CENT
from facturier.rules.facts import Facts

MAX_NUMBER_LENGTH = 35
MAX_DIGITS = 19
"""Characters of an amount, the point left out; a minus sign counts."""
MAX_RATE_DIGITS = 4
_LARGE = Decimal(10**15)
_ZERO, _ONE = Decimal(0), Decimal(1)

_NUMBER = re.compile(r"[A-Za-z0-9+\-_/]+")
_ADDRESS = re.compile(r"[A-Za-z0-9+\-_.]+")
_NINE = re.compile(r"\d{9}")
_FOURTEEN = re.compile(r"\d{14}")
_DAY = {
    "UBL": re.compile(r"(20\d\d)-(\d\d)-(\d\d)"),
    "CII": re.compile(r"(20\d\d)(\d\d)(\d\d)"),
}
_CENTURY = range(2000, 2100)
_XML_SPACE = " \t\r\n"


def stripped(text: str) -> str:
    """Return a text without the white space of XML around it; a no-break space stays."""
    return text.strip(_XML_SPACE)


def is_blank(text: str | None) -> bool:
    """Tell whether a text is absent or says nothing."""
    return text is None or not stripped(text)


def is_document_number(text: str) -> bool:
    """Tell whether a document number has only letters, digits and ``+ - _ /``."""
    return " " not in text and bool(_NUMBER.fullmatch(stripped(text)))


def is_address(text: str) -> bool:
    """Tell whether an address or routing code has only letters, digits and ``+ - _ .``."""
    return bool(_ADDRESS.fullmatch(text))


def is_siren(text: str) -> bool:
    """Tell whether a text is nine digits; the key is not looked at."""
    return bool(_NINE.fullmatch(stripped(text)))


def is_siret_of(siret: str, siren: str) -> bool:
    """Tell whether a text is fourteen digits that begin with this SIREN."""
    return bool(_FOURTEEN.fullmatch(siret)) and siret[:9] == siren


def is_day_of_this_century(day: date | None, facts: Facts, term: str) -> bool:
    """Tell whether a date lies in 2000 to 2099, and whether what could not be read is a day.

    In CII a time may follow the day: only the first eight characters count.
    """
    if day is not None and day.year not in _CENTURY:
        return False
    doubtful = (*facts.invoice.malformed, *facts.invoice.unusual)
    return all(
        _is_written_day(found.value, facts.syntax) for found in doubtful if found.term == term
    )


def _is_written_day(text: str, syntax: str) -> bool:
    pattern = _DAY.get(syntax or "UBL", _DAY["UBL"])
    found = pattern.fullmatch(text[:8] if syntax == "CII" else text)
    if found is None:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def has_at_most(text: str, decimals: int, *, signed: bool = True, digits: int = MAX_DIGITS) -> bool:
    """Tell whether a number is written with so many decimals and digits at most.

    A minus sign is admitted when `signed`, and counts among the digits; a plus sign never is.
    """
    text = stripped(text)
    return (
        _numeral(decimals, "-?" if signed else "").fullmatch(text) is not None
        and len(text.replace(".", "")) <= digits
    )


def is_in_few_digits(number: Decimal) -> bool:
    """Tell whether a number is above zero, whole or in cents, of seventeen digits at most.

    Nearly every number of an invoice is; how such a one is written need not be looked at.
    """
    return _ZERO < number < _LARGE and (number.same_quantum(CENT) or number.same_quantum(_ONE))


@functools.cache
def _numeral(decimals: int, sign: str) -> re.Pattern[str]:
    return re.compile(rf"{sign}\d+(?:\.\d{{1,{decimals}}})?")
