"""How programs write a FEC when they do not write it as the text asks.

Seen in practice: four separators; UTF-8 with or without mark, ISO 8859-15, Windows-1252; names of
columns spelled in other ways, missing or in excess; dates with bars, dashes or the day first;
amounts with points, blanks, a sign behind or brackets; Montant and Sens, or Montant alone with a
sign. Each function reads one of these and says how it was written, so that nothing is repaired in
silence (LPF article A47 A-1 says how it ought to be).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal

from facturier.ledger.books import plain
from facturier.ledger.fec import COLUMNS

MARK = b"\xef\xbb\xbf"
WINDOWS = re.compile(rb"[\x80-\x9f]")
"""Bytes that are letters or signs in Windows-1252 and nothing readable in ISO 8859-15."""
SAMPLE = 2000
"""Lines looked at to learn which sign stands before the decimals."""


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    UTF-8 with or without mark, else Windows-1252 when it has signs of its own (``’``, ``œ``), else
    ISO 8859-15, which accepts all bytes. A file in ISO 8859-15 whose accents all happen to form
    UTF-8 (``é€œ``) is read as UTF-8. Raises ValueError for what is no text in any of them.
    """
    if b"\x00" in data:
        raise ValueError(data[:1])
    if data.startswith(MARK):
        return data[len(MARK) :].decode("utf-8", "replace"), "utf-8-sig"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        name = "cp1252" if WINDOWS.search(data) else "iso-8859-15"
        return data.decode(name, "replace"), name


# Columns

AMOUNT, SIDE = "Montant", "Sens"
_OTHER_NAMES = {
    "JournalCode": "codejournal codejnl journal jnl",
    "JournalLib": "journallibelle libellejournal libjournal",
    "EcritureNum": "numecriture numeroecriture numeromouvement ecriturenumero",
    "EcritureDate": "dateecriture datecomptable dateoperation",
    "CompteNum": "numcompte numerocompte compte comptegeneral",
    "CompteLib": "libellecompte libcompte comptelibelle intitulecompte",
    "CompAuxNum": "compteauxnum compteauxiliaire numcompteauxiliaire compaux auxiliaire",
    "CompAuxLib": "compteauxlib libellecompteauxiliaire libelleauxiliaire compauxlibelle",
    "PieceRef": "referencepiece refpiece piece numpiece numeropiece pieceecriture",
    "PieceDate": "datepiece",
    "EcritureLib": "libelleecriture libecriture libelle ecriturelibelle",
    "Debit": "montantdebit debiteur",
    "Credit": "montantcredit crediteur",
    AMOUNT: "montantecriture",
    SIDE: "senscomptable dc",
    "EcritureLet": "lettrage lettre ecriturelettrage codelettrage",
    "DateLet": "datelettrage datelettre",
    "ValidDate": "datevalidation validationdate datevalid",
    "Montantdevise": "montantendevise devisemontant",
    "Idevise": "identifiantdevise devise codedevise iddevise",
}
_BY_NAME = {
    **{other: name for name, others in _OTHER_NAMES.items() for other in others.split()},
    **{name.casefold(): name for name in (*COLUMNS, AMOUNT, SIDE)},
}
LEAST = frozenset({"JournalCode", "EcritureDate", "CompteNum"})
"""Without these columns, and amounts, there are no books to read."""


def column(name: str) -> str:
    """Return the official name of a column, however it is spelled; empty for no column of a FEC."""
    return _BY_NAME.get(re.sub(r"[^a-z0-9]", "", plain(name)), "")


def columns(header: Iterable[str]) -> tuple[str, ...]:
    """Return the official name of each column of `header`; empty for what is in excess or twice."""
    seen: list[str] = []
    for name in map(column, header):
        seen.append("" if name in seen else name)
    return tuple(seen)


def is_header_missing(first: list[str]) -> bool:
    """Tell whether the first line is a line of the books: 18 fields, none named, a date fourth."""
    named = any(columns(first))
    return len(first) == len(COLUMNS) and not named and bool(to_date(first[3].strip()))


def can_be_read(names: Iterable[str]) -> bool:
    """Tell whether columns of these names make books."""
    known = set(names)
    return known >= LEAST and ({"Debit", "Credit"} <= known or AMOUNT in known)


# Dates

_DATES = (
    (re.compile(r"(?P<y>[12][0-9]{3})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"), "AAAAMMJJ"),
    (re.compile(r"(?P<y>[12][0-9]{3})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})"), "AAAA-MM-JJ"),
    (re.compile(r"(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[12][0-9]{3})"), "JJ/MM/AAAA"),
    (re.compile(r"(?P<d>[0-9]{2})(?P<m>[0-9]{2})(?P<y>[12][0-9]{3})"), "JJMMAAAA"),
    (re.compile(r"(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{2})"), "JJ/MM/AA"),
)
_HOUR = re.compile(r"[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?")
OFFICIAL_DATE = _DATES[0][1]
CENTURY = 2000
SHORT = 100
OLDEST, LAST = 1900, 2999


def to_date(value: str) -> tuple[dt.date, str] | None:
    """Return the day that `value` names and how it is written; None when it names none.

    ``31012026`` is no AAAAMMJJ (there is no month 20): the first writing that is a day wins.
    """
    day_only = _HOUR.sub("", value)
    for pattern, writing in _DATES:
        if (match := pattern.fullmatch(day_only)) and (day := _day(match)):
            return day, writing if day_only == value else f"{writing} et une heure"
    return None


def _day(match: re.Match[str]) -> dt.date | None:
    year = int(match["y"])
    year += CENTURY if year < SHORT else 0
    try:
        day = dt.date(year, int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return day if OLDEST <= year <= LAST else None


# Amounts

OFFICIAL_AMOUNT = re.compile(r"-?[0-9]+(,[0-9]{1,2})?")
_NUMBER = re.compile(r"[0-9]{1,15}([.][0-9]*)?|[.][0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}([.,][0-9]{3})+")
_AROUND = str.maketrans("", "", " \t\u00a0\u202f'’€")
_LAST_MARK = re.compile(r"([.,])([0-9]*)$")
THOUSANDS = 3


def decimal_mark(values: Iterable[str]) -> str:
    """Return the sign before the decimals in these amounts: a comma unless points are meant.

    A sign tells when it is the last of two kinds, or when other than three digits follow it.
    """
    votes = {",": 0, ".": 0}
    for value in values:
        bare = value.translate(_AROUND).strip("()-+")
        if (found := _LAST_MARK.search(bare)) and (
            len(found[2]) != THOUSANDS or len(set(re.findall(r"[.,]", bare))) > 1
        ):
            votes[found[1]] += 1
    return "." if votes["."] > votes[","] else ","


def to_amount(value: str, mark: str = ",") -> Decimal | None:
    """Return the amount that `value` writes, `mark` being the sign before the decimals.

    None when it writes none. ``(12,50)`` and ``12,50-`` are negative.
    """
    bare = value.translate(_AROUND)
    negative = bare.startswith(("-", "(")) or bare.endswith("-")
    bare = bare.strip("()-+")
    other = "." if mark == "," else ","
    if bare.rfind(other) > bare.rfind(mark) > -1:
        mark, other = other, mark
    if other in bare and mark not in bare and not _GROUPED.fullmatch(bare):
        mark, other = other, mark
    bare = bare.replace(other, "").replace(mark, ".")
    if not _NUMBER.fullmatch(bare):
        return None
    return -Decimal(bare) if negative else Decimal(bare)


# Sides

DEBIT, CREDIT = "D", "C"
_SIDES = {
    "d": DEBIT, "debit": DEBIT, "db": DEBIT, "+1": DEBIT, "1": DEBIT, "+": DEBIT,
    "c": CREDIT, "credit": CREDIT, "cr": CREDIT, "-1": CREDIT, "-": CREDIT,
}  # fmt: skip


def to_side(value: str) -> str:
    """Return ``D`` or ``C`` for a value of the column Sens; empty for neither."""
    return _SIDES.get(plain(value.strip()), "")
