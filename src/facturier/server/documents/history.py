"""What was said about a transmission: kept, folded, said and heard.

:mod:`facturier.lifecycle` decides; here its events become rows and rows become its events. The
stored status is a cache of the fold, and both are compared whenever a state is read.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from facturier.lifecycle.messages import (
    Characteristic,
    Event,
    InvoiceReference,
    Party,
    recipients,
    seat,
)
from facturier.lifecycle.statuses import Side, status
from facturier.lifecycle.transitions import State, advance, fold
from facturier.server import clock
from facturier.server.documents.models import Direction, Document, Flow, Message, Transmission
from facturier.server.documents.models import Event as EventRow
from facturier.server.jobs.fault_points import fault_point
from facturier.server.jobs.wake import wake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facturier.server.firm.models import Person

PLATFORM = "Facturier"
"""Author of what no person said."""


def reference(document: Document) -> InvoiceReference | None:
    """Return the invoice as status messages name it; None when number or date is missing."""
    if not document.number or document.issue_date is None:
        return None
    platform = Party(role="WK", identifier=settings.PLATFORM_NUMBER, scheme="0238")
    return InvoiceReference(
        number=document.number,
        issue_date=document.issue_date,
        type_code=document.type_code,
        seller=_party("SE", document.seller_siren, document.seller_name, document.seller_address),
        buyer=_party("BY", document.buyer_siren, document.buyer_name, document.buyer_address),
        seller_platform=platform,
        buyer_platform=platform,
        vat_due_on_payment=document.vat_due_on_payment,
    )


def _party(role: str, siren: str, name: str, address: str) -> Party:
    return Party(
        role=role, identifier=siren, scheme="0002" if siren else "", name=name,
        address=address, address_scheme="0225" if address else "",
    )  # fmt: skip


def own_side(document: Document) -> Side:
    """Return the side that this dossier is on: the buyer makes out a self-billed invoice."""
    named = reference(document)
    self_billed = named is not None and named.self_billed
    issued = document.direction == Document.Side.ISSUED
    return Side.SELLER if issued is not self_billed else Side.BUYER


def own_platform(document: Document) -> Side:
    """Return the platform's side for what the platform says of this record."""
    own = own_side(document)
    return Side.SELLER_PLATFORM if own is Side.SELLER else Side.BUYER_PLATFORM


def state_of(transmission: Transmission) -> State:
    """Return the fold of the transmission's events; the cached status must agree with it."""
    events = [event_of(row) for row in transmission.events.select_related("author").order_by("pk")]
    state = fold(events, invoice=reference(transmission.document))
    assert (str(state.latest) if state.latest else "") == transmission.state, (
        f"transmission {transmission.pk}: {transmission.state} is stored, {state.latest} folded"
    )
    return state


def event_of(row: EventRow) -> Event:
    """Return the event that a row keeps."""
    return Event(
        code=int(row.code), side=Side(row.side), at=row.at, reason=row.reason, comment=row.comment,
        amounts=tuple(_characteristic(one) for one in row.amounts), author=row.author_label,
    )  # fmt: skip


@transaction.atomic
def say(
    transmission: Transmission,
    code: int,
    side: Side,
    *,
    reason: str = "",
    comment: str = "",
    amounts: Iterable[Characteristic] = (),
    author: Person | None = None,
    program: str = "",
    at: datetime | None = None,
) -> EventRow:
    """Say status `code` about `transmission`, keep it and tell the other side.

    Its author is a person, or the `program` of that name, or else the platform itself.
    Raises `RefusedByUs` when `side` may not say it now or the content is not admitted. All of it
    happens, or nothing.
    """
    locked = _lock(transmission)
    event = Event(
        code=code, side=side, at=at or clock.now(), reason=reason, comment=comment,
        amounts=tuple(amounts), author=str(author) if author else program or PLATFORM,
    )  # fmt: skip
    after, _ = advance(state_of(locked), event)
    row = _keep(locked, event, after, author=author)
    transmission.state = locked.state
    if locked.is_connected and _reaches_other_side(locked.document, event):
        Message.objects.create(
            dossier_id=locked.dossier_id,
            key=f"status:{locked.external_id}:{side.value}:{row.pk}",
            kind=Message.Kind.STATUS,
            transmission=locked,
            recipient_address=locked.peer_address,
            body=_to_json(event),
        )
        wake(locked.dossier_id)
    return row


def hear(transmission: Transmission, body: Mapping[str, Any], flow: Flow) -> EventRow | None:
    """Keep what the other side said in the message that came as `flow`; None when already kept.

    Runs in the current transaction. Raises `RefusedByPeer` when it contradicts the state.
    """
    assert transaction.get_connection().in_atomic_block
    locked = _lock(transmission)
    if locked.events.filter(message_key=flow.message_key).exists():
        return None
    event = _from_json(body)
    after, _ = advance(state_of(locked), event, own=False)
    return _keep(locked, event, after, flow=flow)


def _lock(transmission: Transmission) -> Transmission:
    locked = Transmission.objects.select_for_update(of=("self",)).select_related(
        "document__flow", "document__dossier"
    )
    return locked.get(pk=transmission.pk)


def _reaches_other_side(document: Document, event: Event) -> bool:
    named = reference(document)
    if named is None:
        return False
    here = {own_side(document), own_platform(document)}
    heard_by = recipients(event.code, event.side, self_billed=named.self_billed)
    return event.side in here and not set(heard_by) <= here


def _keep(
    transmission: Transmission,
    event: Event,
    after: State,
    *,
    author: Person | None = None,
    flow: Flow | None = None,
) -> EventRow:
    document = transmission.document
    row = EventRow.objects.create(
        dossier_id=transmission.dossier_id,
        document=document,
        transmission=transmission,
        flow=flow or _life_cycle_flow(document, event),
        code=str(event.code),
        side=event.side.value,
        reason=event.reason,
        comment=event.comment,
        amounts=[_datum(one) for one in event.amounts],
        author=author,
        author_label=event.author,
        at=event.at,
        message_key=flow.message_key if flow else None,
    )
    fault_point("event-kept")
    transmission.state = str(after.latest) if after.latest else ""
    transmission.save(update_fields=["state"])
    document.state = transmission.state
    document.save(update_fields=["state", "updated_at"])
    return row


def _life_cycle_flow(document: Document, event: Event) -> Flow | None:
    """Return the flow by which a program learns of `event`; None for what its own side said."""
    if event.side is own_side(document):
        return None
    return Flow.objects.create(
        dossier_id=document.dossier_id,
        direction=Direction.IN,
        channel=Flow.Channel.SIMULATED,
        state=Flow.State.DONE,
        next_step="",
        ack_status=Flow.Acknowledgement.OK,
        **life_cycle_names(document, event.code),
    )


def life_cycle_names(document: Document, code: int) -> dict[str, str]:
    """Return how a status flow about `document` is named towards programs (XP Z12-013)."""
    side = "Customer" if own_side(document) is Side.SELLER else "Supplier"
    return {
        "flow_type": f"{side}InvoiceLC",
        "name": f"{document.number or document.flow.name} {code} {status(code).label}"[:255],
        "tracking_id": document.flow.tracking_id,
        "declared_syntax": "CDAR",
        "declared_profile": "Undefined",
        "processing_rule": document.flow.processing_rule,
    }


def deposit_platform(document: Document) -> Side:
    """Return the platform that deposits (200, 201, 213 at emission) this invoice."""
    named = reference(document)
    return seat(Side.SELLER_PLATFORM, 200, self_billed=named is not None and named.self_billed)


def receiving_platform(document: Document) -> Side:
    """Return the platform that receives (202, 203, 213 at reception) this invoice."""
    named = reference(document)
    return seat(Side.BUYER_PLATFORM, 202, self_billed=named is not None and named.self_billed)


# Events as JSON: amounts are written as words, so that no float ever touches them.


def _datum(one: Characteristic) -> dict[str, Any]:
    filled = {k: v for k, v in dataclasses.asdict(one).items() if v not in (None, "", False)}
    return {k: v if isinstance(v, (str, bool)) else str(v) for k, v in filled.items()}


def _characteristic(datum: Mapping[str, Any]) -> Characteristic:
    read = dict(datum)
    for name in ("amount", "percent"):
        if name in read:
            read[name] = Decimal(read[name])
    if "value_date" in read:
        read["value_date"] = date.fromisoformat(read["value_date"])
    return Characteristic(**read)


def _to_json(event: Event) -> dict[str, Any]:
    return {
        "code": event.code, "side": event.side.value, "at": event.at.isoformat(),
        "reason": event.reason, "comment": event.comment, "author": event.author,
        "amounts": [_datum(one) for one in event.amounts],
    }  # fmt: skip


def _from_json(body: Mapping[str, Any]) -> Event:
    return Event(
        code=int(body["code"]), side=Side(body["side"]), at=datetime.fromisoformat(body["at"]),
        reason=body["reason"], comment=body["comment"], author=body["author"],
        amounts=tuple(_characteristic(one) for one in body["amounts"]),
    )  # fmt: skip
