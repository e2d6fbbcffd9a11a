"""Letters (lettrage): which debits and credits of one third party clear each other.

Whole letters are capitals (A … Z, AA …); a letter in small ones is partial: its lines belong
together and do not balance yet. A difference of a few cents is written off to 658 or 758.
Decisions only; who calls keeps the letters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from string import ascii_uppercase
from typing import TYPE_CHECKING

from facturier.errors import RefusedByUs
from facturier.ledger.entries import ZERO, Entry, Line
from facturier.ledger.figures import french

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.books import Books

SMALL = Decimal("5.00")
"""Largest difference, in euros, that lettering writes off."""
LOSS, GAIN = "658", "758"
PAIR = 2
LONGEST = 4
"""Letters in a letter: 475 254 of them for each third party."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A line of one third party, as far as lettering cares."""

    key: int
    """What the line is known by."""
    amount: Decimal
    """Debit minus credit."""
    document: str = ""
    on: dt.date | None = None


def next_letter(used: Iterable[str]) -> str:
    """Return the first letter after those in use, whole or partial: A, B … Z, AA."""
    taken = {one.upper() for one in used}
    return next(letter for letter in _letters() if letter not in taken)


def _letters() -> Iterator[str]:
    for size in range(1, LONGEST + 1):
        for letters in product(ascii_uppercase, repeat=size):
            yield "".join(letters)


def gap_of(lines: Sequence[Open]) -> Decimal:
    """Return what `lines` leave open, debit minus credit.

    Raises RefusedByUs for fewer than two lines, or lines that are all on one side.
    """
    amounts = [line.amount for line in lines]
    if len(amounts) <= 1 or not min(amounts) < 0 < max(amounts):
        raise RefusedByUs(
            "Un lettrage rapproche au moins un débit et un crédit du même tiers.",
            reason="one-side",
        )
    return sum(amounts, ZERO)


def write_off(
    gap: Decimal, third_party: Line, *, on: dt.date, document: str, books: Books
) -> Entry:
    """Return the entry that takes a small `gap` off a third party: a loss or a gain.

    `third_party` gives account and auxiliary. Raises RefusedByUs over :data:`SMALL`.
    """
    if abs(gap) > SMALL:
        raise RefusedByUs(
            f"L'écart de {french(abs(gap))} € dépasse {french(SMALL)} € : il ne se passe pas en "
            "écart de règlement.",
            reason="gap-too-big",
            remedy="Lettrez partiellement, ou passez l'écriture qui l'explique.",
        )
    label = f"Écart de règlement {third_party.auxiliary_label or third_party.account}".strip()
    party = Line(
        account=third_party.account, account_label=third_party.account_label, label=label,
        auxiliary=third_party.auxiliary, auxiliary_label=third_party.auxiliary_label,
        debit=max(-gap, ZERO), credit=max(gap, ZERO), rule="LETTRAGE",
    )  # fmt: skip
    other = Line(
        account=books.pad(LOSS if gap > 0 else GAIN), label=label, debit=max(gap, ZERO),
        credit=max(-gap, ZERO), rule="LETTRAGE", reason="Petit écart constaté au lettrage.",
    )  # fmt: skip
    return Entry(
        journal=books.miscellaneous_journal, date=on, document=document, document_date=on,
        label=label, lines=(other, party) if gap > 0 else (party, other),
    )  # fmt: skip


def proposals(lines: Iterable[Open]) -> list[tuple[int, ...]]:
    """Return groups of keys that surely clear each other, the surest way first.

    Lines of the same voucher that balance; then an amount and its only opposite; then everything,
    when the third party owes nothing at all. Two lines that could answer one are left to a person.
    """
    rest = list(lines)
    found: list[tuple[int, ...]] = []
    for groups in (_by_document, _by_amount, _whole):
        for group in groups(rest):
            found.append(tuple(line.key for line in group))
            rest = [line for line in rest if line not in group]
    return found


def _by_document(lines: Sequence[Open]) -> list[list[Open]]:
    named: defaultdict[str, list[Open]] = defaultdict(list)
    for line in lines:
        if line.document:
            named[line.document].append(line)
    return [group for group in named.values() if len(group) > 1 and _balances(group)]


def _by_amount(lines: Sequence[Open]) -> list[list[Open]]:
    sized: defaultdict[Decimal, list[Open]] = defaultdict(list)
    for line in lines:
        sized[abs(line.amount)].append(line)
    pairs = (group for group in sized.values() if len(group) == PAIR)
    return [group for group in pairs if _balances(group)]


def _whole(lines: Sequence[Open]) -> list[list[Open]]:
    return [list(lines)] if len(lines) > 1 and _balances(lines) else []


def _balances(lines: Iterable[Open]) -> bool:
    return not sum((line.amount for line in lines), ZERO)
