"""What pages show, looked for the way a person reads: amounts, dates, numbers, IBAN in any writing.

Text out of a PDF has no order that one can trust: a label and its value may stand far apart,
letters may be set one by one, figures grouped with spaces of any width. So a value is first looked
for everywhere, in each way it may be written; only when it is nowhere, the values of its kind that
the pages do show are named.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facturier.formats.pages import Page
from facturier.invoice.money import cents
from facturier.invoice.words import folded as without_accents

MONTHS = (
    ("janvier", "janv", "jan", "january", "januar"),
    ("fevrier", "fevr", "fev", "february", "feb", "februar"),
    ("mars", "mar", "march", "marz"),
    ("avril", "avr", "april", "apr"),
    ("mai", "may"),
    ("juin", "june", "jun", "juni"),
    ("juillet", "juil", "july", "jul", "juli"),
    ("aout", "august", "aug"),
    ("septembre", "sept", "sep", "september"),
    ("octobre", "oct", "october", "oktober", "okt"),
    ("novembre", "nov", "november"),
    ("decembre", "dec", "december", "dezember", "dez"),
)
"""The months in French, English and German, without accents, as people shorten them."""

_SPACES = re.compile(r"[\s\u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]+")
_THIN = re.compile(r"(?<=\d)[\u2009\u202f](?=\d{3})")  # nobody sets columns apart with these
_DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d\x02\ufffe]")
_GROUP = r"[ .,'’]{0,2}"  # between thousands
_CENTS = re.compile(r"\d ?[.,] ?\d ?\d(?! ?\d)")
_AMOUNT = re.compile(r"(?<![\d.,/-])\d{1,3}(?:[ .,'’]\d{3})*(?:[.,]\d{2})(?![\d/]|[.,]\d)")
_PLAIN_AMOUNT = re.compile(r"(?<![\d.,/-])\d+[.,]\d{2}(?![\d/]|[.,]\d)")
_DIGIT_DATE = re.compile(
    r"(?<!\d)(?:(\d{4}) ?[-/.] ?(\d\d?) ?[-/.] ?(\d\d?)"
    r"|(\d\d?) ?[-/.] ?(\d\d?) ?[-/.] ?(\d{4}|\d\d))(?!\d)"
)
_WORD = "|".join(sorted({name for names in MONTHS for name in names}, key=len, reverse=True))
_WORD_DATE = re.compile(
    rf"(?<!\d)(\d\d?)(?:er|st|nd|rd|th)?[ .\-]{{0,2}}({_WORD})[ .,\-]{{0,2}}(\d{{4}})"
    rf"|({_WORD})[ .]{{0,2}}(\d\d?)(?:st|nd|rd|th)?[ ,]{{1,2}}(\d{{4}})"
)
_IBAN = re.compile(r"(?=([A-Z]{2}\d{2}[A-Z0-9]{11,30}))")
_LABEL_REACH = 40  # letters before a number in which the word IBAN makes it one
_SIREN = re.compile(r"(?<!\d)(\d ?\d ?\d ?\d ?\d ?\d ?\d ?\d ?\d)(?! ?\d)")
_CENTURY = 2000
_LONGEST_NUMBER = 40  # letters; an official invoice number has 35 at most
_LONGEST_NAME = 200
_MOST_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """A value on a page."""

    value: str
    """As a person writes it."""
    page: int


def plain(text: str) -> str:
    """Return a text with single plain spaces and hyphens, in Unicode's composed form."""
    return _SPACES.sub(" ", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).strip()


def folded(text: str) -> str:
    """Return a text in lower case without accents, spaces single."""
    return without_accents(plain(text))


def letters(text: str) -> str:
    """Return the letters and figures of a text, folded, and nothing between them."""
    return re.sub(r"[^a-z0-9]", "", folded(text))


@dataclass(frozen=True)
class Shown:
    """The pages of one document."""

    pages: tuple[Page, ...]

    @functools.cached_property
    def texts(self) -> tuple[tuple[int, str], ...]:
        """Number and plain text of each page."""
        return tuple((page.number, plain(page.text)) for page in self.pages)

    @functools.cached_property
    def text(self) -> str:
        """Everything, plain."""
        return "\n".join(text for _, text in self.texts)

    @functools.cached_property
    def amounts(self) -> str:
        """Everything, plain, but that a thin space between figures groups them for good."""
        return "\n".join(plain(_THIN.sub("’", page.text)) for page in self.pages)

    @functools.cached_property
    def folded(self) -> str:
        """Everything, folded."""
        return "\n".join(folded(text) for _, text in self.texts)

    @functools.cached_property
    def letters(self) -> str:
        """Everything, letters and figures only."""
        return letters(self.folded)

    # --- is it there? -------------------------------------------------------------------------

    def has_number(self, number: str) -> bool:
        """Tell whether an identifier stands somewhere, however spaced, and not inside a longer."""
        wanted = folded(number).replace(" ", "")
        if len(wanted) > _LONGEST_NUMBER:
            return letters(number) in self.letters
        spaced = " ?".join(map(re.escape, wanted))
        before = r"(?<!\d)" if wanted[:1].isdigit() else ""
        after = r"(?!\d)" if wanted[-1:].isdigit() else ""
        return bool(re.search(before + spaced + after, self.folded))

    def has_name(self, name: str) -> bool:
        """Tell whether a name stands somewhere, as it is or word by word."""
        name = name[:_LONGEST_NAME]
        wanted = letters(name)
        if not wanted or wanted in self.letters:
            return True
        words = [word for word in re.findall(r"[a-z0-9]+", folded(name)) if len(word) > 2]  # noqa: PLR2004
        return bool(words) and all(word in self.letters for word in words)

    def has_amount(self, amount: Decimal) -> bool:
        """Tell whether an amount stands somewhere, whatever its sign."""
        return bool(re.search(self._amount_pattern(abs(amount)), self.amounts))

    def _amount_pattern(self, amount: Decimal) -> str:
        whole, _, part = format(cents(amount), "f").partition(".")
        figures = [
            figure + (_GROUP if (len(whole) - place) % 3 == 0 else " ?")
            for place, figure in enumerate(whole, 1)
        ]
        body = "".join(figures).removesuffix(_GROUP).removesuffix(" ?")
        body = "0?" if whole == "0" else body
        fraction = rf" ?[.,] ?{part[0]} ?{part[1]}"
        if part[1] == "0":  # 12,5 for 12,50; 12 for 12,00 where the pages write no cents
            short = rf" ?[.,] ?{part[0]}" if part[0] != "0" else ""
            if short or not self._writes_cents:
                fraction = rf"(?:{fraction}|{short})"
        return rf"(?<!\d)(?<!\d[.,'’]){body}{fraction}(?!\d)"

    @functools.cached_property
    def _writes_cents(self) -> bool:
        return bool(_CENTS.search(self.text))

    def has_date(self, day: date) -> bool:
        """Tell whether a date stands somewhere, in figures or in words."""
        return any(day in readings for readings, _ in self._dates)

    # --- what is there instead? ---------------------------------------------------------------

    @functools.cached_property
    def _dates(self) -> tuple[tuple[frozenset[date], Seen], ...]:
        """Each date, in each way it can be read: 03/04/2026 is in April or in March."""
        found = []
        for page, text in self.texts:
            for match in _DIGIT_DATE.finditer(text):
                readings = _readings(match)
                if readings:
                    found.append((readings, Seen(match[0], page)))
            for match in _WORD_DATE.finditer(folded(text)):
                day = _in_words(match)
                if day is not None:
                    found.append((frozenset({day}), Seen(match[0], page)))
            for match in re.finditer(r"(?<!\d)20\d{6}(?!\d)", text):
                day = _day(int(match[0][:4]), int(match[0][4:6]), int(match[0][6:]))
                if day is not None:
                    found.append((frozenset({day}), Seen(match[0], page)))
        return tuple(found)

    def dates_beyond(self, known: Iterable[date]) -> tuple[Seen, ...]:
        """Return the dates that are none of `known`."""
        days = frozenset(known)
        return tuple(seen for readings, seen in self._dates if not readings & days)

    def amounts_beyond(self, known: Iterable[Decimal]) -> tuple[Seen, ...]:
        """Return the amounts, with cents, that are none of `known`, largest first."""
        told = {cents(abs(one)) for one in known}
        found: dict[Decimal, Seen] = {}
        for page, text in self.texts:
            for pattern in (_AMOUNT, _PLAIN_AMOUNT):
                for match in pattern.finditer(text):
                    figures = re.sub(r"\D", "", match[0])
                    value = Decimal(f"{figures[:-2] or 0}.{figures[-2:]}")
                    if value not in told:
                        found.setdefault(value, Seen(match[0], page))
        return tuple(found[value] for value in sorted(found, reverse=True))

    def sirens_beyond(self, known: Iterable[str]) -> tuple[Seen, ...]:
        """Return the SIREN, with a right key, that are none of `known`."""
        from facturier.invoice.parties import is_siren  # noqa: PLC0415  # stdnum, only when asked

        others, tried = frozenset(known), 0
        found: dict[str, Seen] = {}
        for page, text in self.texts:
            for match in _SIREN.finditer(text):
                number = match[1].replace(" ", "")
                if number in others or number in found or tried >= _MOST_CANDIDATES:
                    continue
                tried += 1
                if is_siren(number):
                    found[number] = Seen(number, page)
        return tuple(found.values())

    @functools.cached_property
    def ibans(self) -> tuple[Seen, ...]:
        """The IBAN, each once: those with a right key, and those that are called so."""
        found: dict[str, Seen] = {}
        for page, text in self.texts:
            tight = text.replace(" ", "").replace(".", "").replace("-", "")
            for match in _IBAN.finditer(tight):
                number = _cut(match[1])
                if number is None:
                    continue
                before = tight[max(0, match.start() - _LABEL_REACH) : match.start()].upper()
                if has_right_key(number) or "IBAN" in before:
                    found.setdefault(number, Seen(number, page))
        return tuple(found.values())


def _readings(match: re.Match[str]) -> frozenset[date]:
    if match[1]:
        days = [_day(int(match[1]), int(match[2]), int(match[3]))]
    else:
        first, second = int(match[4]), int(match[5])
        year = int(match[6]) + (_CENTURY if len(match[6]) == 2 else 0)  # noqa: PLR2004
        days = [_day(year, second, first), _day(year, first, second)]
    return frozenset(day for day in days if day is not None)


def _in_words(match: re.Match[str]) -> date | None:
    day, name, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
    month = next(number for number, names in enumerate(MONTHS, 1) if name in names)
    return _day(int(year), month, int(day))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- IBAN -----------------------------------------------------------------------------------------


_FRENCH_IBAN = re.compile(r"FR\d{12}[A-Z0-9]{11}\d{2}")


@functools.cache
def _structures() -> dict[str, re.Pattern[str]]:
    """Return, by country, how its IBAN is built (registry of SWIFT, as python-stdnum keeps it)."""
    from stdnum import numdb  # noqa: PLC0415  # read only when an IBAN is met

    kinds = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
    found = {}
    for _, country, _, properties, _ in numdb.get("iban").prefixes:
        parts = re.findall(r"(\d+)!([nac])", properties.get("bban", ""))
        body = "".join(f"{kinds[kind]}{{{size}}}" for size, kind in parts)
        found[country] = re.compile(rf"{country}[0-9]{{2}}{body}")
    return found


def _cut(candidate: str) -> str | None:
    """Return the IBAN that a run of letters and figures begins with, by the form of its country."""
    country = candidate[:2]
    form = _FRENCH_IBAN if country == "FR" else _structures().get(country)
    match = form.match(candidate) if form else None
    return match[0] if match else None


def is_iban_country(code: str) -> bool:
    """Tell whether a country has IBAN."""
    return code == "FR" or code in _structures()


def is_iban_like(text: str) -> bool:
    """Tell whether a text is built as an IBAN of its country, the key left aside."""
    number = iban_of(text)
    return _cut(number) == number


_IN_FIGURES = str.maketrans({chr(ord("A") + n): str(10 + n) for n in range(26)})


def has_right_key(number: str) -> bool:
    """Tell whether the key of an IBAN without spaces is right (ISO 7064, modulo 97-10)."""
    return int((number[4:] + number[:4]).translate(_IN_FIGURES)) % 97 == 1


def iban_of(text: str) -> str:
    """Return an account number in capitals, without what people put between its groups."""
    if text.isascii() and text.isalnum():
        return text.upper()  # as files write it
    return re.sub(r"[^A-Z0-9]", "", plain(text).upper())


def grouped(number: str) -> str:
    """Write an IBAN in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def values_of(kind: type, document: object) -> Iterator[object]:
    """Yield every value of one type that a document holds, however deep."""
    from facturier.invoice.terms import values  # noqa: PLC0415

    for held in values(document):
        if isinstance(held.value, kind):
            yield held.value
