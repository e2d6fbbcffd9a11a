"""How one value is written as text in a file, and read back.

A codec's `read` raises ValueError for text that is not one of its values; the caller turns that
into a :class:`~facturier.invoice.model.Malformed`, never into a guess.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
"""The clock of instants that a file writes without a zone."""

MOST_DIGITS = 60
"""Longest number read; an amount of the reform has nineteen characters at most (BR-FR-DEC-01), and
sums of what is read stay exact (:data:`facturier.invoice.money.EXACT`)."""
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE_102 = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_LENGTH_102 = 8
_INSTANT_204 = re.compile(r"\d{14}", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_CODED_NOTE = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Codec:
    """A pair of functions, text to value and value to text."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    plain: Callable[[str], Any] | None = None
    """For values that can be written in several ways (``+12.00``, ``2026-11-02Z``): reads the
    spelling that `write` gives and answers None to every other, much faster than `read`."""


def _same(text: Any) -> Any:
    return text


def _read_decimal(text: str) -> Decimal:
    """Read an ``xs:decimal``; the written digits are kept, exponents are refused."""
    text = text.strip()
    if len(text) > MOST_DIGITS or not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _plain_decimal(text: str) -> Decimal | None:
    if len(text) > MOST_DIGITS:
        return None
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    return value if str(value) == text and "E" not in text and value.is_finite() else None


def _write_decimal(value: Decimal) -> str:
    return format(value, "f")


def _read_date(text: str) -> date:
    """Read an ``xs:date``; a time zone may follow and says nothing about a legal date."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _plain_date(text: str) -> date | None:
    try:
        value = date.fromisoformat(text)
    except ValueError:
        return None
    return value if value.isoformat() == text else None


def _read_date_102(text: str) -> date:
    """Read a date in format 102 of UN/EDIFACT 2379: ``YYYYMMDD``."""
    found = _DATE_102.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _plain_date_102(text: str) -> date | None:
    if len(text) != _LENGTH_102 or not text.isdecimal() or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _write_date_102(value: date) -> str:
    return value.isoformat().replace("-", "")


def _read_instant_204(text: str) -> datetime:
    """Read an instant in format 204, ``YYYYMMDDHHMMSS``: no zone is written, Paris is meant.

    In the hour that the end of summer time repeats, the first one is taken. The instant is given
    in UTC: Python never finds instants of that hour equal across zones.
    """
    text = text.strip()
    if _INSTANT_204.fullmatch(text) is None:
        raise ValueError(text)
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=PARIS).astimezone(UTC)


def _plain_instant_204(_: str) -> None:
    """Answer nothing: instants are few, and each is read with care."""


def _write_instant_204(value: datetime) -> str:
    return value.astimezone(PARIS).strftime("%Y%m%d%H%M%S")


def _read_boolean(text: str) -> bool:
    text = text.strip()
    if text not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text]


def _write_boolean(value: bool) -> str:  # noqa: FBT001  # a codec's writer takes the value alone
    return "true" if value else "false"


def _read_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error


def _write_base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def read_coded_note(text: str) -> tuple[str | None, str]:
    """Split ``#AAI#text`` into subject code and text, as EN 16931-3-2 writes BT-21 in UBL."""
    found = _CODED_NOTE.fullmatch(text)
    return (found[1], found[2]) if found else (None, text)


def write_coded_note(code: str | None, text: str | None) -> str:
    """Join subject code and text into ``#AAI#text``."""
    return f"#{code}#{text or ''}" if code is not None else (text or "")


def translated(inner: Mapping[str, str]) -> Codec:
    """Return a codec for a code that this syntax takes from another list than the model.

    `inner` is file code → model code. A code outside both lists passes as it is; a code of the
    model's list standing in the file is not a value of this syntax and is refused.
    """
    outer = {model: written for written, model in inner.items()}

    def read(text: str) -> str:
        code = text.strip()
        if code in outer and code not in inner:
            raise ValueError(text)
        return inner.get(code, text)

    def write(value: str) -> str:
        return outer.get(value, value)

    return Codec(read, write)


XML_SPACE = " \t\r\n"
"""The blanks that are nothing around a code or a number; a no-break space is none of them."""

TEXT = Codec(_same, _same)
DECIMAL = Codec(_read_decimal, _write_decimal, _plain_decimal)
DATE = Codec(_read_date, date.isoformat, _plain_date)
DATE_102 = Codec(_read_date_102, _write_date_102, _plain_date_102)
INSTANT_204 = Codec(_read_instant_204, _write_instant_204, _plain_instant_204)
BOOLEAN = Codec(_read_boolean, _write_boolean)
BASE64 = Codec(_read_base64, _write_base64)
