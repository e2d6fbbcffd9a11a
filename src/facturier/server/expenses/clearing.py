"""Who paid a received invoice is said by a person: the supplier is cleared by that employee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs, Unpostable
from facturier.invoice.words import plain
from facturier.ledger import expenses
from facturier.server import clock
from facturier.server.archive import keeping
from facturier.server.books import booking
from facturier.server.books.models import Entry, EntryLine
from facturier.server.expenses import paying
from facturier.server.expenses.models import KnownPayer, PaidInvoice

if TYPE_CHECKING:
    from facturier.server.documents.models import Document
    from facturier.server.expenses.models import Employee
    from facturier.server.firm.models import Person

State = PaidInvoice.State
OUT = (Entry.State.WITHDRAWN, Entry.State.REVERSED)
"""States of an entry that charges nothing any more."""
RULE = "P-SALARIE"
"""Beginning of the rule of the lines that clear a supplier by an employee."""


@transaction.atomic
def clear(document: Document, employee: Employee, by: Person | None, why: str = "") -> PaidInvoice:
    """Clear the supplier of `document` by the account of `employee`, once.

    While the entry of the invoice is proposed the lines go into it; after that they are an entry of
    their own. Raises RefusedByUs when the invoice is in no book, or another employee paid it.
    """
    row = PaidInvoice.objects.select_for_update().filter(document=document).first()
    if row is not None and row.state == State.CLEARED:
        if row.employee_id != employee.pk:
            raise RefusedByUs(
                f"Cette facture est déjà soldée par {row.employee}.", reason="other-employee",
                remedy="Contre-passez d'abord l'écriture qui la solde.",
            )  # fmt: skip
        return row
    entry = _entry_of(document)
    row = row or PaidInvoice(dossier=document.dossier, document=document, why=why[:200])
    row.employee, row.state, row.by, row.at = employee, State.CLEARED, by, clock.now()
    row.entry = _cleared(entry, employee, row.why)
    row.save()
    return row


def _standing(document: Document) -> Entry | None:
    rows = Entry.objects.select_for_update(of=("self",)).select_related("journal", "dossier")
    return rows.filter(document=document, reverses=None).first()


def _entry_of(document: Document) -> Entry:
    entry = _standing(document)
    if entry is None or entry.state in OUT:
        raise RefusedByUs(
            f"La facture {document.number} n'est pas dans les livres.", reason="not-booked",
            remedy="Comptabilisez-la d'abord : c'est elle qui porte la charge et la TVA.",
        )  # fmt: skip
    return entry


def _cleared(entry: Entry, employee: Employee, why: str) -> Entry | None:
    """Put the lines into a proposal, or propose an entry of their own and return it."""
    try:
        made = expenses.clearing(
            booking.entry_of(entry), employee=employee.party, account=employee.account,
            on=entry.date if entry.state == Entry.State.PROPOSED else clock.now().date(),
            books=booking.books_of(entry.dossier),
        )  # fmt: skip
    except Unpostable as error:
        raise RefusedByUs(error.message, reason=error.reason) from error
    if entry.state == Entry.State.VALIDATED:
        return booking.keep(entry.dossier, made)
    first = entry.lines.count()
    EntryLine.objects.bulk_create(
        booking.row_of(entry, rank, line) for rank, line in enumerate(made.lines, first)
    )
    kept = [one for one in entry.remarks if paying.ANSWER not in one]
    entry.remarks = list(expenses.paid_remarks(kept, paying.paid_by(employee, why)))
    entry.save(update_fields=["remarks"])
    keeping.entry_proposed(entry, entry.lines.order_by("rank"))
    return None


@transaction.atomic
def undo(row: PaidInvoice) -> None:
    """Take the clearing out again, while nothing of it is validated. Raises RefusedByUs."""
    entry = row.entry or _standing(row.document)
    if entry is None or entry.state in OUT:
        row.delete()  # the invoice was refused meanwhile: nothing stands of it
        return
    if entry.state != Entry.State.PROPOSED:
        raise RefusedByUs(
            "L'écriture qui solde le fournisseur est validée.", reason="validated",
            remedy="Contre-passez-la.",
        )  # fmt: skip
    if row.entry is None:
        entry.lines.filter(rule__startswith=RULE).delete()
        entry.remarks = [one for one in entry.remarks if not one.startswith("Payée par ")]
        entry.save(update_fields=["remarks"])
        keeping.entry_proposed(entry, entry.lines.order_by("rank"))
        row.delete()
        return
    row.delete()
    entry.state = Entry.State.WITHDRAWN
    entry.save(update_fields=["state"])
    keeping.entry_withdrawn(entry)


@transaction.atomic
def answer(row: PaidInvoice, employee: Employee | None, by: Person) -> None:
    """Say who paid an invoice that asks; None: nobody of the dossier. Remembered for the next one.

    Raises RefusedByUs when it was answered meanwhile.
    """
    kept = PaidInvoice.objects.select_for_update().get(pk=row.pk)
    if kept.state != State.ASKED:
        raise RefusedByUs("Quelqu'un vient de le dire.", reason="answered")
    if employee is None:
        kept.state, kept.by, kept.at = State.NOBODY, by, clock.now()
        kept.save(update_fields=["state", "by", "at"])
    else:
        clear(kept.document, employee, by)
    if kept.key:
        KnownPayer.objects.update_or_create(
            dossier=kept.dossier, key=plain(kept.key),
            defaults={"employee": employee, "by": by, "at": clock.now()},
        )  # fmt: skip
