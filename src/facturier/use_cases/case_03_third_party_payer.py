"""Case 3: a third party, known when invoicing, pays the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.model import Identifier
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="3",
    title="Facture à payer par un tiers payeur connu au moment de la facturation",
    certainty=Certainty.ACCOUNTING,
    order=60,
    text="""La facture nomme le payeur (EXT-FR-FE-BG-02 : nom, SIREN, adresse) ; l'acheteur
reste l'acheteur, la TVA est à lui. Il valide la facture et la passe au payeur. Le 211 est donné
par l'acheteur, ou par le payeur s'il en a reçu la délégation.

L'acheteur comptabilise sa dette en 401 ; quand le payeur règle, elle devient une dette envers
lui (467). Le vendeur solde le compte du client par le virement du payeur.""",
)

SELLER = actor(301, "Fictif Nettoyage SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(302, "Fictif Filiale SAS", "acheteur")
PAYER = actor(303, "Fictif Holding SA", "payeur")


def applies(document: Invoice) -> bool:
    """A payer is named, nothing is paid yet, and the buyer does not owe the VAT."""
    totals = document.totals
    reverse = any(one.category == "AE" for one in document.vat_breakdown)
    unpaid = totals is not None and not totals.paid_amount
    return document.payer is not None and unpaid and not reverse


def cleaning() -> Invoice:
    """A month of cleaning: 900,00 + 180,00 = 1 080,00."""
    return invoice(
        "FA-2026-0301",
        SELLER,
        BUYER,
        line("Nettoyage des locaux, octobre", "900.00", unit=LUMP_SUM),
        process="S1",
        extended=True,
        payer=PAYER.third(),
    )


def example() -> Story:
    """Approved by the buyer, paid by the holding."""
    story = Story((SELLER, BUYER, PAYER))
    document = story.issue(cleaning())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(
        document, "1080.00", "2026-11-20", "La société mère paie",
        moves=("R-BANQUE", "P-TIERS"), paid=True,
        others=(("", ""), ("G" + PAYER.siren, PAYER.name)),
    )  # fmt: skip
    story.book(
        "2026-11-20",
        "La société mère a payé pour sa filiale",
        typed(
            PAYER, "2026-11-20", "FA-2026-0301", "Payé pour Fictif Filiale SAS",
            debit("451", "1080.00", of=("G" + BUYER.siren, BUYER.name)),
            credit("512", "1080.00"), journal="BQ",
        ),
    )  # fmt: skip
    return story.close()


def _named_by_bad_siren() -> Invoice:
    document = cleaning()
    assert document.payer
    return replace(
        document, payer=replace(document.payer, identifiers=(Identifier("123", "0009"),))
    )


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 900/0 08 900/180 16 0/180 28 0/180",
        "acheteur": "20 0/180 23 0/180 25 0/180 27 0/180",
    },
    mistakes=(
        Mistake(
            what="Le payeur est identifié par un SIRET tronqué.",
            caught=("BR-FR-09_EXT-FR-FE-46",),
            make=_named_by_bad_siren,
        ),
        Mistake(
            what="Le payeur déduit la TVA à la place de l'acheteur.",
            remedy="La facture est au nom de l'acheteur : rien ne se propose dans les livres du "
            "payeur que le paiement.",
        ),
    ),
)
