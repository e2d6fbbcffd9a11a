"""Case 7: paid by a purchase card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.model import PaymentCard, PaymentInstructions
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import DAY, actor, invoice, line, process_of
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="7",
    title="Achat payé avec une carte logée (carte d'achat)",
    certainty=Certainty.ACCOUNTING,
    order=45,
    text="""Comme le cas 2, mais le payeur n'est pas nommé : seuls les quatre à six derniers
chiffres de la carte sont donnés (BT-87), avec le titulaire (BT-88). L'acheteur rapproche le
relevé mensuel de l'opérateur des factures reçues : carte, montant, date.

Achat contesté : l'opérateur reprend l'argent, le vendeur donne un 212 négatif, puis la facture
suit la voie du litige. Chez l'acheteur le fournisseur est soldé par l'opérateur de la carte
(467), que le relevé solde.""",
)

SELLER = actor(71, "Fictif Location SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(72, "Fictif Industrie SAS", "acheteur")
OPERATOR = ("OCARTE", "Opérateur de la carte d'achat")


def applies(document: Invoice) -> bool:
    """Already paid, by a card whose last digits are told."""
    cards = [one.card for one in document.payment_instructions if one.card]
    return process_of(document)[1:] == "2" and any(one.number for one in cards)


def rental() -> Invoice:
    """A car hired for a day: 100,00 + 20,00 = 120,00."""
    card = PaymentInstructions(
        means_code="48", card=PaymentCard(number="4242", holder_name="Fictif Industrie SAS")
    )
    return invoice(
        "FA-2026-0701", SELLER, BUYER,
        line("Location de matériel, une journée", "100.00", unit=DAY),
        process="S2", paid="120.00", payment=(card,),
    )  # fmt: skip


def example() -> Story:
    """Paid by card; the statement of the month clears the operator."""
    story = Story((SELLER, BUYER))
    document = story.issue(rental())
    story.pay(
        document, "120.00", "2026-11-02", "Payée par la carte d'achat",
        moves=("R-BANQUE", "P-CARTE"), others=(("", ""), OPERATOR),
    )  # fmt: skip
    story.book(
        "2026-11-30",
        "Le relevé de l'opérateur est prélevé",
        typed(
            BUYER, "2026-11-30", "RELEVE-CARTE-11", "Relevé de la carte d'achat",
            debit("467", "120.00", of=OPERATOR), credit("512", "120.00"), journal="BQ",
        ),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 100/0 08 100/20 16 0/20 28 0/20",
        "acheteur": "20 0/20 23 0/20 25 0/20 27 0/20",
    },
    mistakes=(
        Mistake(
            what="Le relevé de la carte est comptabilisé en charge, en plus des factures.",
            remedy="Le relevé ne fait que solder le 467 de l'opérateur.",
        ),
    ),
)
