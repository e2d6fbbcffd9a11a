"""Case 32: monthly payments, settled at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, earlier, earlier_on_line, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="32",
    title="Paiements mensuels",
    certainty=Certainty.ACCOUNTING,
    order=60,
    text="""Entre entreprises, chaque mensualité est un acompte (386) ou une facture de
consommation estimée (380). La régularisation est une facture définitive qui reprend les
acomptes (cadre S4 ou B4). Envers les particuliers (énergie, télécom), les mensualités sont
traitées comme des acomptes (BOI-RES-TVA-000209) : 10.4 chaque mois, régularisation nette,
déclaration négative en cas de trop-perçu.""",
)

SELLER = actor(321, "Fictif Énergie SA", "vendeur")
BUYER = actor(322, "Fictif Fromagerie SARL", "acheteur")


def applies(document: Invoice) -> bool:
    """A deposit that says a month, or a final invoice that takes several deposits back."""
    deposits = [
        one
        for item in document.lines
        for one in item.preceding_invoices
        if one.type_code in ("386", "500")
    ]
    monthly = any("mensualite" in plain(charges.text_of(one)) for one in document.lines)
    return (document.type_code in ("386", "500") and monthly) or len(deposits) > 1


def instalment(number: str, on: str) -> Invoice:
    """One month: 300,00 + 60,00 = 360,00."""
    return invoice(
        number, SELLER, BUYER, line("Mensualité d'électricité", "300.00"),
        on=on, process="B1", kind="386",
    )  # fmt: skip


def settlement() -> Invoice:
    """Two months of real consumption, 700,00, less two instalments: 100,00 + 20,00 = 120,00."""
    taken = (instalment("AC-2026-3201", "2026-09-01"), instalment("AC-2026-3202", "2026-10-01"))
    return invoice(
        "FA-2026-3203", SELLER, BUYER,
        line("Électricité, consommation de septembre et octobre", "0.20", quantity="3500",
             unit="KWH"),
        *(
            line(f"Reprise de {one.number}", "-300.00", preceding_invoices=earlier_on_line(one))
            for one in taken
        ),
        process="B4", extended=True, preceding_invoices=earlier(*taken, typed=True),
    )  # fmt: skip


def example() -> Story:
    """Two instalments, then what was really used."""
    story = Story((SELLER, BUYER))
    for number, on, paid in (
        ("AC-2026-3201", "2026-09-01", "2026-09-10"),
        ("AC-2026-3202", "2026-10-01", "2026-10-12"),
    ):
        document = story.issue(instalment(number, on))
        story.pay(document, "360.00", paid)
    final = story.issue(settlement(), "La régularisation reprend les deux mensualités")
    story.say(final, 205, Side.BUYER, "2026-11-05")
    story.pay(final, "120.00", "2026-11-20")
    return story.close()


EXPECT = Expect(
    statuses=(*(200, 201, 202, 203, 212) * 2, 200, 201, 202, 203, 205),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 700/0 08 700/140 16 0/140 28 0/140",
        "acheteur": "20 0/140 23 0/140 25 0/140 27 0/140",
    },
    mistakes=(
        Mistake(
            what="Les mensualités sont comptées en produit, puis la régularisation aussi.",
            remedy="Les mensualités restent en 4191 jusqu'à la régularisation, qui les reprend.",
        ),
    ),
)
