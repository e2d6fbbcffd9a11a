"""Case 10: the factor comes after the invoice was issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.parties import demo_iban
from facturier.lifecycle.messages import Characteristic
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import PURCHASE, SALE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="10",
    title="Facture à payer à un tiers bénéficiaire inconnu à la création (affactureur, "
    "subrogation)",
    certainty=Certainty.ACCOUNTING,
    text="""La facture est ordinaire (380) et déjà partie. La plateforme du vendeur envoie à
l'acheteur le statut 225 Affacturée avec le nouveau compte (bloc CBB : BT-84, BT-85, BT-86) et
au factor la facture avec son histoire. 226 (affacturage confidentiel) ne va qu'au factor,
jamais à l'acheteur ; 227 dit seulement à l'acheteur que le compte à payer change ; 228 met fin
à l'affacturage.

L'acheteur change le compte à payer d'une facture déjà comptabilisée : c'est aussi la forme que
prend une fraude. Vérifiez le changement par un autre canal avant de payer. Les écritures sont
celles du cas 8.""",
    doubts="La facture seule ne permet pas de reconnaître ce cas : c'est un statut qui le dit.",
)

SELLER = actor(101, "Fictif Sécurité SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(102, "Fictif Galerie SAS", "acheteur")
FACTOR = actor(103, "Fictif Affacturage SA", "factor")
OF_FACTOR = ("D" + FACTOR.siren, FACTOR.name)
ACCOUNT = (
    Characteristic(type_code="CBB", term="BT-84", text=demo_iban(103), changed=True),
    Characteristic(type_code="CBB", term="BT-85", text="Fictif Affacturage SA", changed=True),
)


def applies(document: Invoice) -> bool:  # noqa: ARG001  # a status says it, not the invoice
    """No invoice tells it: the status 225 does."""
    return False


def guard() -> Invoice:
    """A month of guarding: 2 000,00 + 400,00 = 2 400,00."""
    return invoice(
        "FA-2026-1001", SELLER, BUYER, line("Gardiennage, octobre", "2000.00", unit=LUMP_SUM)
    )


def example() -> Story:
    """Issued, then sold to the factor; the debtor pays the factor."""
    story = Story((SELLER, BUYER))
    document = story.issue(guard(), factor=FACTOR)
    story.say(
        document, 225, Side.SELLER, "2026-11-06", "La créance est cédée : l'acheteur l'apprend",
        amounts=ACCOUNT,
    )  # fmt: skip
    story.clear(
        document, SALE, "R-CESSION", "2400.00", "2026-11-06",
        "La créance passe au compte du factor", other=OF_FACTOR,
    )  # fmt: skip
    story.say(document, 205, Side.BUYER, "2026-11-09")
    story.clear(
        document, PURCHASE, "P-BANQUE", "2400.00", "2026-11-30",
        "L'acheteur paie le factor, au nouveau compte",
    )  # fmt: skip
    story.pay(
        document, "2400.00", "2026-11-30", "Le factor reverse : la TVA devient exigible",
        moves=("R-FACTOR", ""), others=(OF_FACTOR, ("", "")),
    )  # fmt: skip
    return story.close()


def _without_account() -> Invoice | None:
    story = Story((SELLER, BUYER))
    story.say(story.issue(guard(), factor=FACTOR), 227, Side.SELLER, "2026-11-06")
    return None


def _told_by_the_buyer() -> Invoice | None:
    story = Story((SELLER, BUYER))
    story.say(story.issue(guard()), 227, Side.BUYER, "2026-11-06", amounts=ACCOUNT)
    return None


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 225, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 2000/0 08 2000/400 16 0/400 28 0/400",
        "acheteur": "20 0/400 23 0/400 25 0/400 27 0/400",
    },
    absent={"recognised": "la facture ne le dit pas : un statut 225, 226 ou 227"},
    mistakes=(
        Mistake(
            what="Un changement de compte (227) sans les nouvelles coordonnées.",
            caught=("data-missing",),
            make=_without_account,
            remedy="Donnez l'IBAN (BT-84) et le nom du titulaire (BT-85) du nouveau compte.",
        ),
        Mistake(
            what="Un changement de compte qui ne vient ni du vendeur ni du factor.",
            caught=("wrong-side",),
            make=_told_by_the_buyer,
        ),
    ),
)
