"""Case 13: sub-contracting, paid directly by the final customer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, process_of
from facturier.use_cases.story import SALE, Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="13",
    title="Facture de sous-traitance, paiement direct ou délégation de paiement",
    certainty=Certainty.ACCOUNTING,
    order=30,
    text="""F1, du sous-traitant à l'entreprise principale : cadre S5 (ou S1), payeur
(EXT-FR-FE-BG-02) = le maître de l'ouvrage, références du chantier. Travaux de construction :
autoliquidation, catégorie AE, code VATEX-FR-AE et le mot AUTOLIQUIDATION ; le sous-traitant ne
facture pas de TVA et ne déclare aucun encaissement au portail.

Le statut 224 Demande de paiement direct part vers le maître de l'ouvrage et l'entreprise
principale, F1 jointe. F2, de l'entreprise principale au maître de l'ouvrage, porte tout le
marché ; la part payée au sous-traitant est en montant déjà payé (BT-113) et le net à payer est
le reste.

L'entreprise principale encaisse F2 en deux fois : le reste, puis, dès que le sous-traitant est
payé, le montant de F1. Sa TVA collectée naît de ces deux encaissements. Elle solde le compte du
sous-traitant par celui du client, sur la foi du paiement direct.""",
    doubts="F2 n'a pas de cadre propre (le texte le regrette) ; écritures : notre lecture. Le 224 "
    "part "
    "du vendeur de F1 ; son envoi au maître de l'ouvrage, qui n'a pas reçu F1, dépend de sa "
    "plateforme.",
)

SUB = actor(31, "Fictif Maçonnerie SARL", "sous-traitant", vat_on_receipts=True)
MAIN = actor(
    32, "Fictif Bâtiment SA", "entreprise principale",
    vat_on_receipts=True, services_sales="704", by_keyword={"maconnerie": "604"},
)  # fmt: skip
OWNER = actor(33, "Fictif Logement SAS", "maître de l'ouvrage", by_keyword={"gros oeuvre": "6152"})
REVERSE = ("AE", "VATEX-FR-AE", "AUTOLIQUIDATION, article 283-2 nonies du CGI")


def applies(document: Invoice) -> bool:
    """Cadre S5, or services between French companies whose VAT the buyer owes, with a payer."""
    reverse = any(one.category == "AE" for one in document.vat_breakdown)
    return process_of(document) == "S5" or (reverse and document.payer is not None)


def subcontracted() -> Invoice:
    """F1: 10 000,00, the buyer owes the VAT."""
    return invoice(
        "F1-2026-013",
        SUB,
        MAIN,
        line(
            "Lot maçonnerie, situation unique",
            "10000.00",
            "0",
            "AE",
            unit=LUMP_SUM,
            code=REVERSE[1],
            reason=REVERSE[2],
        ),
        on="2026-10-28",
        process="S5",
        extended=True,
        payer=OWNER.third(),
        project="CHANTIER-QUAI-9",
        contract="MARCHE-2026-7",
    )


def whole_job() -> Invoice:
    """F2: 30 000,00 at 10 %, of which 10 000,00 paid to the sub-contractor."""
    return invoice(
        "F2-2026-113",
        MAIN,
        OWNER,
        line("Gros œuvre de rénovation, quai 9", "30000.00", "10", unit=LUMP_SUM),
        on="2026-11-02",
        process="S1",
        paid="10000.00",
        project="CHANTIER-QUAI-9",
    )


def example() -> Story:
    """The figures of the standard: F1 10 000, F2 30 000 without VAT, 33 000 with it."""
    story = Story((SUB, MAIN, OWNER))
    f1 = story.issue(subcontracted(), "F1, du sous-traitant à l'entreprise principale")
    story.say(f1, 224, Side.SELLER, "2026-10-29", "Demande de paiement direct")
    story.say(f1, 205, Side.BUYER, "2026-10-30", "L'entreprise principale approuve F1")
    f2 = story.issue(whole_job(), "F2, de l'entreprise principale au maître de l'ouvrage")
    story.say(f2, 205, Side.BUYER, "2026-11-05", "Le maître de l'ouvrage approuve F2")
    story.pay(f2, "23000.00", "2026-11-16", "Le maître de l'ouvrage paie F2 moins F1", paid=True)
    story.pay(
        f1, "10000.00", "2026-11-20", "Le maître de l'ouvrage paie F1 au sous-traitant",
        moves=("R-BANQUE", ""),
    )  # fmt: skip
    story.say(f1, 211, Side.BUYER, "2026-11-20", "L'entreprise principale dit F1 payée")
    story.pay(
        f2, "10000.00", "2026-11-20", "F2 encaissée du montant de F1, sans passer par la banque",
        moves=("", "P-BANQUE"), paid=True,
    )  # fmt: skip
    story.clear(
        f2, SALE, "R-DELEGATION", "10000.00", "2026-11-20",
        "Le compte du sous-traitant est soldé par celui du client",
        other=("F" + SUB.siren, SUB.name),
    )  # fmt: skip
    return story.close()


def _with_vat() -> Invoice:
    document = subcontracted()
    first = document.lines[0]
    assert first.vat
    return replace(document, lines=(replace(first, vat=replace(first.vat, rate=Decimal(10))),))


def _without_reason() -> Invoice:
    document = subcontracted()
    (part,) = document.vat_breakdown
    bare = replace(part, exemption_code=None, exemption_reason=None)
    first = document.lines[0]
    assert first.vat
    vat = replace(first.vat, exemption_code=None, exemption_reason=None)
    return replace(document, vat_breakdown=(bare,), lines=(replace(first, vat=vat),))


EXPECT = Expect(
    statuses=(
        *(200, 201, 202, 203, 224, 205),
        *(200, 201, 202, 203, 205, 211, 212),
        *(211, 211, 212),
    ),
    flows=("1", "212"),
    boxes={
        "sous-traitant": "E2 10000/0",
        "entreprise principale": "A1 30000/0 A2 10000/0 08 10000/2000 9B 30000/3000 16 0/5000 "
        "20 0/2000 23 0/2000 28 0/3000",
        "maître de l'ouvrage": "20 0/3000 23 0/3000 25 0/3000 27 0/3000",
    },
    mistakes=(
        Mistake(
            what="Le sous-traitant facture de la TVA sur une ligne en autoliquidation.",
            caught=("BR-AE-05",),
            make=_with_vat,
        ),
        Mistake(
            what="L'autoliquidation n'a ni motif ni mention.",
            caught=("BR-AE-10", "BR-FREXT-AE-10"),
            make=_without_reason,
        ),
        Mistake(
            what="Le sous-traitant déclare l'encaissement de F1 au portail.",
            remedy="Aucun 212 n'est dû en autoliquidation : la plateforme ne le propose pas.",
        ),
    ),
)
