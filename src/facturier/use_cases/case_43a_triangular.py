"""Case 43a: triangular trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.model import Address, Delivery
from facturier.rules.example_pieces import foreign_party
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, day, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="43a",
    title="E-reporting B2B international : opérations triangulaires",
    certainty=Certainty.OPEN,
    order=94,
    doubts="La norme tient en une phrase : chaque trajet est déclaré par son assujetti français. "
    "Les "
    "écritures de l'intermédiaire sont notre lecture (CGI 258 D).",
    text="""Trois entreprises, trois États, un seul transport. Chaque trajet est déclaré en 10.1
par l'assujetti français qui y est partie. Premier vendeur français : livraison
intracommunautaire vers le numéro de TVA de l'intermédiaire, livrée dans le troisième État.
Intermédiaire français : sa vente au client final porte la mention de l'autoliquidation ; son
acquisition n'est pas taxée en France.""",
)

SELLER = actor(433, "Fictif Textile SARL", "premier vendeur")
BUYER = actor(434, "Fictif Négoce SAS", "intermédiaire")
SPANISH = foreign_party("Ejemplo SL", "ES", "ESX0000000X")
ITALIAN = foreign_party("Esempio Srl", "IT", "IT00000000000")
IN_ITALY = Delivery(
    actual_date=day("2026-10-30"), address=Address(city="Milano", country_code="IT")
)


def applies(document: Invoice) -> bool:
    """Sold without VAT to a company of one member state, delivered in another."""
    buyer, delivery = document.buyer, document.delivery
    if buyer is None or delivery is None or delivery.address is None:
        return False
    sold_to = (buyer.vat_identifier or "")[:2]
    there = delivery.address.country_code or ""
    untaxed = any(one.category in ("K", "AE") for one in document.vat_breakdown)
    return untaxed and sold_to != there and {"FR", ""}.isdisjoint({sold_to, there})


def to_spain() -> Invoice:
    """Cloth sold to a Spanish trader, sent to Italy: 6 000,00."""
    return invoice(
        "FA-2026-4311", SELLER, SPANISH, line("Tissus", "6000.00", "0", "K"),
        process="B1", treatment="B2BINT", delivery=IN_ITALY,
        exempt=("K", "VATEX-EU-IC", "Exonération, article 262 ter I du CGI"),
    )  # fmt: skip


def to_italy() -> Invoice:
    """Machines bought in Germany, sold to Italy: 9 000,00, the customer owes the VAT."""
    return invoice(
        "FA-2026-4312", BUYER, ITALIAN, line("Machines à coudre", "9000.00", "0", "AE"),
        process="B1", treatment="B2BINT",
        exempt=("AE", "VATEX-EU-AE", "Autoliquidation, opération triangulaire (CGI 258 D)"),
    )  # fmt: skip


def example() -> Story:
    """The leg of a French first seller, then that of a French intermediary."""
    story = Story((SELLER, BUYER))
    story.issue(to_spain(), "Le premier vendeur, français, livre en Italie pour un Espagnol")
    story.book(
        "2026-11-02",
        "L'intermédiaire français achète en Allemagne : rien n'est taxé en France",
        typed(
            BUYER, "2026-11-02", "RE-90", "Achat en Allemagne, livré en Italie",
            debit("607", "8000.00"), credit("401", "8000.00", of=("FDE", "Beispiel GmbH")),
            journal="HA",
        ),
    )  # fmt: skip
    story.issue(to_italy(), "Sa vente au client italien, qui doit la TVA")
    return story.close()


EXPECT = Expect(
    flows=("10.1",),
    open=("411000", "401000"),
    boxes={"premier vendeur": "F2 6000/0", "intermédiaire": "E2 9000/0"},
    mistakes=(
        Mistake(
            what="L'intermédiaire autoliquide en France une acquisition taxée en Italie.",
            remedy="Son acquisition n'est dans aucune case ; sa vente est en E2.",
        ),
    ),
)
