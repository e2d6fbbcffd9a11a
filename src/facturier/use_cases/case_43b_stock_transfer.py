"""Case 43b: own stock moved to another member state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.model import Address, Delivery
from facturier.ledger import posting
from facturier.ledger.documents import is_own_transfer
from facturier.rules.example_pieces import foreign_party
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, day, invoice, line
from facturier.use_cases.story import SALE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="43b",
    title="E-reporting B2B international : transferts de stocks assimilés à des livraisons",
    certainty=Certainty.OPEN,
    order=93,
    doubts="Le numéro de la pro forma et le type 380 viennent d'une ligne de l'annexe A.",
    text="""Une entreprise envoie son propre stock dans un autre État membre où elle a un numéro
de TVA : c'est assimilé à une livraison intracommunautaire à elle-même. Aucune facture, mais une
pro forma ; le 10.1 en reprend le numéro avec le type 380. Rien n'est comptabilisé : le stock ne
change pas de propriétaire. La base se reporte à la main en ligne F2 de la CA3.""",
)

SELLER = actor(435, "Fictif Cosmétique SAS", "entreprise")
IN_GERMANY = replace(foreign_party(SELLER.name, "DE", "DE000000001"))


def applies(document: Invoice) -> bool:
    """Seller and buyer bear the same name, with VAT numbers of two member states."""
    return is_own_transfer(document)


def pro_forma() -> Invoice:
    """Stock valued 15 000,00, moved to a German warehouse."""
    return invoice(
        "PF-2026-4321", SELLER, IN_GERMANY,
        line("Stock de crèmes, transfert", "15000.00", "0", "K"),
        process="B1", treatment="B2BINT",
        exempt=("K", "VATEX-EU-IC", "Transfert assimilé à une livraison (CGI 256 III)"),
        delivery=Delivery(
            actual_date=day("2026-10-30"), address=Address(city="Köln", country_code="DE")
        ),
    )  # fmt: skip


def example() -> Story:
    """The transfer is told by 10.1, nothing is booked."""
    story = Story((SELLER,))
    story.issue(
        pro_forma(), "Transfert de stock vers l'Allemagne", book=False,
        remarks=("À reporter à la main en ligne F2 de la CA3 : 15 000 €.",),
    )  # fmt: skip
    return story.close()


def _booked() -> Invoice | None:
    posting.propose(pro_forma(), side=SALE, books=SELLER.books)
    return None


EXPECT = Expect(
    flows=("10.1",),
    mistakes=(
        Mistake(
            what="Le transfert est comptabilisé comme une vente à soi-même.",
            caught=("own-transfer",),
            make=_booked,
        ),
    ),
    absent={
        "seller": "le stock ne change pas de propriétaire, rien n'est comptabilisé",
        "buyer": "l'acheteur est l'entreprise elle-même",
        "boxes": "la ligne F2 se remplit à la main, faute d'écriture",
    },
)
