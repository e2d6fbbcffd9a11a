"""Case 23: a business self-bills a private seller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.codes import SELF_BILLED
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, franchise, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="23",
    title="Auto-facturation entre un particulier et un professionnel",
    certainty=Certainty.ACCOUNTING,
    order=38,
    doubts="Le portail veut le numéro de TVA d'un vendeur identifié par son SIREN (G1.47, G2.33), "
    "même en franchise ; sans numéro, la catégorie Z est admise au lieu de E.",
    text="""Un particulier qui vend régulièrement à une entreprise (rachat d'énergie) est un
assujetti, d'ordinaire en franchise : l'acheteur écrit la facture (389, règles du cas 19b),
catégorie E, VATEX-FR-FRANCHISE et la mention de l'article 293 B. Seul le solaire de 3 kWc au
plus est hors de la facturation électronique et de l'e-reporting.

Le vendeur en franchise n'a pas de TVA à déclarer, l'acheteur n'en a pas à déduire.""",
)

SELLER = franchise(231, "Fictif Producteur Solaire", "producteur")
BUYER = actor(232, "Fictif Électricité de Région SA", "acheteur")
MENTION = "TVA non applicable, article 293 B du CGI"


def applies(document: Invoice) -> bool:
    """Self-billed, exempt for the franchise."""
    exempt = any(one.exemption_code == "VATEX-FR-FRANCHISE" for one in document.vat_breakdown)
    return exempt and (document.type_code or "") in SELF_BILLED


def power() -> Invoice:
    """Power of a roof of 9 kWc, a half-year: 450,00."""
    return invoice(
        "SOLAIRE-2026-0002", SELLER, BUYER,
        line("Électricité rachetée, premier semestre", "0.15", "0", "E", quantity="3000",
             unit="KWH"),
        process="B1", kind="389", exempt=("E", "VATEX-FR-FRANCHISE", MENTION),
    )  # fmt: skip


def example() -> Story:
    """Written by the buyer, approved by the producer, paid."""
    story = Story((SELLER, BUYER))
    document = story.issue(power(), "L'acheteur d'énergie écrit la facture")
    story.say(document, 205, Side.SELLER, "2026-11-05")
    story.pay(document, "450.00", "2026-11-20", paid=True)
    return story.close()


def _taxed() -> Invoice:
    document = power()
    (one,) = document.vat_breakdown
    return replace(
        document, vat_breakdown=(replace(one, exemption_code=None, exemption_reason=None),)
    )


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211),
    flows=("1",),
    mistakes=(
        Mistake(
            what="La franchise sans sa mention ni son code.",
            caught=("BR-E-10",),
            make=_taxed,
        ),
    ),
    absent={"boxes": "vendeur en franchise : ni TVA collectée, ni TVA déductible"},
)
