"""What an employee paid for the company without an invoice in its name: the claim, booked.

Without an invoice in the company's name VAT is not deducted, but where a tolerance applies: toll
receipts, restaurant bills, simplified invoices of up to 150 euros before VAT. The tolerance is told
on the line. Sources: CGI 271 II, CGI annexe II 242 nonies A (simplified invoices), XP Z12-014 case
6, which leaves the right to deduct open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.money import cents
from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.ledger.entries import Entry, Fiscal, Line

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.books import Books

LIMIT = Decimal(150)
"""Euros before VAT up to which a simplified invoice is enough."""
HUNDRED = Decimal(100)
TOLERATED = {
    "peage": "Ticket de péage : tient lieu de facture.",
    "restaurant": "Note de restaurant, au nom de l'entreprise écrit par le client.",
    "repas": "Note de restaurant, au nom de l'entreprise écrit par le client.",
}
"""Word of the expense, small and without accents → why its VAT may be deducted up to the limit."""
SIMPLIFIED = "Facture simplifiée, 150 € hors taxe au plus."
REFUSED = "TVA non récupérable sauf facture : demandez-la au vendeur (cadre B7 ou S7)."
DEFAULT = "6256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """One line of a claim."""

    label: str
    gross: Decimal
    """What was paid, VAT included, in euros."""
    rate: Decimal | None = None
    """VAT rate in per cent that the receipt tells; None when it tells none."""
    simplified: bool = False
    """The receipt names the seller, its VAT number, the rate: a simplified invoice."""


def tolerance(expense: Expense) -> str:
    """Say in French why the VAT of `expense` may be deducted; empty when it may not."""
    if expense.rate is None or _net(expense, expense.rate) > LIMIT:
        return ""
    for word, why in TOLERATED.items():
        if charges.says(plain(expense.label), word):
            return why
    return SIMPLIFIED if expense.simplified else ""


def claim(
    expenses: Iterable[Expense],
    *,
    number: str,
    employee: tuple[str, str],
    on: dt.date,
    books: Books,
) -> Entry:
    """Return the entry of a claim: charges and the VAT that may be deducted against 421.

    `employee` is auxiliary account and name.
    """
    lines = tuple(expenses)
    label = f"Note de frais {number} {employee[1]}"
    owed = sum((one.gross for one in lines), Decimal(0))
    return Entry(
        journal=books.miscellaneous_journal,
        date=on,
        document=number,
        document_date=on,
        label=label,
        lines=(
            *(made for one in lines for made in _lines(one, books)),
            Line(account=books.pad("421"), label=label, credit=owed, auxiliary=employee[0],
                 auxiliary_label=employee[1], rule="NDF-SALARIE", reason="Dû au salarié."),
        ),
    )  # fmt: skip


def _net(expense: Expense, rate: Decimal) -> Decimal:
    return cents(expense.gross * HUNDRED / (HUNDRED + rate))


def _lines(expense: Expense, books: Books) -> Iterator[Line]:
    found = charges.look_up(expense.label)
    account = books.pad(found[0].account if found else DEFAULT)
    why = tolerance(expense)
    rate = expense.rate
    if not why or rate is None:
        advice = REFUSED if rate else ""
        yield Line(
            account=account,
            label=expense.label,
            debit=expense.gross,
            rule="NDF-TTC",
            reason="Sans facture au nom de l'entreprise : TTC en charge.",
            advice=advice,
        )
        return  # fmt: skip
    net = _net(expense, rate)
    yield Line(account=account, label=expense.label, debit=net, rule="NDF-HT", reason=why)
    yield Line(account=books.pad("44566"), label=expense.label, debit=expense.gross - net,
               rule="NDF-TVA", reason=why, base=net,
               fiscal=Fiscal(category="S", rate=rate))  # fmt: skip
