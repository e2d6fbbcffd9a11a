"""Case 12: a transparent intermediary buys for a principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="12",
    title="Intermédiaire transparent gestionnaire pour son commettant acheteur",
    certainty=Certainty.ACCOUNTING,
    order=75,
    text="""La facture est au nom du commettant ; l'intermédiaire, sur sa propre plateforme,
tient l'adresse à part du commettant et peut être nommé comme agent (EXT-FR-FE-BG-01) et «
adressé à » (BG-04). Il facture ses propres honoraires à part.

Chez l'intermédiaire, ce qu'il paie pour le commettant est en 467 : ni charge, ni produit. Seuls
ses honoraires sont son chiffre d'affaires.""",
)

SUFFIX = "GESTIONTIERS"
SELLER = actor(121, "Fictif Semences SARL", "vendeur")
BUYER = actor(122, "Fictif Ferme SCEA", "commettant")
AGENT = actor(123, "Fictif Centrale SARL", "intermédiaire", vat_on_receipts=True)


def applies(document: Invoice) -> bool:
    """An agent of the buyer is named, and nobody else pays."""
    return document.buyer_agent is not None and document.payer is None


def seeds() -> Invoice:
    """Seeds: 800,00 + 44,00 (5,5 %) = 844,00, in the principal's name."""
    return invoice(
        "FA-2026-1201", SELLER, BUYER.at(SUFFIX),
        line("Matières premières : semences de blé", "800.00", "5.5"),
        process="B1", extended=True, buyer_agent=AGENT.third(), invoicee=AGENT.third(),
    )  # fmt: skip


def fee() -> Invoice:
    """The fee of the intermediary: 50,00 + 10,00 = 60,00."""
    return invoice("FC-2026-1202", AGENT, BUYER, line("Commission d'achat", "50.00", unit=LUMP_SUM))


def example() -> Story:
    """The intermediary pays for the principal, who pays it back with its fee."""
    story = Story((SELLER, BUYER, AGENT))
    document = story.issue(seeds())
    story.say(document, 205, Side.BUYER, "2026-11-05", "Approuvée par l'intermédiaire, en son nom")
    principal = ("M" + BUYER.siren, BUYER.name)
    ours = ("M" + AGENT.siren, AGENT.name)
    story.pay(
        document, "844.00", "2026-11-16", "L'intermédiaire paie pour le commettant",
        moves=("R-BANQUE", "P-TIERS"), others=(("", ""), ours),
    )  # fmt: skip
    story.book(
        "2026-11-16", "Chez l'intermédiaire : ni charge ni produit",
        typed(AGENT, "2026-11-16", "FA-2026-1201", "Payé pour Fictif Ferme SCEA",
              debit("467", "844.00", of=principal), credit("512", "844.00"), journal="BQ"),
    )  # fmt: skip
    second = story.issue(fee(), "Ses honoraires, facturés à part")
    story.pay(second, "60.00", "2026-11-27")
    story.book(
        "2026-11-27", "Le commettant rembourse",
        typed(AGENT, "2026-11-27", "FA-2026-1201", "Remboursé par Fictif Ferme SCEA",
              debit("512", "844.00"), credit("467", "844.00", of=principal), journal="BQ"),
        typed(BUYER, "2026-11-27", "FA-2026-1201", "Remboursement de l'intermédiaire",
              debit("467", "844.00", of=ours), credit("512", "844.00"), journal="BQ"),
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 200, 201, 202, 203, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 800/0 09 800/44 16 0/44 28 0/44",
        "commettant": "20 0/54 23 0/54 25 0/54 27 0/54",
        "intermédiaire": "A1 50/0 08 50/10 16 0/10 28 0/10",
    },
    mistakes=(
        Mistake(
            what="L'intermédiaire passe l'achat en charge et sa refacturation en produit.",
            remedy="Il est transparent : compte 467 du commettant.",
        ),
    ),
)
