"""Case 39: one document for several sellers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.model import Address, Identifier, Line
from facturier.invoice.units import units
from facturier.ledger import posting
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import Actor, actor, by_card, invoice, line, process_of
from facturier.use_cases.story import PURCHASE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="39",
    title="Intermédiaire transparent : facture multi-vendeurs",
    certainty=Certainty.ACCOUNTING,
    order=10,
    text="""Un seul document, cadre B8, S8 ou M8, au nom de l'intermédiaire transparent (BG-4).
Chaque vendeur a une ligne GROUP qui porte le numéro de sa facture (BT-128, schéma AFL), son
cadre (AVV) et son identité ; les lignes DETAIL sont dessous. Jamais en auto-facturation.

La plateforme de l'émetteur le découpe en factures unitaires : un flux 1 et un 200 par vendeur ;
un rejet ou un refus vaut pour chacune. Les factures unitaires sont déjà payées, à
l'intermédiaire. L'acheteur comptabilise par vendeur ; le document entier ne se comptabilise
pas.""",
)

SELLER = actor(391, "Fictif Fournitures SARL", "premier vendeur")
BUYER = actor(392, "Fictif Travaux SAS", "acheteur")
OTHER = actor(393, "Fictif Mobilier SAS", "second vendeur")


def applies(document: Invoice) -> bool:
    """Cadre B8, S8 or M8."""
    return process_of(document)[1:] == "8"


def _of(seller: Actor, rank: int, number: str, name: str, price: str) -> tuple[Line, Line]:
    """Return the GROUP line of one seller and its DETAIL line."""
    party = replace(seller.third(), postal_address=Address(country_code="FR"))
    head = line(
        f"Facture {number}", price, identifier=str(rank), subtype="GROUP", seller=party,
        object_identifiers=(Identifier(number, "AFL"), Identifier("B2", "AVV")),
        vat_amount=Decimal(price) / 5,
    )  # fmt: skip
    detail = line(
        name, price, identifier=f"{rank}.1", parent=str(rank), subtype="DETAIL", seller=party,
        object_identifiers=(Identifier(number, "AFL"),), reason=f"#{number}#",
    )  # fmt: skip
    return replace(head, price=None, vat=None), detail


def basket() -> Invoice:
    """Paper 100,00 of one seller, a chair 300,00 of another: 480,00 with VAT."""
    return invoice(
        "FA-2026-3901", SELLER, BUYER,
        *_of(SELLER, 1, "FA-2026-3901", "Ramettes de papier", "100.00"),
        *_of(OTHER, 2, "FB-2026-3902", "Fauteuil de bureau", "300.00"),
        process="B8", extended=True, payment=by_card(),
    )  # fmt: skip


def example() -> Story:
    """The document, its two units, each booked by its own seller and by the buyer."""
    story = Story((SELLER, BUYER, OTHER))
    whole = story.issue(
        basket(),
        "Le document de l'intermédiaire",
        book=False,
        flux1=False,
        remarks=("Il ne se comptabilise pas : ses factures unitaires, si.",),
    )
    for one in units(basket()):
        made = replace(one, due_date=one.issue_date)
        unit = story.issue(made, f"Facture unitaire {one.number}", spoken=(200,))
        assert one.totals
        story.pay(unit, str(one.totals.with_vat), "2026-11-02", "Payée à la commande")
    story.say(whole, 205, Side.BUYER, "2026-11-04")
    return story.close()


def _booked_whole() -> Invoice | None:
    posting.propose(basket(), side=PURCHASE, books=BUYER.books)
    return None


def _self_billed() -> Invoice:
    return replace(basket(), type_code="389")


EXPECT = Expect(
    advice=("BR-FREXT-S-08ini", "BR-FXEXT-S-08ini"),
    statuses=(200, 201, 202, 203, 200, 200, 205),
    flows=("1",),
    boxes={
        "premier vendeur": "A1 100/0 08 100/20 16 0/20 28 0/20",
        "acheteur": "20 0/80 23 0/80 25 0/80 27 0/80",
        "second vendeur": "A1 300/0 08 300/60 16 0/60 28 0/60",
    },
    mistakes=(
        Mistake(
            what="Le document entier est comptabilisé comme une facture du premier vendeur.",
            caught=("multi-vendor",),
            make=_booked_whole,
        ),
        Mistake(
            what="Un document multi-vendeurs en auto-facturation.",
            caught=("BR-FR-MV-13_BT-3",),
            make=_self_billed,
        ),
    ),
)
