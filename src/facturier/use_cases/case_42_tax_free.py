"""Case 42: tax refunds to travellers (détaxe)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.model import Identifier
from facturier.lifecycle.statuses import Side
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, by_card, day, invoice, line, with_process
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="42",
    title="Détaxe",
    certainty=Certainty.ACCOUNTING,
    order=15,
    text="""Trois manières. (1) Vendu avec TVA à un particulier (TLB1), visé par la douane plus
tard : un 10.3 ultérieur déplace la vente de TLB1 vers TNT1. (2) Vendu sans TVA aussitôt (TNT1),
ramené en TLB1 si le visa ne vient pas. (3) Un opérateur de détaxe achète et revend : facture
**B7** à l'opérateur, bon de détaxe en BT-18 de schéma APT ; la vente est déjà dans la caisse.

La première et la troisième sont montrées.""",
    doubts="La reprise de la vente dans la recette du jour (cas 3) est celle du cas 30.",
)

SELLER = actor(421, "Fictif Maroquinerie SARL", "boutique", sales_by_category={})
BUYER = actor(422, "Fictif Opérateur de Détaxe SAS", "opérateur")
VOUCHER = "APT"


def applies(document: Invoice) -> bool:
    """The object of the invoice is a tax-free voucher."""
    return any(one.scheme == VOUCHER for one in document.object_identifiers)


def to_operator() -> Invoice:
    """A bag of 600,00 with VAT, bought by the operator under its voucher."""
    return invoice(
        "FA-2026-4201", SELLER, BUYER, line("Sac en cuir", "500.00"),
        on="2026-11-05", process="B7", due="2026-11-05", paid="600.00", payment=by_card(),
        object_identifiers=(Identifier("BVE-2026-000042", VOUCHER),),
    )  # fmt: skip


def _z(on: str, *parts: tuple[Category, str, str], count: int) -> Z:
    made = tuple(part(category, Decimal(rate), Decimal(gross)) for category, rate, gross in parts)
    whole = sum((one.gross for one in made), Decimal(0))
    return Z(day=day(on), till="Boutique", parts=made, count=count, payments=((Means.CARD, whole),))


def example() -> Story:
    """A watch sold taxed, refunded after the visa; a bag sold through an operator."""
    story = Story((SELLER, BUYER))
    story.till(
        SELLER, _z("2026-11-04", (Category.GOODS, "20", "1800.00"), count=6),
        "Caisse du 4 : une montre de 1 200,00 € et un sac de 600,00 €, avec TVA",
    )  # fmt: skip
    document = story.issue(to_operator(), "L'opérateur de détaxe achète le sac")
    story.already_in_till(document, "2026-11-05")
    story.pay(
        document, "600.00", "2026-11-05", "L'opérateur solde", moves=("", "P-BANQUE"),
        collected=False,
    )  # fmt: skip
    story.till(
        SELLER,
        _z(
            "2026-11-20",
            (Category.GOODS, "20", "-1200.00"),
            (Category.NOT_TAXED_IN_FRANCE, "0", "1000.00"),
            count=0,
        ),
        "Visa de la douane pour la montre : de TLB1 à TNT1, 200,00 € rendus",
    )
    story.say(document, 205, Side.BUYER, "2026-11-23")
    return story.close()


def _services() -> Invoice:
    return with_process(to_operator(), "M7")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1", "10.3"),
    boxes={
        "boutique": "A1 500/0 E2 1000/0 08 500/100 16 0/100 28 0/100",
        "opérateur": "20 0/100 23 0/100 25 0/100 27 0/100",
    },
    mistakes=(
        Mistake(
            what="Un cadre M7, qui n'existe pas.",
            caught=("BR-FR-08_BT-23",),
            make=_services,
        ),
        Mistake(
            what="La TVA est rendue avant le visa de la douane.",
            remedy="La vente reste en TLB1 tant que le bordereau n'est pas visé.",
        ),
    ),
)
