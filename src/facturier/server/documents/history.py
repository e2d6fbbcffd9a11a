"""What was said about a transmission: kept, folded, said and heard.

:mod:`facturier.lifecycle` decides; here its events become rows and rows become its events. The
stored status is a cache of the fold, and both are compared whenever a state is read.
"""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.lifecycle.clocks import DELAY
from facturier.lifecycle.messages import (
    Characteristic,
    Event,
    heard,
    recipients,
)
from facturier.lifecycle.statuses import Phase, Side, status
from facturier.lifecycle.transitions import State, advance, fold, is_admitted
from facturier.reporting.envelope import Interface
from facturier.reporting.scope import Treatment
from facturier.server import clock
from facturier.server.archive import keeping
from facturier.server.books import cancelling
from facturier.server.documents import several, status_files
from facturier.server.documents.deposit import remember_all
from facturier.server.documents.models import (
    Direction,
    Document,
    Flow,
    Message,
    Transmission,
)
from facturier.server.documents.models import Event as EventRow
from facturier.server.documents.sides import (
    deposit_platform,
    life_cycle_names,
    own_platform,
    own_side,
    reference,
)
from facturier.server.jobs.fault_points import fault_point
from facturier.server.jobs.wake import wake
from facturier.server.portal import outbox
from facturier.server.reporting import qualifying
from facturier.server.running import observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from facturier.invoice.model import Attachment
    from facturier.lifecycle.messages import InvoiceReference, StatusMessage
    from facturier.server.documents.models import StoredBytes
    from facturier.server.documents.status_files import StatusFile
    from facturier.server.firm.models import Person

PLATFORM = "Facturier"
"""Author of what no person said."""
PORTAL = "Portail public de facturation"
"""Author of its answers."""
ONE_SECOND = timedelta(seconds=1)


def state_of(transmission: Transmission) -> State:
    """Return the fold of the transmission's events; the cached status must agree with it."""
    return _folded(transmission, transmission.events.order_by("pk"))


def _latest(state: State) -> str:
    return str(state.latest) if state.latest else ""


def _folded(transmission: Transmission, rows: Iterable[EventRow]) -> State:
    state = fold([event_of(row) for row in rows], invoice=_addressed(transmission))
    assert _latest(state) == transmission.state, (
        f"transmission {transmission.pk}: {transmission.state} is stored, {state.latest} folded"
    )
    return state


def _addressed(transmission: Transmission) -> InvoiceReference | None:
    """Return the invoice with an address for each party that we can reach.

    The invoice's own words hold (BT-34, BT-49); else ours is the dossier's, theirs the one that the
    transmission goes to or comes from.
    """
    named = reference(transmission.document)
    if named is None:
        return None
    own = transmission.document.dossier.electronic_address
    is_seller = own_side(transmission.document) is Side.SELLER
    addresses = (own, transmission.peer_address) if is_seller else (transmission.peer_address, own)
    seller, buyer = (
        party if party.address or not address
        else dataclasses.replace(party, address=address, address_scheme="0225")
        for party, address in zip((named.seller, named.buyer), addresses, strict=True)
    )  # fmt: skip
    return dataclasses.replace(named, seller=seller, buyer=buyer)


def event_of(row: EventRow) -> Event:
    """Return the event that a row keeps."""
    return Event(
        code=int(row.code), side=Side(row.side), at=row.at, reason=row.reason, comment=row.comment,
        action=row.action, amounts=tuple(_characteristic(one) for one in row.amounts),
        author=row.author_label,
    )  # fmt: skip


@transaction.atomic
def say(
    transmission: Transmission,
    code: int,
    side: Side,
    *,
    reason: str = "",
    comment: str = "",
    action: str = "",
    amounts: Iterable[Characteristic] = (),
    attachments: tuple[Attachment, ...] = (),
    author: Person | None = None,
    program: str = "",
    at: datetime | None = None,
    source: StoredBytes | None = None,
    flow: Flow | None = None,
) -> EventRow:
    """Say status `code` about `transmission`, keep it and tell the other side.

    Its author is a person, or the `program` of that name, or else the platform itself. It travels
    as a CDAR: the one that was deposited (`source`, by the flow `flow`), else ours. Instants are of
    whole seconds, which is what a CDAR can say. `attachments` go to the other side, never to the
    public portal, which would reject the message (G7.49). Raises `RefusedByUs` when `side` may not
    say it now, when the content is not admitted, or when the message would break a rule. All of it
    happens, or nothing.
    """
    locked = _lock(transmission)
    state = state_of(locked)
    event = Event(
        code=code, side=side, at=_moment(state, side, at), reason=reason, comment=comment,
        action=action, amounts=tuple(amounts),
        author=str(author) if author else program or PLATFORM,
    )  # fmt: skip
    after, made = advance(state, event)
    said = _said(
        locked, event, made, author=author, attachments=attachments, source=source, flow=flow
    )
    (row,) = _keep(locked, [said], after)
    transmission.state = locked.state
    return row


def begin(
    transmission: Transmission, side: Side, *codes: int, reason: str = "", comment: str = ""
) -> list[EventRow]:
    """Keep a new `transmission`, with what the platform says about it first.

    As if it were kept and `codes` then said one after the other (:func:`say`). But nobody else
    knows it yet: there is nothing to lock and nothing to read, and each table is written once.
    `reason` and `comment` are of all `codes`. Runs in the current transaction.
    """
    assert transaction.get_connection().in_atomic_block
    state, said = _folded(transmission, ()), []
    for code in codes:
        event = Event(
            code=code, side=side, at=_moment(state, side, None), reason=reason, comment=comment,
            author=PLATFORM,
        )  # fmt: skip
        state, made = advance(state, event)
        said.append(_said(transmission, event, made))
    transmission.state = _latest(state)
    transmission.save()
    return _keep(transmission, said, state)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A status that is about to be kept: its row, and the files that tell it."""

    row: EventRow
    written: StoredBytes | None = None
    """The file made for it here; its bytes are in the store, its row is not."""
    travels: bool = False
    why: str = ""
    """What keeps the message from leaving."""
    for_portal: tuple[StatusFile, ...] = ()
    """One for each invoice that the document is made of."""


def _said(
    transmission: Transmission,
    event: Event,
    made: Iterable[StatusMessage],
    *,
    author: Person | None = None,
    attachments: tuple[Attachment, ...] = (),
    source: StoredBytes | None = None,
    flow: Flow | None = None,
) -> _Said:
    """Write what `event` calls for as files, and put them into the store."""
    made, document = tuple(made), transmission.document
    to_portal: Iterable[StatusMessage] = ()
    if _concerns_portal(transmission):
        to_portal = several.told_to_portal(document, event, made)
    copy = next((one for one in made if not one.to_ppf), None) if source is None else None
    ours = None
    if copy is not None:
        ours = status_files.written(dataclasses.replace(copy, attachments=attachments))
    travels = transmission.is_connected and _reaches_other_side(document, event)
    written = None
    if ours is not None:  # a file that was deposited has been checked, and travels as it is
        if travels and ours.broken and event.side is own_side(document):
            raise _breaks_a_rule(ours)
        written = None if ours.broken and not travels else ours.stored()
    row = _row(
        transmission, event, author=author, source=written or source, flow=flow,
        attached=tuple(one.filename or "" for one in attachments),
    )  # fmt: skip
    return _Said(
        row=row, written=written, travels=travels and row.source is not None,
        why=ours.why if ours else "", for_portal=tuple(map(status_files.written, to_portal)),
    )  # fmt: skip


def _moment(state: State, side: Side, at: datetime | None) -> datetime:
    """Return when a status is decided: now or as told, but never before what it answers.

    Both sides must find the same order again, whatever the order of arrival.
    """
    if at is not None:
        return at.replace(microsecond=0)
    moment = clock.now().replace(microsecond=0)
    for one in state.history:
        if status(one.code).phase is Phase.TREATMENT:
            moment = max(moment, one.at if one.side is side else one.at + ONE_SECOND)
    return moment


def _breaks_a_rule(file: StatusFile) -> RefusedByUs:
    first = file.broken[0]
    return RefusedByUs(
        f"Ce statut ne peut pas partir : {first.rule}, {first.message}",
        reason="status-rule", remedy=first.remedy,
    )  # fmt: skip


def _message(transmission: Transmission, said: _Said) -> Message:
    """Return the message for the outbox; one that breaks a rule stays there, with the reason."""
    row = said.row
    return Message(
        dossier_id=transmission.dossier_id, transmission=transmission, event=row,
        key=f"status:{transmission.external_id}:{row.side}:{row.pk}", kind=Message.Kind.STATUS,
        recipient_address=transmission.peer_address, stored=row.source, last_error=said.why,
        state=Message.State.FAILED if said.why else Message.State.PENDING,
    )  # fmt: skip


def _concerns_portal(transmission: Transmission) -> bool:
    """Whether the portal follows this invoice: domestic, and exchanged between platforms."""
    document = transmission.document
    if transmission.lives_elsewhere:  # its platform tells the portal
        return False
    is_exchanged = document.direction == Document.Side.ISSUED or transmission.is_connected
    return is_exchanged and document.treatment == Treatment.B2B


def _owe_to_portal(row: EventRow, files: tuple[StatusFile, ...]) -> None:
    for rank, file in enumerate(files):
        outbox.owe(
            row.dossier_id, Interface.F6_MANDATORY, f"CDV_{row.pk}{f'_{rank}' if rank else ''}.xml",
            file.data, about=row, siren=file.message.seller.identifier, due_at=row.at + DELAY,
            reference=file.message.document_id, why=file.why,
        )  # fmt: skip


def hear(transmission: Transmission, said: StatusMessage, flow: Flow) -> EventRow | None:
    """Keep what the other side said in the message that came as `flow`; None when already kept.

    A code that is in no list is kept too, and changes nothing. Runs in the current transaction,
    which has locked `transmission` (:func:`.status_files.transmission_of`). Raises `RefusedByPeer`
    when it contradicts the state.
    """
    assert transaction.get_connection().in_atomic_block
    rows = list(transmission.events.order_by("pk"))
    if flow.message_key and any(row.message_key == flow.message_key for row in rows):
        return None
    state = _folded(transmission, rows)
    side = _speaker(transmission, state, said)
    event = heard(said, side, author=said.issuer.name)
    return _note(
        transmission, state, event, flow=flow, source=flow.stored,
        attached=tuple(one.filename or "" for one in said.attachments),
    )  # fmt: skip


@transaction.atomic
def answered(
    transmission: Transmission,
    code: int,
    *,
    at: datetime,
    reason: str = "",
    comment: str = "",
    source: StoredBytes | None = None,
) -> EventRow | None:
    """Keep what the public portal answered about something sent to it; None when already kept.

    It changes no status of the invoice. Raises `RefusedByPeer` for a status that is never said
    about an invoice.
    """
    locked = _lock(transmission)
    event = Event(
        code=code, side=Side.PPF, at=at.replace(microsecond=0), reason=reason, comment=comment,
        author=PORTAL,
    )  # fmt: skip
    return _note(locked, state_of(locked), event, source=source)


def _speaker(transmission: Transmission, state: State, said: StatusMessage) -> Side:
    """Return who says what reached us.

    Where the dossier lives on another platform, that one speaks too, and tells what was said there
    in the dossier's own name: whoever may say it now is believed, our own platform first.
    """
    own = own_side(transmission.document)
    if not transmission.lives_elsewhere:
        return status_files.speaker(said, own)
    if status_files.ROLES.get(said.issuer.role) is own:
        return own
    other = status_files.speaker(said, own)
    platform = own_platform(transmission.document)
    by_platform = other in (Side.SELLER_PLATFORM, Side.BUYER_PLATFORM)
    ours = by_platform and is_admitted(state, said.status_code, platform)
    return platform if ours else other


@transaction.atomic
def not_taken(transmission: Transmission, *, reason: str, comment: str, author: str) -> EventRow:
    """Keep that the platform of the dossier could not take the file of an invoice: 501.

    Raises `RefusedByPeer` when its statuses already say otherwise.
    """
    locked = _lock(transmission)
    event = Event(
        code=501, side=own_platform(locked.document), at=clock.now().replace(microsecond=0),
        reason=reason, comment=comment, author=author,
    )  # fmt: skip
    after, _ = advance(state_of(locked), event, own=False)
    if after.terminal:  # nothing was issued: the number is free again
        locked.document.accepted = False
    return _keep(locked, [_Said(row=_row(locked, event))], after)[0]


@transaction.atomic
def not_transmitted(transmission: Transmission, *, comment: str) -> EventRow | None:
    """Tell the seller that nobody has the invoice, after a routing error; None when told already.

    The public portal knows the deposit since the first 200: nothing goes to it.
    """
    locked = _lock(transmission)
    event = Event(
        code=200, side=deposit_platform(locked.document), at=clock.now().replace(microsecond=0),
        reason="NON_TRANSMISE", comment=comment, author=PLATFORM,
    )  # fmt: skip
    return _note(locked, state_of(locked), event)


def _note(transmission: Transmission, state: State, event: Event, **of_row: Any) -> EventRow | None:
    """Keep what another said, or what is told to nobody else, once: no message follows from it."""
    if is_kept(state, event):
        return None
    after, _ = advance(state, event, own=False)
    return _keep(transmission, [_Said(row=_row(transmission, event, **of_row))], after)[0]


def is_kept(state: State, event: Event) -> bool:
    """Whether the history holds `event` already, whoever is named as its author."""
    anonymous = dataclasses.replace(event, author="")
    return any(dataclasses.replace(one, author="") == anonymous for one in state.history)


def _lock(transmission: Transmission) -> Transmission:
    locked = Transmission.objects.select_for_update(of=("self",)).select_related(
        "document__flow", "document__dossier"
    )
    return locked.get(pk=transmission.pk)


def _reaches_other_side(document: Document, event: Event) -> bool:
    named = reference(document)
    if named is None:
        return False
    own = own_side(document)
    other = status_files.OPPOSITE[own]
    heard_by = recipients(event.code, event.side, self_billed=named.self_billed)
    # a factor hears what the other side must not (226): its file has no way through that one
    return event.side in {own, own_platform(document)} and not set(heard_by).isdisjoint(other)


def _row(
    transmission: Transmission,
    event: Event,
    *,
    author: Person | None = None,
    flow: Flow | None = None,
    source: StoredBytes | None = None,
    attached: tuple[str, ...] = (),
) -> EventRow:
    document = transmission.document
    return EventRow(
        dossier_id=transmission.dossier_id,
        document=document,
        transmission=transmission,
        flow=flow or _life_cycle_flow(document, event, source),
        code=str(event.code),
        side=event.side.value,
        reason=event.reason,
        comment=event.comment,
        action=event.action,
        attached="\n".join(name or "sans nom" for name in attached),
        amounts=[_datum(one) for one in event.amounts],
        author=author,
        author_label=event.author,
        at=event.at,
        message_key=flow.message_key if flow else None,
        source=source,
    )


def _keep(transmission: Transmission, said: list[_Said], after: State) -> list[EventRow]:
    """Write statuses of one transmission with all that follows from them, a table at a time."""
    document, rows = transmission.document, [one.row for one in said]
    remember_all(one.written for one in said if one.written)
    flows = [row.flow for row in rows if row.flow]
    Flow.objects.bulk_create(flow for flow in flows if flow.pk is None)
    EventRow.objects.bulk_create(rows)
    for row in rows:
        keeping.status_kept(row)
        observed.said(row)
        fault_point("event-kept")
    latest = _latest(after)
    if transmission.state != latest:
        transmission.state = latest
        transmission.save(update_fields=["state"])
    document.state = latest
    document.save(update_fields=["state", "accepted", "updated_at"])
    for row in rows:
        qualifying.heard(row)
        cancelling.heard(row)
    messages = [_message(transmission, one) for one in said if one.travels]
    if messages:
        Message.objects.bulk_create(messages)
        wake(transmission.dossier_id)
    for one in said:
        _owe_to_portal(one.row, one.for_portal)
    return rows


def _life_cycle_flow(document: Document, event: Event, source: StoredBytes | None) -> Flow | None:
    """Return the flow by which a program learns of `event`; None for what its own side said."""
    if event.side is own_side(document):
        return None
    return Flow(
        dossier_id=document.dossier_id,
        direction=Direction.IN,
        channel=Flow.Channel.SIMULATED,
        stored=source,
        state=Flow.State.DONE,
        next_step="",
        ack_status=Flow.Acknowledgement.OK,
        **life_cycle_names(document, event.code),
    )


# Events as JSON: amounts are written as words, so that no float ever touches them.


def _datum(one: Characteristic) -> dict[str, Any]:
    filled = {
        k: v for k, v in dataclasses.asdict(one).items()
        if v is not None and v is not False and v != ""
    }  # fmt: skip
    return {k: v if isinstance(v, (str, bool)) else str(v) for k, v in filled.items()}


def _characteristic(datum: Mapping[str, Any]) -> Characteristic:
    read = dict(datum)
    for name in ("amount", "percent"):
        if name in read:
            read[name] = Decimal(read[name])
    if "value_date" in read:
        read["value_date"] = date.fromisoformat(read["value_date"])
    return Characteristic(**read)
