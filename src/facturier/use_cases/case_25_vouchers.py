"""Case 25: vouchers and gift cards."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.lifecycle.statuses import Side
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, day, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="25",
    title="Bons et cartes cadeaux",
    certainty=Certainty.OPEN,
    order=55,
    doubts="L'annexe A dit ce cas encore en discussion. Le compte des bons à usages multiples est "
    "notre lecture.",
    text="""Bon à usage unique (le bien et le taux sont connus) : taxé à chaque vente du bon,
par facture ou 10.3 ; si un autre le prend en paiement, il facture l'émetteur. Bon à usages
multiples : rien à la vente du bon, la TVA naît de son usage ; les commissions de distribution
sont facturées.

L'exemple : un émetteur vend un bon à usage unique à un particulier (10.3), un autre commerçant
l'accepte et facture l'émetteur.""",
)

SELLER = actor(251, "Fictif Parfumerie SARL", "commerçant", by_keyword={})
BUYER = actor(252, "Fictif Coffrets SAS", "émetteur", by_keyword={"bon a usage unique": "607"})


def applies(document: Invoice) -> bool:
    """A line that takes a voucher."""
    return any("bon a usage unique" in plain(charges.text_of(one)) for one in document.lines)


def redeemed() -> Invoice:
    """The shop invoices the issuer for the voucher it took: 40,00 + 8,00 = 48,00."""
    return invoice(
        "FA-2026-2501", SELLER, BUYER, line("Bon à usage unique n° 77, coffret remis", "40.00"),
        on="2026-11-16", process="B1",
    )  # fmt: skip


def example() -> Story:
    """The voucher is sold to a private person, redeemed elsewhere, invoiced to its issuer."""
    story = Story((SELLER, BUYER))
    story.till(
        BUYER,
        Z(
            day=day("2026-11-03"), till="Boutique",
            parts=(part(Category.GOODS, Decimal(20), Decimal("60.00")),), count=1,
            payments=((Means.CARD, Decimal("60.00")),),
        ),
        "L'émetteur vend le bon : la TVA est due tout de suite",
    )  # fmt: skip
    document = story.issue(redeemed(), "Le commerçant qui l'a accepté facture l'émetteur")
    story.say(document, 205, Side.BUYER, "2026-11-18")
    story.pay(document, "48.00", "2026-11-27")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1", "10.3"),
    boxes={
        "commerçant": "A1 40/0 08 40/8 16 0/8 28 0/8",
        "émetteur": "A1 50/0 08 50/10 16 0/10 20 0/8 23 0/8 28 0/2",
    },
    mistakes=(
        Mistake(
            what="Un bon à usages multiples est taxé à sa vente, puis à son usage.",
            remedy="À sa vente il n'est qu'une dette (4198 ou 467) ; la TVA vient de l'usage.",
        ),
    ),
)
