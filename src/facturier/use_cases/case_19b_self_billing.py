"""Case 19b: the buyer writes the invoice in the seller's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.codes import SELF_BILLED
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, invoice, line, note, process_of, with_process
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="19b",
    title="Auto-facturation",
    certainty=Certainty.ACCOUNTING,
    order=40,
    text="""L'acheteur émet, sous mandat et dans une série de numéros propre au vendeur : types
389, 500 (acompte), 261 (avoir), 471 (rectificative), 501, 473, 502 (affacturées). Jamais en
cadre x8.

Tout le trajet est inversé : la plateforme de l'acheteur émet (200, 201) et envoie le flux 1, la
destination est l'adresse du vendeur (BT-34, inscrite à l'annuaire), les statuts reviennent à
BT-49. C'est le vendeur qui approuve, conteste ou refuse. Le 211 reste à l'acheteur et le 212 au
vendeur : les paiements ne s'inversent pas.

L'acheteur comptabilise l'achat à l'émission, le vendeur la vente à la réception. Après un rejet
ou un refus, le numéro est perdu dans les livres du vendeur : des deux côtés on annule, le
statut est la pièce.""",
    doubts="Un refus donné par erreur peut être ignoré d'un commun accord : la pré-remplie "
    "diffère.",
)

SELLER = actor(194, "Fictif Exploitation Forestière EARL", "vendeur")
BUYER = actor(195, "Fictif Scierie SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """Self-billed types, but the two-way invoice."""
    return (document.type_code or "") in SELF_BILLED and process_of(document)[1:] != "9"


def timber() -> Invoice:
    """Timber weighed at the sawmill: 12 000,00 + 1 200,00 = 13 200,00."""
    mandate = "Établie par Fictif Scierie SAS au nom et pour le compte du vendeur."
    return invoice(
        "EARL-2026-0031",
        SELLER,
        BUYER,
        line("Bois d'œuvre, chêne, au mètre cube", "150.00", "10", quantity="80", unit="MTQ"),
        process="B1",
        kind="389",
        notes=(note("DCL", mandate),),
    )


def example() -> Story:
    """The sawmill invoices, the forester approves, is paid and says so to the buyer."""
    story = Story((SELLER, BUYER))
    document = story.issue(timber(), "L'acheteur émet la facture au nom du vendeur")
    story.say(document, 205, Side.SELLER, "2026-11-05", "Le vendeur approuve")
    story.pay(document, "13200.00", "2026-11-20", paid=True, collected=True)
    return story.close()


def _buyer_approves() -> Invoice | None:
    story = Story((SELLER, BUYER))
    story.say(story.issue(timber()), 205, Side.BUYER, "2026-11-05")
    return None


def _several_sellers() -> Invoice:
    return with_process(timber(), "B8")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212),
    flows=("1",),
    boxes={
        "vendeur": "A1 12000/0 9B 12000/1200 16 0/1200 28 0/1200",
        "acheteur": "20 0/1200 23 0/1200 25 0/1200 27 0/1200",
    },
    mistakes=(
        Mistake(
            what="L'acheteur approuve sa propre facture.",
            caught=("wrong-side",),
            make=_buyer_approves,
        ),
        Mistake(
            what="Une auto-facturation en cadre x8, multi-vendeurs.",
            caught=("BR-FR-MV-13_BT-3",),
            make=_several_sellers,
        ),
        Mistake(
            what="Le même fichier avec le type 380.",
            remedy="L'émetteur doit être le vendeur : la plateforme de l'acheteur refuse le dépôt.",
        ),
    ),
)
