"""Case 2: the invoice is already paid when it is issued."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, by_card, invoice, line, process_of
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="2",
    title="Facture déjà payée par l'acheteur ou un tiers payeur au moment de l'émission",
    certainty=Certainty.ACCOUNTING,
    order=60,
    text="""La facture dit qu'il n'y a plus rien à payer : cadre B2, S2 ou M2, montant payé
(BT-113) égal au total TTC (BT-112), net à payer (BT-115) à zéro, échéance (BT-9) égale au jour
du paiement et jamais après la date de la facture. Le payeur peut être nommé (EXT-FR-FE-BG-02).

Si la TVA est due à l'encaissement (services sans option pour les débits), le vendeur donne le
statut 212 Encaissée le jour même, ou au plus tard avec sa déclaration de paiements. La TVA
n'attend pas : elle va tout de suite en 44571 chez le vendeur et en 44566 chez l'acheteur. Les
deux comptes de tiers se soldent le même jour : pas de relance, pas de balance âgée.""",
)

SELLER = actor(11, "Fictif Formation SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(12, "Fictif Menuiserie SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """Cadre B2, S2 or M2."""
    return process_of(document)[1:] == "2"


def paid_course() -> Invoice:
    """A day of training, paid by card the same day: 500,00 + 100,00 = 600,00."""
    return invoice(
        "FA-2026-0201",
        SELLER,
        BUYER,
        line("Formation bureautique, une journée", "500.00", unit=LUMP_SUM),
        process="S2",
        paid="600.00",
        payment=by_card(),
    )


def example() -> Story:
    """Issued, collected and approved the same day."""
    story = Story((SELLER, BUYER))
    course = story.issue(paid_course())
    story.pay(course, "600.00", "2026-11-02", "Le paiement par carte est rapproché")
    story.say(course, 205, Side.BUYER, "2026-11-03")
    return story.close()


def _still_owed() -> Invoice:
    document = paid_course()
    assert document.totals
    return replace(
        document,
        totals=replace(document.totals, paid_amount=None, due_amount=Decimal("600.00")),
    )


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 212, 205),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 500/0 08 500/100 16 0/100 28 0/100",
        "acheteur": "20 0/100 23 0/100 25 0/100 27 0/100",
    },
    mistakes=(
        Mistake(
            what="Cadre S2, mais le net à payer reste dû.",
            caught=("BR-FR-CO-09_BT-23-1", "BR-FR-CO-09_BT-23-2"),
            make=_still_owed,
        ),
        Mistake(
            what="L'acheteur paie une deuxième fois, parce que la facture arrive après la carte.",
            remedy="Le compte du fournisseur est soldé par le paiement par carte : rien n'y reste "
            "à payer.",
        ),
    ),
)
