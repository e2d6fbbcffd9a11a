"""Case 17a: a marketplace is paid for the seller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.model import Identifier, Party
from facturier.invoice.parties import (
    SIREN,
)
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, by_card, invoice, line, process_of
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="17a",
    title="Facture à payer à un tiers, intermédiaire de paiement (place de marché)",
    certainty=Certainty.ACCOUNTING,
    order=48,
    text="""F1, du vendeur à l'acheteur : déjà payée (cadre x2), moyen de paiement 57 parce que
le vendeur ne sait pas comment l'acheteur a payé, bénéficiaire (BG-10) : la place de marché. F2,
de la place au vendeur : ses frais, déjà payés par retenue, moyen 97.

Le 212 de F1 est dû quand la place a reçu l'argent, pour le compte du vendeur. Chez le vendeur :
467 de la place au débit pour F1, au crédit pour F2 ; le virement solde.""",
)

SELLER = actor(171, "Fictif Atelier SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(172, "Fictif Décoration SAS", "acheteur")
MARKET = actor(173, "Fictif Place SA", "place de marché", vat_on_receipts=True)
OF_MARKET, OF_SELLER = ("P" + MARKET.siren, MARKET.name), ("P" + SELLER.siren, SELLER.name)


def applies(document: Invoice) -> bool:
    """Already paid to somebody else than the seller, who writes it himself."""
    paid = process_of(document)[1:] == "2"
    return paid and document.payee is not None and document.invoicer is None


def engraving() -> Invoice:
    """F1: engraving, 200,00 + 40,00 = 240,00."""
    return invoice(
        "FA-2026-1701", SELLER, BUYER, line("Gravure sur commande", "200.00", unit=LUMP_SUM),
        process="S2", paid="240.00", payment=by_card("57"),
        payee=Party(name=MARKET.name, legal_identifier=Identifier(MARKET.siren, SIREN)),
    )  # fmt: skip


def fees() -> Invoice:
    """F2: the fees of the marketplace, 20,00 + 4,00 = 24,00."""
    return invoice(
        "FP-2026-1702", MARKET, SELLER, line("Commission de la place", "20.00", unit=LUMP_SUM),
        process="S2", paid="24.00", payment=by_card("97"),
    )  # fmt: skip


def example() -> Story:
    """The marketplace is paid, keeps its fees, pays the rest."""
    story = Story((SELLER, BUYER, MARKET))
    f1 = story.issue(engraving(), "F1, du vendeur à l'acheteur")
    story.pay(
        f1, "240.00", "2026-11-02", "La place a encaissé pour le vendeur",
        moves=("R-INTERMEDIAIRE", "P-BANQUE"), others=(OF_MARKET, ("", "")),
    )  # fmt: skip
    story.book(
        "2026-11-02", "Chez la place : l'argent du vendeur",
        typed(MARKET, "2026-11-02", "FA-2026-1701", "Encaissé pour Fictif Atelier SARL",
              debit("512", "240.00"), credit("467", "240.00", of=OF_SELLER), journal="BQ"),
    )  # fmt: skip
    f2 = story.issue(fees(), "F2, les frais de la place, retenus")
    story.pay(
        f2, "24.00", "2026-11-02", "Frais retenus sur l'argent du vendeur",
        moves=("R-INTERMEDIAIRE", "P-TIERS"), others=(OF_SELLER, OF_MARKET),
    )  # fmt: skip
    story.book(
        "2026-11-09", "La place vire le reste",
        typed(MARKET, "2026-11-09", "VIREMENT-11", "Reversé à Fictif Atelier SARL",
              debit("467", "216.00", of=OF_SELLER), credit("512", "216.00"), journal="BQ"),
        typed(SELLER, "2026-11-09", "VIREMENT-11", "Reversement de la place",
              debit("512", "216.00"), credit("467", "216.00", of=OF_MARKET), journal="BQ"),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 212) * 2,
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 200/0 08 200/40 16 0/40 20 0/4 23 0/4 28 0/36",
        "acheteur": "20 0/40 23 0/40 25 0/40 27 0/40",
        "place de marché": "A1 20/0 08 20/4 16 0/4 28 0/4",
    },
    mistakes=(
        Mistake(
            what="Le vendeur comptabilise en chiffre d'affaires le net viré par la place.",
            remedy="F1 entière en produit, F2 en charge : le virement ne fait que solder le 467.",
        ),
    ),
)
