"""Case 26: a contractual retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, note, said
from facturier.use_cases.story import PURCHASE, SALE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="26",
    title="Clause de réserve contractuelle (retenue de garantie)",
    certainty=Certainty.ACCOUNTING,
    order=45,
    text="""Une note ABU porte la clause ; la facture est entière. Services, TVA à
l'encaissement : un premier 212 de 95 % par exemple, un second des 5 % à la libération. Si la
retenue est gardée pour de bon : avoir, et ni le solde ni l'avoir ne demandent de 212.

La part retenue passe en 4117 chez le vendeur, en 4017 chez l'acheteur ; sa TVA attend.""",
)

SELLER = actor(261, "Fictif Charpente SARL", "vendeur", vat_on_receipts=True, services_sales="704")
BUYER = actor(262, "Fictif Coopérative SCA", "acheteur", by_keyword={"charpente": "6152"})
CLAUSE = "Retenue de garantie de 5 % (loi 71-584), libérable un an après la réception."


def applies(document: Invoice) -> bool:
    """The note of the clause."""
    return said(document, "ABU")


def frame() -> Invoice:
    """A timber frame: 10 000,00 + 2 000,00 = 12 000,00, of which 600,00 retained."""
    return invoice(
        "FA-2026-2601", SELLER, BUYER, line("Travaux de charpente", "10000.00", unit=LUMP_SUM),
        notes=(note("ABU", CLAUSE),),
    )  # fmt: skip


def example() -> Story:
    """95 % paid, 5 % a year later."""
    story = Story((SELLER, BUYER))
    document = story.issue(frame())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.clear(
        document, SALE, "R-RETENUE", "600.00", "2026-11-05", "Le vendeur met la retenue à part"
    )
    story.clear(document, PURCHASE, "P-RETENUE", "600.00", "2026-11-05", "L'acheteur aussi")
    story.pay(document, "11400.00", "2026-11-27", "95 % sont payés", paid=True)
    story.pay(
        document, "600.00", "2027-11-08", "La retenue est libérée",
        moves=("R-LIBERATION", "P-LIBERATION"), paid=True,
    )  # fmt: skip
    return story.close()


def _held_back() -> Invoice:
    return invoice(
        "FA-2026-2602", SELLER, BUYER, line("Travaux de charpente", "10000.00", unit=LUMP_SUM),
        line("Retenue de garantie de 5 %", "-500.00"), notes=(note("ABU", CLAUSE),),
    )  # fmt: skip


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212, 211, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 10000/0 08 10000/2000 16 0/2000 28 0/2000",
        "acheteur": "20 0/2000 23 0/2000 25 0/2000 27 0/2000",
    },
    mistakes=(
        Mistake(
            what="La facture ne porte que 95 % du prix.",
            caught=("retention-from-base",),
            make=_held_back,
            remedy="Elle est entière : la retenue ne change que le paiement.",
        ),
        Mistake(
            what="La TVA de la retenue est déclarée avec le premier encaissement.",
            remedy="Elle attend en 44574 : 100,00 € sur 2 000,00 € ici.",
        ),
    ),
)
