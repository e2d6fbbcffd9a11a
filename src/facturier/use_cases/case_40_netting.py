"""Case 40: grouped payments, set-off, two-way invoices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.model import Address, Identifier, Line
from facturier.ledger import posting
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import DAY, Actor, actor, by_card, invoice, line, process_of
from facturier.use_cases.story import PURCHASE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="40",
    title="Paiements groupés, netting, compensation",
    certainty=Certainty.ACCOUNTING,
    order=10,
    text="""Deux factures qui se croisent restent deux factures, entières, chacune avec ses
statuts 211 et 212 au jour du paiement net ; le moyen de paiement est 97. Des lignes négatives
pour la vente inverse dans une auto-facture sont à bannir : elles mêlent TVA collectée et
déductible.

V1.4 admet l'auto-facture bidirectionnelle (cadre B9, S9, M9, types d'auto-facturation) : deux
lignes GROUP, une par sens. Elle se découpe en deux factures avant d'être comptabilisée. La
compensation est une opération diverse, 401 à 411, dont les statuts sont la pièce ; elle vaut
paiement, donc la TVA des services devient exigible.""",
    doubts="V1.3 n'a pas le cadre x9 ; la date de la compensation fait l'exigibilité : notre "
    "lecture.",
)

SELLER = actor(401, "Fictif Régie SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(402, "Fictif Studio SAS", "acheteur", vat_on_receipts=True)


def applies(document: Invoice) -> bool:
    """Means of payment 97, or cadre x9."""
    means = {one.means_code for one in document.payment_instructions}
    return process_of(document)[1:] == "9" or ("97" in means and not document.payee)


def rent() -> Invoice:
    """The seller rents lights: 1 000,00 + 200,00 = 1 200,00."""
    return invoice(
        "FR-2026-4001", SELLER, BUYER,
        line("Location de matériel d'éclairage", "1000.00", unit=DAY),
        payment=by_card("97"),
    )  # fmt: skip


def film() -> Invoice:
    """The buyer films for the seller: 400,00 + 80,00 = 480,00."""
    return invoice(
        "FS-2026-4002", BUYER, SELLER, line("Captation vidéo", "400.00", unit=DAY),
        payment=by_card("97"),
    )  # fmt: skip


def example() -> Story:
    """Set off for 480,00; the rest, 720,00, is transferred the same day."""
    story = Story((SELLER, BUYER))
    first, second = story.issue(rent()), story.issue(film())
    story.say(first, 205, Side.BUYER, "2026-11-05")
    story.say(second, 205, Side.BUYER, "2026-11-05")
    own = (
        ("F" + BUYER.siren, BUYER.name),
        ("C" + SELLER.siren, SELLER.name),
    )
    story.pay(
        first, "480.00", "2026-11-20", "Compensation : la première facture, à hauteur de 480,00 €",
        moves=("R-COMPENSATION", "P-COMPENSATION"), paid=True, others=own,
    )  # fmt: skip
    story.pay(
        second, "480.00", "2026-11-20", "La seconde facture est soldée par la même compensation",
        moves=("", ""), paid=True,
    )  # fmt: skip
    story.settle_vat(second, "480.00", "2026-11-20")
    story.pay(first, "720.00", "2026-11-20", "Virement du solde", paid=True)
    return story.close()


def both_ways() -> Invoice:
    """The same two sales in one two-way self-billed invoice: 600,00 net before VAT."""
    return invoice(
        "AB-2026-4003", SELLER, BUYER,
        *_way(SELLER, 1, "FR-2026-4001", "Location de matériel d'éclairage", "1000.00"),
        *_way(BUYER, 2, "FS-2026-4002", "Captation vidéo", "-400.00"),
        process="S9", kind="389", extended=True,
    )  # fmt: skip


def _way(seller: Actor, rank: int, number: str, name: str, price: str) -> tuple[Line, Line]:
    party = replace(seller.third(), postal_address=Address(country_code="FR"))
    marks = (Identifier(number, "AFL"), Identifier("S1", "AVV"))
    head = line(
        f"Facture {number}", price, identifier=str(rank), subtype="GROUP", seller=party,
        object_identifiers=marks, vat_amount=Decimal(price) / 5,
    )  # fmt: skip
    detail = line(
        name, price, identifier=f"{rank}.1", parent=str(rank), subtype="DETAIL", seller=party,
        object_identifiers=marks[:1], reason=f"#{number}#",
    )  # fmt: skip
    return replace(head, price=None, vat=None), detail


def _booked_net() -> Invoice | None:
    posting.propose(both_ways(), side=PURCHASE, books=BUYER.books)
    return None


def _ordinary_two_way() -> Invoice:
    return replace(both_ways(), type_code="380")


EXPECT = Expect(
    statuses=(*(200, 201, 202, 203) * 2, 205, 205, *(211, 212) * 3),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 1000/0 08 1000/200 16 0/200 20 0/80 23 0/80 28 0/120",
        "acheteur": "A1 400/0 08 400/80 16 0/80 20 0/200 23 0/200 25 0/120 27 0/120",
    },
    mistakes=(
        Mistake(
            what="La facture bidirectionnelle est comptabilisée pour son net.",
            caught=("two-way",),
            make=_booked_net,
        ),
        Mistake(
            what="Une facture bidirectionnelle de type 380 : elle doit être une auto-facture.",
            caught=("BR-FR-MV-BD_BT-3",),
            make=_ordinary_two_way,
        ),
    ),
)
