"""Case 6: an employee paid, there is no invoice in the company's name."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.expenses import Expense, claim
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, day
from facturier.use_cases.story import Booked, Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="6",
    title="Frais payés par des collaborateurs sans facture adressée à l'entreprise",
    certainty=Certainty.OPEN,
    doubts="Annexe A laisse ouvert le droit à déduction sans facture au nom de l'entreprise.",
    text="""Un ticket, ou une facture au nom du salarié, est une vente à un particulier : le
vendeur la met dans le flux 10.3 du jour (et 10.4 si la TVA est due à l'encaissement). Ni
facture électronique, ni statut.

Chez l'employeur, sans facture à son nom, la TVA n'est déduite que si une tolérance s'applique,
dite sur la ligne : note de restaurant ou péage, facture simplifiée de 150 € hors taxe au plus.
Sinon le TTC est en charge, avec le motif et ce qu'il faut demander.

La sortie : demander après coup une facture électronique au nom de l'entreprise. Le vendeur
l'émet en cadre B7 ou S7 (cas 30), la TVA apparaît dans la pré-remplie de l'employeur, qui la
reprend sur la charge.""",
)

SELLER = actor(61, "Fictif Auberge SARL", "vendeur")
BUYER = actor(62, "Fictif Audit SAS", "employeur")
EMPLOYEE = ("S0017", "Salarié 0017")
MEAL = Expense(label="Repas client, auberge", gross=Decimal("55.00"), rate=Decimal(10))
TOOLS = Expense(label="Perceuse, ticket de caisse", gross=Decimal("240.00"), rate=Decimal(20))


def applies(document: Invoice) -> bool:  # noqa: ARG001  # nothing reaches the company
    """No document is ever of this case."""
    return False


def example() -> Story:
    """A meal with a tolerance, a tool without one: 50,00 + 5,00 and 240,00."""
    story = Story((SELLER, BUYER))
    story.till(
        SELLER,
        Z(
            day=day("2026-11-03"),
            till="Salle",
            parts=(part(Category.SERVICES, Decimal(10), Decimal("1320.00")),),
            count=24,
            payments=((Means.CARD, Decimal("1320.00")),),
        ),
        "L'auberge ferme sa caisse : le repas du salarié est une vente à un particulier",
    )
    story.book(
        "2026-11-05",
        "La note de frais du salarié",
        Booked(
            actor=BUYER,
            entry=claim(
                (MEAL, TOOLS),
                number="NDF-2026-11-0017",
                employee=EMPLOYEE,
                on=day("2026-11-05"),
                books=BUYER.books,
            ),
        ),
        remarks=(
            "Repas, 50,00 € hors taxe : TVA de 5,00 € déduite par tolérance.",
            "Perceuse, 200,00 € hors taxe : TVA de 40,00 € perdue sauf facture à demander.",
        ),
    )
    story.book(
        "2026-11-27",
        "Le salarié est remboursé",
        typed(
            BUYER, "2026-11-27", "NDF-2026-11-0017", "Remboursement, matricule 0017",
            debit("421", "295.00", of=EMPLOYEE), credit("512", "295.00"), journal="BQ",
        ),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    flows=("10.3", "10.4"),
    boxes={
        "vendeur": "A1 1200/0 9B 1200/120 16 0/120 28 0/120",
        "employeur": "20 0/5 23 0/5 25 0/5 27 0/5",
    },
    mistakes=(
        Mistake(
            what="La TVA d'un ticket de plus de 150 € hors taxe est déduite.",
            remedy="La note de frais la met en charge et dit « TVA non récupérable sauf facture ».",
        ),
        Mistake(
            what="La facture demandée ensuite arrive et la charge est comptée deux fois.",
            remedy="Elle ne fait que reclasser : 44566 contre la charge, pour le montant de la "
            "TVA.",
        ),
    ),
    absent={"documents": "aucune facture n'est adressée à l'entreprise"},
)
