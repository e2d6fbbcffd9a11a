"""What the tax office holds against what the books say: each difference, its documents, its reason.

Both sides give amounts in rows of the return (:mod:`.told`), each about one thing: a document, a
day of takings, a voucher with neither. A difference is therefore always of one thing, to the cent;
:func:`why` names it, the surest reason first, from the table of :mod:`.kinds`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.books import Side
from facturier.ledger.entries import ZERO
from facturier.ledger.figures import french
from facturier.vat.form import FORM
from facturier.vat.kinds import KINDS, Kind
from facturier.vat.reasons import why
from facturier.vat.sides import Difference, Subject
from facturier.vat.told import ARRIVED, DEDUCTED, day_key, of_day, of_invoice, of_line

if TYPE_CHECKING:
    import datetime as dt

    from facturier.vat.sides import Booked, Known, Period
    from facturier.vat.told import DayTold, Share, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A difference about one thing, and its reason."""

    key: str
    kind: Kind
    differences: tuple[Difference, ...]
    """None where only something is to be known: a pre-filled return may differ."""
    number: str
    party: str
    day: dt.date
    entries: tuple[int, ...] = ()
    detail: str = ""
    """What is particular to this one, in French."""

    @property
    def tax(self) -> Decimal:
        """VAT to pay that the return says more than the tax office (negative: less)."""
        return sum((_owed(one) for one in self.differences), ZERO)


def _owed(one: Difference) -> Decimal:
    return one.tax if one.row == DEDUCTED else -one.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Difference):
    """One row of the comparison: both sides, and the differences within."""

    draft_base: Decimal = ZERO
    """Part of what is booked that nobody has validated."""
    draft_tax: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The whole comparison of one period."""

    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    """What is to be done first, the largest first."""

    @property
    def to_do(self) -> tuple[Gap, ...]:
        """Differences to put right before filing."""
        return tuple(gap for gap in self.gaps if not gap.kind.lawful)

    @property
    def lawful(self) -> tuple[Gap, ...]:
        """Differences that the rules expect."""
        return tuple(gap for gap in self.gaps if gap.kind.lawful)

    @property
    def tax(self) -> Decimal:
        """VAT to pay that the return says more than the tax office (negative: less)."""
        return sum((gap.tax for gap in self.gaps), ZERO)

    def unexplained(self, row: str) -> tuple[Decimal, Decimal]:
        """Return base and VAT of a row that no document explains: always zero."""
        one = next(found for found in self.rows if found.row == row)
        base, tax = one.base, one.tax
        for gap in self.gaps:
            for difference in gap.differences:
                if difference.row == row:
                    base, tax = base - difference.base, tax - difference.tax
        return base, tax


def compare(
    told: Iterable[Told],
    days: Iterable[DayTold],
    booked: Iterable[Booked],
    known: Known,
    *,
    overseas: bool = False,
) -> View:
    """Return both sides laid beside each other.

    `told` are the invoices that either side touches in the period, with what was said of them at
    any time; `booked` the entries of the period, and those of other periods about such invoices.
    """
    subjects: dict[str, Subject] = {}

    def subject(key: str) -> Subject:
        return subjects.setdefault(key, Subject(key=key))

    for one in told:
        subject(one.key).told = one
        subject(one.key).held += of_invoice(one, overseas=overseas)
    for day in days:
        subject(day_key(day.day)).held += of_day(day, overseas=overseas)
    for entry in booked:
        about = subject(entry.key)
        about.booked.append(entry)
        for line in entry.lines:
            about.written += of_line(
                entry.key, entry.day, line, is_draft=entry.is_draft, overseas=overseas
            )
    gaps = sorted(_gaps(subjects.values(), known), key=_order)
    return View(rows=tuple(_rows(subjects.values(), known.period)), gaps=tuple(gaps))


def _gaps(subjects: Iterable[Subject], known: Known) -> Iterator[Gap]:
    for one in subjects:
        found = one.differences(known.period)
        about = one.told
        if found:
            name, detail = why(one, found, known)
            yield _gap(one, KINDS[name], found, detail)
        elif about is not None and _may_be_prefilled(about, known.period):
            base = sum((part.base for part in about.parts), ZERO)
            tax = sum((part.tax for part in about.parts), ZERO)
            said = f"Flux 1 : base {french(base)} €, TVA {french(tax)} €, aucune part de la case."
            yield _gap(one, KINDS["deja-collectee"], (), said)


def _may_be_prefilled(told: Told, period: Period) -> bool:
    """Whether nothing differs, and a pre-filled return may still count it twice (case 30)."""
    is_told = told.reach in ARRIVED and not told.is_dead and told.day in period
    return told.side is Side.SALE and told.is_already_collected and is_told


def _gap(subject: Subject, kind: Kind, found: tuple[Difference, ...], detail: str) -> Gap:
    entries, about = subject.booked, subject.told
    first = entries[0] if entries else None
    if about is not None:
        number, party, day = about.number, about.party, about.day
    elif first is not None:
        number, party, day = first.document, first.label, first.day
    else:
        number, party, day = "", "", subject.held[0].day
    return Gap(
        key=subject.key, kind=kind, differences=found, detail=detail, number=number, party=party,
        day=day, entries=tuple(entry.entry for entry in entries),
    )  # fmt: skip


def _order(gap: Gap) -> tuple[bool, Decimal, str]:
    size = sum((abs(one.tax) + abs(one.base) for one in gap.differences), ZERO)
    return gap.kind.lawful, -size, gap.number


def _rows(subjects: Iterable[Subject], period: Period) -> Iterator[Row]:
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * 6)
    for one in subjects:
        for place, shares in ((0, one.held), (2, one.written)):
            for share in shares:
                if share.day in period:
                    _add(sums[share.row], place, share)
                    if share.is_draft:
                        _add(sums[share.row], 4, share)
    names = ("held_base", "held_tax", "booked_base", "booked_tax", "draft_base", "draft_tax")
    for row, amounts in sorted(sums.items(), key=lambda one: _ON_FORM[one[0]]):
        yield Row(row=row, **dict(zip(names, amounts, strict=True)))


_ON_FORM = {line.code: place for place, line in enumerate(FORM)}


def _add(sums: list[Decimal], place: int, share: Share) -> None:
    sums[place] += share.base
    sums[place + 1] += share.tax
