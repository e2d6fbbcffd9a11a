"""Case 4: a known third party (insurer, grant) bears a part of the price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, note, said, with_process
from facturier.use_cases.story import SALE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="4",
    title="Facture à payer par l'acheteur, prise en charge partiellement par un tiers connu",
    certainty=Certainty.OPEN,
    doubts="La part du tiers se déclare par des blocs MEN à 0 % dont l'acceptation par le portail "
    "reste à vérifier ; l'indemnité en 7587 est notre lecture.",
    order=50,
    text="""Le vendeur facture tout à l'acheteur. Le montant déjà payé (BT-113) est la part du
tiers, même si elle n'est pas encore versée ; le net à payer (BT-115) est le reste. Le tiers est
nommé comme payeur (EXT-FR-FE-BG-02, un seul) et une note PAI l'explique.

Le piège est la TVA : un assureur ne paie jamais la TVA que l'assuré récupère. Le statut 212 de
l'acheteur porte donc le TTC entier au taux et, en moins, la part du tiers à 0 % ; celui du
tiers porte sa part à 0 %. La somme des deux fait le TTC, et toute la TVA est dans le paiement
de l'acheteur.""",
)

SELLER = actor(13, "Fictif Carrosserie SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(14, "Fictif Transports SAS", "acheteur")
INSURER = actor(15, "Fictif Assurances SA", "assureur")


def applies(document: Invoice) -> bool:
    """A payer is named and a part, not the whole, is already borne; the note PAI says so."""
    totals = document.totals
    partly = bool(totals and totals.paid_amount and totals.due_amount)
    return partly and document.payer is not None and said(document, "PAI")


def repair() -> Invoice:
    """A repair of 1 200,00 with VAT, of which the insurer bears 800,00."""
    return invoice(
        "FA-2026-0401",
        SELLER,
        BUYER,
        line("Réparation de carrosserie", "1000.00", unit=LUMP_SUM),
        process="S1",
        extended=True,
        paid="800.00",
        payer=INSURER.third(),
        notes=(note("PAI", "800,00 € pris en charge par Fictif Assurances SA, sinistre 26-118."),),
    )


def example() -> Story:
    """The buyer pays his part with all the VAT, the insurer the rest later."""
    story = Story((SELLER, BUYER))
    document = story.issue(repair())
    insurer = ("C" + INSURER.siren, INSURER.name)
    story.clear(
        document, SALE, "R-ASSUREUR", "800.00", "2026-11-02",
        "Part de l'assureur virée à son compte", other=insurer,
    )  # fmt: skip
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "400.00", "2026-11-16", "L'acheteur paie sa part, TVA comprise",
        taxed="1200.00", rates=(("20", "1200.00"), ("0", "-800.00")),
        comment="Part de l'assureur, sans TVA, à déduire.",
    )  # fmt: skip
    story.pay(
        document, "800.00", "2026-11-27", "L'assureur paie sa part, sans TVA",
        moves=("R-TIERS", "P-INDEMNITE"), taxed="0.00", rates=(("0", "800.00"),),
        others=(insurer, ("", "")),
    )  # fmt: skip
    return story.close()


def _said_to_be_paid() -> Invoice:
    return with_process(repair(), "S2")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 1000/0 08 1000/200 16 0/200 28 0/200",
        "acheteur": "20 0/200 23 0/200 25 0/200 27 0/200",
    },
    mistakes=(
        Mistake(
            what="Cadre S2 « déjà payée » alors que l'acheteur doit encore sa part.",
            caught=("BR-FR-CO-09_BT-23-1", "BR-FR-CO-09_BT-23-2"),
            make=_said_to_be_paid,
        ),
        Mistake(
            what="La TVA de la part de l'assureur est partagée au prorata : il manque de la TVA au "
            "premier 212.",
            remedy="Le 212 de l'acheteur porte le TTC entier au taux et la part du tiers en moins "
            "à 0 %.",
        ),
    ),
)
