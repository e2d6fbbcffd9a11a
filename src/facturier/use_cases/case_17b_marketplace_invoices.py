"""Case 17b: a marketplace is paid, and invoices in the seller's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.model import Identifier, Party
from facturier.invoice.parties import (
    SIREN,
)
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, by_card, invoice, line, note, process_of
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="17b",
    title="Facture à payer à un tiers, intermédiaire de paiement et facturant sous mandat",
    certainty=Certainty.ACCOUNTING,
    order=35,
    text="""Comme 17a, et la place de marché écrit la facture : facturant (EXT-FR-FE-BG-05),
note DCL, une série de numéros par vendeur, l'adresse BT-34 choisie pour que les statuts
reviennent à qui les suit. Le vendeur doit recevoir les copies : c'est sa vente, dans ses
livres.""",
)

SELLER = actor(174, "Fictif Céramique EURL", "vendeur")
BUYER = actor(175, "Fictif Restaurant SAS", "acheteur")
MARKET = actor(176, "Fictif Place SA", "place de marché")
OF_MARKET = ("P" + MARKET.siren, MARKET.name)


def applies(document: Invoice) -> bool:
    """Already paid to the one who writes it in the seller's name."""
    paid = process_of(document)[1:] == "2"
    return paid and document.payee is not None and document.invoicer is not None


def plates() -> Invoice:
    """Plates: 150,00 + 30,00 = 180,00."""
    mandate = "Établie par Fictif Place SA au nom et pour le compte de Fictif Céramique EURL."
    return invoice(
        "CERAM-2026-0003", SELLER, BUYER, line("Assiettes en grès", "150.00"),
        process="B2", extended=True, paid="180.00", payment=by_card("57"),
        payee=Party(name=MARKET.name, legal_identifier=Identifier(MARKET.siren, SIREN)),
        invoicer=MARKET.third(), notes=(note("DCL", mandate),),
    )  # fmt: skip


def example() -> Story:
    """Invoiced and collected by the marketplace, paid to the seller."""
    story = Story((SELLER, BUYER, MARKET))
    document = story.issue(plates(), "La place facture au nom du vendeur")
    story.pay(
        document, "180.00", "2026-11-02", "La place a encaissé pour le vendeur",
        moves=("R-INTERMEDIAIRE", "P-BANQUE"), others=(OF_MARKET, ("", "")),
    )  # fmt: skip
    story.book(
        "2026-11-09", "La place vire",
        typed(SELLER, "2026-11-09", "VIREMENT-11", "Reversement de la place",
              debit("512", "180.00"), credit("467", "180.00", of=OF_MARKET), journal="BQ"),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203),
    flows=("1",),
    boxes={
        "vendeur": "A1 150/0 08 150/30 16 0/30 28 0/30",
        "acheteur": "20 0/30 23 0/30 25 0/30 27 0/30",
    },
    mistakes=(
        Mistake(
            what="Le vendeur ne reçoit pas de copie et n'enregistre que les virements.",
            remedy="Importez ses factures depuis la place : la vente est la sienne.",
        ),
    ),
)
