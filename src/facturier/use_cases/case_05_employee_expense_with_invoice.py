"""Case 5: an employee paid, the invoice is in the company's name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.model import Identifier, Party
from facturier.invoice.parties import read_address
from facturier.ledger.expenses import EMPLOYEE_SCHEME, SUFFIX, Expense, claim
from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import FIRST_DAY, actor, by_card, day, invoice, line
from facturier.use_cases.story import Story, credit, debit, typed

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="5",
    title="Frais payés par des collaborateurs avec facture au nom de l'entreprise",
    certainty=Certainty.ACCOUNTING,
    order=40,
    text="""L'entreprise est l'acheteur (son SIREN), le salarié est le payeur. Le salarié donne
au vendeur l'adresse électronique de l'entreprise, de préférence une adresse à part,
SIREN_FRAISCOLLABORATEUR. La facture est ordinaire (380, cadre x2). Le salarié y est nommé comme
payeur (EXT-FR-FE-43, un matricule plutôt qu'un nom) ou, en EN 16931, par BT-18 de schéma AHK.

Le cycle de vie est complet ; le vendeur donne le 212 si la TVA est due à l'encaissement. La TVA
est déductible : la facture est au nom de l'entreprise. Le fournisseur étant déjà payé, son
compte est soldé par celui du salarié (421) dès la comptabilisation ; le remboursement solde le
421.

La note de frais et la facture sont le même achat : une seule charge, une seule TVA.""",
    doubts="421 ou 467 pour le salarié : choix du cabinet.",
)

SELLER = actor(51, "Fictif Brasserie SARL", "vendeur", vat_on_receipts=True)
BUYER = actor(52, "Fictif Ingénierie SAS", "employeur")
EMPLOYEE = ("S0042", "Salarié 0042")


def applies(document: Invoice) -> bool:
    """The address of the buyer is the one for expenses, or the object is an employee."""
    address = document.buyer.electronic_address if document.buyer else None
    parts = read_address(address.value) if address else None
    named = any(one.scheme == EMPLOYEE_SCHEME for one in document.object_identifiers)
    return named or (parts is not None and parts.suffix == SUFFIX)


def lunch() -> Invoice:
    """A business lunch: 80,00 + 8,00 = 88,00, paid by the employee's card."""
    return invoice(
        "FA-2026-0501",
        SELLER,
        BUYER.at(SUFFIX),
        line("Repas d'affaires, 4 couverts", "80.00", "10"),
        process="S2",
        extended=True,
        paid="88.00",
        payment=by_card(),
        object_identifiers=(Identifier("0042", EMPLOYEE_SCHEME),),
        payer=Party(name="Matricule 0042"),
    )


def example() -> Story:
    """Invoiced, collected, cleared against the employee, paid back."""
    story = Story((SELLER, BUYER))
    document = story.issue(lunch())
    story.pay(
        document, "88.00", "2026-11-02", "Payé par le salarié : son compte prend la dette",
        moves=("R-BANQUE", "P-SALARIE"), others=(("", ""), EMPLOYEE),
    )  # fmt: skip
    story.say(document, 205, Side.BUYER, "2026-11-04")
    story.book(
        "2026-11-27",
        "La note de frais est remboursée : aucune charge n'y est reprise",
        typed(
            BUYER,
            "2026-11-27",
            "NDF-2026-11-0042",
            "Remboursement de la note de frais, matricule 0042",
            debit("421", "88.00", of=EMPLOYEE),
            credit("512", "88.00"),
            journal="BQ",
        ),
    )
    return story.close()


def _still_due() -> Invoice:
    document = lunch()
    assert document.totals
    return replace(document, totals=replace(document.totals, paid_amount=None))


def _claimed_too() -> Invoice | None:
    meal = Expense(
        label="Repas d'affaires", gross=Decimal("88.00"), rate=Decimal(10), paid_on=day(FIRST_DAY)
    )
    claim(
        (meal,), number="NDF-2026-11-0042", employee=EMPLOYEE, on=day("2026-11-27"),
        books=BUYER.books, invoices=(lunch(),), key="0042",
    )  # fmt: skip
    return None


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 212, 205),
    flows=("1", "212"),
    boxes={
        "vendeur": "A1 80/0 9B 80/8 16 0/8 28 0/8",
        "employeur": "20 0/8 23 0/8 25 0/8 27 0/8",
    },
    mistakes=(
        Mistake(
            what="Le cadre dit « déjà payée », le montant payé manque.",
            caught=("BR-FR-CO-09_BT-23-1", "BR-FR-CO-09_BT-23-2"),
            make=_still_due,
        ),
        Mistake(
            what="La même dépense entre deux fois : par la facture et par la note de frais.",
            caught=("already-invoiced",),
            make=_claimed_too,
            remedy="Rapprochez le montant, la date et le matricule (AHK) ; la note de frais ne "
            "porte que le remboursement.",
        ),
        Mistake(
            what="Le fournisseur reste à payer en 401 et est payé une deuxième fois.",
            remedy="La règle P-SALARIE solde le 401 par le 421 à la comptabilisation.",
        ),
    ),
)
