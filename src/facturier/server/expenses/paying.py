"""A received invoice that an employee paid: recognised when it is booked, asked once when unknown.

Nothing is asked of the database for an invoice that says nothing of an employee or a card.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from facturier.errors import RefusedByUs
from facturier.invoice.codes import CREDIT_NOTE
from facturier.invoice.words import plain
from facturier.ledger import expenses, payers, same_purchase
from facturier.ledger.payers import Known
from facturier.ledger.same_purchase import Invoiced, Paid
from facturier.server import clock
from facturier.server.documents.models import Document
from facturier.server.expenses.models import Claim, ClaimLine, Employee, KnownPayer, PaidInvoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from facturier.invoice.model import Invoice
    from facturier.ledger.books import Books
    from facturier.ledger.entries import Entry as Proposal
    from facturier.ledger.payers import Sign
    from facturier.ledger.same_purchase import Match
    from facturier.server.books.models import Entry
    from facturier.server.firm.models import Dossier

State = PaidInvoice.State
ANSWER = "dites-le dans « Frais »."
"""End of the remarks that ask who paid."""
ASK = "Payée par un collaborateur que le dossier ne connaît pas ({}) : " + ANSWER
STILL_DUE = "Elle nomme un collaborateur ({}) mais reste à payer. S'il a payé, " + ANSWER


def by_employee(document: Document, invoice: Invoice, proposal: Proposal, books: Books) -> Proposal:
    """Return the `proposal` of a purchase with its supplier cleared, when an employee paid it.

    An unknown payer is asked for: the proposal says so, the page of expenses takes the answer.
    """
    sign = payers.sign_of(invoice)
    if sign is None or not expenses.owes_supplier(proposal):
        return proposal
    found, is_nobody = _whom(document.dossier, sign)
    if is_nobody or (found is None and not sign.why):
        return proposal  # a card of somebody else, or somebody of whom a person said so
    row = PaidInvoice(
        dossier=document.dossier, document=document, employee=found, key=sign.key[:200],
        card=sign.card, why=(sign.why or f"carte …{sign.card} (BT-87)")[:200],
        state=State.ASKED, at=clock.now(),
    )  # fmt: skip
    if found is None or not sign.is_paid:
        said = (ASK if found is None else STILL_DUE).format(row.why)
        proposal = replace(proposal, remarks=(*proposal.remarks, said))
    else:
        row.state = State.CLEARED
        proposal = expenses.cleared_at_once(
            proposal, employee=found.party, account=found.account, books=books,
            why=paid_by(found, row.why),
        )  # fmt: skip
    row.save()
    doubles = [f"{line.claim.number} du {line.day:%d/%m/%Y}"
               for line, match in booked_alike(document, row) if blocks(match)]  # fmt: skip
    if doubles:
        said = f"Déjà dans la note de frais {', '.join(doubles)} : rapprochez-les dans « Frais »."
        proposal = replace(proposal, remarks=(*proposal.remarks, said))
    return proposal


def paid_by(employee: Employee, why: str) -> str:
    """Say on an entry that an employee paid, and which sign says it."""
    sign = f" ({why})" if why else ""
    return f"Payée par {employee.name} : le fournisseur est soldé par son compte{sign}."


def _whom(dossier: Dossier, sign: Sign) -> tuple[Employee | None, bool]:
    """Return the employee whom a sign means, and whether a person said it means nobody."""
    employees = {one.pk: one for one in Employee.objects.filter(dossier=dossier, is_active=True)}
    known = payers.recognised(sign, [
        Known(id=one.pk, matricule=one.matricule, name=one.name, card=one.card)
        for one in employees.values()
    ])  # fmt: skip
    if known is not None:
        return employees[known.id], False
    told = KnownPayer.objects.filter(dossier=dossier, key=plain(sign.key)).first()
    if not sign.key or told is None:
        return None, False
    return employees.get(told.employee_id or 0), told.employee_id is None


# --- one purchase, seen twice --------------------------------------------------------------------


def paid_of(line: ClaimLine, employee: Employee) -> Paid:
    """Return a line of a claim as it is compared."""
    return Paid(
        amount=line.gross, on=line.day, siren=line.supplier_siren, name=line.supplier,
        matricule=employee.matricule, card=employee.card,
    )  # fmt: skip


def invoiced_of(document: Document, row: PaidInvoice | None) -> Invoiced | None:
    """Return a received invoice as it is compared; None without amount, and for a credit note.

    What it calls its payer counts once it is known who that is.
    """
    if document.total_with_vat is None or document.type_code in CREDIT_NOTE:
        return None
    known = row.employee.matricule if row and row.employee else ""
    return Invoiced(
        amount=document.total_with_vat, on=document.issue_date, siren=document.seller_siren,
        name=document.seller_name, matricule=known, card=row.card if row else "",
    )  # fmt: skip


def compare(line: ClaimLine, document: Document, row: PaidInvoice | None) -> Match | None:
    """Return why a line and an invoice are one purchase, unless a person said that they are not."""
    found = invoiced_of(document, row)
    if found is None or document.pk in line.others:
        return None
    return same_purchase.compare(paid_of(line, line.claim.employee), found)


def blocks(match: Match) -> bool:
    """Tell whether a match is so near that nothing is booked before a person decides."""
    return match.is_sure or not match.doubts


def booked_alike(
    document: Document, row: PaidInvoice | None = None
) -> Iterator[tuple[ClaimLine, Match]]:
    """Yield the lines of booked claims that are the purchase of a received invoice."""
    if document.total_with_vat is None or document.issue_date is None:
        return
    near = timedelta(days=same_purchase.DAYS_APART)
    lines = ClaimLine.objects.filter(
        dossier=document.dossier_id, gross=document.total_with_vat, document=None,
        day__range=(document.issue_date - near, document.issue_date + near),
        claim__state__in=Claim.IN_THE_BOOKS,
    ).select_related("claim__employee")  # fmt: skip
    yield from _compared(lines, document, row)


def _compared(
    lines: Iterable[ClaimLine], document: Document, row: PaidInvoice | None
) -> Iterator[tuple[ClaimLine, Match]]:
    for line in lines:
        match = compare(line, document, row)
        if match is not None:
            yield line, match


def refuse_double(entry: Entry) -> None:
    """Refuse to validate the entry of an invoice that a booked claim holds already.

    One query for the entry of an invoice, none for another. Raises RefusedByUs.
    """
    if entry.document_id is None or entry.reverses_id is not None:
        return
    amounts = Document.objects.filter(pk=entry.document_id, direction=Document.Side.RECEIVED)
    lines = list(ClaimLine.objects.filter(
        dossier=entry.dossier_id, document=None, gross__in=amounts.values("total_with_vat"),
        claim__state__in=Claim.IN_THE_BOOKS,
    ).select_related("claim__employee"))  # fmt: skip
    if not lines:
        return
    document = Document.objects.select_related("paid_by__employee").get(pk=entry.document_id)
    row = getattr(document, "paid_by", None)
    for line, match in _compared(lines, document, row):
        if blocks(match):
            raise RefusedByUs(
                f"Cet achat est déjà comptabilisé par la note de frais {line.claim.number} "
                f"({line.day:%d/%m/%Y}, {line.label}).",
                reason="claimed-already",
                remedy="Dans « Frais », rapprochez la ligne de la facture, ou dites que ce sont "
                "deux achats.",
            )
