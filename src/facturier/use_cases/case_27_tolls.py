"""Case 27: toll receipts and toll badges."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.ledger.expenses import Expense, claim
from facturier.lifecycle.statuses import Side
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, day, invoice, line
from facturier.use_cases.story import Booked, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="27",
    title="Tickets de péage",
    certainty=Certainty.ACCOUNTING,
    order=40,
    text="""Un reçu de barrière (taux, TVA, numéro, place pour le nom de l'usager) est admis
comme facture : le vendeur déclare ses recettes du jour en 10.3 et 10.4, la TVA de l'acheteur
est déductible sur le reçu mais absente de sa pré-remplie : c'est un écart connu. Un abonnement
ou un badge donne une facture électronique par mois.

Le parking et les autres automates doivent encore apprendre à demander l'adresse de l'acheteur :
en attendant, vente à un particulier.""",
)

SELLER = actor(271, "Fictif Autoroute SA", "société d'autoroute", vat_on_receipts=True)
BUYER = actor(272, "Fictif Livraison SARL", "acheteur")
EMPLOYEE = ("S0003", "Chauffeur 0003")
RECEIPT = Expense(label="Péage, reçu de barrière", gross=Decimal("24.00"), rate=Decimal(20))


def applies(document: Invoice) -> bool:
    """A toll among the lines."""
    return any("peage" in plain(charges.text_of(one)) for one in document.lines)


def badge() -> Invoice:
    """A month of badge: 150,00 + 30,00 = 180,00."""
    return invoice(
        "FA-2026-2701", SELLER, BUYER, line("Péages par badge, octobre", "150.00", unit=LUMP_SUM)
    )


def example() -> Story:
    """A day at the barrier, a driver's receipt, the badge of the month."""
    story = Story((SELLER, BUYER))
    story.till(
        SELLER,
        Z(
            day=day("2026-11-03"), till="Barrière",
            parts=(part(Category.SERVICES, Decimal(20), Decimal("6000.00")),),
            count=500, payments=((Means.CARD, Decimal("6000.00")),),
        ),
        "Recettes du jour à la barrière",
    )  # fmt: skip
    story.book(
        "2026-11-05",
        "Le reçu de barrière du chauffeur : TVA déduite, hors de la pré-remplie",
        Booked(
            actor=BUYER,
            entry=claim(
                (RECEIPT,),
                number="NDF-2026-11-0003", employee=EMPLOYEE, on=day("2026-11-05"),
                books=BUYER.books,
            ),
        ),
        remarks=("Écart connu : 4,00 € de TVA déduite que l'administration ne voit pas.",),
    )  # fmt: skip
    document = story.issue(badge(), "Le badge : une facture électronique par mois")
    story.say(document, 205, Side.BUYER, "2026-11-09")
    story.pay(document, "180.00", "2026-11-16")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "10.3", "10.4", "212"),
    boxes={
        "société d'autoroute": "A1 5150/0 08 5150/1030 16 0/1030 28 0/1030",
        "acheteur": "20 0/34 23 0/34 25 0/34 27 0/34",
    },
    mistakes=(
        Mistake(
            what="Les passages d'un badge sont aussi déclarés en 10.3.",
            remedy="Ils sont facturés par flux 1 : sortez-les des recettes de barrière.",
        ),
    ),
)
