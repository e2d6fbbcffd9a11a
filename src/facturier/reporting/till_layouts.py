"""Proposes how a till's file is to be read, from the file alone; a person confirms.

Words of headers come from what tills of the French market write in general; whatever is not
recognised is proposed as « not read », never guessed into an amount.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from facturier.errors import RefusedByUs
from facturier.invoice.words import plain
from facturier.reporting.report import FRENCH_RATES
from facturier.reporting.takings import Means, tidy
from facturier.reporting.till_cells import DATES, amount, day, percentage
from facturier.reporting.till_files import (
    SEPARATORS,
    Column,
    Layout,
    Role,
    Shape,
    decoded,
    grid,
    header_of,
)

_TITLES = 20
"""Lines among which the names of the columns are looked for."""
_SAMPLE = 200
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DOS_LETTERS = b"\x82\x83\x85\x87\x88\x8a\x90"
"""é â à ç ê è É as old tills write them; in Windows' encoding they are marks that no word has."""

_PAID = (
    (Means.ON_ACCOUNT, r"en compte|credit client|differe|impaye"),
    (Means.CASH, r"espece|liquide|cash|numeraire"),
    (Means.CHEQUE, r"cheque(?!.*(dej|vac|cadeau))|\bchq\b"),
    (Means.VOUCHER, r"titre|ticket.?rest|\btr\b|bons?\b|cheques?.*(dej|vac|cadeau)"),
    (Means.CARD, r"\bcb\b|carte|card|sans contact|tpe"),
    (Means.TRANSFER, r"virement|transfer"),
)  # fmt: skip
_WORDS = (
    (Role.DAY, r"^(date|jour|journee|day)\b|^date|\bdate\b"),
    (Role.TILL, r"^(caisse|poste|terminal|tpv|point de vente|magasin|till|etablissement)\b"),
    (Role.COUNT, r"ticket|transaction|couvert|^nb\b|nombre|clients"),
    (Role.RATE, r"^taux|taux de tva|taux tva|^code tva|vat rate|^%|^tva %$|^rate$"),
)  # fmt: skip
_NOT_READ = r"remise|annul|offert|moyen|panier|marge|heure|num|cloture"


def propose(data: bytes) -> Layout:
    """Return the layout that a file seems to have.

    Raises RefusedByUs when nothing in it looks like a table of days and amounts.
    """
    encoding = _encoding(data)
    text = decoded(data, encoding)
    separator, lines = _table(text)
    header = _header(lines)
    names = header_of(lines, header)
    below = [cells for line, cells in lines if line > header][:_SAMPLE]
    by_name = {
        name: [cells[rank] for cells in below if rank < len(cells) and cells[rank]]
        for rank, name in enumerate(names)
    }
    decimal = _decimal(by_name.values())
    day_name, date_format = _day_column(by_name)
    columns = [
        one
        for name, values in by_name.items()
        if (one := _column(name, values, day_name, decimal)) is not None
    ]
    layout = Layout(
        encoding=encoding, separator=separator, header=header, decimal=decimal,
        date_format=date_format, columns=tuple(columns),
    )  # fmt: skip
    return _settled(layout)


def recalled(data: bytes, known: Iterable[Layout]) -> Layout | None:
    """Return the first of the `known` layouts whose columns a file has, in whatever order."""
    for layout in known:
        try:
            lines = grid(decoded(data, layout.encoding), layout.separator)
        except RefusedByUs:
            continue
        header = next((line for line, cells in lines[:_TITLES] if layout.names <= set(cells)), None)
        if header is not None:
            return replace(layout, header=header)
        if not layout.header and layout.names <= set(header_of(lines, 0)):
            return layout
    return None


def _encoding(data: bytes) -> str:
    if data.startswith(_UTF_16):
        return "utf-16"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        high = [byte for byte in data if byte > 127]  # noqa: PLR2004 - beyond ASCII
        dos = sum(byte in _DOS_LETTERS for byte in high)
        return "cp850" if 2 * dos > len(high) else "cp1252"
    return "utf-8"


def _table(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return the separator that makes the most regular table, and its cells."""
    best: tuple[int, str, list[tuple[int, list[str]]]] = (0, "", [])
    for separator in SEPARATORS:
        lines = grid(text, separator)
        widths = [len(cells) for _, cells in lines]
        width = max(set(widths), key=lambda one: (widths.count(one), one), default=0)
        score = widths.count(width) * (width - 1)
        if score > best[0]:
            best = (score, separator, lines)
    if not best[1]:
        raise RefusedByUs(
            "Ce fichier n'est pas un tableau : aucun séparateur n'y fait des colonnes.",
            reason="no-table",
            remedy="Exportez la caisse en CSV, une ligne par jour ou par taux.",
        )
    return best[1], best[2]


def _header(lines: Sequence[tuple[int, list[str]]]) -> int:
    """Return the line that names the columns: the one with most known words, before any amount."""
    scores = {
        line: sum(_role(cell) is not None for cell in cells) for line, cells in lines[:_TITLES]
    }
    best = max(scores, key=lambda line: (scores[line], -line), default=0)
    if not best or not scores[best]:
        return 0
    cells = next(cells for line, cells in lines if line == best)
    is_data = any(re.fullmatch(r"[\d.,/:€ -]*\d[\d.,/:€ -]*", cell) for cell in cells)
    return 0 if is_data and scores[best] == 1 else best


def _role(name: str) -> Column | None:
    """Return what a column of that name says; None when the words are unknown."""
    words = plain(name)
    if re.search(_NOT_READ, words):
        return None
    for role, pattern in _WORDS:
        if re.search(pattern, words):
            return Column(name=name, role=role)
    money = _money(name, words)
    if money is not None:
        return money
    for means, pattern in _PAID:
        if re.search(pattern, words):
            return Column(name=name, role=Role.PAID, means=means)
    return None


def _money(name: str, words: str) -> Column | None:
    rate = _rate_in(words)
    if re.search(r"\bht\b|hors.?taxe|\bnet\b|\bbase\b", words):
        role = Role.NET
    elif re.search(r"\bttc\b|taxes comprises|\bgross\b|\bbrut\b", words):
        role = Role.GROSS
    elif re.search(r"\btva\b|\bvat\b|\btaxe\b", words):
        role = Role.TAX
    elif rate is not None or re.search(r"\bca\b|chiffre|recette|vente|montant|\btotal\b", words):
        role = Role.GROSS
    else:
        return None
    if rate is None and "total" in words:
        return Column(name=name, role=Role.TOTAL) if role is Role.GROSS else None
    return Column(name=name, role=role, rate=rate)


def _rate_in(words: str) -> Decimal | None:
    for found in re.findall(r"\d+(?:[.,]\d+)?", words):
        rate = Decimal(found.replace(",", "."))
        if rate in FRENCH_RATES:
            return tidy(rate)
    return None


def _column(name: str, values: Sequence[str], day_name: str, decimal: str) -> Column | None:
    """Return what one column seems to say; nothing when its cells contradict its name."""
    if name == day_name:
        return Column(name=name, role=Role.DAY)
    column = _role(name)
    if column is None or column.role is Role.DAY:
        return None
    if column.role is Role.TILL or not values:
        return column
    read = percentage if column.role is Role.RATE else partial(amount, decimal=decimal)
    return column if _any(values, read) else None


def _any(values: Sequence[str], read: Callable[[str], Decimal]) -> bool:
    """Whether a cell can be read: those that cannot are then told one by one, never let go."""
    for one in values:
        try:
            read(one)
        except ValueError:
            continue
        return True
    return False


def _decimal(columns: Iterable[Sequence[str]]) -> str:
    """Return the mark before the cents: what stands before the last two digits."""
    commas = dots = 0
    for values in columns:
        for one in values:
            found = re.search(r"\d([.,])\d\d?\D{0,4}$", one)
            looks_like_a_day = re.search(r"\d[./-]\d+[./-]\d", one)
            if found and not looks_like_a_day:
                commas += found[1] == ","
                dots += found[1] == "."
    return "." if dots > commas else ","


def _day_column(by_name: dict[str, list[str]]) -> tuple[str, str]:
    """Return the column of days and how they are written. Raises RefusedByUs for none."""
    best: tuple[float, str, str] = (0.0, "", "")
    for name, values in by_name.items():
        column = _role(name)
        bonus = 0.25 if column is not None and column.role is Role.DAY else 0.0
        for date_format in DATES:
            if not values:
                continue
            share = sum(_is_day(one, date_format) for one in values) / len(values)
            if 0.5 < share + bonus > best[0]:  # noqa: PLR2004 - totals and notes aside
                best = (share + bonus, name, date_format)
    if not best[1]:
        raise RefusedByUs(
            "Aucune colonne ne contient de dates.", reason="no-day",
            remedy="Exportez un récapitulatif par jour, avec la date sur chaque ligne.",
        )  # fmt: skip
    return best[1], best[2]


def _is_day(text: str, date_format: str) -> bool:
    try:
        day(text, date_format)
    except ValueError:
        return False
    return True


def _settled(layout: Layout) -> Layout:
    """Choose between what several columns say: a line a rate, or a column a rate."""
    columns = list(layout.columns)
    roles = {one.role for one in columns}
    by_rate = [one for one in columns if one.rate is not None]
    if Role.RATE in roles and not by_rate:
        return replace(layout, shape=Shape.ROWS, columns=_of_rows(columns))
    if by_rate:  # what has no rate beside columns that have one is a sum of theirs
        gross = [one for one in columns if one.rate is None and one.role is Role.GROSS]
        columns = [
            replace(one, role=Role.TOTAL) if one in gross[:1] else one
            for one in columns
            if one.role is not Role.RATE
            and not (one.rate is None and one.role in (Role.NET, Role.TAX))
            and one not in gross[1:]
        ]
    return replace(layout, columns=_one_of_each(columns))


def _of_rows(columns: list[Column]) -> tuple[Column, ...]:
    """Keep amounts of lines; « Total TTC » of a line is its amount when nothing else is."""
    if not any(one.role in (Role.GROSS, Role.NET) for one in columns):
        columns = [replace(one, role=Role.GROSS) if one.role is Role.TOTAL else one
                   for one in columns]  # fmt: skip
    return _one_of_each([one for one in columns if one.role is not Role.TOTAL])


def _one_of_each(columns: list[Column]) -> tuple[Column, ...]:
    """Keep the first column of each thing, except of means of payment, which add up."""
    seen: set[tuple[Role, Decimal | None]] = set()
    kept: list[Column] = []
    for one in columns:
        if one.role is Role.PAID or (one.role, one.rate) not in seen:
            kept.append(one)
        seen.add((one.role, one.rate))
    return tuple(kept)


# --- as it is kept -------------------------------------------------------------------------------


def written(layout: Layout) -> dict[str, Any]:
    """Return a layout as plain values (JSON)."""
    return {
        "encoding": layout.encoding, "separator": layout.separator, "header": layout.header,
        "decimal": layout.decimal, "date_format": layout.date_format, "shape": layout.shape.value,
        "columns": [
            {
                "name": one.name, "role": one.role.value,
                "rate": None if one.rate is None else str(one.rate),
                "means": one.means and one.means.value,
            }
            for one in layout.columns
        ],
    }  # fmt: skip


def read_back(kept: dict[str, Any]) -> Layout:
    """Return the layout that :func:`written` wrote."""
    return Layout(
        encoding=kept["encoding"], separator=kept["separator"], header=kept["header"],
        decimal=kept["decimal"], date_format=kept["date_format"], shape=Shape(kept["shape"]),
        columns=tuple(
            Column(
                name=one["name"], role=Role(one["role"]),
                rate=None if one["rate"] is None else Decimal(one["rate"]),
                means=Means(one["means"]) if one["means"] else None,
            )
            for one in kept["columns"]
        ),
    )  # fmt: skip
