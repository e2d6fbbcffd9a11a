"""The end of a financial year: its result, and the opening entry of the next (à-nouveaux)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.entries import ZERO, Entry, Line

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.books import Books

JOURNAL = "AN"
PROFIT, LOSS = "120", "129"
"""PCG: résultat de l'exercice, bénéfice or perte."""
OF_THE_RESULT = ("6", "7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account, or a third party inside a collective one, comes to."""

    account: str
    amount: Decimal
    """Debit minus credit."""
    auxiliary: str = ""
    auxiliary_label: str = ""


def result_of(balances: Iterable[Balance]) -> Decimal:
    """Return the profit of the year (negative: a loss): classes 7 less classes 6."""
    return -sum((one.amount for one in balances if one.account.startswith(OF_THE_RESULT)), ZERO)


def opening_entry(balances: Iterable[Balance], *, on: dt.date, books: Books) -> Entry:
    """Return the entry that opens the year beginning `on` from the balances of the one before.

    Accounts of classes 1 to 5 go on, third party by third party; those of classes 6 and 7 end in
    the result. Raises UnbalancedEntry when the balances do not balance, or there are none.
    """
    label = f"À-nouveaux au {on:%d/%m/%Y}"
    return Entry(
        journal=JOURNAL, date=on, document=JOURNAL, document_date=on,
        label=label, lines=tuple(_lines(list(balances), label, books)),
    )  # fmt: skip


def _lines(balances: list[Balance], label: str, books: Books) -> Iterator[Line]:
    for one in balances:
        if one.amount and not one.account.startswith(OF_THE_RESULT):
            yield Line(
                account=one.account, auxiliary=one.auxiliary, auxiliary_label=one.auxiliary_label,
                label=label, debit=max(one.amount, ZERO), credit=max(-one.amount, ZERO),
                rule="AN", reason="Solde de clôture de l'exercice précédent.",
            )  # fmt: skip
    if profit := result_of(balances):
        yield Line(
            account=books.pad(PROFIT if profit > 0 else LOSS), label=label,
            debit=max(-profit, ZERO), credit=max(profit, ZERO), rule="AN",
            reason="Résultat de l'exercice précédent : produits (7) moins charges (6).",
        )  # fmt: skip
