"""The cells of a till's file: amounts, rates and days, as makers of tills write them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from facturier.invoice.words import plain
from facturier.reporting.report import FRENCH_RATES
from facturier.reporting.takings import MOST, tidy

DATES = {
    "%d/%m/%Y": "31/12/2026", "%Y-%m-%d": "2026-12-31", "%d-%m-%Y": "31-12-2026",
    "%d.%m.%Y": "31.12.2026", "%d/%m/%y": "31/12/26", "%Y%m%d": "20261231",
    "%Y/%m/%d": "2026/12/31", "%d %m %Y": "31 décembre 2026", "%m/%d/%Y": "12/31/2026",
}  # fmt: skip
"""How a day may be written, with the example that a person sees."""
MONTHS = ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre",
          "octobre", "novembre", "decembre")  # fmt: skip


def amount(text: str, decimal: str) -> Decimal:
    """Read an amount: « 1 234,56 € », « (12,00) », « 12,00- ». Raises ValueError for none.

    The mark of thousands is whatever is not `decimal`: space, dot, comma or apostrophe, before
    groups of three digits only.
    """
    kept = re.sub(r"[\s\u00a0\u202f]|€|EUR$", "", text.replace("\u2212", "-").replace("’", "'"))
    negative = kept.startswith("-") or kept.endswith("-") or (kept[:1], kept[-1:]) == ("(", ")")
    kept = kept.strip("()-+")
    mark = re.escape(decimal)
    thousands = "[.']" if decimal == "," else "[,']"
    if not re.fullmatch(rf"\d{{1,3}}(?:{thousands}\d{{3}})+(?:{mark}\d*)?|\d*(?:{mark}\d*)?", kept):
        raise ValueError(text)
    try:
        found = Decimal(re.sub(thousands, "", kept).replace(decimal, "."))
    except InvalidOperation as error:
        raise ValueError(text) from error
    if found >= MOST:
        raise ValueError(text)
    return found.copy_negate() if negative and found else found


def percentage(text: str) -> Decimal:
    """Read a rate: « 5,5 % », « TVA 20 », « 0.10 » is ten per cent. Raises ValueError."""
    found = re.search(r"\d+(?:[.,]\d+)?", text)
    if found is None:
        raise ValueError(text)
    rate = Decimal(found.group().replace(",", "."))
    for one in (rate, rate * 100) if 0 < rate < 1 and "%" not in text else (rate,):
        if one in FRENCH_RATES:
            return tidy(one)
    raise ValueError(text)


def day(text: str, date_format: str) -> date:
    """Read a day; an hour behind it and a weekday before it are let go. Raises ValueError."""
    words = plain(text).replace("t", " ", 1) if re.match(r"\d{4}-\d\d-\d\dT", text) else plain(text)
    words = re.sub(r"^(lun|mar|mer|jeu|ven|sam|dim)[a-z]*\.?,? +", "", words)
    if date_format == "%d %m %Y":
        found = re.match(r"(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})", words)
        if found is None:
            raise ValueError(text)
        month = next((n for n, name in enumerate(MONTHS, 1) if name.startswith(found[2])), 0)
        return date(int(found[3]), month, int(found[1]))
    first = words.split(" ")[0]
    read = datetime.strptime(first, date_format).date()  # noqa: DTZ007 - a day of the till
    if not 2000 <= read.year <= 2100:  # noqa: PLR2004 - a slip, or another way of writing
        raise ValueError(text)
    return read
