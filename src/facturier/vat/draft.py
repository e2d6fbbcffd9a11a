"""From entry lines to the boxes of the return; every box keeps the lines that it adds up.

Only what a line says is used: its account, its fiscal nature (:class:`~.entries.Fiscal`), the
taxable amount behind its VAT, the posting rule that put it. VAT on a waiting account (44574, 44564)
is in no box: it enters with the entry of the payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Protocol

from facturier.ledger.entries import ZERO, State, Timing
from facturier.ledger.operations import IMPORT
from facturier.vat.form import FORM, RATES_OF_IMPORTS, YEAR, Printed, line_of_rate

if TYPE_CHECKING:
    from facturier.ledger.entries import Entry, Line

EURO = Decimal(1)
SALES_OF = ("70", "4191")
"""Accounts of sales, deposits included: what bears no VAT is told from them."""
UNTAXED = {"G": "E1", "K": "F2", "E": "E2", "Z": "E2", "AE": "E2"}
"""VAT category of a sale without VAT → line; what is out of scope (O) is not told."""
SELF_CHARGED = {
    "A-INTRACOM": "B2",
    "A-INTRACOM-NR": "B2",
    "A-BIENS": "B4",
    "A-BIENS-NR": "B4",
    IMPORT: "A4",
    "A-AUTOLIQ-UE": "A3",
    "A-AUTOLIQ-UE-NR": "A3",
    "A-AUTOLIQ-HORS-UE": "A3",
    "A-AUTOLIQ-HORS-UE-NR": "A3",
    "A-AUTOLIQ": "A2",
    "A-AUTOLIQ-NR": "A2",
}
"""Posting rule of VAT that the buyer owes → line of its taxable amount."""
SOLD, INTRA_UNION = "A1", "B2"
DUE = ("08", "09", "9B", "10", "11", "13", "14", "I1", "I2", "I3", "I4", "I5", "I6", "15")
DEDUCTED = ("19", "20", "21", "22")


class Voucher(Protocol):
    """What an entry says of itself, as far as the return cares: an entry is one."""

    @property
    def document(self) -> str:
        """Reference of the voucher."""
        ...

    @property
    def state(self) -> State:
        """Whether it is proposed (brouillard) or in the books."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one entry line adds to one box."""

    entry: Voucher
    line: Line
    base: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def is_draft(self) -> bool:
        """Whether nobody has validated it yet."""
        return self.entry.state is State.PROPOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A box to which a line adds, and how much."""

    code: str
    base: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One line of the form, with what it is made of."""

    printed: Printed
    base: Decimal = ZERO
    """To the cent, as the books have it."""
    tax: Decimal = ZERO
    parts: tuple[Part, ...] = ()
    """Empty for a total."""
    of: tuple[str, ...] = ()
    """Codes of the boxes that a total adds up."""

    @property
    def code(self) -> str:
        """Printed number of the line."""
        return self.printed.code

    @property
    def drafts(self) -> tuple[Part, ...]:
        """Parts that nobody has validated yet."""
        return tuple(part for part in self.parts if part.is_draft)

    @property
    def shown_base(self) -> Decimal:
        """In whole euros, as the form wants it."""
        return euros(self.base)

    @property
    def shown_tax(self) -> Decimal:
        """In whole euros; of a total the sum of what the others show."""
        return euros(self.tax)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The boxes that are not empty, in the order of the form."""

    boxes: tuple[Box, ...]
    year: int = YEAR
    """Edition of the form."""
    remarks: tuple[str, ...] = ()
    """What the books do not say for certain, in French."""

    def box(self, code: str) -> Box | None:
        """Return the box of a printed number; None when it is empty."""
        return next((one for one in self.boxes if one.code == code), None)


@dataclass(slots=True)
class _Sums:
    """Boxes under construction."""

    parts: dict[str, list[Part]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, code: str, part: Part) -> None:
        self.parts.setdefault(code, []).append(part)


def euros(amount: Decimal) -> Decimal:
    """Round to the nearest euro, half up (CGI 1649 undecies)."""
    return amount.quantize(EURO, rounding=ROUND_HALF_UP)


def draft(entries: Iterable[Entry], *, brought: Decimal = ZERO, overseas: bool = False) -> Draft:
    """Return the draft of the return that `entries` (those of one period) give.

    `brought` is the credit of the return before (line 22); `overseas` says that the dossier is in
    Guadeloupe, Martinique or La Réunion, where 2.1 % stands on line 11.
    """
    pairs = ((entry, line) for entry in entries for line in entry.lines)
    return draft_of(pairs, brought=brought, overseas=overseas)


def draft_of(
    lines: Iterable[tuple[Voucher, Line]], *, brought: Decimal = ZERO, overseas: bool = False
) -> Draft:
    """Return the same from lines, each with its voucher."""
    sums = _Sums()
    for entry, line in lines:
        for place in places(line, overseas=overseas):
            sums.add(place.code, Part(entry=entry, line=line, base=place.base, tax=place.tax))
    return Draft(boxes=tuple(_boxes(sums, brought)), remarks=tuple(dict.fromkeys(sums.remarks)))


def places(line: Line, *, overseas: bool = False) -> Iterator[Place]:
    """Yield each box that a line adds to."""
    fiscal = line.fiscal
    if fiscal is None:
        return
    account = line.account
    if account.startswith(("4452", "44571")):
        imported = RATES_OF_IMPORTS.get(fiscal.rate) if line.rule == IMPORT else None
        yield from _due(line, imported or line_of_rate(fiscal.rate, overseas=overseas))
    elif account.startswith(("44562", "44566")):
        yield Place(code="19" if account.startswith("44562") else "20", tax=line.balance)
        if line.rule == IMPORT:
            yield Place(code="24", tax=line.balance)
    elif account.startswith(SALES_OF) and fiscal.category in UNTAXED:
        yield Place(code=UNTAXED[fiscal.category], base=-line.balance)


def _due(line: Line, code: str) -> Iterator[Place]:
    """Yield the boxes of VAT that is owed: by rate, by nature of its base, the intra-Union part."""
    assert line.fiscal is not None
    if line.fiscal.timing is not Timing.NOW:
        return
    tax = -line.balance
    sign = -1 if tax < 0 else 1
    base = sign * line.taxable
    nature = nature_of(line)
    yield Place(code=code, base=base, tax=tax)
    yield Place(code=nature, base=base)
    if nature == INTRA_UNION:
        yield Place(code="17", tax=tax)


def nature_of(line: Line) -> str:
    """Return the line of the form on which the taxable amount of VAT that is owed stands."""
    return SELF_CHARGED.get(line.rule, SOLD)


def _boxes(sums: _Sums, brought: Decimal) -> Iterator[Box]:
    """Yield the boxes in the order of the form; totals add up whole euros, as on paper."""
    shown: dict[str, Decimal] = {"22": euros(brought)}
    for printed in FORM:
        parts = tuple(sums.parts.get(printed.code, ()))
        if parts:
            base = sum((part.base for part in parts), ZERO)
            tax = sum((part.tax for part in parts), ZERO)
            shown[printed.code] = euros(tax)
            if base or tax:
                yield Box(printed=printed, base=base, tax=tax, parts=parts)
        elif amount := _total(printed.code, shown):
            shown[printed.code] = amount
            yield Box(printed=printed, tax=amount, of=_made_of(printed.code))


def _made_of(code: str) -> tuple[str, ...]:
    return {"16": DUE, "23": DEDUCTED, "22": (), "27": ("25",)}.get(code, ("16", "23"))


def _total(code: str, shown: dict[str, Decimal]) -> Decimal:
    """Return a total of the form, zero for a line that is none."""

    def add(codes: tuple[str, ...]) -> Decimal:
        return sum((shown.get(one, ZERO) for one in codes), ZERO)

    if code == "22":
        return shown["22"]
    if code in ("16", "23"):
        return add(DUE if code == "16" else DEDUCTED)
    owed = shown.get("16", ZERO) - shown.get("23", ZERO)
    if code in ("25", "27"):
        return max(-owed, ZERO)
    return max(owed, ZERO) if code == "28" else ZERO
