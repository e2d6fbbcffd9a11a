"""Gives the link of a ticket, takes the customer's demand, chooses the branch, sends the invoice.

The branch is chosen by the takings: a sale that stays in them is invoiced B7 or S7; one that the
till cancelled before they were reported is taken out of them and invoiced like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from facturier import formats, rules
from facturier.errors import RefusedByUs
from facturier.findings import Outcome
from facturier.formats.facturx_write import facturx
from facturier.invoice import from_ticket
from facturier.invoice.corrections import next_number
from facturier.invoice.drafting import INVOICE, Terms
from facturier.invoice.from_ticket import Sale
from facturier.invoice.money import total
from facturier.ledger.books import VatRegime
from facturier.reporting import takings
from facturier.reporting.filing import Role
from facturier.reporting.periods import Data
from facturier.server import clock
from facturier.server.books import booking
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import NOT_ISSUED, Document, Flow
from facturier.server.reporting.models import UNSENT, Declaration
from facturier.server.takings import keeping, told
from facturier.server.takings.models import DayTakings
from facturier.server.tickets import links
from facturier.server.tickets.models import Ticket, TicketInvoice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from facturier.findings import Finding
    from facturier.invoice.model import Invoice, Party
    from facturier.reporting.takings import Means
    from facturier.server.firm.models import Dossier, Person


def give(
    dossier: Dossier, day: date, till: str, number: str, parts: Sequence[dict[str, str]],
    means: Means, by: Person | None,
) -> Ticket:  # fmt: skip
    """Keep a ticket for which a link is given. Raises RefusedByUs for one that is known."""
    with transaction.atomic():
        keeping.alone(dossier)
        if Ticket.objects.filter(dossier=dossier, day=day, till=till, number=number).exists():
            raise RefusedByUs(
                f"Le ticket {number} du {day:%d/%m/%Y} ({till}) a déjà son lien.", reason="twice",
                remedy="Ouvrez-le dans la liste.",
            )  # fmt: skip
        now = clock.now()
        ticket = Ticket(
            dossier=dossier, day=day, till=till, number=number, parts=list(parts), means=means,
            by=by, at=now, expires_at=now + links.LASTS,
        )  # fmt: skip
        ticket.gross = total(one.gross for one in ticket.told())
        ticket.save()
    return ticket


def ask(ticket: Ticket, buyer: dict[str, str]) -> None:
    """Keep what the customer said. Raises RefusedByUs once the invoice is sent."""
    with transaction.atomic():
        row = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if row.invoices.exists():
            raise RefusedByUs("La facture de ce ticket est déjà partie.", reason="sent")
        row.buyer, row.asked_at = buyer, clock.now()
        row.save(update_fields=["buyer", "asked_at"])
        ticket.buyer, ticket.asked_at = row.buyer, row.asked_at


# --- the branch ----------------------------------------------------------------------------------


def takings_of(ticket: Ticket) -> DayTakings | None:
    """Return the record that stands of the ticket's day and till."""
    standing = told.standing(ticket.dossier).prefetch_related("lines")
    return standing.filter(day=ticket.day, till=ticket.till).first()


def is_reported(ticket: Ticket) -> bool:
    """Whether the sales of its day (10.3) were sent to the tax office."""
    sent = Declaration.objects.filter(
        dossier=ticket.dossier, role=Role.SELLER.value, data=Data.TRANSACTIONS.value,
        start__lte=ticket.day, end__gte=ticket.day,
    ).exclude(state__in=UNSENT)  # fmt: skip
    return sent.exists()


def cancel(ticket: Ticket, *, is_still_in: bool, by: Person | None) -> None:
    """Say that the till cancelled the ticket; take it out of the day's takings if `is_still_in`.

    Raises RefusedByUs once the day is reported (the sale is then kept, B7 or S7), once its invoice
    is sent, and where the takings cannot have held it.
    """
    with transaction.atomic():
        row = Ticket.objects.select_for_update().select_related("dossier").get(pk=ticket.pk)
        if row.cancelled_at is not None:
            raise RefusedByUs("Ce ticket est déjà annulé en caisse.", reason="twice")
        if row.invoices.exists():
            raise RefusedByUs("La facture de ce ticket est déjà partie.", reason="sent")
        if is_reported(row):
            raise RefusedByUs(
                f"La recette du {row.day:%d/%m/%Y} est déjà déclarée : elle ne se touche plus.",
                reason="reported",
                remedy="Gardez la vente dans le Z : la facture part en B7 ou S7.",
            )  # fmt: skip
        day = takings_of(row)
        if is_still_in and day is not None:
            z = takings.without(day.z(), row.told(), row.means)
            why = f"Ticket n° {row.number} annulé en caisse, facturé"
            row.taken_out_of = keeping.correct(day, z, why, origin=DayTakings.Origin.FORM, by=by)
        row.cancelled_at, row.cancelled_by = clock.now(), by
        row.save()


# --- the invoice ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An invoice of a ticket, written and checked."""

    invoice: Invoice
    data: bytes
    findings: tuple[Finding, ...]
    is_valid: bool

    @property
    def name(self) -> str:
        """Of its file."""
        stem = "".join(c if c.isalnum() else "-" for c in self.invoice.number or "")
        return f"{stem}.pdf"


def made(ticket: Ticket, seller: Party, buyer: Party) -> tuple[Made, ...]:
    """Return the invoices that the ticket needs, by the branch that was chosen: one, or two."""
    sales = from_ticket.split_of(ticket.sale(), is_kept=ticket.is_kept)
    numbers: list[str] = []
    for _ in sales:
        numbers.append(_next(ticket.dossier, numbers))
    return tuple(
        _made(ticket, sale, seller, buyer, number)
        for sale, number in zip(sales, numbers, strict=True)
    )


def _next(dossier: Dossier, also: Sequence[str]) -> str:
    """Return the number that follows the last invoice of the dossier, and those of `also`."""
    issued = dossier.documents.filter(direction=Document.Side.ISSUED)
    last = issued.filter(accepted=True, type_code=INVOICE).order_by("-issue_date", "-pk").first()
    waiting = TicketInvoice.objects.filter(dossier=dossier).values_list("number", flat=True)
    taken = [*issued.values_list("number", flat=True), *waiting, *also]
    like = last.number if last else f"F{timezone.localdate().year}-0000"
    return next_number(like, taken)


def _made(ticket: Ticket, sale: Sale, seller: Party, buyer: Party, number: str) -> Made:
    today = timezone.localdate()
    books = booking.books_of(ticket.dossier)
    terms = Terms(
        number=number, issued=today, due=ticket.day if not ticket.is_kept else today,
        delivered=ticket.day, order=ticket.buyer.get("order", ""),
        vat_on_receipts=books.vat_on_receipts, exempt=books.vat_regime is VatRegime.FRANCHISE,
    )  # fmt: skip
    invoice = from_ticket.invoice_of(sale, seller, buyer, terms, is_kept=ticket.is_kept)
    data = facturx(invoice)
    verdict = rules.check(formats.read(data), on=today)
    return Made(
        invoice=invoice, data=data, findings=verdict.findings,
        is_valid=verdict.outcome is Outcome.VALID,
    )  # fmt: skip


def send(ticket: Ticket, seller: Party, buyer: Party, by: Person | None) -> list[TicketInvoice]:
    """Deposit the invoices of the ticket, once.

    Raises RefusedByUs when nobody asked, when they left before (a rejected one may leave again),
    when the day's takings cannot hold a sale that stays in them, or when one breaks a rule.
    """
    with transaction.atomic():
        keeping.alone(ticket.dossier)  # one number at a time
        if ticket.asked_at is None:
            raise RefusedByUs("Personne n'a demandé la facture de ce ticket.", reason="nobody")
        if standing(ticket):
            raise RefusedByUs("La facture de ce ticket est déjà partie.", reason="sent")
        day = takings_of(ticket)
        if ticket.is_kept and day is not None:  # a sale that stays in the Z must fit into it
            takings.without(replace(day.z(), payments=()), ticket.told(), ticket.means)
        ready = made(ticket, seller, buyer)
        for one in ready:
            if not one.is_valid:
                raise RefusedByUs(
                    f"La facture {one.invoice.number} n'est pas conforme : "
                    f"{one.findings[0].message}", reason="invalid",
                    remedy="Complétez l'identité de l'acheteur ou celle du dossier.",
                )  # fmt: skip
        return [_sent(ticket, one, by) for one in ready]


def _sent(ticket: Ticket, one: Made, by: Person | None) -> TicketInvoice:
    flow = deposit(
        ticket.dossier, one.data, name=one.name, channel=Flow.Channel.PAGE, submitted_by=by
    )
    assert one.invoice.process is not None
    return TicketInvoice.objects.create(
        dossier=ticket.dossier, ticket=ticket, flow=flow, number=one.invoice.number or "",
        process=one.invoice.process.business_process or "", by=by,
    )  # fmt: skip


def standing(ticket: Ticket) -> list[TicketInvoice]:
    """Return the invoices of the ticket that left and were not rejected."""
    rows = ticket.invoices.select_related("flow").order_by("pk")
    dead = Document.objects.filter(flow__ticket_invoice__ticket=ticket, state__in=NOT_ISSUED)
    flows = set(dead.values_list("flow", flat=True))
    return [one for one in rows if one.flow_id not in flows]
