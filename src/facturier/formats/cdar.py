"""CDAR, UN/CEFACT Cross Domain Acknowledgement and Response D22B: how a status message is written.

:data:`ACKNOWLEDGEMENT` is the table: a term of the message (MDT) to its element, in the order of
the D22B schema. :func:`read_status` and :func:`write_status` are the doors: a file to a
:class:`~facturier.lifecycle.messages.StatusMessage` and back. Sources: XP Z12-014 V1.4 examples
(which number each element), Schematron BR-FR-CDV 1.4.0.

Instants are written in format 204, which has no time zone: Paris is meant, and fractions of a
second are not written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from facturier.errors import UnknownFormat
from facturier.findings import Finding, Layer, Severity
from facturier.formats import codecs
from facturier.formats.binding import Binding
from facturier.formats.detect import Detected, Syntax, detect
from facturier.formats.oddities import oddities
from facturier.formats.reader import read_document
from facturier.formats.rows import LIST_ATTRIBUTES, Const, Presence, Row, const
from facturier.formats.writer import write_document
from facturier.invoice.model import Identifier, Unmapped
from facturier.invoice.terms import label, values
from facturier.lifecycle import acknowledgement as paper
from facturier.lifecycle.acknowledgement import Acknowledgement
from facturier.lifecycle.messages import Characteristic, Party, StatusDetail, StatusMessage

_STANDARD = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{_STANDARD}CrossDomainAcknowledgementAndResponse:100",
    "ram": f"{_STANDARD}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}QualifiedDataType:100",
}
_CONTEXT = "rsm:ExchangedDocumentContext"
_DOCUMENT = "rsm:ExchangedDocument"


def _instant(path: str) -> Row:
    return Row(
        path=f"{path}/udt:DateTimeString", codec=codecs.INSTANT_204, attributes={"format": "204"}
    )


def _day(path: str, codec: codecs.Codec = codecs.DATE_102) -> Row:
    return Row(path=path, codec=codec, attributes={"format": "102"})


_INSTANT_LENGTH = 14


def _read_day(text: str) -> date:
    """Read MDT-100: a day between platforms, an instant (204) in annexe 2, whose day counts."""
    if len(text.strip()) != _INSTANT_LENGTH:
        return codecs.DATE_102.read(text)  # type: ignore[no-any-return]
    instant: datetime = codecs.INSTANT_204.read(text)
    return instant.astimezone(codecs.PARIS).date()


_DAY = codecs.Codec(_read_day, codecs.DATE_102.write, codecs.DATE_102.plain)


def _indicator(term: str, path: str, first: str, second: str) -> dict[str, Row]:
    """Return the two places of an indicator; the second is only read."""
    return {
        term: Row(path=f"{path}/udt:{first}", codec=codecs.BOOLEAN),
        f"{term}#2": Row(path=f"{path}/udt:{second}", codec=codecs.BOOLEAN, written=False),
    }


def _party(first: int, address: str) -> dict[str, str]:
    """Return the rows of a party whose private identifier is MDT-`first`."""
    names = ("ID", "GlobalID", "Name", "RoleCode")
    rows = {f"MDT-{first + number}": f"ram:{name}" for number, name in enumerate(names)}
    return rows | {address: "ram:URIUniversalCommunication/ram:URIID"}


_HEAD: dict[str, str | Row | Const | Presence] = {
    "MDG-CONTEXT": _CONTEXT,
    "MDG-CONTEXT-0": const("false", "ram:TestIndicator/udt:Indicator", written=False),
    "MDT-2": "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
    "MDG-3": "ram:GuidelineSpecifiedDocumentContextParameter",
    "MDT-3": "ram:ID",
    "MDT-4": f"{_DOCUMENT}/ram:ID",
    "MDT-5": f"{_DOCUMENT}/ram:Name",
    "MDT-8": _instant(f"{_DOCUMENT}/ram:IssueDateTime"),
    "MDG-9": f"{_DOCUMENT}/ram:SenderTradeParty",
    **_party(18, "MDT-35"),
    "MDG-ISSUER": f"{_DOCUMENT}/ram:IssuerTradeParty",
    **_party(37, "MDT-54"),
    "MDG-RECIPIENT": f"{_DOCUMENT}/ram:RecipientTradeParty",
    **_party(56, "MDT-73"),
}
_OBJECT: dict[str, str | Row | Const | Presence] = {
    "MDG-DECISION": "rsm:AcknowledgementDocument",
    **_indicator("MDT-74", "ram:MultipleReferencesIndicator", "Indicator", "IndicatorString"),
    "MDT-77": "ram:TypeCode",
    "MDT-78": _instant("ram:IssueDateTime"),
    "MDG-REFERENCE": "ram:ReferenceReferencedDocument",
    "MDT-87": "ram:IssuerAssignedID",
    "MDT-88": "ram:StatusCode",
    "MDT-91": "ram:TypeCode",
    "MDT-92": "ram:GlobalID",
    "MDT-95": _instant("ram:ReceiptDateTime"),
    "MDT-96": "ram:AttachmentBinaryObject",
    "MDT-97": "ram:ReferenceTypeCode",
    "MDG-35": "ram:FormattedIssueDateTime",
    "MDT-100": _day("qdt:DateTimeString", _DAY),
    "MDT-105": "ram:ProcessConditionCode",
    "MDT-106": "ram:ProcessCondition",
    "MDG-SELLER": "ram:IssuerTradeParty",
    "MDT-129": "ram:GlobalID",
    "MDT-SELLER-NAME": "ram:Name",
    "MDT-132": "ram:RoleCode",
    "MDG-OBJECT-RECIPIENT": "ram:RecipientTradeParty",
    "MDT-OBJECT-RECIPIENT-ID": "ram:GlobalID",
    "MDT-OBJECT-RECIPIENT-NAME": "ram:Name",
    "MDT-158": "ram:RoleCode",
}
_DETAIL: dict[str, str | Row | Const | Presence] = {
    "MDG-37": "ram:SpecifiedDocumentStatus",
    "MDT-113": "ram:ReasonCode",
    "MDT-114": "ram:Reason",
    "MDT-115": "ram:ProcessConditionCode",
    "MDT-116": "ram:ProcessCondition",
    "MDT-121": "ram:RequestedActionCode",
    "MDT-122": "ram:RequestedAction",
    "MDT-124-2": "ram:SequenceNumeric",
    "MDG-NOTE": "ram:IncludedNote",
    "MDT-125": "ram:ContentCode",
    "MDT-126": "ram:Content",
    "MDT-127": "ram:SubjectCode",
    "MDG-43": "ram:SpecifiedDocumentCharacteristic",
    "MDT-206": "ram:ID",
    "MDT-207": "ram:TypeCode",
    **_indicator("MDT-209", "ram:ValueChangedIndicator", "IndicatorString", "Indicator"),
    "MDT-211": "ram:Name",
    "MDT-213": "ram:Location",
    "MDT-214": "ram:Value",
    "MDT-215": "ram:ValueAmount",
    "MDT-216": "ram:ValueAmount/@currencyID",
    "MDT-219": _day("ram:ValueDateTime/udt:DateTimeString"),
    "MDT-224": "ram:ValuePercent",
}

ACKNOWLEDGEMENT = Binding(
    "rsm:CrossDomainAcknowledgementAndResponse",
    NAMESPACES,
    _HEAD | _OBJECT | _DETAIL,
    ignored=LIST_ATTRIBUTES,
    required=(_DOCUMENT,),
    document=Acknowledgement,
)

_NEEDED = ("MDT-8", "MDT-78", "MDT-105")
"""Without these no message can be made: when, and what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReading:
    """A status message as a file says it, and what was not understood."""

    message: StatusMessage | None
    """None when the file does not say which status (MDT-105), or when (MDT-8, MDT-78)."""
    document: Acknowledgement
    """Everything that the file holds, term by term."""
    detected: Detected
    findings: tuple[Finding, ...]
    """What could not be placed (``UNMAPPED``), read (``MALFORMED``), found (``INCOMPLETE``) or
    carried into the message (``NOT-IN-MESSAGE``)."""

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """What the file holds beyond the terms."""
        return self.document.unmapped


def read_status(data: bytes | Detected) -> StatusReading:
    """Read a status message.

    Raises UnreadableDocument when it cannot be understood at all, UnknownFormat when it is no
    CDAR; whatever is odd inside a readable file is told by the findings.
    """
    detected = detect(data) if isinstance(data, bytes) else data
    if detected.syntax is not Syntax.CDAR:
        raise UnknownFormat(
            f"Ce document ({detected.syntax}) n'est pas un statut.",
            reason="not-a-status",
            remedy="Déposez un statut au format CDAR.",
        )
    document: Acknowledgement = read_document(detected.root, ACKNOWLEDGEMENT)
    message = message_of(document)
    left_out = _missing(document) if message is None else _left_out(document, message)
    return StatusReading(
        message=message,
        document=document,
        detected=detected,
        findings=oddities(document) + left_out,
    )


def write_status(message: StatusMessage) -> bytes:
    """Write a status message as CDAR. Equal messages give equal bytes."""
    xml, lost = write_document(document_of(message), ACKNOWLEDGEMENT)
    assert not lost, lost
    return xml


def _missing(document: Acknowledgement) -> tuple[Finding, ...]:
    held = {one.term.id for one in values(document)}
    return tuple(
        Finding(
            rule="INCOMPLETE",
            layer=Layer.ADVICE,
            severity=Severity.WARNING,
            message=f"Ce statut n'est pas exploitable : il manque « {label(term)} » ({term}).",
            where=term,
            remedy="Demandez à l'émetteur du statut de le renvoyer complet.",
        )
        for term in _NEEDED
        if term not in held
    )


def _left_out(document: Acknowledgement, message: StatusMessage) -> tuple[Finding, ...]:
    """Name the terms of which the message does not carry every value."""
    written = Counter((one.term.id, one.value) for one in values(document_of(message)))
    held = Counter((one.term.id, one.value) for one in values(document))
    return tuple(
        Finding(
            rule="NOT-IN-MESSAGE",
            layer=Layer.ADVICE,
            severity=Severity.ADVICE,
            message=f"« {label(term)} » ({term}) n'est pas repris dans le statut que nous gardons.",
            where=term,
            remedy="Consultez le fichier reçu, qui est conservé tel quel.",
        )
        for term in dict.fromkeys(term for term, value in held - written if value != "")
    )


# --- from the file's terms to a message ----------------------------------------------------------


def message_of(document: Acknowledgement) -> StatusMessage | None:
    """Return the message that a file says; None when it lacks what :data:`_NEEDED` names.

    A message is about one object: of several, the first one.
    """
    decision = next(iter(document.decisions), paper.Decision())
    reference = next(iter(decision.references), paper.Reference())
    code = (reference.status_code or "").strip()
    if document.issued_at is None or decision.decided_at is None or not code.isdecimal():
        return None
    context = document.context or paper.Context()
    guideline = context.guideline or paper.Guideline()
    return StatusMessage(
        process=context.process or "",
        guideline=guideline.identifier or "",
        document_id=document.identifier or "",
        name=document.name or "",
        issued_at=document.issued_at,
        sender=_party_of(document.sender),
        issuer=_party_of(document.issuer),
        recipients=tuple(_party_of(one) for one in document.recipients),
        phase=decision.type_code or "",
        decided_at=decision.decided_at,
        invoice_number=reference.number or "",
        object_status=reference.object_status or "",
        invoice_type=reference.type_code or "",
        received_at=reference.received_at,
        reference_type=reference.reference_type or "",
        invoice_date=reference.issued.day if reference.issued else None,
        status_code=int(code),
        status_label=reference.status or "",
        seller=_party_of(reference.seller),
        details=tuple(_detail_of(one) for one in reference.details),
        attachments=reference.attachments,
    )


def _party_of(actor: paper.Actor | None) -> Party:
    if actor is None:
        return Party(role="")
    known = (*actor.identifiers, *actor.local_identifiers, Identifier(""))[0]
    address = actor.address or Identifier("")
    return Party(
        role=actor.role or "",
        identifier=known.value,
        scheme=known.scheme or "",
        name=actor.name or "",
        address=address.value,
        address_scheme=address.scheme or "",
    )


def _detail_of(detail: paper.Detail) -> StatusDetail:
    note = next(iter(detail.notes), paper.Note())
    return StatusDetail(
        sequence=int(detail.sequence or 0),
        reason_code=detail.reason_code or "",
        reason_label=detail.reason or "",
        status_code=detail.status_code or "",
        action_code=detail.action_code or "",
        action_label=detail.action or "",
        rule=note.rule or "",
        comment=note.text or "",
        location=note.location or "",
        characteristics=tuple(_characteristic_of(one) for one in detail.characteristics),
    )


def _characteristic_of(datum: paper.Characteristic) -> Characteristic:
    return Characteristic(
        type_code=datum.type_code or "",
        amount=datum.amount,
        currency=datum.currency or "EUR",
        percent=datum.percent,
        value_date=datum.value_date,
        text=datum.text or "",
        term=datum.datum or "",
        changed=datum.changed or False,
        name=datum.name or "",
        location=datum.location or "",
    )


# --- from a message to the file's terms ----------------------------------------------------------


def document_of(message: StatusMessage) -> Acknowledgement:
    """Return the terms of the file that says `message`."""
    return Acknowledgement(
        context=paper.Context(
            process=message.process or None,
            guideline=paper.Guideline(identifier=message.guideline or None),
        ),
        identifier=message.document_id or None,
        name=message.name or None,
        issued_at=message.issued_at,
        sender=_actor_of(message.sender),
        issuer=_actor_of(message.issuer),
        recipients=tuple(_actor_of(one) or paper.Actor() for one in message.recipients),
        decisions=(
            paper.Decision(
                multiple=False,
                type_code=message.phase or None,
                decided_at=message.decided_at,
                references=(_reference_of(message),),
            ),
        ),
    )


def _reference_of(message: StatusMessage) -> paper.Reference:
    return paper.Reference(
        number=message.invoice_number or None,
        object_status=message.object_status or None,
        type_code=message.invoice_type or None,
        received_at=message.received_at,
        attachments=message.attachments,
        reference_type=message.reference_type or None,
        issued=paper.IssueDate(day=message.invoice_date) if message.invoice_date else None,
        status_code=str(message.status_code),
        status=message.status_label or None,
        seller=_actor_of(message.seller),
        details=tuple(_detail(one) for one in message.details),
    )


def _actor_of(party: Party) -> paper.Actor | None:
    """Return a party's terms; without a scheme its identifier is a private one."""
    if party == Party(role=""):
        return None
    known = (Identifier(party.identifier, party.scheme or None),) if party.identifier else ()
    return paper.Actor(
        local_identifiers=() if party.scheme else known,
        identifiers=known if party.scheme else (),
        name=party.name or None,
        role=party.role or None,
        address=Identifier(party.address, party.address_scheme or None) if party.address else None,
    )


def _detail(detail: StatusDetail) -> paper.Detail:
    note = paper.Note(
        rule=detail.rule or None, text=detail.comment or None, location=detail.location or None
    )
    return paper.Detail(
        reason_code=detail.reason_code or None,
        reason=detail.reason_label or None,
        status_code=detail.status_code or None,
        action_code=detail.action_code or None,
        action=detail.action_label or None,
        sequence=Decimal(detail.sequence) if detail.sequence else None,
        notes=() if note == paper.Note() else (note,),
        characteristics=tuple(_characteristic(one) for one in detail.characteristics),
    )


def _characteristic(datum: Characteristic) -> paper.Characteristic:
    return paper.Characteristic(
        datum=datum.term or None,
        type_code=datum.type_code or None,
        changed=datum.changed,
        name=datum.name or None,
        location=datum.location or None,
        text=datum.text or None,
        amount=datum.amount,
        currency=None if datum.amount is None else datum.currency,
        value_date=datum.value_date,
        percent=datum.percent,
    )
