"""The objects of XP Z12-013 1.3.0 (annex A, Flow Service) that this platform reads and writes.

What comes in may hold more keys than the contract knows: they are ignored. What goes out holds
exactly what the contract names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from facturier.server.documents.models import Flow as FlowRow

if TYPE_CHECKING:
    from facturier.server.documents.models import StoredBytes

FlowSyntax = Literal["CII", "UBL", "Factur-X", "CDAR", "FRR"]
FlowProfile = Literal["Basic", "CIUS", "Extended-CTC-FR", "Undefined"]
FlowDirection = Literal["In", "Out"]
AckStatus = Literal["Pending", "Ok", "Error"]
DocType = Literal["Metadata", "Original", "Converted", "ReadableView"]
ProcessingRule = Literal[
    "B2B", "B2BInt", "B2C", "B2G", "B2GInt", "OutOfScope", "B2GOutOfScope", "ArchiveOnly",
    "NotApplicable", "Undefined",
]  # fmt: skip
FlowType = Literal[
    "CustomerInvoice", "SupplierInvoice", "CustomerInvoiceLC", "SupplierInvoiceLC",
    "StateCustomerInvoiceLC", "StateSupplierInvoiceLC", "AggregatedCustomerTransactionReport",
    "UnitaryCustomerTransactionReport", "AggregatedCustomerPaymentReport",
    "UnitaryCustomerPaymentReport", "UnitarySupplierTransactionReport", "MultiFlowReport",
    "StateCustomerInvoice", "StateSupplierInvoice", "StateTransactionReport",
    "StateTransactionReportLC", "StatePaymentReport", "StatePaymentReportLC", "Undefined",
]  # fmt: skip
LARGEST_PAGE = 100


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("le caractère nul n'est pas admis")
    return text


def _instant_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("une date et une heure s'écrivent en texte (RFC 3339)")  # noqa: TRY004
    return value


def in_utc(instant: datetime) -> datetime:
    """Return `instant` in UTC, whatever its offset; without an offset it is UTC already.

    Raises `ValueError` at the ends of the calendar. PostgreSQL does not know every offset that RFC
    3339 can write.
    """
    try:
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("cette date n'existe pas en temps universel") from error


def listed(value: Any) -> Any:
    """Return a single word as the list of it."""
    return [value] if isinstance(value, str) else value


def _written(instant: datetime) -> str:
    # Django's own encoder cuts microseconds, and paging by date would then repeat or skip.
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Text = Annotated[str, AfterValidator(_without_nul)]
Tracking = Annotated[str, Field(max_length=64), AfterValidator(_without_nul)]
AskedInstant = Annotated[datetime, BeforeValidator(_instant_text), AfterValidator(in_utc)]
"""Without an offset it is taken as UTC."""
Instant = Annotated[
    datetime,
    PlainSerializer(_written, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


class Camel(Schema):
    """An object whose keys are written ``likeThis``."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class FlowInfo(Camel):
    """What the sender says of a flow."""

    tracking_id: Tracking | None = None
    name: Annotated[Text, Field(max_length=255)]
    processing_rule: ProcessingRule | None = None
    flow_syntax: FlowSyntax
    flow_profile: FlowProfile | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None


class FullFlowInfo(FlowInfo):
    """A flow that was taken in, as the answer to a deposit."""

    flow_id: str
    submitted_at: Instant


class Detail(Camel):
    """One reason of an acknowledgement."""

    level: Literal["Error", "Warning"]
    item: str
    reason_code: str
    reason_message: str


class Acknowledgement(Camel):
    """Whether the platform could take the file."""

    status: AckStatus
    details: list[Detail] | None = None


class Flow(Camel):
    """A flow, as one that asks is told of it."""

    flow_id: str
    tracking_id: str | None = None
    name: str
    processing_rule: ProcessingRule
    flow_syntax: FlowSyntax
    flow_profile: FlowProfile
    submitted_at: Instant
    updated_at: Instant
    flow_type: FlowType
    processing_rule_source: Literal["Input", "Computed"]
    flow_direction: FlowDirection
    acknowledgement: Acknowledgement


class SearchFlowFilters(Camel):
    """Criteria: all of them, and any of the values of a list."""

    updated_after: AskedInstant | None = None
    updated_before: AskedInstant | None = None
    processing_rule: Annotated[list[ProcessingRule], BeforeValidator(listed)] | None = None
    flow_type: Annotated[list[FlowType], BeforeValidator(listed)] | None = None
    flow_direction: Annotated[list[FlowDirection], BeforeValidator(listed)] | None = None
    tracking_id: Tracking | None = None
    ack_status: AckStatus | None = None


class SearchFlowParams(Camel):
    """A search."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, strict=True)] = 25
    cursor: str | None = None
    where: SearchFlowFilters


class AnsweredFilters(SearchFlowFilters):
    """The criteria as they were understood."""

    updated_after: Instant | None = None
    updated_before: Instant | None = None


class SearchFlowContent(Camel):
    """A page of found flows; without `next_cursor` it is the last."""

    limit: int
    next_cursor: str | None = None
    filters: AnsweredFilters
    results: list[Flow]


class Error(Camel):
    """Why something was not done."""

    error_code: str
    error_message: str | None = None
    details: str | None = None


def flow_of(row: FlowRow) -> Flow:
    """Return what a program is told of `row`."""
    details = [Detail.model_validate(one) for one in row.ack_details]
    said_by_sender = (
        row.channel == FlowRow.Channel.API
        and row.processing_rule
        and not row.processing_rule_computed
    )
    return Flow.model_validate(
        {
            "flow_id": str(row.flow_id),
            "tracking_id": row.tracking_id or None,
            "name": row.name,
            "processing_rule": row.processing_rule or "Undefined",
            "flow_syntax": row.declared_syntax or _likely_syntax(row.name),
            "flow_profile": row.declared_profile or "Undefined",
            "submitted_at": row.submitted_at,
            "updated_at": row.updated_at,
            "flow_type": row.flow_type or "Undefined",
            "processing_rule_source": "Input" if said_by_sender else "Computed",
            "flow_direction": row.direction,
            "acknowledgement": {"status": row.ack_status, "details": details or None},
        }
    )


def _likely_syntax(name: str) -> FlowSyntax:
    # The contract has no word for a syntax that is not known yet.
    return "Factur-X" if name.lower().endswith(".pdf") else "UBL"


def full_info(row: FlowRow, info: FlowInfo, stored: StoredBytes) -> FullFlowInfo:
    """Return the answer to the deposit of `row`, with the fingerprint of the bytes as received."""
    said = info.model_dump() | {"sha256": stored.sha256}
    return FullFlowInfo(flow_id=str(row.flow_id), submitted_at=row.submitted_at, **said)
