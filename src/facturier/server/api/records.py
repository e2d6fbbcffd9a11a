"""The objects of our own part of the API: dossiers, documents, their history and their entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from facturier.lifecycle import reasons
from facturier.lifecycle.messages import AMOUNT_TYPES, Characteristic
from facturier.lifecycle.statuses import status
from facturier.server.api.clients import scope_of
from facturier.server.api.contract import AskedInstant, Camel, Instant, Text
from facturier.server.api.paging import Page

if TYPE_CHECKING:
    from facturier.lifecycle.transitions import Offer
    from facturier.server.books.models import Entry as EntryRow
    from facturier.server.documents.models import Document as DocumentRow
    from facturier.server.documents.models import Event as EventRow
    from facturier.server.documents.models import FindingRow
    from facturier.server.firm.models import Dossier as DossierRow


def _exact(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError('un nombre s\'écrit entre guillemets, par exemple "120.50"')  # noqa: TRY004
    return value


def _amount_type(code: str) -> str:
    if code not in AMOUNT_TYPES:
        raise ValueError("valeurs admises : " + ", ".join(AMOUNT_TYPES))
    return code


Money = Annotated[Decimal, PlainSerializer(str, return_type=str)]
Number = Annotated[
    Decimal,
    Field(max_digits=19, decimal_places=6),
    BeforeValidator(_exact),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$"}),
]
"""A number given as text: what is written is what is meant."""


class Dossier(Camel):
    """A company that the program speaks for."""

    siren: str
    siret: str
    name: str
    vat_number: str
    electronic_address: str
    is_simulation: bool
    scope: str
    """What to ask for, to get a token for this dossier only."""


class Party(Camel):
    """A party of an invoice."""

    name: str
    siren: str
    electronic_address: str


class DocumentSummary(Camel):
    """One line of a list."""

    id: int
    dossier: str
    direction: str
    flow_id: str
    tracking_id: str | None = None
    number: str
    issue_date: date | None = None
    due_date: date | None = None
    type_code: str
    currency: str
    seller: Party
    buyer: Party
    total_without_vat: Money | None = None
    total_vat: Money | None = None
    total_with_vat: Money | None = None
    amount_due: Money | None = None
    verdict: str
    status: str
    status_label: str
    is_simulation: bool


class DocumentList(Page):
    """Documents."""

    results: list[DocumentSummary]


class Finding(Camel):
    """What is wrong, where, and what to do."""

    rule: str
    layer: str
    severity: str
    message: str
    where: str
    path: str
    remedy: str


class Book(Camel):
    """A rulebook."""

    id: str
    version: str
    state: str


class Event(Camel):
    """A status that was said."""

    code: str
    label: str
    side: str
    reason: str | None = None
    reason_label: str | None = None
    comment: str | None = None
    amounts: list[dict[str, Any]]
    author: str
    at: Instant
    flow_id: str | None = None


class Action(Camel):
    """A status that may be said now, and what it must bring."""

    code: str
    label: str
    reasons: list[str]
    reason_required: bool
    needs: str | None = None


class EntryLine(Camel):
    """One debit or one credit."""

    account: str
    auxiliary: str | None = None
    label: str
    debit: Money
    credit: Money
    reason: str | None = None


class Entry(Camel):
    """An entry in the books of the dossier."""

    id: int
    document_id: int | None = None
    piece: str | None = None
    piece_date: date | None = None
    journal: str
    number: str | None = None
    date: date
    state: str
    label: str
    reverses: int | None = None
    """The id of the entry that it cancels."""
    validated_at: Instant | None = None
    remarks: list[str]
    """What the person who validates must know."""
    lines: list[EntryLine]


class Document(DocumentSummary):
    """Everything about one document."""

    books: list[Book]
    findings: list[Finding]
    events: list[Event]
    actions: list[Action]
    entries: list[Entry]
    why_no_entry: str | None = None


class AmountIn(Camel):
    """A datum that comes with a status, such as an amount received at one VAT rate."""

    model_config = ConfigDict(extra="forbid")
    type: Annotated[str, AfterValidator(_amount_type)] = "MEN"
    amount: Number | None = None
    currency: Annotated[Text, Field(pattern="^[A-Z]{3}$")] | None = None
    vat_rate: Number | None = None
    value_date: Annotated[date | None, Field(alias="date")] = None
    text: Text = ""
    term: Text = ""


class StatusIn(Camel):
    """A status to say. With `at`, saying it again changes nothing: the first answer is given."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[int, Field(ge=100, le=999)]
    reason: Text = ""
    comment: Annotated[Text, Field(max_length=1000)] = ""
    amounts: tuple[AmountIn, ...] = ()
    at: AskedInstant | None = None


def dossier_record(row: DossierRow) -> Dossier:
    """Return what a program is told of a dossier."""
    return Dossier(
        siren=row.siren, siret=row.siret, name=row.name, vat_number=row.vat_number,
        electronic_address=row.electronic_address, is_simulation=row.is_simulation,
        scope=scope_of(row),
    )  # fmt: skip


def summary(row: DocumentRow) -> dict[str, Any]:
    """Return the keys of a :class:`DocumentSummary`."""
    same = (
        "id", "direction", "number", "issue_date", "due_date", "type_code", "currency",
        "total_without_vat", "total_vat", "total_with_vat", "amount_due", "is_simulation",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "dossier": row.dossier.siren,
        "flow_id": str(row.flow.flow_id),
        "tracking_id": row.flow.tracking_id or None,
        "seller": Party(
            name=row.seller_name, siren=row.seller_siren, electronic_address=row.seller_address
        ),
        "buyer": Party(
            name=row.buyer_name, siren=row.buyer_siren, electronic_address=row.buyer_address
        ),
        "verdict": row.outcome,
        "status": row.state,
        "status_label": status(int(row.state)).label if row.state else "",
    }


def finding(row: FindingRow) -> Finding:
    """Return a kept finding."""
    return Finding(
        rule=row.rule, layer=row.layer, severity=row.severity, message=row.message,
        where=row.where, path=row.path, remedy=row.remedy,
    )  # fmt: skip


def event(row: EventRow) -> Event:
    """Return a kept event."""
    return Event(
        code=row.code, label=status(int(row.code)).label, side=row.side,
        reason=row.reason or None,
        reason_label=reasons.reason(row.reason).label if row.reason else None,
        comment=row.comment or None, amounts=row.amounts, author=row.author_label, at=row.at,
        flow_id=str(row.flow.flow_id) if row.flow else None,
    )  # fmt: skip


def action(offer: Offer) -> Action:
    """Return what may be said now."""
    return Action(
        code=str(offer.code), label=offer.status_label, reasons=list(offer.reasons),
        reason_required=offer.reason_required, needs=offer.needs or None,
    )  # fmt: skip


def entry(row: EntryRow) -> Entry:
    """Return an entry with its lines."""
    return Entry(
        id=row.pk, document_id=row.document_id, journal=row.journal.code,
        number=row.number or None, date=row.date, state=row.state, label=row.label,
        piece=row.piece or None, piece_date=row.piece_date, reverses=row.reverses_id,
        validated_at=row.validated_at, remarks=row.remarks,
        lines=[
            EntryLine(
                account=one.account, auxiliary=one.auxiliary or None, label=one.label,
                debit=one.debit, credit=one.credit, reason=one.reason or None,
            )
            for one in row.lines.all()
        ],
    )  # fmt: skip


def characteristic(said: AmountIn, currency: str) -> Characteristic:
    """Return the datum as the life cycle knows it; `currency` is the invoice's."""
    return Characteristic(
        type_code=said.type, amount=said.amount, currency=said.currency or currency or "EUR",
        percent=said.vat_rate, value_date=said.value_date, text=said.text, term=said.term,
        changed=said.type == "CBB",
    )  # fmt: skip
