"""Case 11: a third party receives and handles invoices for the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="11",
    title="Facture reçue et traitée par un tiers pour le compte de l'acheteur",
    certainty=Certainty.SURE,
    order=80,
    text="""La facture nomme le vrai acheteur. Une adresse à part, SIREN_SUFFIXE, est ouverte
pour lui sur la plateforme dont se sert le tiers ; le tiers peut être nommé « adressé à »
(EXT-FR-FE-BG-04), à titre d'information. Les statuts sont ceux de l'acheteur, donnés par le
tiers en son nom. Les écritures sont ordinaires : le tiers n'a rien dans ses livres.""",
)

SUFFIX = "GESTIONTIERS"
SELLER = actor(111, "Fictif Plomberie SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(112, "Fictif Résidence SAS", "acheteur", by_keyword={"depannage": "6155"})
MANAGER = actor(113, "Fictif Gestion SARL", "gestionnaire")


def applies(document: Invoice) -> bool:
    """Somebody is named to whom it is addressed, without buying."""
    return document.invoicee is not None and document.buyer_agent is None


def repair() -> Invoice:
    """A repair in a building that a manager looks after: 250,00 + 25,00 = 275,00."""
    return invoice(
        "FA-2026-1101", SELLER, BUYER.at(SUFFIX),
        line("Dépannage, fuite au 2e étage", "250.00", "10", unit=LUMP_SUM),
        extended=True, invoicee=MANAGER.third(),
    )  # fmt: skip


def example() -> Story:
    """The manager approves and pays for the owner."""
    story = Story((SELLER, BUYER, MANAGER))
    document = story.issue(repair(), "Reçue à l'adresse que tient le gestionnaire")
    story.say(document, 205, Side.BUYER, "2026-11-05", "Approuvée par le gestionnaire, en son nom")
    story.pay(document, "275.00", "2026-11-20")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 250/0 9B 250/25 16 0/25 28 0/25",
        "acheteur": "20 0/25 23 0/25 25 0/25 27 0/25",
    },
    mistakes=(
        Mistake(
            what="La facture est au nom du gestionnaire, qui déduit la TVA d'un autre.",
            remedy="L'acheteur est celui dont le SIREN est en BT-47 ; le tiers n'a que l'adresse.",
        ),
    ),
)
