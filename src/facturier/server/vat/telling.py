"""What the tax office was told of a dossier in some days, from what this platform sent and heard.

Flux 1 that we sent have an answer of the portal; those of invoices received are presumed sent by
the seller's platform. Of flux 10 counts what the latest transmission of each declaration says, not
what it should say. Status 212 is read from the history of each document.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q

from facturier.invoice.codes import CREDIT_NOTE
from facturier.ledger.books import Side
from facturier.lifecycle import statuses
from facturier.reporting.figures import Block
from facturier.reporting.filing import Role
from facturier.reporting.periods import Data
from facturier.reporting.scope import Treatment
from facturier.server.documents import sides
from facturier.server.documents.models import Document, Event
from facturier.server.portal.models import FLUX_1, TAKEN_UP, PortalFile
from facturier.server.reporting import periods
from facturier.server.reporting.models import Declaration, Sending
from facturier.server.vat import facts, terms
from facturier.server.vat.entries import BY_DAY, document_key
from facturier.vat.told import DayTold, Flow, Reach, Receipt, Told, day_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from facturier.server.firm.models import Dossier
    from facturier.server.vat.models import Breakdown
    from facturier.vat.sides import Period

LATE_WORD = timedelta(days=100)
"""How long after a day a status may still tell what was received on it."""
RECEIPT, MONEY = "212", "MEN"
SERVICES = "TPS1"
_FLOWS = {
    Treatment.B2B.value: Flow.INVOICES, Treatment.B2B_INTERNATIONAL.value: Flow.INTERNATIONAL,
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Sent:
    """What was told by flux 10 about some days."""

    days: list[DayTold] = field(default_factory=list)
    numbers: dict[tuple[str, str], Reach] = field(default_factory=dict)
    """Role and number of international invoices that were told."""
    due: dict[str, list[Declaration]] = field(default_factory=lambda: defaultdict(list))
    """Declarations of transactions of which nothing is there, by role."""
    receipts_due: list[Declaration] = field(default_factory=list)
    """The same of receipts, where they make VAT due."""

    def late_days(self) -> Iterator[str]:
        """Yield the keys of the days whose declaration has still time."""
        for one in (*self.due[Role.SELLER.value], *self.receipts_due):
            if one.due_on >= periods.today():
                for offset in range((one.end - one.start).days + 1):
                    yield day_key(one.start + timedelta(days=offset))


def documents_of(dossier: Dossier, period: Period, keys: Collection[int]) -> list[Document]:
    """Return the documents issued in `period`, and those of `keys`: its entries, its receipts."""
    wanted = Q(issue_date__range=(period.first, period.last)) | Q(pk__in=keys)
    rows = dossier.documents.filter(wanted).exclude(state="").select_related("qualification")
    return list(rows.order_by("issue_date", "pk"))


def receipts_of(dossier: Dossier, period: Period) -> dict[int, list[Receipt]]:
    """Return what sellers said to have received, by document; told in or soon after the period."""
    rows = Event.objects.filter(
        dossier=dossier, code=RECEIPT, at__date__gte=period.first,
        at__date__lte=period.last + LATE_WORD,
    )  # fmt: skip
    found: defaultdict[int, list[Receipt]] = defaultdict(list)
    for document, at, amounts in rows.values_list("document_id", "at", "amounts").order_by("pk"):
        for one in amounts:
            if one.get("type_code") != MONEY:
                continue
            said = one.get("value_date")
            day = date.fromisoformat(said) if said else at.date()
            found[document].append(Receipt(
                day=day, rate=Decimal(one.get("percent") or 0), gross=Decimal(one["amount"]),
            ))  # fmt: skip
    return found


def told(
    dossier: Dossier,
    documents: Iterable[Document],
    breakdowns: dict[int, Breakdown],
    receipts: dict[int, list[Receipt]],
    sent: Sent,
) -> Iterator[Told]:
    """Yield what is known of each document at the tax office; those told by day are in no row."""
    rows = [one for one in documents if one.treatment not in BY_DAY and one.issue_date]
    files = _files(dossier, rows)
    refused = dict(
        dossier.left_out.filter(document__in=[one.pk for one in rows], event=None).values_list(
            "document_id", "reason"
        )
    )
    for one in rows:
        reach, why = _reach(one, files.get(one.pk), sent, refused.get(one.pk, ""))
        yield _told(one, breakdowns.get(one.pk), receipts.get(one.pk, []), reach, why)


def _told(
    document: Document, row: Breakdown | None, receipts: list[Receipt], reach: Reach, why: str
) -> Told:
    assert document.issue_date is not None
    sells = sides.own_side(document) is statuses.Side.SELLER
    takes_back = document.type_code in CREDIT_NOTE
    return Told(
        key=document_key(document.pk, document.treatment, document.issue_date),
        number=document.number, day=document.issue_date,
        party=document.buyer_name if sells else document.seller_name,
        side=Side.SALE if sells else Side.PURCHASE,
        flow=_FLOWS.get(document.treatment, Flow.NONE), reach=reach,
        parts=facts.parts_of(row), type_code=document.type_code, process=document.process,
        state=document.state, on_payment=document.vat_due_on_payment,
        receipts=tuple(
            Receipt(day=one.day, rate=one.rate,
                    gross=-abs(one.gross) if takes_back else one.gross)
            for one in receipts
        ),
        paid=row.paid if row else Decimal(0), gross=row.gross if row else Decimal(0),
        address=document.buyer_address, why=why or (row.problem if row else ""),
    )  # fmt: skip


def _files(dossier: Dossier, documents: Iterable[Document]) -> dict[int, PortalFile]:
    """Return the latest flux 1 of each document."""
    rows = PortalFile.objects.filter(
        dossier=dossier, document__in=[one.pk for one in documents], interface__in=FLUX_1
    ).defer("stored")
    return {one.document_id: one for one in rows.order_by("pk") if one.document_id is not None}


def _reach(
    document: Document, file: PortalFile | None, sent: Sent, refused: str
) -> tuple[Reach, str]:
    flow = _FLOWS.get(document.treatment, Flow.NONE)
    if flow is Flow.NONE:
        known = getattr(document, "qualification", None)
        return Reach.NEVER, known.reason if known else ""
    if flow is Flow.INTERNATIONAL:
        return _reach_of_declared(document, sent, refused)
    if file is None:
        issued = document.direction == Document.Side.ISSUED
        elsewhere = not issued or _lives_elsewhere(document)
        return (Reach.PRESUMED if elsewhere else Reach.NEVER), ""
    if file.state in TAKEN_UP:
        return Reach.REFUSED, file.last_error
    held = {PortalFile.State.ACCEPTED: Reach.HELD, PortalFile.State.PENDING: Reach.WAITING}
    return held.get(PortalFile.State(file.state), Reach.SENT), ""


def _lives_elsewhere(document: Document) -> bool:
    known = getattr(document, "qualification", None)
    return known is not None and not known.block


def _reach_of_declared(document: Document, sent: Sent, refused: str) -> tuple[Reach, str]:
    if refused:
        return Reach.REFUSED, refused
    if _lives_elsewhere(document):
        return Reach.PRESUMED, ""
    sells = sides.own_side(document) is statuses.Side.SELLER
    role = (Role.SELLER if sells else Role.BUYER).value
    there = sent.numbers.get((role, document.number))
    if there is not None:
        return there, ""
    assert document.issue_date is not None
    for one in sent.due[role]:
        if document.issue_date in one.period and one.due_on >= periods.today():
            return Reach.WAITING, f"À transmettre au plus tard le {one.due_on:%d/%m/%Y}."
    return Reach.NEVER, "Aucune déclaration transmise ne la contient."


# Flux 10


def sent_by(dossier: Dossier, period: Period) -> Sent:
    """Return what the declarations of the days of `period` told, as they were last sent."""
    found = Sent()
    rows = dossier.declarations.filter(start__lte=period.last, end__gte=period.first)
    declarations = list(rows)
    sendings: defaultdict[int, list[Sending]] = defaultdict(list)
    for one in Sending.objects.filter(declaration__in=declarations).select_related("file"):
        sendings[one.declaration_id].append(one)
    for declaration in declarations:
        current = _standing(sendings[declaration.pk])
        if current is not None:
            _read(found, dossier, declaration, current)
        elif declaration.data == Data.TRANSACTIONS:
            found.due[declaration.role].append(declaration)
        elif dossier.vat_on_receipts:
            found.receipts_due.append(declaration)
    return found


def _standing(sendings: list[Sending]) -> Sending | None:
    """Return the transmission that the tax office holds, or will when it has judged it."""
    accepted = periods.latest_accepted(sendings)
    if accepted is not None:
        return accepted
    return sendings[-1] if sendings and periods.is_waiting(sendings[-1]) else None


def _read(found: Sent, dossier: Dossier, declaration: Declaration, sending: Sending) -> None:
    accepted = sending.file.state == PortalFile.State.ACCEPTED
    for one in periods.told_by(sending):
        if one.block == Block.INVOICES:
            reach = Reach.HELD if accepted else Reach.SENT
            found.numbers[declaration.role, one.number] = reach
        elif one.block == Block.SALES:
            if not (dossier.vat_on_receipts and one.category == SERVICES):
                found.days.append(DayTold(day=one.day, category=one.category, rate=one.rate,
                                          base=one.base, tax=one.tax))  # fmt: skip
        elif one.block == Block.DAY_RECEIPTS and dossier.vat_on_receipts:
            base = (one.base * 100 / (100 + one.rate)).quantize(Decimal("0.01"))
            found.days.append(DayTold(day=one.day, category=SERVICES, rate=one.rate,
                                      base=base, tax=one.base - base))  # fmt: skip


def obliged_from(dossier: Dossier) -> date:
    """Return from when the dossier issues electronic invoices."""
    return periods.choice_of(dossier).starts_on


def around(period: Period) -> Period:
    """Return the days within which entries about the documents of `period` are looked for."""
    return type(period)(first=terms.after(period.first, -13), last=terms.after(period.last, 13))
