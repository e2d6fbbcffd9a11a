"""Case 34: partial receipts, and receipts taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import LUMP_SUM, actor, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="34",
    title="Encaissement partiel et annulation d'encaissement",
    certainty=Certainty.ACCOUNTING,
    text="""Un 212 par encaissement ; un encaissement annulé (chèque impayé, prélèvement rejeté)
est un 212 négatif, avec un commentaire. La TVA suit : ce qui était devenu exigible redevient en
attente.

L'argent que personne ne sait rapprocher à l'échéance de la déclaration va en 471 et se déclare
provisoirement en 10.4 au taux le plus probable ; une fois rapproché, 10.4 négatif et le bon 212
(ou 10.2).""",
    doubts="Un 10.4 négatif est admis par l'annexe 6, mais le contrôle du portail le refuse "
    "encore.",
)

SELLER = actor(341, "Fictif Maintenance SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(342, "Fictif Imprimerie SAS", "acheteur")


def applies(document: Invoice) -> bool:  # noqa: ARG001  # receipts say it, not the invoice
    """No invoice tells it: its receipts do."""
    return False


def maintenance() -> Invoice:
    """Maintenance: 1 000,00 + 200,00 = 1 200,00."""
    return invoice(
        "FA-2026-3401", SELLER, BUYER, line("Maintenance des presses", "1000.00", unit=LUMP_SUM)
    )


def example() -> Story:
    """Half is paid, the second half bounces and comes again; a stray sum is told for a month."""
    story = Story((SELLER, BUYER))
    document = story.issue(maintenance())
    story.say(document, 205, Side.BUYER, "2026-11-04")
    story.pay(document, "600.00", "2026-11-09", "Premier versement")
    story.pay(document, "600.00", "2026-11-16", "Second versement, par chèque")
    story.pay(
        document, "-600.00", "2026-11-20", "Le chèque revient impayé",
        comment="Chèque impayé du 16/11/2026.",
    )  # fmt: skip
    story.unmatched(
        SELLER, "2026-11-23", "Virement sans référence, déclaré provisoirement", "240.00", "20"
    )
    story.pay(document, "600.00", "2026-11-27", "Virement à la place du chèque")
    story.book(
        "2026-12-07",
        "Le virement n'était pas pour nous : il est rendu",
        typed(
            SELLER, "2026-12-07", "RELEVE-12", "Virement rendu",
            debit("471", "240.00"), credit("512", "240.00"), journal="BQ",
        ),
        remarks=("La période de novembre se rectifie (RE) : le 10.4 n'y porte plus 240,00 €.",),
    )  # fmt: skip
    return story.close()


def _without_comment() -> Invoice | None:
    story = Story((SELLER, BUYER))
    document = story.issue(maintenance())
    story.pay(document, "-600.00", "2026-11-20")
    return None


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205, 212, 212, 212, 212),
    flows=("1", "10.4", "212"),
    boxes={
        "vendeur": "A1 1000/0 08 1000/200 16 0/200 28 0/200",
        "acheteur": "20 0/200 23 0/200 25 0/200 27 0/200",
    },
    absent={"recognised": "la facture ne le dit pas : ses encaissements"},
    mistakes=(
        Mistake(
            what="Un encaissement négatif sans explication.",
            caught=("comment-missing",),
            make=_without_comment,
            remedy="Dites pourquoi l'encaissement est annulé.",
        ),
    ),
)
