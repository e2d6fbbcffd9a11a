"""Case 1: several orders or deliveries on one invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="1",
    title="Multi-commande / multi-livraison",
    certainty=Certainty.SURE,
    order=90,
    text="""Une facture reprend plusieurs commandes ou plusieurs livraisons. En EXTENDED-CTC-FR,
chaque ligne porte sa commande (EXT-FR-FE-135), son bon de livraison (140, 141) et son lieu
(groupe BG-10). Une seule commande et une seule adresse pour toute une période n'en ont pas
besoin : la facture périodique suffit.

La comptabilisation est ordinaire ; lettrer par commande demande de garder les références des
lignes.""",
)

SELLER = actor(1001, "Fictif Emballage SARL", "vendeur")
BUYER = actor(1002, "Fictif Conserverie SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """Its lines name different orders, or different deliveries."""
    orders = {one.order for one in document.lines if one.order}
    notes = {one.despatch_advice for one in document.lines if one.despatch_advice}
    return len(orders) > 1 or len(notes) > 1


def boxes_of_two_orders() -> Invoice:
    """Two orders, two deliveries: 700,00 + 140,00 = 840,00."""
    return invoice(
        "FA-2026-0101", SELLER, BUYER,
        line("Marchandises : cartons, commande 17", "400.00", order="CDE-17",
             despatch_advice="BL-101"),
        line("Marchandises : cartons, commande 18", "300.00", order="CDE-18",
             despatch_advice="BL-102"),
        process="B1", extended=True,
    )  # fmt: skip


def example() -> Story:
    """An ordinary life."""
    story = Story((SELLER, BUYER))
    document = story.issue(boxes_of_two_orders())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "840.00", "2026-11-27")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1",),
    boxes={
        "vendeur": "A1 700/0 08 700/140 16 0/140 28 0/140",
        "acheteur": "20 0/140 23 0/140 25 0/140 27 0/140",
    },
    mistakes=(
        Mistake(
            what="Une seule commande en tête (BT-13) pour des lignes de plusieurs commandes.",
            remedy="Donnez la commande de chaque ligne : l'acheteur ne peut pas rapprocher sans.",
        ),
    ),
)
