"""Case 37: undisclosed partnerships (SEP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.parties import (
    read_address,
)
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="37",
    title="Sociétés en participation",
    certainty=Certainty.ACCOUNTING,
    order=78,
    text="""Une société en participation n'a pas de personnalité. Le **mandataire** est le
vendeur envers le client final ; le produit est celui de la SEP, dont le gérant tient les
livres. Le **gérant** est l'acheteur des achats de la SEP, à une adresse à part
(SIREN_GESTIONTIERS), parts des associés comprises : une facture peut avoir le gérant des deux
côtés.

La pré-remplie va au mandataire et au gérant, pas à la SEP : l'écart est normal. Dans un cabinet
la SEP est un dossier à part, nourri des factures de deux SIREN.""",
    doubts="Tenir la SEP dans un dossier à part est notre organisation.",
)

SUFFIX = "GESTIONTIERS"
SELLER = actor(371, "Fictif Béton SARL", "fournisseur")
BUYER = actor(372, "Fictif Gérance SAS", "gérant")
AGENT = actor(373, "Fictif Mandataire SAS", "mandataire", vat_on_receipts=True,
              services_sales="704")  # fmt: skip
CUSTOMER = actor(374, "Fictif Port SA", "client final")


def applies(document: Invoice) -> bool:
    """Bought at the address that a manager keeps for others, without any other sign."""
    address = document.buyer.electronic_address if document.buyer else None
    parts = read_address(address.value) if address else None
    plain_one = document.invoicee is None and document.buyer_agent is None
    return plain_one and parts is not None and parts.suffix == SUFFIX


def concrete() -> Invoice:
    """Concrete bought for the partnership: 4 000,00 + 800,00 = 4 800,00."""
    return invoice(
        "FA-2026-3701", SELLER, BUYER.at(SUFFIX),
        line("Matières premières : béton", "4000.00"), process="B1",
    )  # fmt: skip


def quay() -> Invoice:
    """The work sold to the customer: 9 000,00 + 1 800,00 = 10 800,00."""
    return invoice(
        "FM-2026-3702", AGENT, CUSTOMER, line("Travaux de quai", "9000.00", unit=LUMP_SUM)
    )


def example() -> Story:
    """A purchase by the manager, a sale by the agent."""
    story = Story((SELLER, BUYER, AGENT, CUSTOMER))
    bought = story.issue(
        concrete(), "L'achat de la SEP, au nom du gérant",
        remarks=("Écart normal : la pré-remplie crédite le gérant, pas la SEP.",),
    )  # fmt: skip
    story.say(bought, 205, Side.BUYER, "2026-11-05")
    story.pay(bought, "4800.00", "2026-11-20")
    sold = story.issue(quay(), "La vente de la SEP, au nom du mandataire")
    story.say(sold, 205, Side.BUYER, "2026-11-05")
    story.pay(sold, "10800.00", "2026-11-27")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "fournisseur": "A1 4000/0 08 4000/800 16 0/800 28 0/800",
        "gérant": "20 0/800 23 0/800 25 0/800 27 0/800",
        "mandataire": "A1 9000/0 08 9000/1800 16 0/1800 28 0/1800",
        "client final": "20 0/1800 23 0/1800 25 0/1800 27 0/1800",
    },
    mistakes=(
        Mistake(
            what="L'écart entre la pré-remplie et la SEP est corrigé comme une erreur.",
            remedy="Il est normal : reportez les factures des deux SIREN dans le dossier de la "
            "SEP.",
        ),
    ),
)
