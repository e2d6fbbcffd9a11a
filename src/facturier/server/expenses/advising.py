"""What a dossier's employees pay too often, and the letter that asks for an invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from facturier.ledger import habits, invoice_request
from facturier.ledger.expenses import SUFFIX, Nature
from facturier.ledger.habits import Piece
from facturier.server import clock
from facturier.server.directory.lookup import line_in_effect
from facturier.server.expenses.models import ClaimLine, ExpenseChoice, PaidInvoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from facturier.ledger.habits import Habit
    from facturier.server.firm.models import Dossier


def choice_of(dossier: Dossier) -> ExpenseChoice:
    """Return from when the dossier finds expenses too many; the usual when nobody said."""
    return ExpenseChoice.objects.filter(dossier=dossier).first() or ExpenseChoice(dossier=dossier)


def habits_of(dossier: Dossier, month: date, choice: ExpenseChoice | None = None) -> list[Habit]:
    """Return what came back too often in a month, in three queries at most."""
    choice = choice or choice_of(dossier)
    return habits.habits(_pieces(dossier, month), more_than=choice.most, minutes=choice.minutes)


def _pieces(dossier: Dossier, month: date) -> Iterator[Piece]:
    """Yield the lines of claims, and the invoices paid by employees that no line claims."""
    within = {"day__year": month.year, "day__month": month.month}
    lines = ClaimLine.objects.filter(dossier=dossier, **within)
    for nature, supplier in lines.values_list("nature", "supplier"):
        yield Piece(month=month, nature=Nature(nature), supplier=supplier)
    of_month = Q(document__issue_date__year=month.year, document__issue_date__month=month.month)
    paid = PaidInvoice.objects.filter(
        of_month, dossier=dossier, state=PaidInvoice.State.CLEARED, document__claimed=None
    )
    for supplier in paid.values_list("document__seller_name", flat=True):
        yield Piece(month=month, nature=Nature.OTHER, supplier=supplier)


def company_of(dossier: Dossier) -> invoice_request.Company:
    """Return the dossier as a letter names it, at its address for expenses where it has one."""
    wanted = f"{dossier.siren}_{SUFFIX}"
    has_own = line_in_effect(wanted).line is not None
    place = " ".join(part for part in (dossier.post_code, dossier.city) if part)
    address = ", ".join(part for part in (dossier.address_line, place) if part)
    return invoice_request.Company(
        name=dossier.name, siren=dossier.siren, vat_number=dossier.vat_number, address=address,
        electronic_address=wanted if has_own else dossier.electronic_address,
    )  # fmt: skip


def ticket_of(line: ClaimLine) -> invoice_request.Ticket:
    """Return a line of a claim as its seller can find it again."""
    employee = line.claim.employee
    return invoice_request.Ticket(
        seller=line.supplier, on=line.day, amount=line.gross, label=line.label,
        number=line.ticket, matricule=employee.matricule, card=employee.card,
    )  # fmt: skip


def asked(line: ClaimLine) -> None:
    """Keep that the invoice was asked for."""
    line.asked_at = clock.now()
    line.save(update_fields=["asked_at"])
