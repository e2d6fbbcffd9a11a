"""Case 33: margin schemes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.codes import MARGIN_REASONS
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="33",
    title="Régime de la marge",
    certainty=Certainty.OPEN,
    order=40,
    doubts="Annexe A écrit VATEX-FR-F, I, J ; la liste des contrôles V1.4.0 n'admet que "
    "VATEX-EU-D, "
    "F, I et J : ce sont eux qu'il faut envoyer.",
    text="""Les lignes en régime de la marge portent le prix TTC, en catégorie E, taux 0, avec
VATEX-EU-F (biens d'occasion), I (œuvres d'art), J (antiquités) ou D (agences de voyages). La
facture ne montre pas la TVA : le total hors TVA est le TTC, et l'acheteur ne déduit rien.

La TVA de la marge manque à la pré-remplie : le vendeur l'ajoute dans sa CA3. Écriture : la
vente au TTC en 707, puis la TVA de la marge par opération diverse, 707 à 44571. Envers les
particuliers : 10.3 en TMA1, avec la base et la TVA de la marge.""",
)

SELLER = actor(331, "Fictif Occasion SARL", "vendeur")
BUYER = actor(332, "Fictif Coursier SAS", "acheteur")
CODE = "VATEX-EU-F"
REASON = "Régime particulier, biens d'occasion (CGI 297 A)"


def applies(document: Invoice) -> bool:
    """A part of it is exempt for the reason of a margin scheme."""
    return any(one.exemption_code in MARGIN_REASONS for one in document.vat_breakdown)


def van() -> Invoice:
    """A used van bought 4 000,00 and sold 5 200,00: margin 1 200,00 with VAT."""
    return invoice(
        "FA-2026-3301", SELLER, BUYER,
        line("Fourgon d'occasion", "5200.00", "0", "E"),
        process="B1", exempt=("E", CODE, REASON),
    )  # fmt: skip


def example() -> Story:
    """Sold, paid; the VAT of the margin is 1 200 x 20/120 = 200,00."""
    story = Story((SELLER, BUYER))
    document = story.issue(van())
    story.book(
        "2026-11-02",
        "La TVA de la marge : 5 200,00 − 4 000,00 = 1 200,00 TTC, soit 1 000,00 et 200,00",
        typed(
            SELLER, "2026-11-02", "FA-2026-3301", "TVA sur la marge, fourgon d'occasion",
            debit("707", "200.00"), credit("44571", "200.00", vat=("20", "1000.00")),
        ),
        remarks=("La pré-remplie ne la contient pas : écart connu de 200,00 €.",),
    )  # fmt: skip
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "5200.00", "2026-11-20")
    return story.close()


def _french_code() -> Invoice:
    document = van()
    (one,) = document.vat_breakdown
    return replace(document, vat_breakdown=(replace(one, exemption_code="VATEX-FR-F"),))


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1",),
    boxes={"vendeur": "A1 1000/0 08 1000/200 16 0/200 28 0/200"},
    mistakes=(
        Mistake(
            what="Le code VATEX-FR-F, que l'annexe A imprime.",
            caught=("BR-CL-22",),
            make=_french_code,
        ),
        Mistake(
            what="La vente entière est déclarée en ligne E2, opération non imposable.",
            remedy="La vente au TTC n'est dans aucune case ; seule sa marge l'est, en A1 et 08.",
        ),
    ),
)
