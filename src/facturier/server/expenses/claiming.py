"""A claim from its first line to its reimbursement: entered, sent, approved, booked, paid back.

Who sent a claim never approves it, and only the cabinet approves. Every step is refused in words
when it is not the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum

from facturier.errors import RefusedByUs
from facturier.ledger import expenses, mileage
from facturier.ledger.expenses import KINDS, Nature
from facturier.server import clock
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.books.years import ONE_DAY
from facturier.server.documents.deposit import remember, row_of
from facturier.server.expenses import linking, numbering
from facturier.server.expenses.models import Claim, ClaimLine, Employee
from facturier.server.firm.rights import keeps_books

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier, Person

State = Claim.State
LARGEST_RECEIPT = 10 * 1024 * 1024
RECEIPTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"%PDF": "application/pdf"}
"""First bytes of what a receipt may be → its media type."""
HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1")
"""From the fifth byte on: photographs of some telephones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A photograph or a file that proves an expense."""

    name: str
    data: bytes

    def check(self) -> None:
        """Raise RefusedByUs for what is no picture nor PDF, or too big."""
        if len(self.data) > LARGEST_RECEIPT:
            raise RefusedByUs(
                "Ce justificatif dépasse 10 Mo.", reason="too-big",
                remedy="Photographiez-le en qualité normale.",
            )  # fmt: skip
        if not media_type(self.data):
            raise RefusedByUs(
                "Ce justificatif n'est ni une photo (JPEG, PNG, HEIC) ni un PDF.", reason="kind",
                remedy="Photographiez le ticket, ou joignez le PDF reçu.",
            )  # fmt: skip


def media_type(data: bytes) -> str:
    """Return the media type of a receipt by its first bytes; empty for what may not be one."""
    if data[4:12] in HEIC:
        return "image/heic"
    return next((kind for start, kind in RECEIPTS.items() if data.startswith(start)), "")


# --- who sees what -------------------------------------------------------------------------------


def employees_of(dossier: Dossier, person: Person) -> QuerySet[Employee]:
    """Return the employees for whom `person` may enter expenses.

    Everyone for the cabinet and for a client of the company; an employee who has an account enters
    the own expenses alone.
    """
    rows = Employee.objects.filter(dossier=dossier)
    if keeps_books(person, dossier):
        return rows
    own = list(rows.filter(person=person).values_list("pk", flat=True))
    return rows.filter(pk__in=own) if own else rows


def claims_of(dossier: Dossier, person: Person) -> QuerySet[Claim]:
    """Return the claims that `person` may read: those of :func:`employees_of`."""
    return Claim.objects.filter(dossier=dossier, employee__in=employees_of(dossier, person))


# --- lines ---------------------------------------------------------------------------------------


@transaction.atomic
def add(
    employee: Employee, said: dict[str, Any], receipt: Receipt | None, line: ClaimLine | None = None
) -> ClaimLine:
    """Keep an expense in the claim of its month, or change `line`. Raises RefusedByUs.

    `said` holds fields of :class:`ClaimLine`; the amount of a mileage allowance is computed.
    """
    if said["day"] > clock.now().date():
        raise RefusedByUs("Ce jour n'est pas encore passé.", reason="future")
    before = _locked(line.claim) if line is not None else None
    if before is not None:
        _editable(before)
    claim = numbering.draft(employee, said["day"].replace(day=1))
    made = line or ClaimLine(dossier=employee.dossier, at=clock.now())
    for name, value in said.items():
        setattr(made, name, value)
    made.claim = claim
    if made.nature == Nature.MILEAGE.value:
        _compute_mileage(made, employee)
    if not KINDS[Nature(made.nature)].has_vat:
        made.taxes = []
    expenses.check(made.expense)
    if receipt is not None:
        receipt.check()
        made.receipt = remember(row_of(receipt.data))
        made.receipt_name = receipt.name[:200] or "justificatif"
    made.save()
    if before is not None:
        _drop_if_empty(before)
    return made


def _drop_if_empty(claim: Claim) -> None:
    if not claim.lines.exists():
        claim.delete()


def _editable(claim: Claim) -> None:
    if claim.state != State.DRAFT:
        raise RefusedByUs(
            f"La note {claim.number} est envoyée : elle ne se change plus.", reason="sent",
            remedy="Demandez qu'elle vous soit renvoyée.",
        )  # fmt: skip


def _compute_mileage(line: ClaimLine, employee: Employee) -> None:
    if employee.horsepower is None or line.kilometres is None:
        missing = "la puissance fiscale de la voiture" if line.kilometres else "les kilomètres"
        raise RefusedByUs(
            f"Une indemnité kilométrique demande {missing}.", reason="mileage",
            remedy="La puissance (CV, P.6 de la carte grise) est sur la fiche du collaborateur.",
        )  # fmt: skip
    earlier = ClaimLine.objects.filter(
        dossier=line.dossier_id, claim__employee=employee, nature=Nature.MILEAGE.value,
        day__year=line.day.year, kilometres__isnull=False,
    ).exclude(pk=line.pk)  # fmt: skip
    before = earlier.aggregate(sum=Sum("kilometres"))["sum"] or Decimal(0)
    line.gross = mileage.allowance(
        employee.horsepower, line.kilometres, before=before, electric=employee.is_electric
    )
    line.computed = mileage.said(
        employee.horsepower, line.kilometres, year=line.day.year, electric=employee.is_electric
    )


@transaction.atomic
def remove(line: ClaimLine) -> None:
    """Take a line out of a claim that is still being entered. Raises RefusedByUs."""
    claim = _locked(line.claim)
    _editable(claim)
    if line.document_id is not None:
        linking.unlink(line)
    line.delete()
    _drop_if_empty(claim)


# --- steps ---------------------------------------------------------------------------------------


def _locked(claim: Claim) -> Claim:
    rows = Claim.objects.select_for_update(of=("self",))
    return rows.select_related("employee", "dossier", "entry").get(pk=claim.pk)


def _must_be(claim: Claim, state: State) -> None:
    if claim.state != state:
        raise RefusedByUs(
            f"La note {claim.number} est « {claim.get_state_display()} » : ce n'est pas le moment.",
            reason="state", remedy="Rechargez la page.",
        )  # fmt: skip


@transaction.atomic
def submit(claim: Claim, by: Person) -> None:
    """Send a claim to be approved. Raises RefusedByUs when it is not being entered, or is empty."""
    kept = _locked(claim)
    _must_be(kept, State.DRAFT)
    if not kept.lines.exists():
        raise RefusedByUs("Cette note n'a pas de ligne.", reason="empty")
    kept.state, kept.submitted_by, kept.submitted_at = State.SUBMITTED, by, clock.now()
    kept.sent_back = ""
    kept.save()


@transaction.atomic
def send_back(claim: Claim, why: str) -> None:
    """Give a claim back to be corrected, with the reason. Raises RefusedByUs without one."""
    kept = _locked(claim)
    if kept.state != State.APPROVED:
        _must_be(kept, State.SUBMITTED)
    if not why.strip():
        raise RefusedByUs("Dites pourquoi vous la renvoyez.", reason="no-reason")
    kept.state, kept.sent_back = State.DRAFT, why.strip()[:200]
    kept.approved_by = kept.approved_at = None
    kept.save()


@transaction.atomic
def approve(claim: Claim, by: Person) -> None:
    """Approve a claim in the name of somebody else than who sent it, or is paid by it."""
    kept = _locked(claim)
    _must_be(kept, State.SUBMITTED)
    if by.pk in (kept.submitted_by_id, kept.employee.person_id):
        raise RefusedByUs(
            "Qui envoie une note de frais, ou en est remboursé, ne l'approuve pas.",
            reason="own", remedy="Demandez à une autre personne du cabinet.",
        )  # fmt: skip
    kept.state, kept.approved_by, kept.approved_at = State.APPROVED, by, clock.now()
    kept.save()


@transaction.atomic
def book(claim: Claim) -> Entry | None:
    """Propose the entry of an approved claim; None when invoices carry all its expenses.

    Raises RefusedByUs when it is not approved, or an expense may be a received invoice and nobody
    decided.
    """
    kept = _locked(claim)
    _must_be(kept, State.APPROVED)
    _refuse_lapsed(kept)
    doubles = [one for one in linking.candidates(kept.dossier, kept) if one.blocks]
    if doubles:
        one = doubles[0]
        raise RefusedByUs(
            f"« {one.line.label} » ressemble à la facture {one.document.number} de "
            f"{one.document.seller_name}.", reason="undecided",
            remedy="Dites d'abord si c'est le même achat : il ne serait pas chargé deux fois.",
        )  # fmt: skip
    own = [one.expense for one in kept.lines.filter(document=None).select_related("claim")]
    if own:
        made = expenses.claim(
            own, number=kept.number, employee=kept.employee.party, on=_day_of(kept),
            books=booking.books_of(kept.dossier), account=kept.employee.account,
        )  # fmt: skip
        kept.entry = booking.keep(kept.dossier, made)
    kept.state = State.BOOKED
    kept.save()
    return kept.entry


def _refuse_lapsed(claim: Claim) -> None:
    line = linking.lapsed(claim)
    if line is not None and line.document is not None:
        raise RefusedByUs(
            f"La facture {line.document.number} de « {line.label} » n'est plus dans les livres.",
            reason="lapsed",
            remedy="Défaites le rapprochement : la dépense se comptabilise alors par la note.",
        )


def _day_of(claim: Claim) -> date:
    """Return the last day of its month, or today while the month runs."""
    after = claim.month.replace(
        year=claim.month.year + claim.month.month // 12, month=claim.month.month % 12 + 1
    )
    return min(after - ONE_DAY, clock.now().date())


@transaction.atomic
def reimburse(claim: Claim, on: date) -> Entry:
    """Propose the entry by which the bank pays all of a booked claim back. Raises RefusedByUs."""
    kept = _locked(claim)
    _must_be(kept, State.BOOKED)
    made = expenses.reimbursed(
        total_of(kept), number=kept.number, employee=kept.employee.party,
        account=kept.employee.account, on=on, books=booking.books_of(kept.dossier),
    )  # fmt: skip
    kept.reimbursement, kept.state = booking.keep(kept.dossier, made), State.REIMBURSED
    kept.save()
    return kept.reimbursement


def total_of(claim: Claim) -> Decimal:
    """Return what a claim comes to, VAT included."""
    return claim.lines.aggregate(sum=Sum("gross"))["sum"] or Decimal(0)
