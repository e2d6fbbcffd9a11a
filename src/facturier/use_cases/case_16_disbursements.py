"""Case 16: disbursements paid for a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="16",
    title="Facture de débours",
    certainty=Certainty.ACCOUNTING,
    order=50,
    text="""Un pur remboursement est hors du champ de la TVA (catégorie O) et de la réforme : il
peut voyager, sans flux 1. Des lignes O mêlées à des lignes taxées ne sont admises qu'en
EXTENDED-CTC-FR ; toute la facture est alors de la facturation électronique, lignes O comprises.
Faux ami : la catégorie E avec VATEX-EU-79-C.

Le débours n'est ni un produit ni une charge du vendeur : 467 du client. Il faut un mandat, une
reddition de comptes et le montant réel (CGI 267 II-2°). Le client, lui, a une charge.""",
)

SELLER = actor(161, "Fictif Avocats SELARL", "vendeur", vat_on_receipts=True)
BUYER = actor(162, "Fictif Négoce de Vins SAS", "acheteur", by_keyword={"greffe": "6227"})
CLIENT = ("C" + BUYER.siren, BUYER.name)


def applies(document: Invoice) -> bool:
    """A part of it is out of scope."""
    return any(one.category == "O" for one in document.vat_breakdown)


def fees() -> Invoice:
    """Fees 400,00 + 80,00, and 60,00 paid to the registry for the customer: 540,00."""
    return invoice(
        "FA-2026-1601", SELLER, BUYER,
        line("Honoraires, constitution de société", "400.00", unit=LUMP_SUM),
        line("Débours : frais de greffe", "60.00", category="O", code="VATEX-EU-O",
             reason="Débours, article 267 II-2° du CGI"),
        extended=True,
    )  # fmt: skip


def example() -> Story:
    """The registry is paid first, then all is invoiced."""
    story = Story((SELLER, BUYER))
    story.book(
        "2026-11-02", "Le greffe est payé pour le client",
        typed(SELLER, "2026-11-02", "GREFFE-118", "Frais de greffe payés pour le client",
              debit("467", "60.00", of=CLIENT), credit("512", "60.00"), journal="BQ"),
    )  # fmt: skip
    document = story.issue(fees())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "540.00", "2026-11-20", rates=(("20", "480.00"),))
    return story.close()


def _taxed() -> Invoice:
    return invoice(
        "FA-2026-1602", SELLER, BUYER,
        line("Honoraires, constitution de société", "400.00", unit=LUMP_SUM),
        line("Débours : frais de greffe", "60.00"),
    )  # fmt: skip


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 400/0 08 400/80 16 0/80 28 0/80",
        "acheteur": "20 0/80 23 0/80 25 0/80 27 0/80",
    },
    mistakes=(
        Mistake(
            what="Le débours est refacturé avec TVA, ou passé en produit.",
            caught=("disbursement-with-vat",),
            make=_taxed,
            remedy="Catégorie O et compte 467 du client, avec le justificatif du montant réel.",
        ),
    ),
)
