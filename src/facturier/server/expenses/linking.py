"""A line of a claim and a received invoice of the same purchase: found, decided by a person, one.

Once linked the invoice alone carries the charge and the VAT, and its supplier is cleared by the
employee; the line keeps its part in what is paid back. Whichever was booked first gives way: a
claim that stands in the books gives the charge back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from facturier.errors import RefusedByUs
from facturier.ledger import expenses
from facturier.server import clock
from facturier.server.archive import keeping
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents.models import Document
from facturier.server.expenses import clearing, numbering, paying
from facturier.server.expenses.models import Claim, ClaimLine, PaidInvoice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.ledger.same_purchase import Match
    from facturier.server.firm.models import Dossier, Person

LOOKED_BACK = timedelta(days=400)
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A line and an invoice that look like one purchase."""

    line: ClaimLine
    document: Document
    match: Match

    @property
    def blocks(self) -> bool:
        """Whether the claim is not booked before a person decides."""
        return paying.blocks(self.match)


def candidates(dossier: Dossier, claim: Claim | None = None) -> list[Candidate]:
    """Return what looks like one purchase and nobody decided, the surest first.

    Two queries, whatever their number; of one claim when it is given.
    """
    lines = _open_lines(dossier, claim)
    if not lines:
        return []
    documents = Document.objects.filter(
        dossier=dossier, direction=Document.Side.RECEIVED, claimed=None,
        total_with_vat__in={line.gross for line in lines},
        issue_date__gte=min(line.day for line in lines) - timedelta(days=7),
        entries__reverses=None, entries__isnull=False,
    ).exclude(entries__state__in=clearing.OUT).select_related("paid_by__employee")  # fmt: skip
    by_amount: dict[object, list[Document]] = {}
    for document in documents.order_by("issue_date", "pk"):
        by_amount.setdefault(document.total_with_vat, []).append(document)
    found = [
        Candidate(line=line, document=document, match=match)
        for line in lines
        for document in by_amount.get(line.gross, ())
        if (match := paying.compare(line, document, getattr(document, "paid_by", None)))
    ]
    return sorted(found, key=lambda one: (not one.match.is_sure, one.line.day, one.line.pk))


def _open_lines(dossier: Dossier, claim: Claim | None) -> list[ClaimLine]:
    since = clock.now().date() - LOOKED_BACK
    rows = ClaimLine.objects.filter(dossier=dossier, document=None, day__gte=since)
    if claim is not None:
        rows = rows.filter(claim=claim)
    return list(rows.select_related("claim__employee").order_by("-day")[: MOST_SHOWN * 10])


def _locked(line: ClaimLine) -> ClaimLine:
    rows = ClaimLine.objects.select_for_update(of=("self", "claim"))
    return rows.select_related("claim__employee", "claim__entry", "dossier").get(pk=line.pk)


@transaction.atomic
def link(line: ClaimLine, document: Document, by: Person) -> ClaimLine:
    """Make a line and an invoice one purchase: one charge, VAT once, the employee owed once.

    Raises RefusedByUs when one of them is linked already, when they are not of one amount, or when
    the invoice is in no book.
    """
    kept = _locked(line)
    taken = ClaimLine.objects.filter(document=document).select_related("claim").first()
    if kept.document_id is not None or taken is not None:
        raise RefusedByUs(
            f"Déjà rapproché{f' : {taken.claim.number}' if taken else ''}.", reason="linked"
        )
    if document.total_with_vat != kept.gross:
        raise RefusedByUs(
            "La facture et la dépense n'ont pas le même montant.", reason="amount",
            remedy="Corrigez le montant de la ligne, ou ne la rapprochez pas.",
        )  # fmt: skip
    clearing.clear(
        document, kept.claim.employee, by, f"rapprochée de la note de frais {kept.claim.number}"
    )
    if kept.claim.state in Claim.IN_THE_BOOKS and kept.claim.entry is not None:
        kept.correction = _give_back(kept, kept.claim.entry, document)
    kept.document, kept.linked_by = document, by
    kept.save(update_fields=["document", "linked_by", "correction"])
    return kept


def _give_back(line: ClaimLine, entry: Entry, document: Document) -> Entry | None:
    """Take a line out of the entry of its claim; return the entry that does it, if it takes one."""
    rows = list(entry.lines.filter(piece=line.reference))
    if entry.state == Entry.State.PROPOSED:
        _shorten(entry, line)
        return None
    if entry.state in clearing.OUT or not rows:
        return None
    employee = line.claim.employee
    made = expenses.taken_back(
        [booking.line_of(row) for row in rows], invoice=document.number,
        number=line.claim.number, employee=employee.party, account=employee.account,
        on=clock.now().date(), books=booking.books_of(line.dossier),
    )  # fmt: skip
    return booking.keep(line.dossier, made)


def _shorten(entry: Entry, line: ClaimLine) -> None:
    """Take the lines of one expense out of a proposed entry; without any left, it is withdrawn."""
    rest = entry.lines.exclude(piece=line.reference).exclude(rule="NDF-SALARIE")
    if not rest.exists():
        entry.state = Entry.State.WITHDRAWN
        entry.save(update_fields=["state"])
        keeping.entry_withdrawn(entry)
        return
    entry.lines.filter(piece=line.reference).delete()
    entry.lines.filter(rule="NDF-SALARIE").update(credit=F("credit") - line.gross)
    keeping.entry_proposed(entry, entry.lines.order_by("rank"))


@transaction.atomic
def unlink(line: ClaimLine) -> None:
    """Undo a link, as long as neither the claim is booked nor the invoice validated.

    Raises RefusedByUs after that.
    """
    kept = _locked(line)
    if kept.claim.state in Claim.IN_THE_BOOKS:
        raise RefusedByUs(
            "La note de frais est comptabilisée.", reason="booked",
            remedy="Passez l'écriture qui corrige, ou contre-passez celle de la facture.",
        )  # fmt: skip
    row = PaidInvoice.objects.filter(document=kept.document).first()
    if row is not None and row.by_id is not None and not row.key:
        clearing.undo(row)
    kept.document = kept.linked_by = None
    kept.save(update_fields=["document", "linked_by"])


def lapsed(claim: Claim) -> ClaimLine | None:
    """Return a line of a claim whose invoice was refused since: nothing charges it any more."""
    gone = Entry.objects.filter(reverses=None, document__isnull=False, state__in=clearing.OUT)
    rows = claim.lines.filter(document__in=gone.filter(dossier=claim.dossier).values("document"))
    return rows.select_related("document").first()


@transaction.atomic
def tell_apart(line: ClaimLine, document: Document) -> None:
    """Keep that a line and an invoice are two purchases: they are not proposed again."""
    kept = _locked(line)
    kept.others = sorted({*kept.others, document.pk})
    kept.save(update_fields=["others"])


def of_line(found: Iterable[Candidate]) -> dict[int, list[Candidate]]:
    """Return candidates by the id of their line."""
    by_line: dict[int, list[Candidate]] = {}
    for one in found:
        by_line.setdefault(one.line.pk, []).append(one)
    return by_line


@transaction.atomic
def claim_invoice(row: PaidInvoice, by: Person) -> ClaimLine:
    """Put an invoice that an employee paid into the claim of its month, linked to it.

    Raises RefusedByUs when it has no amount or day, or is in a claim already.
    """
    document, employee = row.document, row.employee
    if employee is None or not document.total_with_vat or document.issue_date is None:
        raise RefusedByUs("Cette facture ne dit ni montant ni date.", reason="no-amount")
    line = ClaimLine(
        dossier=row.dossier, claim=numbering.draft(employee, document.issue_date.replace(day=1)),
        day=document.issue_date, nature="autre", label=f"Facture {document.number}"[:150],
        supplier=document.seller_name[:150], supplier_siren=document.seller_siren,
        gross=document.total_with_vat, voucher="facture", at=clock.now(),
    )  # fmt: skip
    line.save()
    return link(line, document, by)
