"""Case 22b: cash discount on goods, or under the option for debits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.ledger import charges
from facturier.ledger.books import plain
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, earlier, invoice, line, offers_discount, process_of
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="22b",
    title="Facture de biens (ou TVA sur les débits) payée sous déduction d'un escompte",
    certainty=Certainty.ACCOUNTING,
    order=90,
    text="""La TVA était due à la livraison et aucune donnée de paiement ne va à
l'administration. L'avoir (381, ou 261 en auto-facturation) est facultatif, il cite la facture
(BG-3) : avec la TVA aux taux de la facture, la TVA collectée et la TVA déductible baissent ; ou
net de taxe (catégorie E, VATEX-FR-CNWVAT), et rien ne bouge.

Sans avoir, la pré-remplie garde la TVA entière des deux côtés : écart connu. L'avoir avec TVA
est montré ici.""",
)

TERMS = "Escompte de 2 % pour paiement sous 8 jours."
SELLER = actor(223, "Fictif Quincaillerie SARL", "vendeur")
BUYER = actor(224, "Fictif Serrurerie SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """A cash discount is offered on goods, or a credit note gives it."""
    given = any("escompte" in plain(charges.text_of(one)) for one in document.lines)
    return (process_of(document)[:1] == "B" and offers_discount(document)) or given


def locks() -> Invoice:
    """Locks: 1 000,00 + 200,00 = 1 200,00."""
    return invoice(
        "FA-2026-2211", SELLER, BUYER, line("Serrures, lot de 20", "50.00", quantity="20"),
        process="B1", discount=TERMS,
    )  # fmt: skip


def discount_note() -> Invoice:
    """The credit note of the discount: 20,00 + 4,00 = 24,00."""
    return invoice(
        "AV-2026-2212", SELLER, BUYER, line("Escompte de 2 % sur FA-2026-2211", "20.00"),
        on="2026-11-12", process="B1", kind="381", preceding_invoices=earlier(locks()),
    )  # fmt: skip


def example() -> Story:
    """Paid less 2 %, then the credit note for the discount."""
    story = Story((SELLER, BUYER))
    document = story.issue(locks())
    story.say(document, 205, Side.BUYER, "2026-11-04")
    story.pay(
        document, "1176.00", "2026-11-09", "Payée sous déduction de 24,00 € d'escompte",
        paid=True, discount="+24.00",
    )  # fmt: skip
    story.issue(discount_note(), "L'avoir de l'escompte, avec sa TVA")
    return story.close()


def _unnamed() -> Invoice:
    return replace(discount_note(), preceding_invoices=())


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 211, 200, 201, 202, 203),
    flows=("1",),
    boxes={
        "vendeur": "A1 980/0 08 980/196 16 0/196 28 0/196",
        "acheteur": "20 0/196 23 0/196 25 0/196 27 0/196",
    },
    mistakes=(
        Mistake(
            what="L'avoir ne cite pas la facture.",
            caught=("BR-FR-CO-05_BT-3",),
            make=_unnamed,
        ),
        Mistake(
            what="La TVA de l'escompte est reprise sans avoir.",
            remedy="Sans avoir avec TVA, ni le vendeur ni l'acheteur ne la corrigent.",
        ),
    ),
)
