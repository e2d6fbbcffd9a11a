"""The proof sheet of a ticket: where its VAT is told and booked, and that it is counted once.

Nothing is assumed: the day's takings, what they tell (10.3, 10.4), the invoice, its flux 1 and the
entries are read as they stand. XP Z12-014, cases 28 and 30: kept in the takings the VAT is theirs,
and flux 1 of a B7 or S7 serves the buyer only; cancelled in the till it is the invoice's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from facturier.formats.layout import record
from facturier.formats.layout.figures import amount
from facturier.formats.layout.record import Record, Table
from facturier.invoice.money import total
from facturier.ledger.entries import ZERO
from facturier.reporting.periods import Period
from facturier.reporting.receipts import Received
from facturier.reporting.sales import Sale
from facturier.reporting.takings import percent
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents.models import NOT_ISSUED, Document
from facturier.server.portal.models import FLUX_1
from facturier.server.takings import told
from facturier.server.takings.models import DayEntry, DayTakings
from facturier.server.tickets import keeping
from facturier.vat.draft import draft
from facturier.vat.told import ALREADY_COLLECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from facturier.reporting.sales import Category
    from facturier.reporting.takings import Part
    from facturier.server.tickets.models import Ticket, TicketInvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place where the sale stands, or does not."""

    where: str
    what: str
    base: Decimal | None = None
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The sheet."""

    ticket: Ticket
    base: Decimal
    tax: Decimal
    """Of the ticket."""
    places: tuple[str, ...]
    """Where the seller's books or takings count this VAT."""
    rows: tuple[Row, ...]
    boxes: tuple[Row, ...]
    """What the entries of the day and of the invoice put into the CA3, box by box."""

    @property
    def is_once(self) -> bool:
        """Whether the VAT is counted in exactly one place."""
        return len(self.places) == 1

    @property
    def verdict(self) -> str:
        """The one sentence, in French."""
        money = amount(self.tax, "EUR")
        if self.is_once:
            return f"La TVA du ticket, {money}, est comptée une fois : {self.places[0]}."
        if self.places:
            return (
                f"La TVA du ticket, {money}, est comptée {len(self.places)} fois : "
                f"{' et '.join(self.places)}. Retirez-la de l'un des deux."
            )
        return (
            f"La TVA du ticket, {money}, n'est comptée nulle part encore : ni recette du jour qui "
            "la contienne, ni facture ordinaire."
        )


def of(ticket: Ticket) -> Proof:
    """Read all that is known of `ticket`."""
    parts = ticket.told()
    day = keeping.takings_of(ticket)
    sent = keeping.standing(ticket)
    documents = {
        one.flow_id: one
        for one in Document.objects.filter(flow__in=[sent_.flow_id for sent_ in sent])
    }
    entries = _entries(day, list(documents.values()))
    rows = [_of_ticket(ticket), _of_day(ticket, day), *_declared(ticket, day)]
    for one in sent:
        rows += _of_invoice(one, documents.get(one.flow_id))
    return Proof(
        ticket=ticket, base=total(one.net for one in parts), tax=total(one.tax for one in parts),
        places=tuple(_places(ticket, day, list(documents.values()))), rows=tuple(rows),
        boxes=tuple(_boxes(entries)),
    )  # fmt: skip


def _places(ticket: Ticket, day: DayTakings | None, documents: Sequence[Document]) -> list[str]:
    """Return where the VAT of the sale is counted for the seller."""
    found = []
    if day is not None and (_can_hold(ticket, day) if ticket.is_kept else _is_back_in(ticket, day)):
        found.append(f"dans la recette du {ticket.day:%d/%m/%Y}")
    for one in documents:
        booked = one.entries.exclude(state=Entry.State.REVERSED).exists()
        ordinary = one.process[1:] != ALREADY_COLLECTED and one.state not in NOT_ISSUED
        if ordinary or booked:
            found.append(f"dans la facture {one.number}")
    return found


def _can_hold(ticket: Ticket, day: DayTakings, beside: DayTakings | None = None) -> bool:
    """Whether a day is large enough for the ticket, and for what `beside` says of the day."""
    held, other = _gross(day.z().parts), _gross(beside.z().parts if beside is not None else ())
    return all(
        held.get(key, ZERO) >= total((other.get(key, ZERO), gross))
        for key, gross in _gross(ticket.told()).items()
    )


def _gross(parts: Iterable[Part]) -> dict[tuple[Category, Decimal], Decimal]:
    return {(one.category, one.rate): one.gross for one in parts}


def _is_back_in(ticket: Ticket, day: DayTakings) -> bool:
    """Whether somebody corrected the day again, to what it was with the cancelled ticket."""
    corrected = ticket.taken_out_of
    return corrected is not None and day.pk != corrected.pk and _can_hold(ticket, day, corrected)


def _of_ticket(ticket: Ticket) -> Row:
    parts = ticket.told()
    branch = "gardé dans la recette" if ticket.is_kept else "annulé en caisse avant déclaration"
    return Row(
        where=f"Ticket n° {ticket.number}", what=f"{ticket.day:%d/%m/%Y}, {ticket.till}, {branch}",
        base=total(one.net for one in parts), tax=total(one.tax for one in parts),
    )  # fmt: skip


def _of_day(ticket: Ticket, day: DayTakings | None) -> Row:
    where = f"Recette du jour (Z), {ticket.till}"
    if day is None:
        return Row(where=where, what="pas encore enregistrée")
    what = "le ticket est dedans" if ticket.is_kept else "le ticket n'y est pas"
    if ticket.is_kept and not _can_hold(ticket, day):
        what = "trop petite pour contenir le ticket"
    if ticket.taken_out_of_id is not None:
        what = "corrigée : le ticket en a été retiré"
        if _is_back_in(ticket, day):
            what = "corrigée de nouveau depuis : le ticket y est revenu"
    return Row(where=where, what=what, base=day.net, tax=day.tax)


def _declared(ticket: Ticket, day: DayTakings | None) -> list[Row]:
    """Return what the day tells the tax office: 10.3, and 10.4 of services."""
    if day is None:
        return []
    state = "transmise" if keeping.is_reported(ticket) else "à transmettre"
    rows = []
    for one, row in told.behind(ticket.dossier, Period(ticket.day, ticket.day)):
        if row.pk != day.pk:
            continue
        match one:
            case Sale():
                rows.append(Row(
                    where="Flux 10.3", what=f"{one.category} à {percent(one.rate)}, {state}",
                    base=one.taxable_amount, tax=one.tax_amount,
                ))  # fmt: skip
            case Received():
                for rate, gross in one.parts:
                    words = f"encaissé à {percent(rate)} : {amount(gross, 'EUR')} TTC"
                    rows.append(Row(where="Flux 10.4", what=words))
    return rows


def _of_invoice(sent: TicketInvoice, document: Document | None) -> list[Row]:
    where = f"Facture {sent.number}, cadre {sent.process}"
    if document is None:
        return [Row(where=where, what="en cours de dépôt")]
    is_after = sent.process[1:] == ALREADY_COLLECTED
    effect = "compte pour l'acheteur seulement" if is_after else "compte pour les deux"
    base, tax = document.total_without_vat, document.total_vat
    what = f"pour {document.buyer_name}, statut {document.state}"
    files = document.portal_files.filter(interface__in=FLUX_1)
    told_in = [f"{one.get_state_display().lower()}, {effect}" for one in files]
    entries = document.entries.exclude(state=Entry.State.REVERSED).select_related("journal")
    booked = [f"{one.journal.code} {one.number or 'proposée'}" for one in entries]
    if not booked:
        why = document.unpostable or "pas d'écriture"
        booked_rows = [Row(where="Écriture de la facture", what=why)]
    else:
        booked_rows = [
            Row(where="Écriture de la facture", what=one, base=base, tax=tax) for one in booked
        ]
    return [
        Row(where=where, what=what, base=base, tax=tax),
        *(Row(where="Flux 1", what=one, base=base, tax=tax) for one in told_in),
        *booked_rows,
    ]


def _entries(day: DayTakings | None, documents: Sequence[Document]) -> list[Entry]:
    """Return the entries that stand, of the day and of the invoices."""
    found = []
    if day is not None:
        booked = DayEntry.objects.filter(takings=day).select_related("entry__journal")
        found += [one.entry for one in booked]
    for one in documents:
        found += list(one.entries.select_related("journal"))
    return [one for one in found if one.state != Entry.State.REVERSED]


def _boxes(entries: Sequence[Entry]) -> list[Row]:
    made = draft([booking.entry_of(one) for one in entries])
    return [
        Row(where=f"Ligne {one.code}", what=one.printed.label, base=one.base, tax=one.tax)
        for one in made.boxes if one.parts
    ]  # fmt: skip


FOOT = (
    "Lu dans les recettes, les factures, les envois au portail et les écritures du dossier au "
    "moment de l'impression. Cadre B7 ou S7 : l'administration ignore le flux 1 pour le vendeur et "
    "le compte pour la TVA déductible de l'acheteur ; aucun 212 n'est dû, le 10.4 a déjà le "
    "paiement (XP Z12-014, cas 28 et 30). Les lignes de la CA3 sont celles de la journée entière."
)


def pdf(proof: Proof) -> bytes:
    """Return the sheet as PDF."""
    now, ticket = timezone.localtime(), proof.ticket
    return record.pdf(
        Record(
            title="TVA comptée une fois",
            subtitle=f"{ticket.dossier.name} · ticket n° {ticket.number}",
            verdict=proof.verdict,
            facts=(
                ("SIREN", ticket.dossier.siren),
                ("Ticket", f"{ticket}, {amount(ticket.gross, 'EUR')} TTC"),
                ("Établie le", f"{now:%d/%m/%Y à %H:%M} (heure de Paris)"),
            ),
            tables=(_table("Où la vente se trouve", proof.rows),
                    _table("Ce que ces écritures mettent dans la CA3", proof.boxes)),
            foot=(FOOT,),
        ),
        issued=now.date(),
    )  # fmt: skip


def _table(heading: str, rows: Sequence[Row]) -> Table:
    return Table(
        heading=heading, columns=("Où", "Quoi", "Base", "TVA"), widths=(4, 6, 2, 2), amounts=(2, 3),
        rows=[(one.where, one.what, _money(one.base), _money(one.tax)) for one in rows],
        nothing="Aucune écriture encore.",
    )  # fmt: skip


def _money(value: Decimal | None) -> str:
    return "" if value is None else amount(value, "EUR")
