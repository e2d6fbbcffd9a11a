"""Case 18: debit notes, which are no invoices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, earlier, invoice, line, note
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="18",
    title="Notes de débit",
    certainty=Certainty.ACCOUNTING,
    order=85,
    text="""Une note de débit n'est pas une facture : ni flux 1, ni e-reporting. Taxée et
complète, elle en est une : type 380. Une réclamation de l'acheteur envers le vendeur devient un
avoir : 381 du vendeur ou, sous mandat, **261** écrit par l'acheteur. C'est ce dernier qui est
montré : une ristourne que l'acheteur calcule et se crédite.""",
    doubts="L'avoir auto-facturé suppose un mandat qui le couvre.",
)

SELLER = actor(181, "Fictif Biscuiterie SARL", "vendeur")
BUYER = actor(182, "Fictif Supermarché SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """A credit note that the buyer writes."""
    return document.type_code == "261"


def biscuits() -> Invoice:
    """Biscuits: 2 000,00 + 110,00 (5,5 %) = 2 110,00."""
    return invoice(
        "FA-2026-1801", SELLER, BUYER, line("Marchandises : biscuits", "2000.00", "5.5"),
        process="B1",
    )  # fmt: skip


def broken() -> Invoice:
    """Broken biscuits, credited by the buyer: 100,00 + 5,50 = 105,50."""
    mandate = "Établi par Fictif Supermarché SAS au nom et pour le compte du vendeur."
    return invoice(
        "AV-BISC-2026-0001", SELLER, BUYER, line("Marchandises : biscuits cassés", "100.00", "5.5"),
        on="2026-11-09", process="B1", kind="261", preceding_invoices=earlier(biscuits()),
        notes=(note("DCL", mandate),),
    )  # fmt: skip


def example() -> Story:
    """An invoice, the buyer's credit note, the difference paid."""
    story = Story((SELLER, BUYER))
    first = story.issue(biscuits())
    story.say(first, 205, Side.BUYER, "2026-11-05")
    story.issue(broken(), "L'avoir que l'acheteur écrit, au lieu d'une note de débit")
    story.pay(first, "2004.50", "2026-11-27", "Payée, avoir déduit")
    return story.close()


def _debit_note() -> Invoice:
    return replace(broken(), type_code="383")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 200, 201, 202, 203),
    flows=("1",),
    boxes={
        "vendeur": "A1 1900/0 09 1900/105 16 0/105 28 0/105",
        "acheteur": "20 0/105 23 0/105 25 0/105 27 0/105",
    },
    mistakes=(
        Mistake(
            what="Une note de débit (type 383) est envoyée comme une facture.",
            caught=("BR-FR-04_BT-3",),
            make=_debit_note,
        ),
    ),
)
