"""Case 14: several companies contract together, one of them speaks for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.invoice.model import Attachment, SupportingDocument
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, process_of, with_process
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="14",
    title="Co-traitance B2B",
    certainty=Certainty.ACCOUNTING,
    order=30,
    text="""Chaque co-traitant (F1) et le mandataire (F2) facturent le même acheteur, en cadre
S6, à l'adresse SIREN_COTRAITANCE, avec les mêmes références de chantier et de période. Les F1
nomment le mandataire (EXT-FR-FE-BG-03) ; il donne le statut 214 Visée sur chacune, auprès de la
plateforme de l'acheteur. F2 porte en pièce jointe le récapitulatif (BT-123 =
RECAPITULATIF_COTRAITANCE).

Chacun encaisse et déclare pour soi : rien ne transite par les comptes du mandataire.""",
)

SUFFIX = "COTRAITANCE"
PARTNER = actor(141, "Fictif Électricité SARL", "co-traitant", vat_on_receipts=True)
BUYER = actor(
    142, "Fictif Clinique SA", "acheteur",
    by_keyword={"lot electricite": "6152", "genie climatique": "6152"},
)  # fmt: skip
LEADER = actor(143, "Fictif Génie Climatique SAS", "mandataire", vat_on_receipts=True)
RECAP = SupportingDocument(
    reference="RECAP-2026-10",
    description="RECAPITULATIF_COTRAITANCE",
    attachment=Attachment(
        content=b"facture;hors taxe\nF1-2026-141;8000.00\nF2-2026-143;12000.00\n",
        mime_code="text/csv",
        filename="recapitulatif.csv",
    ),
)


def applies(document: Invoice) -> bool:
    """Cadre S6."""
    return process_of(document) == "S6"


def of_partner() -> Invoice:
    """F1: the electrician's part, 8 000,00 + 1 600,00."""
    return invoice(
        "F1-2026-141",
        PARTNER,
        BUYER.at(SUFFIX),
        line("Lot électricité, situation d'octobre", "8000.00", unit=LUMP_SUM),
        process="S6",
        extended=True,
        seller_agent=LEADER.third(),
        project="CHANTIER-BLOC-2",
    )


def of_leader() -> Invoice:
    """F2: the leader's own part, 12 000,00 + 2 400,00, with the summary of all."""
    return invoice(
        "F2-2026-143",
        LEADER,
        BUYER.at(SUFFIX),
        line("Lot génie climatique, situation d'octobre", "12000.00", unit=LUMP_SUM),
        process="S6",
        extended=True,
        project="CHANTIER-BLOC-2",
        supporting_documents=(RECAP,),
    )


def example() -> Story:
    """The leader vouches for the partner's invoice; each is paid for its own part."""
    story = Story((PARTNER, BUYER, LEADER))
    f1 = story.issue(of_partner(), "F1, du co-traitant à l'acheteur")
    f2 = story.issue(of_leader(), "F2, du mandataire à l'acheteur")
    story.say(f1, 214, Side.VALIDATOR, "2026-11-04", "Le mandataire vise F1")
    story.say(f1, 205, Side.BUYER, "2026-11-06")
    story.say(f2, 205, Side.BUYER, "2026-11-06")
    story.pay(f1, "9600.00", "2026-11-27", "Le co-traitant est payé de sa part")
    story.pay(f2, "14400.00", "2026-11-27", "Le mandataire est payé de la sienne")
    return story.close()


def _goods() -> Invoice:
    return with_process(of_partner(), "B6")


EXPECT = Expect(
    statuses=(*(200, 201, 202, 203) * 2, 214, 205, 205, 212, 212),
    flows=("1", "212"),
    boxes={
        "co-traitant": "A1 8000/0 08 8000/1600 16 0/1600 28 0/1600",
        "acheteur": "20 0/4000 23 0/4000 25 0/4000 27 0/4000",
        "mandataire": "A1 12000/0 08 12000/2400 16 0/2400 28 0/2400",
    },
    mistakes=(
        Mistake(
            what="Un cadre B6, qui n'existe pas : la co-traitance est un service.",
            caught=("BR-FR-08_BT-23",),
            make=_goods,
        ),
        Mistake(
            what="Le mandataire comptabilise en produit les factures des co-traitants.",
            remedy="Les F1 vont du co-traitant à l'acheteur : elles ne sont pas dans son dossier.",
        ),
    ),
)
