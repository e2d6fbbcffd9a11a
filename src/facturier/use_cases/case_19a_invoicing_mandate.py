"""Case 19a: an agent invoices in the seller's name, under a mandate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.codes import SELF_BILLED
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import DAY, actor, invoice, line, note, process_of
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="19a",
    title="Facture émise par un tiers facturant, avec mandat de facturation",
    certainty=Certainty.ACCOUNTING,
    order=40,
    text="""Un mandat écrit est nécessaire (BOI-TVA-DECLA-30-20-10) et, quand le mandataire
travaille de ses propres données, une série de numéros par vendeur. Le mandataire est le
facturant (EXT-FR-FE-BG-05) ; une note DCL dit « établie par A au nom et pour le compte de B ».

L'adresse du vendeur (BT-34) décide où reviennent les statuts. Le vendeur donne le 212, ou le
demande au mandataire. Le mandataire doit connaître le régime de TVA du vendeur : un vendeur
passé en franchise, ou sorti de la franchise, change toutes ses factures.

Le vendeur comptabilise comme s'il avait écrit la facture ; rien n'entre dans les livres du
mandataire.""",
)

SELLER = actor(191, "Fictif Traduction EURL", "vendeur", vat_on_receipts=True)
BUYER = actor(192, "Fictif Édition SAS", "acheteur")
AGENT = actor(193, "Fictif Portage SARL", "mandataire")


def applies(document: Invoice) -> bool:
    """An invoicer is named, the document is not self-billed and not already paid."""
    own = (document.type_code or "") not in SELF_BILLED
    return own and document.invoicer is not None and process_of(document)[1:] != "2"


def translation() -> Invoice:
    """Three days of translation: 1 500,00 + 300,00 = 1 800,00, in the seller's own series."""
    mandate = "Établie par Fictif Portage SARL au nom et pour le compte de Fictif Traduction EURL."
    return invoice(
        "TRAD-2026-0007",
        SELLER,
        BUYER,
        line("Traduction, anglais vers français", "500.00", quantity="3", unit=DAY),
        process="S1",
        extended=True,
        invoicer=AGENT.third(),
        notes=(note("DCL", mandate),),
    )


def example() -> Story:
    """Approved, paid, collected by the seller."""
    story = Story((SELLER, BUYER, AGENT))
    document = story.issue(translation())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "1800.00", "2026-11-20", paid=True)
    return story.close()


def _number_of_the_agent() -> Invoice:
    return replace(translation(), number="PORTAGE 2026.0981")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 1500/0 08 1500/300 16 0/300 28 0/300",
        "acheteur": "20 0/300 23 0/300 25 0/300 27 0/300",
    },
    mistakes=(
        Mistake(
            what="Le mandataire numérote à sa façon, avec une espace et un point.",
            caught=("BR-FR-02_BT-1",),
            make=_number_of_the_agent,
        ),
        Mistake(
            what="La même facture est émise par le vendeur et par le mandataire.",
            remedy="Une série de numéros par mandat ; la plateforme rejette le doublon (213).",
        ),
        Mistake(
            what="Le mandat a expiré.",
            remedy="Tenez un registre des mandats (parties, étendue, dates, preuve).",
        ),
    ),
)
