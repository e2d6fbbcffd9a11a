"""Case 9: a known third party handles order, delivery and payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.codes import FACTORED
from facturier.invoice.model import Identifier, Party
from facturier.invoice.parties import (
    SIREN,
)
from facturier.lifecycle.statuses import Side
from facturier.rules.example_pieces import transfer
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, process_of
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="9",
    title="Facture à payer à un tiers connu qui gère aussi la commande, la réception ou la "
    "facturation",
    certainty=Certainty.ACCOUNTING,
    order=70,
    text="""Distributeur ou dépositaire : le bénéficiaire (BG-10) est nommé, sans type
d'affacturage ni subrogation ; la facture est une 380. L'argent que le distributeur encaisse
pour le vendeur est encaissé par le vendeur : 212 si la TVA est due au paiement. Chez le
vendeur, 467 du distributeur, soldé par son reversement.""",
)

SELLER = actor(91, "Fictif Presse SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(92, "Fictif Kiosque SAS", "acheteur")
DISTRIBUTOR = actor(93, "Fictif Messagerie SA", "distributeur")
IN_SELLER = ("D" + DISTRIBUTOR.siren, DISTRIBUTOR.name)


def applies(document: Invoice) -> bool:
    """Somebody else is to be paid, neither a factor nor a marketplace."""
    payee = document.payee
    ordinary = document.type_code not in FACTORED and process_of(document)[1:] != "2"
    return payee is not None and payee.role_code != "DL" and ordinary


def subscription() -> Invoice:
    """Services of the press: 600,00 + 120,00 = 720,00, to be paid to the distributor."""
    return invoice(
        "FA-2026-0901", SELLER, BUYER, line("Service de presse, octobre", "600.00", unit=LUMP_SUM),
        payee=Party(
            name=DISTRIBUTOR.name, legal_identifier=Identifier(DISTRIBUTOR.siren, SIREN)
        ),
        payment=(transfer(DISTRIBUTOR.number),),
    )  # fmt: skip


def example() -> Story:
    """The buyer pays the distributor, who pays the seller."""
    story = Story((SELLER, BUYER, DISTRIBUTOR))
    document = story.issue(subscription())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "720.00", "2026-11-20", "L'acheteur paie le distributeur",
        moves=("R-INTERMEDIAIRE", "P-BANQUE"), others=(IN_SELLER, ("", "")),
    )  # fmt: skip
    ours = ("D" + SELLER.siren, SELLER.name)
    story.book(
        "2026-11-20", "Le distributeur encaisse pour le vendeur",
        typed(DISTRIBUTOR, "2026-11-20", "FA-2026-0901", "Encaissé pour Fictif Presse SARL",
              debit("512", "720.00"), credit("467", "720.00", of=ours), journal="BQ"),
    )  # fmt: skip
    story.book(
        "2026-11-27", "Le distributeur reverse",
        typed(DISTRIBUTOR, "2026-11-27", "REVERSEMENT-11", "Reversé à Fictif Presse SARL",
              debit("467", "720.00", of=ours), credit("512", "720.00"), journal="BQ"),
        typed(SELLER, "2026-11-27", "REVERSEMENT-11", "Reversement du distributeur",
              debit("512", "720.00"), credit("467", "720.00", of=IN_SELLER), journal="BQ"),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 600/0 08 600/120 16 0/120 28 0/120",
        "acheteur": "20 0/120 23 0/120 25 0/120 27 0/120",
    },
    mistakes=(
        Mistake(
            what="Le vendeur attend le reversement pour déclarer l'encaissement.",
            remedy="Le distributeur encaisse en son nom : la TVA est due dès ce jour.",
        ),
    ),
)
