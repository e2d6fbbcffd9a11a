"""What is laid side by side: entries, and each thing that both sides may tell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.entries import ZERO, State

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.entries import Line
    from facturier.vat.told import Share, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days of a return, both included."""

    first: dt.date
    last: dt.date

    def __contains__(self, day: dt.date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An entry of the books, and what it is about."""

    key: str
    """Of a document or a day of takings; of the voucher when it is about neither."""
    entry: int
    """What it is known by."""
    document: str
    """Reference of the voucher."""
    day: dt.date
    """Accounting date."""
    label: str
    lines: tuple[Line, ...]
    is_draft: bool = False
    cancels: bool = False
    """It reverses another entry, or was reversed."""

    @property
    def state(self) -> State:
        """Whether it is proposed, or in the books: what :class:`.draft.Voucher` asks."""
        return State.PROPOSED if self.is_draft else State.VALIDATED

    @property
    def is_settlement(self) -> bool:
        """Whether it makes VAT due that was waiting: a payment."""
        return any(line.rule.endswith("-TVA") and line.rule[:2] in ("R-", "P-")
                   for line in self.lines)  # fmt: skip

    @property
    def gross(self) -> Decimal:
        """What it leaves with the third party, positive."""
        return abs(sum((line.balance for line in self.lines if line.auxiliary), ZERO))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row on both sides."""

    row: str
    held_base: Decimal = ZERO
    held_tax: Decimal = ZERO
    booked_base: Decimal = ZERO
    booked_tax: Decimal = ZERO

    @property
    def base(self) -> Decimal:
        """What the tax office has more of (less when negative)."""
        return self.held_base - self.booked_base

    @property
    def tax(self) -> Decimal:
        """The same of VAT."""
        return self.held_tax - self.booked_tax

    @property
    def is_held(self) -> bool:
        """Whether the tax office has anything of it."""
        return bool(self.held_base or self.held_tax)

    @property
    def is_booked(self) -> bool:
        """Whether the books have anything of it."""
        return bool(self.booked_base or self.booked_tax)


@dataclass(slots=True, kw_only=True)
class Subject:
    """One thing on both sides: what is known of it."""

    key: str
    told: Told | None = None
    booked: list[Booked] = field(default_factory=list)
    """Entries about it, of any date."""
    held: list[Share] = field(default_factory=list)
    """Of any date."""
    written: list[Share] = field(default_factory=list)
    """From the books, of any date."""

    def differences(self, period: Period) -> tuple[Difference, ...]:
        """Return the rows that are not the same on both sides within `period`."""
        sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * 4)
        for place, shares in ((0, self.held), (2, self.written)):
            for one in shares:
                if one.day in period:
                    sums[one.row][place] += one.base
                    sums[one.row][place + 1] += one.tax
        return tuple(
            Difference(row=row, held_base=held_base, held_tax=held_tax,
                       booked_base=booked_base, booked_tax=booked_tax)
            for row, (held_base, held_tax, booked_base, booked_tax) in sorted(sums.items())
            if (held_base, held_tax) != (booked_base, booked_tax)
        )  # fmt: skip

    @property
    def is_undone(self) -> bool:
        """Whether the books took back, at any date, all that they had written."""
        sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for one in self.written:
            sums[one.row][0] += one.base
            sums[one.row][1] += one.tax
        return not any(amount for pair in sums.values() for amount in pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What else is needed to name a difference."""

    period: Period
    obliged_from: dt.date
    """From when the dossier issues electronic invoices."""
    late_days: frozenset[str] = frozenset()
    """Keys of days of takings whose declaration is not due yet."""
