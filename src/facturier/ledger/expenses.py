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

from facturier.errors import Unpostable
from facturier.invoice.money import cents
from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.ledger.entries import Entry, Fiscal, Line

if TYPE_CHECKING:
    import datetime as dt

    from facturier.invoice.model import Invoice
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
EMPLOYEE_SCHEME = "AHK"
"""Scheme of BT-18 under which an invoice names the employee who paid (XP Z12-014 case 5)."""
DAYS_APART = 3
"""Days that may lie between a receipt and its invoice."""


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
    paid_on: dt.date | None = None
    """Day of the receipt; None when nobody said."""


def tolerance(expense: Expense) -> str:
    """Say in French why the VAT of `expense` may be deducted; empty when it may not."""
    if expense.rate is None or _net(expense, expense.rate) > LIMIT:
        return ""
    for word, why in TOLERATED.items():
        if charges.says(plain(expense.label), word):
            return why
    return SIMPLIFIED if expense.simplified else ""


def is_invoiced_by(expense: Expense, invoice: Invoice, employee: str = "") -> bool:
    """Tell whether an expense and an invoice already paid are the same purchase.

    The amounts with VAT are equal and the days at most :data:`DAYS_APART` apart; an invoice that
    names an employee (BT-18 of scheme AHK) is that one's alone.
    """
    totals, issued = invoice.totals, invoice.issue_date
    if totals is None or totals.with_vat != expense.gross or totals.due_amount:
        return False
    named = {one.value for one in invoice.object_identifiers if one.scheme == EMPLOYEE_SCHEME}
    if named and employee and employee not in named:
        return False
    if expense.paid_on is None or issued is None:
        return bool(named and employee)
    return abs((issued - expense.paid_on).days) <= DAYS_APART


def claim(
    expenses: Iterable[Expense],
    *,
    number: str,
    employee: tuple[str, str],
    on: dt.date,
    books: Books,
    invoices: Iterable[Invoice] = (),
    key: str = "",
) -> Entry:
    """Return the entry of a claim: charges and the VAT that may be deducted against 421.

    `employee` is auxiliary account and name, `key` what invoices call the employee. `invoices` are
    those that the dossier received already paid: raises Unpostable (``already-invoiced``) when one
    of them is an expense of the claim, which would be charged twice.
    """
    lines = tuple(expenses)
    received = tuple(invoices)
    for one in lines:
        _refuse_twice(one, received, key)
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


def _refuse_twice(expense: Expense, invoices: tuple[Invoice, ...], key: str) -> None:
    for invoice in invoices:
        if is_invoiced_by(expense, invoice, key):
            raise Unpostable(
                f"« {expense.label} » est déjà comptabilisé par la facture {invoice.number}.",
                reason="already-invoiced",
                remedy="Ôtez-le de la note de frais : il n'y reste que le remboursement.",
            )


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
