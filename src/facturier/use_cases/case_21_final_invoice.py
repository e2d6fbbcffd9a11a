"""Case 21: the final invoice, which deducts the deposits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.compute import compute
from facturier.invoice.model import Totals
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import (
    actor,
    earlier,
    earlier_on_line,
    invoice,
    line,
    process_of,
)
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="21",
    title="Facture définitive après acompte",
    certainty=Certainty.ACCOUNTING,
    order=20,
    text="""Type 380 (389 en auto-facturation) en cadre B4, S4 ou M4, avec une référence (BG-3)
à chaque facture d'acompte. Deux manières de déduire l'acompte sont admises :

1. **La bonne pour la TVA** : les lignes entières, puis une ligne négative par acompte, hors
   taxe, qui le cite (EXT-FR-FE-136 numéro, 138 date, 137 type 386). Tous les totaux sont nets :
   la TVA de la facture est celle du solde, et le flux 1 est juste.
2. **La simple** : le TTC des acomptes en montant déjà payé (BT-113). La base et la TVA de la
   facture restent entières : le flux 1 compte deux fois la TVA de l'acompte, et la déclaration
   pré-remplie est à corriger de ce montant.

Dans les deux cas les écritures finissent pareil : le produit entier en 70x, 4191 (4091 chez
l'acheteur) soldé, la TVA du seul solde. Une écriture faite sur le pied de la facture de la
manière 1 oublierait une part du produit : c'est la ligne qui fait foi.""",
    doubts="Écritures : notre lecture. La manière 2 laisse une pré-remplie fausse, c'est un écart "
    "connu.",
)

SELLER = actor(21, "Fictif Agencement SARL", "vendeur")
BUYER = actor(22, "Fictif Hôtel SAS", "acheteur")
DEPOSIT_TYPES = {"386", "500"}


def applies(document: Invoice) -> bool:
    """Cadre B4, S4 or M4, or a reference to a deposit."""
    named = {one.type_code for one in document.preceding_invoices}
    named |= {one.type_code for item in document.lines for one in item.preceding_invoices}
    return process_of(document)[1:] == "4" or bool(named & DEPOSIT_TYPES)


def deposit(number: str = "AC-2026-2101") -> Invoice:
    """30 % of 10 000,00: 3 000,00 + 600,00 = 3 600,00."""
    return invoice(
        number,
        SELLER,
        BUYER,
        line("Acompte de 30 % sur le devis 118, comptoir d'accueil", "3000.00"),
        process="B1",
        kind="386",
    )


def by_line() -> Invoice:
    """The whole counter less the deposit, as a line: 7 000,00 + 1 400,00 = 8 400,00."""
    taken = deposit()
    return invoice(
        "FA-2026-2102",
        SELLER,
        BUYER,
        line("Comptoir d'accueil, fourni et posé", "10000.00"),
        line(
            "Reprise de l'acompte AC-2026-2101",
            "-3000.00",
            preceding_invoices=earlier_on_line(taken),
        ),
        on="2026-11-20",
        process="B4",
        extended=True,
        preceding_invoices=earlier(taken, typed=True),
    )


def as_paid() -> Invoice:
    """The same with the deposit as an amount already paid: 12 000,00 less 3 600,00."""
    return invoice(
        "FA-2026-2104",
        SELLER,
        BUYER,
        line("Comptoir d'accueil, fourni et posé", "10000.00"),
        on="2026-11-20",
        process="B4",
        paid="3600.00",
        preceding_invoices=earlier(deposit("AC-2026-2103")),
    )


def example() -> Story:
    """The same sale twice, deducted in the first way, then in the second."""
    story = Story((SELLER, BUYER))
    for rank, (down, final) in enumerate(
        ((deposit(), by_line()), (deposit("AC-2026-2103"), as_paid())), 1
    ):
        first = story.issue(down)
        story.pay(first, "3600.00", "2026-11-09", f"L'acompte est payé (manière {rank})")
        second = story.issue(
            final,
            remarks=()
            if rank == 1
            else (
                "TVA pré-remplie à corriger de 600,00 € : le flux 1 la compte une deuxième fois.",
            ),
        )
        story.say(second, 205, Side.BUYER, "2026-11-23")
        story.pay(second, "8400.00", "2026-11-27", f"Le solde est payé (manière {rank})")
    return story.close()


def _typed_as_deposit() -> Invoice:
    return compute(replace(by_line(), type_code="386"))


def _uncited() -> Invoice:
    return replace(as_paid(), preceding_invoices=())


def _twice() -> Invoice:
    return compute(replace(by_line(), totals=Totals(paid_amount=Decimal("3600.00"))))


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 212, 200, 201, 202, 203, 205) * 2,
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 20000/0 08 20000/4000 16 0/4000 28 0/4000",
        "acheteur": "20 0/4000 23 0/4000 25 0/4000 27 0/4000",
    },
    mistakes=(
        Mistake(
            what="Cadre B4 sans référence à la facture d'acompte.",
            caught=("final-without-deposit",),
            make=_uncited,
            remedy="Aucune règle officielle ne l'exige et rien n'est bloqué : citez l'acompte "
            "(BG-3), "
            "sans quoi il reste ouvert en 4191 et 4091.",
        ),
        Mistake(
            what="La facture définitive porte le type 386.",
            caught=("BR-FR-CO-07_BT-3", "BR-FR-CO-08_BT-23"),
            make=_typed_as_deposit,
        ),
        Mistake(
            what="L'acompte est déduit deux fois : en ligne négative et en montant déjà payé.",
            caught=("deposit-deducted-twice",),
            make=_twice,
            remedy="Comparez le net à payer au devis : les deux manières ne se mêlent pas.",
        ),
    ),
)
