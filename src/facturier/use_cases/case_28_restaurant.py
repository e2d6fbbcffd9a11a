"""Case 28: restaurant bills, with or without an invoice to the company."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger import charges
from facturier.lifecycle.statuses import Side
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, by_card, day, invoice, line, process_of, with_process
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="28",
    title="Notes de restaurant",
    certainty=Certainty.ACCOUNTING,
    order=30,
    text="""- Le client ne demande rien, note de moins de 150 € hors taxe : ticket, flux 10.3
  (services) et 10.4 du jour.
- Une entreprise demande la facture pendant le repas et la caisse sait sortir la vente du Z :
  facture ordinaire S1 ou S2, flux 1 et 212, rien en 10.3 ni 10.4.
- Elle la demande après, ou la caisse ne sait pas sortir la vente : facture S7 ; le 10.3 et le
  10.4 restent, le flux 1 ne sert qu'à l'acheteur, pas de 212.
- Plus de 150 € hors taxe à une entreprise : la facture est obligatoire, de l'une des deux
  manières.

Si la caisse annule le ticket avant d'envoyer le Z, c'est la deuxième ligne. Dans tous les cas
la TVA est comptée une fois : dans le Z ou dans la facture, jamais dans les deux.""",
)

SELLER = actor(281, "Fictif Bistrot SARL", "restaurant", vat_on_receipts=True)
BUYER = actor(282, "Fictif Assurances Conseil SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """A meal among the lines of an invoice of services that is paid already."""
    paid = process_of(document) in ("S1", "S2", "S7")
    return paid and any(
        (found := charges.look_up(charges.text_of(one))) is not None and found[0].account == "6257"
        for one in document.lines
    )


def meal(number: str, process: str, on: str, price: str, paid: str) -> Invoice:
    """Return the invoice of a meal at 10 %, paid by card."""
    return invoice(
        number,
        SELLER,
        BUYER,
        line("Repas, salle", price, "10"),
        on=on,
        process=process,
        due=on,
        paid=paid,
        payment=by_card(),
    )


def asked_at_table() -> Invoice:
    """Asked during the meal, kept out of the till: 200,00 + 20,00."""
    return meal("FA-2026-2801", "S2", "2026-11-03", "200.00", "220.00")


def asked_afterwards() -> Invoice:
    """Asked the next day, the till has told it: 100,00 + 10,00."""
    return meal("FA-2026-2802", "S7", "2026-11-04", "100.00", "110.00")


def example() -> Story:
    """A day at the restaurant: one invoice at table, the till, one invoice afterwards."""
    story = Story((SELLER, BUYER))
    first = story.issue(asked_at_table(), "Facture demandée à table : la vente sort du Z")
    story.pay(first, "220.00", "2026-11-03", "Payée par carte")
    story.till(
        SELLER,
        Z(
            day=day("2026-11-03"),
            till="Salle",
            parts=(part(Category.SERVICES, Decimal(10), Decimal("1100.00")),),
            count=31,
            payments=((Means.CARD, Decimal("900.00")), (Means.CASH, Decimal("200.00"))),
        ),
        "Ticket Z du soir : le second repas est dedans",
    )
    second = story.issue(asked_afterwards(), "Facture demandée le lendemain")
    story.already_in_till(second, "2026-11-04")
    story.pay(
        second, "110.00", "2026-11-04", "L'acheteur solde : il avait payé à la caisse",
        moves=("", "P-BANQUE"), collected=False,
    )  # fmt: skip
    story.say(first, 205, Side.BUYER, "2026-11-05")
    story.say(second, 205, Side.BUYER, "2026-11-05")
    return story.close()


def _mixed() -> Invoice:
    return with_process(asked_afterwards(), "M7")


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 212, 200, 201, 202, 203, 205, 205),
    flows=("1", "10.3", "10.4", "212"),
    boxes={
        "restaurant": "A1 1200/0 9B 1200/120 16 0/120 28 0/120",
        "acheteur": "20 0/30 23 0/30 25 0/30 27 0/30",
    },
    mistakes=(
        Mistake(
            what="La facture demandée après coup part en S2 : le chiffre d'affaires double.",
            remedy="Si la vente est dans le Z, le cadre est S7 ; sinon sortez-la du Z d'abord.",
        ),
        Mistake(
            what="Un cadre M7 pour le repas et la bouteille emportée.",
            caught=("BR-FR-08_BT-23",),
            make=_mixed,
        ),
    ),
)
