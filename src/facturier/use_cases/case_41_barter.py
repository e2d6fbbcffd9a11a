"""Case 41: barter through a barter company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.ledger.books import plain
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, note
from facturier.use_cases.story import SALE, Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="41",
    title="Sociétés de barter (échanges)",
    certainty=Certainty.OPEN,
    order=42,
    doubts="Le partage par des blocs MEN à 0 % reste à vérifier auprès du portail ; comptes 467 : "
    "notre lecture.",
    text="""Une part du prix est inscrite au compte d'échange, le reste est payé en argent ; la
TVA est toujours payée en argent. BT-113 est la part inscrite au compte, BT-115 l'argent, au
moins égal à la TVA. La société de barter peut être nommée comme payeur (EXT-FR-FE-BG-02), une
note PAI l'explique.

Le 212 porte le TTC au taux et, en moins, la part inscrite au compte à 0 %.""",
)

SELLER = actor(411, "Fictif Imprimerie Rapide SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(412, "Fictif Traiteur SAS", "acheteur", by_keyword={"affiches": "6231"})
BARTER = actor(413, "Fictif Échange SAS", "société de barter")
AT_BARTER = ("B" + BARTER.siren, BARTER.name)


def applies(document: Invoice) -> bool:
    """A part is on account of exchange: the note PAI names it."""
    words = " ".join(one.text or "" for one in document.notes if one.subject_code == "PAI")
    return "echange" in plain(words) or "barter" in plain(words)


def posters() -> Invoice:
    """Posters: 500,00 + 100,00 = 600,00, of which 400,00 on account and 200,00 in money."""
    return invoice(
        "FA-2026-4101", SELLER, BUYER, line("Affiches, impression", "500.00", unit=LUMP_SUM),
        extended=True, paid="400.00", payer=BARTER.third(),
        notes=(note("PAI", "400,00 € inscrits au compte d'échange de Fictif Échange SAS."),),
    )  # fmt: skip


def example() -> Story:
    """The account of exchange for a part, money for the rest and all the VAT."""
    story = Story((SELLER, BUYER))
    document = story.issue(posters())
    story.clear(
        document,
        SALE,
        "R-ASSUREUR",
        "400.00",
        "2026-11-02",
        "Le compte d'échange du vendeur est crédité",
        other=AT_BARTER,
    )
    story.book(
        "2026-11-02", "Celui de l'acheteur est débité",
        typed(BUYER, "2026-11-02", "FA-2026-4101", "Part inscrite au compte d'échange",
              debit("401", "400.00", of=("F" + SELLER.siren, SELLER.name)),
              credit("467", "400.00", of=AT_BARTER)),
    )  # fmt: skip
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "200.00", "2026-11-20", "L'argent, TVA comprise", taxed="600.00",
        rates=(("20", "600.00"), ("0", "-400.00")),
        comment="Part inscrite au compte d'échange, à déduire.",
    )  # fmt: skip
    return story.close()


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 500/0 08 500/100 16 0/100 28 0/100",
        "acheteur": "20 0/100 23 0/100 25 0/100 27 0/100",
    },
    mistakes=(
        Mistake(
            what="La TVA est inscrite au compte d'échange.",
            remedy="Elle se paie toujours en argent : BT-115 n'est jamais sous la TVA.",
        ),
    ),
)
