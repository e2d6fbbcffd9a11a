"""Case 31: goods and independent services on one invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, process_of, with_process
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="31",
    title="Factures mixtes",
    certainty=Certainty.ACCOUNTING,
    order=50,
    text="""L'accessoire suit le principal : cadre B ou S. Des services vraiment indépendants
des biens donnent le cadre M ; deux factures sont conseillées, parce que la TVA n'y est pas due
au même moment : biens à la livraison, services au paiement. Le 212 ne porte alors que la part
des services.

En 10.3 la vente se partage entre TLB1 et TPS1 (elle compte une fois dans chaque), en 10.4 seuls
les services. L'option pour les débits supprime le 10.4, pas le partage.""",
)

SELLER = actor(311, "Fictif Froid SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(312, "Fictif Boucherie SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """Cadre M1, M2 or M4."""
    return process_of(document) in ("M1", "M2", "M4")


def cold_room() -> Invoice:
    """Goods 1 000,00 and a contract of service 500,00, at 20 %: 1 800,00."""
    return invoice(
        "FA-2026-3101", SELLER, BUYER,
        line("Marchandises : rayonnages", "1000.00"),
        line("Maintenance annuelle de la chambre froide", "500.00", unit=LUMP_SUM),
        process="M1",
    )  # fmt: skip


def example() -> Story:
    """The VAT on goods is due at once, that on services with the payment."""
    story = Story((SELLER, BUYER))
    document = story.issue(cold_room())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "1800.00", "2026-12-02", "Payée : le 212 ne porte que les services",
        rates=(("20", "600.00"),),
    )  # fmt: skip
    return story.close()


def _unknown_letter() -> Invoice:
    return with_process(cold_room(), "M7")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 1500/0 08 1500/300 16 0/300 28 0/300",
        "acheteur": "20 0/300 23 0/300 25 0/300 27 0/300",
    },
    mistakes=(
        Mistake(
            what="Un cadre M7 : la facture après caisse est B7 ou S7, jamais mixte.",
            caught=("BR-FR-08_BT-23",),
            make=_unknown_letter,
        ),
        Mistake(
            what="Le 212 porte aussi les biens, dont la TVA est déjà déclarée.",
            remedy="Ne déclarez que la part des services : 600,00 € ici.",
        ),
    ),
)
