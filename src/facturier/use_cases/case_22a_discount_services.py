"""Case 22a: cash discount on services whose VAT is due on payment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import DAY, actor, invoice, line, offers_discount, process_of
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="22a",
    title="Facture de services payée sous déduction d'un escompte, TVA à l'encaissement",
    certainty=Certainty.ACCOUNTING,
    order=90,
    text="""Les conditions d'escompte (ou leur absence) sont une note AAB obligatoire.
L'acheteur qui paie tôt donne un 211 avec le montant payé (MPA) et l'escompte (ESC) ; le vendeur
un 212 du montant net vraiment encaissé. La TVA suit le paiement : elle n'est jamais due sur
l'escompte. Aucun avoir n'est nécessaire si la note AAB dit que la TVA déductible se limite à
celle du prix payé.

L'escompte hors taxe est une charge financière (665) chez le vendeur, un produit (765) chez
l'acheteur ; la TVA correspondante quitte le compte d'attente.""",
)

TERMS = (
    "Escompte de 2 % pour paiement sous 8 jours ; la TVA déductible est alors celle du prix payé."
)
SELLER = actor(221, "Fictif Conseil SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(222, "Fictif Papeterie SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """A cash discount is offered on services."""
    return process_of(document)[:1] in ("S", "M") and offers_discount(document)


def advice() -> Invoice:
    """Two days of advice: 1 000,00 + 200,00 = 1 200,00."""
    return invoice(
        "FA-2026-2201",
        SELLER,
        BUYER,
        line("Honoraires de conseil, deux jours", "500.00", quantity="2", unit=DAY),
        process="S1",
        discount=TERMS,
    )


def example() -> Story:
    """Paid within eight days, less 2 %: 1 176,00, the VAT of which is 196,00."""
    story = Story((SELLER, BUYER))
    document = story.issue(advice())
    story.say(document, 205, Side.BUYER, "2026-11-04")
    story.pay(
        document, "1176.00", "2026-11-09", "Payée sous déduction de 24,00 € d'escompte",
        paid=True, discount="24.00",
    )  # fmt: skip
    return story.close()


def _without_terms() -> Invoice:
    document = advice()
    return replace(
        document, notes=tuple(one for one in document.notes if one.subject_code != "AAB")
    )


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 980/0 08 980/196 16 0/196 28 0/196",
        "acheteur": "20 0/196 23 0/196 25 0/196 27 0/196",
    },
    mistakes=(
        Mistake(
            what="La facture ne dit rien de l'escompte.",
            caught=("BR-FR-05_BT-22-3", "BR-FR-05_BT-22_AAB"),
            make=_without_terms,
        ),
        Mistake(
            what="Le 212 porte le TTC facturé au lieu du montant encaissé.",
            remedy="Le 212 se propose du montant reçu : 1 176,00 €.",
        ),
    ),
)
