"""Case 15: ordered, and perhaps paid, by a third party for the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="15",
    title="Vente après commande (et paiement éventuel) d'un tiers pour le compte de l'acheteur",
    certainty=Certainty.ACCOUNTING,
    order=55,
    text="""Une agence commande, et paie parfois, pour un annonceur. Le vendeur facture
l'annonceur ; l'agence est l'agent de l'acheteur (EXT-FR-FE-BG-01) et le payeur (BG-02). Les
appels de fonds de l'agence ne sont pas des factures du vendeur. Chez l'agence : 467 du client,
sans charge ni produit.""",
)

SELLER = actor(151, "Fictif Affichage SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(152, "Fictif Boisson SAS", "annonceur")
AGENCY = actor(153, "Fictif Agence Média SARL", "agence")


def applies(document: Invoice) -> bool:
    """The agent of the buyer also pays."""
    return document.buyer_agent is not None and document.payer is not None


def posters() -> Invoice:
    """A poster campaign: 5 000,00 + 1 000,00 = 6 000,00."""
    return invoice(
        "FA-2026-1501", SELLER, BUYER,
        line("Publicité, affichage urbain", "5000.00", unit=LUMP_SUM),
        extended=True, buyer_agent=AGENCY.third(), payer=AGENCY.third(),
    )  # fmt: skip


def example() -> Story:
    """The agency calls the money, then pays the seller with it."""
    story = Story((SELLER, BUYER, AGENCY))
    client, ours = ("M" + BUYER.siren, BUYER.name), ("M" + AGENCY.siren, AGENCY.name)
    story.book(
        "2026-11-02", "Appel de fonds de l'agence : ce n'est pas une facture du vendeur",
        typed(BUYER, "2026-11-02", "APPEL-11", "Appel de fonds, affichage",
              debit("467", "6000.00", of=ours), credit("512", "6000.00"), journal="BQ"),
        typed(AGENCY, "2026-11-02", "APPEL-11", "Fonds de Fictif Boisson SAS",
              debit("512", "6000.00"), credit("467", "6000.00", of=client), journal="BQ"),
    )  # fmt: skip
    document = story.issue(posters())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "6000.00", "2026-11-20", "L'agence paie le vendeur",
        moves=("R-BANQUE", "P-TIERS"), paid=True, others=(("", ""), ours),
    )  # fmt: skip
    story.book(
        "2026-11-20", "Chez l'agence",
        typed(AGENCY, "2026-11-20", "FA-2026-1501", "Payé pour Fictif Boisson SAS",
              debit("467", "6000.00", of=client), credit("512", "6000.00"), journal="BQ"),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 5000/0 08 5000/1000 16 0/1000 28 0/1000",
        "annonceur": "20 0/1000 23 0/1000 25 0/1000 27 0/1000",
    },
    mistakes=(
        Mistake(
            what="L'appel de fonds de l'agence est comptabilisé comme la facture.",
            remedy="Sans TVA ni vendeur, il n'ouvre aucune déduction : 467 de l'agence.",
        ),
    ),
)
