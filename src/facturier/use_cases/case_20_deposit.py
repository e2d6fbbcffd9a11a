"""Case 20: the invoice of a deposit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, by_card, invoice, line, with_process
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="20",
    title="Facture d'acompte",
    certainty=Certainty.ACCOUNTING,
    order=20,
    text="""Type 386 (500 en auto-facturation, 503 pour l'avoir d'acompte), cadre x1, ou x2 si
l'acompte est déjà encaissé. Une ligne par taux de TVA. La TVA d'un acompte est toujours due à
l'encaissement, biens compris depuis 2023 et même avec l'option pour les débits : le statut 212
est donc toujours donné, pour chaque encaissement.

Un acompte n'est pas un produit : 4191 chez le vendeur, 4091 chez l'acheteur. Émise avant le
paiement, la facture d'acompte laisse sa TVA en attente (44574 et 44564) ; le paiement la rend
due et déductible. Une facture de situation (avancement de travaux) n'est pas un acompte : type
380, le produit est acquis.""",
    doubts="L'attente en 44574 et 44564 quand la facture précède le paiement est notre lecture.",
)

SELLER = actor(21, "Fictif Agencement SARL", "vendeur")
BUYER = actor(22, "Fictif Hôtel SAS", "acheteur")
TYPES = ("386", "500", "503")


def applies(document: Invoice) -> bool:
    """Types of deposits and of their credit notes."""
    return document.type_code in TYPES


def counter_deposit() -> Invoice:
    """30 % of a hotel counter of 10 000,00: 3 000,00 + 600,00 = 3 600,00."""
    return invoice(
        "AC-2026-2001",
        SELLER,
        BUYER,
        line("Acompte de 30 % sur le devis 118, comptoir d'accueil", "3000.00"),
        process="B1",
        kind="386",
    )


def second_deposit() -> Invoice:
    """20 % more, already paid by card when it is invoiced: 2 000,00 + 400,00 = 2 400,00."""
    return invoice(
        "AC-2026-2002",
        SELLER,
        BUYER,
        line("Acompte de 20 % sur le devis 118, comptoir d'accueil", "2000.00", unit=LUMP_SUM),
        on="2026-11-20",
        process="B2",
        kind="386",
        paid="2400.00",
        payment=by_card(),
    )


def example() -> Story:
    """A first deposit paid in two parts, a second one already paid when invoiced."""
    story = Story((SELLER, BUYER))
    first = story.issue(counter_deposit())
    story.say(first, 205, Side.BUYER, "2026-11-04")
    story.pay(first, "2400.00", "2026-11-09", "Premier versement, deux tiers", paid=True)
    story.pay(first, "1200.00", "2026-11-16", "Second versement", paid=True)
    second = story.issue(second_deposit())
    story.pay(second, "2400.00", "2026-11-20", "Le paiement par carte est rapproché")
    return story.close()


def _final_cadre() -> Invoice:
    return with_process(counter_deposit(), "B4")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212, 211, 212, 200, 201, 202, 203, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 5000/0 08 5000/1000 16 0/1000 28 0/1000",
        "acheteur": "20 0/1000 23 0/1000 25 0/1000 27 0/1000",
    },
    mistakes=(
        Mistake(
            what="Une facture d'acompte (386) en cadre B4, celui de la facture définitive.",
            caught=("BR-FR-CO-07_BT-3", "BR-FR-CO-08_BT-23"),
            make=_final_cadre,
        ),
        Mistake(
            what="L'acompte est comptabilisé en produit (70x) à l'émission.",
            remedy="La règle V-ACOMPTE le porte en 4191 ; le compte de produit ne bouge qu'avec la "
            "facture définitive.",
        ),
        Mistake(
            what="La TVA de l'acompte est déduite à réception, avant le paiement.",
            remedy="Elle attend en 44564 : la ligne 20 de la CA3 ne la prend qu'avec le paiement.",
        ),
    ),
)
