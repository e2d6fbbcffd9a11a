"""Case 8: a third party is paid, known when invoicing: factoring, cash pooling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.codes import FACTORED
from facturier.invoice.model import Identifier
from facturier.lifecycle.statuses import Side
from facturier.rules.example_pieces import transfer
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line, note
from facturier.use_cases.story import PURCHASE, SALE, Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="8",
    title="Facture à payer à un tiers déterminé (affacturage, centralisation de trésorerie)",
    certainty=Certainty.ACCOUNTING,
    order=30,
    text="""Affacturage connu : type 393 (396 avoir, 472 rectificative). Le factor est le
bénéficiaire (BG-10 : nom, SIREN, rôle DL), le compte à payer est le sien (BT-84), une note ACC
porte la clause de subrogation. Une centralisation de trésorerie n'a que le BG-10, en 380.
L'affacturage confidentiel ne se voit pas : 380 ordinaire.

L'avance du factor n'est pas un encaissement : le 212 est donné quand le débiteur paie le
factor, qui le dit au vendeur. Chez le vendeur, la créance passe du 411 au 467 du factor ; la
TVA des services n'est due qu'avec le paiement du débiteur. L'acheteur garde sa dette envers le
fournisseur en 401 ; seul le compte à payer change.""",
    doubts="467 pour le factor, 6225 pour sa commission : notre lecture.",
)

SELLER = actor(81, "Fictif Intérim SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(82, "Fictif Logistique SAS", "acheteur")
FACTOR = actor(83, "Fictif Affacturage SA", "factor")
OF_FACTOR = ("D" + FACTOR.siren, FACTOR.name)


def applies(document: Invoice) -> bool:
    """Factored types, or a beneficiary with the role of a factor."""
    payee = document.payee
    factored = payee is not None and payee.role_code == "DL"
    return (document.type_code or "") in FACTORED or factored


def temporary_work() -> Invoice:
    """Temporary work: 1 000,00 + 200,00 = 1 200,00, to be paid to the factor."""
    clause = "Payable à Fictif Affacturage SA, subrogée dans nos droits (Code civil 1346-1)."
    factor = FACTOR.third("DL")
    return invoice(
        "FA-2026-0801",
        SELLER,
        BUYER,
        line("Mission d'intérim, semaine 44", "1000.00", unit=LUMP_SUM),
        process="S1",
        kind="393",
        extended=True,
        payee=replace(factor, electronic_address=Identifier(FACTOR.siren, "0225")),
        notes=(note("ACC", clause),),
        payment=(transfer(FACTOR.number),),
    )


def example() -> Story:
    """The claim is sold, advanced at 90 %; the debtor pays the factor, who pays the rest."""
    story = Story((SELLER, BUYER))
    document = story.issue(temporary_work())
    story.clear(
        document, SALE, "R-CESSION", "1200.00", "2026-11-03",
        "La créance est cédée au factor", other=OF_FACTOR,
    )  # fmt: skip
    story.book(
        "2026-11-04",
        "Le factor avance 1 080,00 € moins sa commission de 30,00 € hors taxe",
        typed(
            SELLER, "2026-11-04", "FACTOR-11", "Avance du factor",
            debit("512", "1044.00"), debit("6225", "30.00"),
            debit("44566", "6.00", vat=("20", "30.00")),
            credit("467", "1080.00", of=OF_FACTOR), journal="BQ",
        ),
        remarks=("Ce n'est pas un encaissement du prix : ni 212, ni TVA due.",),
    )  # fmt: skip
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.clear(
        document, PURCHASE, "P-BANQUE", "1200.00", "2026-11-30", "L'acheteur paie le factor"
    )
    story.pay(
        document, "120.00", "2026-11-30", "Le factor verse le solde : la TVA devient exigible",
        moves=("R-FACTOR", ""), taxed="1200.00", rates=(("20", "1200.00"),),
        others=(OF_FACTOR, ("", "")),
    )  # fmt: skip
    return story.close()


def _ordinary_credit_note() -> Invoice:
    return replace(temporary_work(), type_code="396", due_date=None)


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 1000/0 08 1000/200 16 0/200 20 0/6 23 0/6 28 0/194",
        "acheteur": "20 0/200 23 0/200 25 0/200 27 0/200",
    },
    mistakes=(
        Mistake(
            what="Un avoir affacturé (396) qui ne cite pas la facture.",
            caught=("BR-FR-CO-05_BT-3",),
            make=_ordinary_credit_note,
        ),
        Mistake(
            what="L'avance du factor est déclarée comme encaissement.",
            remedy="Le 212 attend le paiement du débiteur ; l'avance ne touche que le 467.",
        ),
        Mistake(
            what="L'acheteur paie le vendeur au lieu du factor.",
            remedy="Le compte à payer est celui de BT-84 : contrôlez l'IBAN du bénéficiaire.",
        ),
    ),
)
