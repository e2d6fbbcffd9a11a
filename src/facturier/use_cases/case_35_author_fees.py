"""Case 35: fees of authors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="35",
    title="Notes d'auteur",
    certainty=Certainty.OPEN,
    order=65,
    doubts="L'annexe A dit ce cas encore en discussion.",
    text="""L'éditeur ou la société de gestion qui retient la TVA de l'auteur la déclare à sa
place, sans facture. Sinon l'auteur facture l'assujetti (10 % sur les droits d'auteur), ou
déclare ses ventes aux non-assujettis. C'est la facture de l'auteur qui est montrée.""",
)

SELLER = actor(351, "Fictif Auteur EI", "auteur", vat_on_receipts=True)
BUYER = actor(352, "Fictif Éditions SAS", "éditeur")


def applies(document: Invoice) -> bool:
    """A line of authors' rights."""
    return any(
        charges.says(plain(charges.text_of(one)), "droit d'auteur") for one in document.lines
    )


def rights() -> Invoice:
    """Rights on a book: 2 000,00 + 200,00 = 2 200,00."""
    return invoice(
        "NA-2026-3501",
        SELLER,
        BUYER,
        line("Droits d'auteur, roman", "2000.00", "10", unit=LUMP_SUM),
    )


def example() -> Story:
    """Invoiced by the author, paid by the publisher."""
    story = Story((SELLER, BUYER))
    document = story.issue(rights())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "2200.00", "2026-11-27")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "auteur": "A1 2000/0 9B 2000/200 16 0/200 28 0/200",
        "éditeur": "20 0/200 23 0/200 25 0/200 27 0/200",
    },
    mistakes=(
        Mistake(
            what="L'auteur facture une TVA que l'éditeur retient et déclare déjà.",
            remedy="Vérifiez la retenue au contrat : la TVA n'est déclarée qu'une fois.",
        ),
    ),
)
