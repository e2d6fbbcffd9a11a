"""Case 36: professional secrecy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="36",
    title="Secret professionnel",
    certainty=Certainty.SURE,
    order=88,
    text="""Le nom de l'article (BT-153) va à l'administration : il reste général. Le détail va
en BT-154 et dans les caractéristiques de l'article, que seul l'acheteur reçoit. Vaut pour les
avocats, les médecins, les banques, le secret des affaires, la défense. Attention aussi à la vue
lisible, que d'autres peuvent ouvrir.""",
)

GENERAL = "Prestation couverte par le secret professionnel"
SELLER = actor(361, "Fictif Cabinet d'Avocats SELARL", "vendeur", vat_on_receipts=True)
BUYER = actor(362, "Fictif Holding Familiale SAS", "acheteur", services_purchases="6226")


def applies(document: Invoice) -> bool:
    """The name of an item says no more than that it is secret."""
    names = [one.item.name or "" for one in document.lines if one.item]
    return any("secret professionnel" in name.lower() for name in names)


def consultation() -> Invoice:
    """A consultation: 1 500,00 + 300,00 = 1 800,00, its subject in BT-154 only."""
    return invoice(
        "FA-2026-3601", SELLER, BUYER,
        line(GENERAL, "1500.00", unit=LUMP_SUM, description="Consultation, dossier 26-114"),
    )  # fmt: skip


def example() -> Story:
    """An ordinary life; flux 1 bears nothing of the detail."""
    story = Story((SELLER, BUYER))
    document = story.issue(consultation())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "1800.00", "2026-11-20")
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 1500/0 08 1500/300 16 0/300 28 0/300",
        "acheteur": "20 0/300 23 0/300 25 0/300 27 0/300",
    },
    mistakes=(
        Mistake(
            what="Le nom du client ou l'objet du dossier est dans le nom de l'article.",
            remedy="Mettez-le en description (BT-154) : elle n'est pas transmise.",
        ),
    ),
)
