"""The mailboxes of the simulated network in the database, and both ends of a dossier's post.

This is the only place where one dossier's work reaches another's: a parcel is put into the
recipient's mailbox and the recipient is woken. What it becomes there is the recipient's own work.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from facturier.network.platform import Kind, Parcel
from facturier.network.simulated import SimulatedNetwork
from facturier.server import clock, sight
from facturier.server.archive import chain, keeping
from facturier.server.directory.asking import addresses_of
from facturier.server.directory.lookup import route
from facturier.server.documents import store
from facturier.server.documents.deposit import remember_all, row_of
from facturier.server.documents.models import (
    CDAR,
    FIRST_STEP,
    HEAR,
    Direction,
    Envelope,
    Flow,
    Message,
)
from facturier.server.jobs.fault_points import fault_point
from facturier.server.jobs.pauses import pause
from facturier.server.jobs.wake import wake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from facturier.server.directory.models import Line
    from facturier.server.documents.models import Transmission
    from facturier.server.firm.models import Dossier

logger = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 2, 3600
"""Seconds between two attempts at a message; each pause is twice the one before."""
MOST_BYTES_AT_ONCE = 16 * 1024 * 1024
"""Of the parcels of one collection: a hundred of 100 MB would not fit in memory."""


class DatabasePostOffice:
    """Implements :class:`facturier.network.simulated.PostOffice`."""

    def serves(self, address: str) -> bool:
        """Return whether the directory says that `address` is a dossier's of this installation."""
        return route(address) is not None

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Put `parcels` into the recipients' mailboxes, once for each key; wake the recipients."""
        addresses = dict.fromkeys(parcel.recipient for parcel in parcels)
        found = {address: self._mailbox(address) for address in addresses}
        made: dict[int, list[Envelope]] = {}
        for parcel in parcels:
            line, recipient = found[parcel.recipient]
            made.setdefault(recipient, []).append(_envelope(parcel, line.identifier, recipient))
        several = (one for envelopes in made.values() for one in envelopes)
        remember_all(one.stored for one in several if one.stored)
        for recipient, envelopes in made.items():
            with sight.of([recipient]):
                Envelope.objects.bulk_create(envelopes, ignore_conflicts=True)
            wake(recipient)

    def _mailbox(self, address: str) -> tuple[Line, int]:
        found = route(address)
        if found is None:
            raise KeyError(address)
        return found

    def waiting(self, address: str, limit: int) -> Sequence[Parcel]:
        """Return at most `limit` parcels not taken yet, oldest first; they must be in sight."""
        waiting = Envelope.objects.filter(recipient_address=address, taken_at=None).order_by("pk")
        return list(_parcels(_at_once(waiting.select_related("stored")[:limit])))

    def take(self, address: str, keys: Iterable[str]) -> None:
        """Mark parcels as taken."""
        found = Envelope.objects.filter(recipient_address=address, key__in=list(keys))
        found.update(taken_at=timezone.now())


def _envelope(parcel: Parcel, address: str, recipient: int) -> Envelope:
    return Envelope(
        dossier_id=recipient, key=parcel.key, kind=parcel.kind.value, sender_address=parcel.sender,
        recipient_address=address, external_id=parcel.transmission,
        body={**parcel.body, "name": parcel.name},
        stored=None if parcel.content is None else row_of(parcel.content),
    )  # fmt: skip


C = TypeVar("C", Envelope, Message)


def _at_once(carried: Iterable[C]) -> Iterator[C]:
    """Yield the first of what is `carried`, as many as may be in memory together, but one."""
    size = 0
    for number, one in enumerate(carried):
        size += one.stored.size if one.stored else 0
        if number and size > MOST_BYTES_AT_ONCE:
            return
        yield one


def _parcels(envelopes: Iterable[Envelope]) -> Iterator[Parcel]:
    for envelope in envelopes:
        try:
            yield _parcel(envelope)
        except (OSError, store.AlteredBytes):  # it waits for its bytes; the others do not
            logger.exception("envelope %s", envelope.pk)


def _parcel(envelope: Envelope) -> Parcel:
    body = dict(envelope.body)
    return Parcel(
        key=envelope.key,
        kind=Kind(envelope.kind),
        sender=envelope.sender_address,
        recipient=envelope.recipient_address,
        transmission=envelope.external_id,
        content=store.get(envelope.stored_id) if envelope.stored_id else None,
        name=body.pop("name", ""),
        body=body,
    )


NETWORK = SimulatedNetwork(DatabasePostOffice())
"""The way to the other side, as long as there is only the simulated one."""


def post(transmission: Transmission, again: int | None = None) -> None:
    """Put the invoice of `transmission` into the outbox; `again` numbers the times after."""
    key = f"invoice:{transmission.external_id}"
    Message.objects.create(
        dossier_id=transmission.dossier_id,
        key=key if again is None else f"{key}:{again}",
        kind=Message.Kind.INVOICE,
        transmission=transmission,
        recipient_address=transmission.peer_address,
        stored_id=transmission.document.stored_id,
    )
    wake(transmission.dossier_id)


def send(dossier: int, messages: Iterable[int]) -> list[Message]:
    """Step 10, send: hand messages (ids) of a dossier over together, in one transaction.

    What another worker has, or had, is left out, as are the last when there are too many bytes;
    returns the rest. A failure hands none over: `NetworkFailure` or whatever it was is raised.
    """
    with sight.of([dossier]):
        waiting = (
            Message.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("dossier", "stored", "transmission__document__flow")
            .filter(pk__in=list(messages), state=Message.State.PENDING)
            .order_by("pk")
        )
        sent = list(_at_once(waiting))
        if sent:
            NETWORK.deliver_all([_parcel_of(message) for message in sent])
            _note_sent(sent)
    return sent


def _parcel_of(message: Message) -> Parcel:
    return Parcel(
        key=message.key,
        kind=Kind(message.kind),
        sender=message.dossier.electronic_address,
        recipient=message.recipient_address,
        transmission=message.transmission.external_id,
        content=store.get(message.stored_id) if message.stored_id else None,
        name=message.transmission.document.flow.name,
        body=message.body,
    )


def _note_sent(messages: Sequence[Message]) -> None:
    """Keep that `messages` were handed over."""
    now = timezone.now()
    with chain.gathered():
        for message in messages:
            fault_point("delivered")
            message.state, message.sent_at, message.last_error = Message.State.SENT, now, ""
            if message.kind == Message.Kind.INVOICE:
                keeping.delivered(message)
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(
            state=Message.State.SENT, sent_at=now, last_error=""
        )


def due(dossier: int, platform: str) -> QuerySet[Message]:
    """Return what may be handed over to `platform` now; the dossier must be in sight.

    A message waits for an earlier one of its transmission that was put off: a status that overtakes
    another contradicts the history there.
    """
    pending = Message.objects.filter(dossier_id=dossier, state=Message.State.PENDING)
    now = timezone.now()
    put_off_before = pending.filter(
        transmission=OuterRef("transmission"), pk__lt=OuterRef("pk"), not_before__gt=now
    )
    return pending.filter(
        ~Exists(put_off_before), not_before__lte=now, transmission__platform=platform
    )


def put_off(message: Message, failure: Exception, *, permanent: bool = False) -> None:
    """Try `message` again, each time later, as often as it takes; give up what is `permanent`."""
    message.attempts += 1
    message.last_error = str(failure)
    if permanent:
        message.state = Message.State.FAILED
    message.not_before = timezone.now() + pause(message.attempts, FIRST_PAUSE, LONGEST_PAUSE)
    message.save()


STUCK_AFTER = timedelta(minutes=10)
"""How long a message may fail before a person is told."""


def stuck(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Keep what a person should look at: given up, or failing for more than ten minutes.

    What another platform took and then refused is told by the status of its invoice.
    """
    failing = Q(state=Message.State.PENDING, created_at__lt=timezone.now() - STUCK_AFTER)
    given_up = Q(state=Message.State.FAILED, handed=None)
    return messages.exclude(state=Message.State.SENT).filter(failing & ~Q(last_error="") | given_up)


def try_again(message: Message) -> None:
    """Take `message` up again now, the first time of a new series; the dossier is woken."""
    message.state, message.attempts, message.not_before = (
        Message.State.PENDING, 0, timezone.now(),
    )  # fmt: skip
    message.save(update_fields=["state", "attempts", "not_before"])
    wake(message.dossier_id)


def collect(dossier: Dossier) -> int:
    """Take what waits in the mailbox of `dossier`: each parcel becomes a flow, then is safe here.

    Returns how many were taken. Runs in the current transaction.
    """
    return sum(_collect_at(dossier, address) for address in addresses_of(dossier))


def _collect_at(dossier: Dossier, address: str) -> int:
    parcels = NETWORK.poll(address)
    if parcels:
        flows = [_flow_of(dossier, parcel) for parcel in parcels]
        remember_all(flow.stored for flow in flows if flow.stored)
        Flow.objects.bulk_create(flows, ignore_conflicts=True)
        NETWORK.acknowledge(address, [parcel.key for parcel in parcels])
        fault_point("collected")
    return len(parcels)


def _flow_of(dossier: Dossier, parcel: Parcel) -> Flow:
    is_invoice = parcel.kind is Kind.INVOICE
    return Flow(
        dossier=dossier,
        message_key=f"{dossier.pk}:{parcel.key}",
        direction=Direction.IN,
        channel=_channel(parcel),
        flow_type="SupplierInvoice" if is_invoice else "Undefined",
        declared_syntax="" if is_invoice else CDAR,
        name=parcel.name,
        submitted_at=clock.now(),
        stored=row_of(parcel.content) if parcel.content is not None else None,
        next_step=FIRST_STEP if is_invoice else HEAR,
    )


def _channel(parcel: Parcel) -> Flow.Channel:
    came_from = parcel.body.get("platform", NETWORK.name)
    return Flow.Channel.SIMULATED if came_from == NETWORK.name else Flow.Channel.NETWORK


def envelope_of(flow: Flow) -> Envelope:
    """Return the envelope that `flow` came in."""
    assert flow.message_key is not None, flow.pk
    return Envelope.objects.get(
        dossier_id=flow.dossier_id, key=flow.message_key.removeprefix(f"{flow.dossier_id}:")
    )
