"""Whether a line of an expense claim and a received invoice are one purchase, and why we think so.

The employee claims the ticket, the supplier sends the invoice of the same meal: one charge, VAT
once (XP Z12-014 case 5). The amount with VAT decides, then the days; the SIREN, the employee's
number (BT-18 of scheme AHK), the digits of the card (BT-87) and the name confirm or contradict.
A person decides; the reasons are for that person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facturier.invoice.words import plain
from facturier.ledger.figures import french

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

DAYS_APART = 3
"""Days that may lie between a receipt and its invoice."""
CARD_DIGITS = 4
"""Last digits of a card that are compared: what receipts print."""
SHORTEST = 3
EMPTY_WORDS = frozenset({
    "sarl", "sas", "sasu", "eurl", "snc", "sci", "scop", "selarl", "societe", "ste", "ets", "fils",
    "les", "des", "the", "and", "restaurant", "brasserie", "hotel", "cafe", "bar", "auberge",
    "station", "garage", "parking", "boulangerie",
})  # fmt: skip
"""Words that many suppliers share: legal forms and trades."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What an employee says to have paid."""

    amount: Decimal
    on: dt.date | None = None
    siren: str = ""
    name: str = ""
    """Of the supplier, as the receipt says it."""
    matricule: str = ""
    """What invoices call the employee."""
    card: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoiced:
    """What a received invoice says."""

    amount: Decimal
    on: dt.date | None = None
    siren: str = ""
    name: str = ""
    matricule: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why the two are one purchase."""

    reasons: tuple[str, ...]
    """French sentences."""
    doubts: tuple[str, ...]
    is_sure: bool
    """Whether something beyond amount and day says it."""


def compare(paid: Paid, invoiced: Invoiced) -> Match | None:
    """Return why both are one purchase; None when they are not."""
    if paid.amount != invoiced.amount or _contradict(paid, invoiced):
        return None
    confirmed = tuple(_confirmed(paid, invoiced))
    when = _when(paid.on, invoiced.on)
    is_named = paid.on is None and _same(paid.matricule, invoiced.matricule)
    if not when and not is_named:
        return None
    reasons = (f"Même montant TTC : {french(paid.amount)} €.", when, *confirmed)
    return Match(
        reasons=tuple(one for one in reasons if one),
        doubts=tuple(_doubts(paid, invoiced)),
        is_sure=bool(confirmed),
    )


def _contradict(paid: Paid, invoiced: Invoiced) -> bool:
    """Whether both say who sold, or who paid, and not the same."""
    pairs = ((paid.siren, invoiced.siren), (paid.matricule, invoiced.matricule))
    return any(one and other and not _same(one, other) for one, other in pairs)


def _same(one: str, other: str) -> bool:
    return bool(one) and plain(one) == plain(other)


def _when(paid: dt.date | None, invoiced: dt.date | None) -> str:
    if paid is None or invoiced is None:
        return ""
    days = abs((invoiced - paid).days)
    if days > DAYS_APART:
        return ""
    return "Même jour." if not days else f"{days} jour{'s' * (days > 1)} d'écart."


def _confirmed(paid: Paid, invoiced: Invoiced) -> list[str]:
    found = []
    if _same(paid.matricule, invoiced.matricule):
        found.append(f"La facture nomme le salarié {invoiced.matricule}.")
    if _same(paid.siren, invoiced.siren):
        found.append(f"Même SIREN : {invoiced.siren}.")
    if last_digits(paid.card) and last_digits(paid.card) == last_digits(invoiced.card):
        found.append(f"Même carte : …{last_digits(paid.card)}.")
    if shared := words_of(paid.name) & words_of(invoiced.name):
        found.append(f"Même nom : « {' '.join(sorted(shared))} ».")
    return found


def _doubts(paid: Paid, invoiced: Invoiced) -> list[str]:
    """Say what differs without contradicting: a sign is rarely the name of a company."""
    if not (paid.name and invoiced.name) or words_of(paid.name) & words_of(invoiced.name):
        return []
    return [f"Le nom diffère : « {paid.name} » et « {invoiced.name} »."]


def words_of(name: str) -> frozenset[str]:
    """Return the words that tell a supplier from others, small and without accents."""
    words = re.findall(r"[a-z0-9]+", plain(name))
    return frozenset(one for one in words if len(one) >= SHORTEST and one not in EMPTY_WORDS)


def last_digits(card: str) -> str:
    """Return the last digits of a card; empty when there are fewer."""
    digits = re.sub(r"\D", "", card)
    return digits[-CARD_DIGITS:] if len(digits) >= CARD_DIGITS else ""
