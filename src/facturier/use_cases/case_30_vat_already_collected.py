"""Case 30: the sale was told with the day's till, the invoice comes afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger import posting
from facturier.lifecycle.statuses import Side
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, by_card, day, invoice, line, process_of, with_process
from facturier.use_cases.story import SALE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="30",
    title="TVA déjà collectée : opération e-reportée, puis facturée",
    certainty=Certainty.ACCOUNTING,
    order=10,
    text="""La vente est déjà dans un ticket Z, donc dans le flux 10.3 (et 10.4 pour un service)
; le client, une entreprise, demande ensuite une facture. Le Z ne se touche pas. La facture part
en cadre B7 ou S7 (pas de M7 : deux factures si les deux natures) : le flux 1 est envoyé, le
portail l'ignore pour le vendeur et le compte pour la TVA déductible de l'acheteur. Aucun 212
n'est dû au portail : le paiement est déjà dans le 10.4.

Le vendeur ne doit pas comptabiliser deux fois. Ici : l'écriture de la facture, et une opération
diverse qui reprend cette vente dans la recette du jour. Le compte du client a son mouvement, le
chiffre d'affaires et la TVA ne bougent pas. On peut aussi ne rien comptabiliser et joindre la
facture à l'écriture de caisse.

Si la caisse annule le ticket avant d'envoyer le Z, c'est une facture ordinaire : ce cas ne
s'applique pas.""",
    doubts="Le choix entre les deux manières de comptabiliser est celui du cabinet.",
)

SELLER = actor(41, "Fictif Droguerie SARL", "vendeur", services_sales="706")
BUYER = actor(42, "Fictif Peinture SAS", "acheteur")
CADRES = ("B7", "S7")


def applies(document: Invoice) -> bool:
    """Cadre B7 or S7."""
    return process_of(document) in CADRES


def after_the_till() -> Invoice:
    """Paint of 240,00 with VAT, sold at the till the day before."""
    return invoice(
        "FA-2026-3001",
        SELLER,
        BUYER,
        line("Peinture façade, 4 pots", "50.00", quantity="4"),
        on="2026-11-04",
        process="B7",
        paid="240.00",
        due="2026-11-04",
        payment=by_card(),
    )


def takings() -> Z:
    """The day's till: 1 440,00 with VAT, the paint among it."""
    return Z(
        day=day("2026-11-03"),
        till="Caisse 1",
        parts=(part(Category.GOODS, Decimal(20), Decimal("1440.00")),),
        count=37,
        payments=((Means.CARD, Decimal("1440.00")),),
    )


def example() -> Story:
    """The till closes, the invoice follows, the sale is booked once."""
    story = Story((SELLER, BUYER))
    story.till(SELLER, takings(), "Ticket Z : la vente est dedans")
    document = story.issue(after_the_till())
    story.already_in_till(document, "2026-11-04")
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "240.00", "2026-11-05", "L'acheteur solde : il avait payé à la caisse",
        moves=("", "P-BANQUE"), collected=False,
    )  # fmt: skip
    return story.close()


def _booked_twice() -> Invoice | None:
    posting.propose(after_the_till(), side=SALE, books=SELLER.books)
    return None


def _mixed() -> Invoice:
    return with_process(after_the_till(), "M7")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1", "10.3"),
    boxes={
        "vendeur": "A1 1200/0 08 1200/240 16 0/240 28 0/240",
        "acheteur": "20 0/40 23 0/40 25 0/40 27 0/40",
    },
    mistakes=(
        Mistake(
            what="La facture est comptabilisée comme une vente de plus.",
            caught=("already-collected",),
            make=_booked_twice,
        ),
        Mistake(
            what="Cadre M7 pour des biens et des services.",
            caught=("BR-FR-08_BT-23",),
            make=_mixed,
        ),
        Mistake(
            what="Un 212 est envoyé au portail pour une facture dont le 10.4 a déjà le paiement.",
            remedy="Le statut 212 d'un cadre B7 ou S7 ne part jamais au portail.",
        ),
    ),
)
