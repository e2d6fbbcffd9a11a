"""Files that tills export (CSV), read by a layout: which column says what.

There is no norm for these files: separator, encoding, decimal mark, dates, titles above the header
and order of columns are each maker's own. :mod:`.till_layouts` proposes a :class:`Layout`, a person
confirms it, and it is kept for the next file of the same till. Columns are named, not counted, so
that a file whose columns changed places is still read.

Nothing is guessed while reading: a cell that says nothing sure is a :class:`Problem` with its line,
its column and what to do, and its whole day is left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from facturier.errors import RefusedByUs
from facturier.invoice.money import CENT, cents, minus, percent_of, total, within
from facturier.invoice.words import plain
from facturier.reporting.takings import (
    Department,
    Means,
    Part,
    Z,
    category_of,
    check,
    merged,
    part,
)
from facturier.reporting.till_cells import DATES, amount, day, percentage

ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows (Europe de l'Ouest)", "utf-16": "UTF-16",
             "cp850": "DOS (anciennes caisses)"}  # fmt: skip
SEPARATORS = {";": "point-virgule", ",": "virgule", "\t": "tabulation", "|": "barre verticale"}
TOTALS = ("total", "sous-total", "cumul", "totaux", "recap")
"""Beginnings of lines that add up others."""
SLACK, SLACK_SHARE = Decimal("0.50"), Decimal(2)
"""By how much, in euros and per cent, a till that rounds ticket by ticket may differ in VAT."""
LARGEST, MOST_ROWS = 10 * 1024 * 1024, 100_000


class Shape(StrEnum):
    """How the rates are laid out."""

    COLUMNS = "colonnes"
    """One line a day (and till): a column for each rate."""
    ROWS = "lignes"
    """One line a rate: a column says which."""


class Role(StrEnum):
    """What a column says."""

    DAY = "jour"
    TILL = "caisse"
    COUNT = "tickets"
    RATE = "taux"
    GROSS = "ttc"
    NET = "ht"
    TAX = "tva"
    TOTAL = "total-ttc"
    """What all rates make together: checked, not added."""
    PAID = "paiement"

    @property
    def label(self) -> str:
        """Its French name."""
        return {
            Role.DAY: "Jour",
            Role.TILL: "Caisse",
            Role.COUNT: "Nombre de tickets",
            Role.RATE: "Taux de TVA de la ligne",
            Role.GROSS: "Montant TTC",
            Role.NET: "Montant HT",
            Role.TAX: "Montant de TVA",
            Role.TOTAL: "Total TTC du jour (contrôlé)",
            Role.PAID: "Payé par",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one named column says; a column without one is not read."""

    name: str
    role: Role
    rate: Decimal | None = None
    """Of an amount, in percent; None where another column says it."""
    means: Means | None = None
    """Of what was paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the files of one till are to be read."""

    encoding: str = "utf-8"
    separator: str = ";"
    header: int = 1
    """Line of the names of columns, counted from 1; 0 when there is none (« Colonne 1 »…)."""
    decimal: str = ","
    date_format: str = "%d/%m/%Y"
    shape: Shape = Shape.COLUMNS
    columns: tuple[Column, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Names of the columns that it reads."""
        return frozenset(one.name for one in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something of a file could not be taken."""

    line: int
    """Counted from 1, as a spreadsheet shows it; 0 for the whole file."""
    column: str
    """Empty when it is the whole line."""
    message: str
    remedy: str
    day: date | None = None
    """The day that is left out for it, when it is known."""

    def __str__(self) -> str:
        where = f"Ligne {self.line}" if self.line else "Fichier"
        return f"{where}{f', colonne « {self.column} »' if self.column else ''} : {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says."""

    days: tuple[Z, ...]
    problems: tuple[Problem, ...]
    passed_over: tuple[int, ...]
    """Lines that say nothing of a day: totals, notes."""
    is_unsure: bool = False
    """A line of an unknown day has a problem, and it may belong to any: none is to be taken."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, by column."""

    line: int
    cells: dict[str, str]


# --- from bytes to rows --------------------------------------------------------------------------


def decoded(data: bytes, encoding: str) -> str:
    """Return the text of a file. Raises RefusedByUs when the bytes are not of that encoding."""
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise RefusedByUs(
            f"Le fichier n'est pas écrit en {ENCODINGS.get(encoding, encoding)}.",
            reason="encoding", remedy="Choisissez un autre codage de caractères.",
        ) from error  # fmt: skip
    return text.replace("\x00", "")


def grid(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that has any, with its number; quoted cells may span lines.

    Raises RefusedByUs for a file that is no table.
    """
    found: list[tuple[int, list[str]]] = []
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    start = 1
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                found.append((start, [cell.strip(" \t\u00a0\u202f") for cell in cells]))
            start = lines.line_num + 1
            if len(found) > MOST_ROWS:
                raise RefusedByUs(
                    f"Le fichier a plus de {MOST_ROWS} lignes.", reason="too-long",
                    remedy="Exportez une période plus courte, ou un récapitulatif par jour.",
                )  # fmt: skip
    except csv.Error as error:
        raise RefusedByUs(
            f"Ligne {start} : ce n'est pas un tableau CSV.", reason="csv",
            remedy="Exportez la caisse en CSV (texte séparé), pas en PDF ni en classeur.",
        ) from error  # fmt: skip
    return found


def header_of(lines: Sequence[tuple[int, list[str]]], header: int) -> list[str]:
    """Return the names of the columns: those of line `header`, made unique; numbered without."""
    width = max((len(cells) for _, cells in lines), default=0)
    cells = next((cells for line, cells in lines if line == header), []) if header else []
    names: list[str] = []
    for rank in range(max(width, len(cells))):
        name = cells[rank] if rank < len(cells) and cells[rank] else f"Colonne {rank + 1}"
        while name in names:
            name += " (bis)"
        names.append(name)
    return names


def rows(data: bytes, layout: Layout) -> tuple[list[str], list[Row]]:
    """Return the names of the columns, and the rows below them. Raises RefusedByUs."""
    lines = grid(decoded(data, layout.encoding), layout.separator)
    names = header_of(lines, layout.header)
    below = (one for one in lines if one[0] > layout.header)
    return names, [
        Row(line, dict(zip(names, [*cells, *([""] * len(names))], strict=False)))
        for line, cells in below
    ]


# --- a row's amounts -----------------------------------------------------------------------------


class _Unreadable(Exception):
    def __init__(self, column: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.column, self.message, self.remedy = column, message, remedy


def read(
    data: bytes, layout: Layout, departments: Iterable[Department] = (), *, till: str = "Caisse"
) -> Reading:
    """Read a file. `till` names the till when no column does.

    `departments` say what is sold at which rate, goods or services. Raises RefusedByUs when the
    file cannot be read by this layout at all: not its encoding, a column that is missing.
    """
    names, found = rows(data, layout)
    lost = sorted(layout.names - set(names))
    if lost:
        raise RefusedByUs(
            f"Le fichier n'a pas la colonne « {lost[0]} ».", reason="column",
            remedy=f"Ses colonnes : {', '.join(names)}. Refaites la correspondance.",
        )  # fmt: skip
    roles = {one.role for one in layout.columns}
    if Role.DAY not in roles or not roles & {Role.GROSS, Role.NET}:
        raise RefusedByUs(
            "La correspondance ne dit pas où sont les jours et les montants.",
            reason="layout",
            remedy="Choisissez la colonne du jour, et au moins une colonne de montants TTC ou HT.",
        )
    return _Reader(layout, tuple(departments), till).read(found)


class _Reader:
    """Reads the rows of one file."""

    def __init__(self, layout: Layout, departments: tuple[Department, ...], till: str) -> None:
        self.layout, self.departments, self.till = layout, departments, till
        self.days: dict[tuple[date, str], list[tuple[Row, tuple[Part, ...]]]] = {}
        self.problems: list[Problem] = []
        self.passed_over: list[int] = []
        self.wrong: set[date] = set()
        self.named = {role: [one for one in layout.columns if one.role is role] for role in Role}

    def read(self, found: Iterable[Row]) -> Reading:
        """Return what they say."""
        for row in found:
            self._row(row)
        taken: list[Z] = []
        for (on, till), parts in sorted(self.days.items()):
            if on in self.wrong:
                continue
            try:
                taken.append(self._z(on, till, parts))
            except (RefusedByUs, _Unreadable) as error:
                column = error.column if isinstance(error, _Unreadable) else ""
                self._say(parts[0][0].line, column, error.message, error.remedy, on)
        lost = any(one.day is None for one in self.problems)
        return Reading(
            days=tuple(one for one in taken if one.day not in self.wrong),
            problems=tuple(self.problems), passed_over=tuple(self.passed_over),
            is_unsure=lost and self.layout.shape is Shape.ROWS,
        )  # fmt: skip

    def _say(self, line: int, column: str, message: str, remedy: str, on: date | None) -> None:
        self.problems.append(
            Problem(line=line, column=column, message=message, remedy=remedy, day=on)
        )
        if on is not None:
            self.wrong.add(on)

    def _row(self, row: Row) -> None:
        on: date | None = None
        text = self._text(row, Role.DAY)
        words = (text, next(iter(row.cells.values()), ""))
        if any(plain(one).startswith(TOTALS) for one in words) or not (text or self._tells(row)):
            self.passed_over.append(row.line)
            return
        try:
            on = self._day(text)
            parts = tuple(self._parts(row))
        except _Unreadable as error:
            self._say(row.line, error.column, error.message, error.remedy, on)
            return
        till = self._text(row, Role.TILL) or self.till
        self.days.setdefault((on, till), []).append((row, parts))

    def _tells(self, row: Row) -> bool:
        """Whether a line has an amount."""
        columns = (one for role in (Role.GROSS, Role.NET, Role.TAX) for one in self.named[role])
        return any(row.cells[one.name] for one in columns)

    def _text(self, row: Row, role: Role) -> str:
        return next((row.cells[one.name] for one in self.named[role] if row.cells[one.name]), "")

    def _day(self, text: str) -> date:
        try:
            return day(text, self.layout.date_format)
        except ValueError:
            raise _Unreadable(
                self.named[Role.DAY][0].name,
                "Cette ligne porte un montant et pas de date."
                if not text
                else f"« {text} » n'est pas une date comme {DATES[self.layout.date_format]}.",
                "Corrigez la cellule, ou choisissez une autre écriture des dates.",
            ) from None

    def _amount(self, row: Row, column: Column) -> Decimal | None:
        text = row.cells[column.name]
        if not text or text in {"-", "—"}:
            return None
        try:
            found = amount(text, self.layout.decimal)
        except ValueError:
            raise _Unreadable(
                column.name, f"« {text} » n'est pas un montant.",
                f"Corrigez la cellule ; la décimale est « {self.layout.decimal} » dans ce format.",
            ) from None  # fmt: skip
        if found != found.quantize(CENT) and column.role is not Role.NET:
            raise _Unreadable(
                column.name, f"« {text} » a des fractions de centime.",
                "Arrondissez au centime, ou vérifiez la marque décimale.",
            )  # fmt: skip
        return cents(found)

    def _parts(self, row: Row) -> Iterator[Part]:
        """Yield what a line took, rate by rate."""
        by_rate: dict[Decimal, dict[Role, tuple[Column, Decimal]]] = {}
        for role in (Role.GROSS, Role.NET, Role.TAX):
            for column in self.named[role]:
                value = self._amount(row, column)
                if value is None:
                    continue
                rate = column.rate if column.rate is not None else self._rate(row, column)
                by_rate.setdefault(rate, {})[role] = (column, value)
        for rate, said in by_rate.items():
            if any(value for _, value in said.values()):
                yield self._part(rate, said, row.line)

    def _rate(self, row: Row, column: Column) -> Decimal:
        if not self.named[Role.RATE]:
            raise _Unreadable(
                column.name, "Rien ne dit le taux de TVA de ce montant.",
                "Donnez un taux à la colonne, ou choisissez la colonne des taux.",
            )  # fmt: skip
        text = self._text(row, Role.RATE)
        try:
            return percentage(text)
        except ValueError:
            raise _Unreadable(
                self.named[Role.RATE][0].name, f"« {text} » n'est pas un taux de TVA en France.",
                "Attendu 20, 10, 5,5, 2,1 ou 0.",
            ) from None  # fmt: skip

    def _part(self, rate: Decimal, said: dict[Role, tuple[Column, Decimal]], line: int) -> Part:
        gross, net, tax = (
            said[role][1] if role in said else None for role in (Role.GROSS, Role.NET, Role.TAX)
        )
        column = next(iter(said.values()))[0].name
        category = category_of(rate, self.departments)
        if gross is None and net is None:
            raise _Unreadable(
                column, "La TVA seule ne dit pas la recette.",
                "Choisissez aussi la colonne du montant TTC ou HT.",
            )  # fmt: skip
        if gross is not None and net is None and tax is None:
            return part(category, rate, gross, line=line)
        gross, net, tax = _completed(gross, net, tax, rate)
        if total((net, tax)) != gross:
            raise _Unreadable(
                column, f"HT {_fr(net)} et TVA {_fr(tax)} ne font pas TTC {_fr(gross)}.",
                "Vérifiez la ligne, ou la correspondance des colonnes.",
            )  # fmt: skip
        expected = cents(percent_of(net, rate))
        if not within(tax, expected, SLACK + abs(percent_of(expected, SLACK_SHARE))):
            raise _Unreadable(
                column, f"La TVA {_fr(tax)} n'est pas {_fr(rate)} % de {_fr(net)}.",
                "Vérifiez le taux donné à la colonne, ou la ligne.",
            )  # fmt: skip
        return Part(category=category, rate=rate, gross=gross, net=net, tax=tax, line=line)

    def _z(self, on: date, till: str, lines: list[tuple[Row, tuple[Part, ...]]]) -> Z:
        """Return a day, once it adds up."""
        of_day = [row for row, _ in lines]
        if self.layout.shape is Shape.COLUMNS and len(of_day) > 1:
            raise self._repeated(on, till, of_day)
        parts = tuple(part for _, some in lines for part in some)
        firsts = {(one.category, one.rate): one.line for one in reversed(parts)}
        z = Z(
            day=on, till=till, line=of_day[0].line,
            parts=tuple(
                replace(one, line=firsts[one.category, one.rate]) for one in merged(parts)
            ),
            count=self._count(of_day), payments=self._payments(of_day),
        )  # fmt: skip
        self._whole(z, of_day)
        check(z)
        return z

    def _repeated(self, on: date, till: str, some: list[Row]) -> _Unreadable:
        return _Unreadable(
            self.named[Role.DAY][0].name,
            f"Le {on:%d/%m/%Y} ({till}) est écrit plusieurs fois : lignes "
            f"{', '.join(str(row.line) for row in some)}.",
            "Gardez une ligne par jour, ou choisissez la colonne qui nomme la caisse.",
        )

    def _count(self, some: list[Row]) -> int:
        """Return the tickets of a day: lines of one day repeat their number."""
        found = [self._amount(row, one) for row in some for one in self.named[Role.COUNT]]
        return max((int(one) for one in found if one is not None and one >= 0), default=0)

    def _payments(self, some: list[Row]) -> tuple[tuple[Means, Decimal], ...]:
        found: dict[Means, Decimal] = {}
        for row in some:
            for column in self.named[Role.PAID]:
                value = self._amount(row, column)
                if value:
                    means = column.means or Means.OTHER
                    found[means] = total((found.get(means), value))
        return tuple(sorted(found.items()))

    def _whole(self, z: Z, some: list[Row]) -> None:
        """Check what the till says of the whole day. Raises _Unreadable."""
        for column in self.named[Role.TOTAL]:
            told = {self._amount(row, column) for row in some} - {None}
            whole = told.pop() if len(told) == 1 else None
            if whole is None or whole == z.gross:
                continue
            if self.layout.shape is Shape.ROWS and len(some) > 1:
                continue  # a total a line is not that of the day
            raise _Unreadable(
                column.name,
                f"Le total dit {_fr(whole)}, les taux font {_fr(z.gross)} "
                f"(écart {_fr(total((whole, minus(z.gross))))}).",
                "Une colonne de taux manque dans la correspondance, ou la ligne est fausse.",
            )


def _completed(
    gross: Decimal | None, net: Decimal | None, tax: Decimal | None, rate: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Return gross, net and tax of which one may be missing, or two when net is there."""
    if net is None:
        assert gross is not None
        assert tax is not None
        net = total((gross, minus(tax)))
    if tax is None:
        tax = cents(percent_of(net, rate)) if gross is None else total((gross, minus(net)))
    return (total((net, tax)) if gross is None else gross), net, tax


def _fr(number: Decimal) -> str:
    return f"{number:,f}".replace(",", "\u202f").replace(".", ",")
