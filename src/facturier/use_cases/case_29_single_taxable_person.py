"""Case 29: members of a single taxable person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.model import Identifier, Party
from facturier.invoice.parties import (
    SINGLE_TAXABLE_PERSON,
)
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, note
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="29",
    title="Assujetti unique (CGI 256 C)",
    certainty=Certainty.SURE,
    order=60,
    text="""Le membre est le vendeur (BG-4) ; le SIREN de l'assujetti unique est un identifiant
de schéma 0231 en BT-29, son nom, son numéro de TVA et son adresse en BG-11 ; une note TXD dit
MEMBRE_ASSUJETTI_UNIQUE. Entre membres, rien n'est de la facturation électronique (le document
peut voyager, sans flux 1). Les membres reçoivent à leurs propres adresses ; un flux 10 par
membre est admis. La pré-remplie va à la déclaration de l'assujetti unique.""",
)

SELLER = actor(291, "Fictif Filiale Informatique SAS", "membre", vat_on_receipts=True)
BUYER = actor(292, "Fictif Cliente SARL", "acheteur")
GROUP = actor(293, "Fictif Groupe TVA", "assujetti unique")


def applies(document: Invoice) -> bool:
    """The seller bears the SIREN of a single taxable person."""
    seller = document.seller
    return seller is not None and any(
        one.scheme == SINGLE_TAXABLE_PERSON for one in seller.identifiers
    )


def hosting() -> Invoice:
    """A month of hosting: 300,00 + 60,00 = 360,00."""
    member = replace(SELLER.party, identifiers=(Identifier(GROUP.siren, SINGLE_TAXABLE_PERSON),))
    group = Party(
        name=GROUP.name, vat_identifier=GROUP.party.vat_identifier,
        postal_address=GROUP.party.postal_address,
    )  # fmt: skip
    return invoice(
        "FA-2026-2901", member, BUYER, line("Hébergement web, octobre", "300.00", unit=LUMP_SUM),
        notes=(note("TXD", "MEMBRE_ASSUJETTI_UNIQUE"),), tax_representative=group,
    )  # fmt: skip


def example() -> Story:
    """A sale by a member; its VAT goes to the group's return."""
    story = Story((SELLER, BUYER))
    document = story.issue(
        hosting(), remarks=("Les cases du membre se reportent dans la CA3 de l'assujetti unique.",)
    )
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "360.00", "2026-11-20")
    return story.close()


def _without_note() -> Invoice:
    document = hosting()
    return replace(
        document, notes=tuple(one for one in document.notes if one.subject_code != "TXD")
    )


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "membre": "A1 300/0 08 300/60 16 0/60 28 0/60",
        "acheteur": "20 0/60 23 0/60 25 0/60 27 0/60",
    },
    mistakes=(
        Mistake(
            what="Le SIREN de l'assujetti unique est donné, la note TXD manque.",
            caught=("BR-FR-CO-14_BT-29-1", "BR-FR-CO-14_BT-22"),
            make=_without_note,
        ),
    ),
)
