"""The letter that asks a supplier for the invoice of a purchase that an employee paid.

The supplier told the sale as one to a private person already; the invoice it makes afterwards is of
cadre B7 or S7, so that its VAT counts once (XP Z12-014 cases 6, 28 and 30).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facturier.ledger.figures import french

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who asks."""

    name: str
    siren: str
    vat_number: str
    address: str
    """Postal address, on one line."""
    electronic_address: str
    """Where the invoice is to go: BT-49."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The receipt, as its seller can find it again."""

    seller: str
    on: dt.date
    amount: Decimal
    label: str
    number: str = ""
    matricule: str = ""
    """What the invoice is to call the employee (BT-18, AHK)."""
    card: str = ""
    """Last digits of the card that paid."""


def subject(ticket: Ticket) -> str:
    """Return the subject of the letter."""
    return f"Demande de facture : achat du {ticket.on:%d/%m/%Y}, {french(ticket.amount)} € TTC"


def letter(ticket: Ticket, company: Company) -> str:
    """Return the text of the letter, ready to send."""
    seller = f" chez {ticket.seller}" if ticket.seller else ""
    references = [
        f"- date : {ticket.on:%d/%m/%Y}",
        f"- montant payé : {french(ticket.amount)} € TTC",
        f"- objet : {ticket.label}",
    ]
    if ticket.number:
        references.append(f"- numéro du ticket : {ticket.number}")
    if ticket.card:
        references.append(f"- payé par la carte se terminant par {ticket.card}")
    buyer = [
        f"- raison sociale : {company.name}",
        f"- SIREN : {company.siren}",
        *([f"- numéro de TVA : {company.vat_number}"] if company.vat_number else []),
        *([f"- adresse : {company.address}"] if company.address else []),
        f"- adresse de facturation électronique : {company.electronic_address}",
    ]
    named = (
        f"Merci d'y porter la référence {ticket.matricule} (BT-18, schéma AHK) : elle désigne le "
        "salarié qui a payé.\n\n"
        if ticket.matricule
        else ""
    )
    return (
        "Bonjour,\n\n"
        f"Un de nos salariés a payé{seller} l'achat suivant pour le compte de l'entreprise :\n"
        + "\n".join(references)
        + "\n\nNous vous demandons une facture électronique à notre nom :\n"
        + "\n".join(buyer)
        + "\n\nElle est déjà payée. Si la vente est dans vos recettes du jour, le cadre de "
        "facturation est B7 (biens) ou S7 (services) : la TVA n'est pas due une seconde fois.\n\n"
        f"{named}Cordialement,\n{company.name}\n"
    )
