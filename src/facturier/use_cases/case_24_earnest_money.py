"""Case 24: earnest money (arrhes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="24",
    title="Arrhes",
    certainty=Certainty.ACCOUNTING,
    text="""Les arrhes sont une compensation, hors de la TVA et hors de la réforme : ni facture
électronique, ni déclaration, tant qu'elles ne deviennent pas une part du prix. Elles restent en
419 chez qui les reçoit, en 409 chez qui les verse. Si la vente se fait, elles deviennent un
acompte : facture (cas 20 et 21). Si l'acheteur renonce, elles sont acquises : 758 et 658, sans
TVA.""",
    doubts="Comptes 419, 409, 758 et 658 : notre lecture.",
)

SELLER = actor(241, "Fictif Château SARL", "vendeur")
BUYER = actor(242, "Fictif Séminaires SAS", "acheteur")


def applies(document: Invoice) -> bool:  # noqa: ARG001  # no invoice
    """No document is ever of this case."""
    return False


def example() -> Story:
    """300,00 of earnest money, then the buyer gives up."""
    story = Story((SELLER, BUYER))
    customer, supplier = ("C" + BUYER.siren, BUYER.name), ("F" + SELLER.siren, SELLER.name)
    label = "Arrhes, location de salle"
    story.book(
        "2026-11-02", "Les arrhes sont versées : ni TVA ni déclaration",
        typed(SELLER, "2026-11-02", "ARRHES-7", label,
              debit("512", "300.00"), credit("4191", "300.00", of=customer), journal="BQ"),
        typed(BUYER, "2026-11-02", "ARRHES-7", label,
              debit("4091", "300.00", of=supplier), credit("512", "300.00"), journal="BQ"),
    )  # fmt: skip
    story.book(
        "2026-11-23", "L'acheteur renonce : les arrhes sont acquises, sans TVA",
        typed(SELLER, "2026-11-23", "ARRHES-7", "Arrhes acquises",
              debit("4191", "300.00", of=customer), credit("7581", "300.00")),
        typed(BUYER, "2026-11-23", "ARRHES-7", "Arrhes perdues",
              debit("6581", "300.00"), credit("4091", "300.00", of=supplier)),
    )  # fmt: skip
    return story.close()


def _invoiced() -> Invoice:
    return invoice(
        "AC-2026-2401", SELLER, BUYER, line("Arrhes, location de salle", "300.00"), kind="386"
    )


EXPECT = Expect(
    mistakes=(
        Mistake(
            what="Les arrhes sont facturées comme un acompte, avec TVA.",
            caught=("earnest-money-with-vat",),
            make=_invoiced,
            remedy="Le contrat dit arrhes ou acompte : les arrhes n'appellent pas de facture.",
        ),
    ),
    absent={
        "documents": "aucune facture tant que ce n'est pas une part du prix",
        "report": "hors du champ de la TVA et de la réforme",
        "boxes": "aucune opération imposable",
    },
)
