"""Whether a received invoice says that an employee paid it, and what it calls that person.

Four signs, from the surest: the employee's number (BT-18 of scheme AHK), a payer that is no company
(EXT-FR-FE-BG-02), the electronic address that a company keeps for what its employees pay
(``SIREN_FRAISCOLLABORATEUR``), the digits of a card (BT-87). Source: XP Z12-014 cases 5 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facturier.invoice.parties import read_address
from facturier.invoice.words import plain
from facturier.ledger.books import keys_of
from facturier.ledger.expenses import EMPLOYEE_SCHEME, SUFFIX
from facturier.ledger.same_purchase import last_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facturier.invoice.model import Invoice, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What an invoice says of an employee who paid."""

    key: str
    """What it calls the employee; empty when it only came to the address for expenses."""
    card: str
    """Last digits of the card that paid; empty when it names none."""
    why: str
    """Which field says it, in French; empty when only a card does."""
    is_paid: bool
    """Whether nothing remains to be paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An employee, as invoices may call one."""

    id: int
    matricule: str
    name: str
    card: str


def sign_of(invoice: Invoice) -> Sign | None:
    """Return what `invoice` says of an employee who paid it; None when it says nothing."""
    key, why = _named(invoice)
    card = next((digits for one in invoice.payment_instructions
                 if one.card and (digits := last_digits(one.card.number or ""))), "")  # fmt: skip
    if not (why or card):
        return None
    totals = invoice.totals
    paid = totals is not None and bool(totals.with_vat) and not totals.due_amount
    return Sign(key=key, card=card, why=why, is_paid=paid)


def _named(invoice: Invoice) -> tuple[str, str]:
    for one in invoice.object_identifiers:
        if one.scheme == EMPLOYEE_SCHEME:
            return one.value, f"BT-18 (AHK) : {one.value}"
    key = _person(invoice.payer)
    if key:
        return key, f"payeur nommé (EXT-FR-FE-BG-02) : {key}"
    address = invoice.buyer.electronic_address if invoice.buyer else None
    parts = read_address(address.value) if address else None
    if parts is not None and (parts.suffix or "").upper() == SUFFIX:
        return "", f"reçue à l'adresse {parts}"
    return "", ""


def _person(payer: Party | None) -> str:
    """Return what a payer is called, when nothing says that it is a company."""
    if payer is None or keys_of(payer) or payer.legal_identifier:
        return ""
    return payer.name or next((one.value for one in payer.identifiers), "")


def recognised(sign: Sign, employees: Sequence[Known]) -> Known | None:
    """Return the only one of `employees` whom `sign` means; None when nobody, or several."""
    key = plain(sign.key)
    ways = (
        [one for one in employees if key == plain(one.matricule)],
        [one for one in employees if key == plain(one.name)],
        [one for one in employees if plain(one.matricule) in key.split()],
    )
    for found in ways if key else ():
        if len(found) == 1:
            return found[0]
    carded = [one for one in employees if sign.card and last_digits(one.card) == sign.card]
    return carded[0] if len(carded) == 1 and not key else None
