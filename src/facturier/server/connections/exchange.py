"""A round of exchange with the platform on which a dossier lives.

Rows hold what remains to be done: messages not handed over, arrivals not taken, a webhook wanted.
A round claims the connection for a minute, makes its calls outside of any transaction and writes
down each result in its own. When the platform as a whole fails, the connection waits and nothing is
given up; when it refuses one message, that one is set aside with the reason and the others go on.
A repeated round, or two at once, do no harm: what was handed over is found again, what was taken
is known.
"""

from __future__ import annotations

import base64
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from facturier.errors import NetworkFailure
from facturier.network.afnor import NAME, AfnorPlatform, tracking_id_of
from facturier.network.afnor.client import Client
from facturier.network.afnor.wire import Access, Wire
from facturier.network.platform import Kind, Parcel
from facturier.server import sight
from facturier.server.archive import keeping
from facturier.server.connections import arriving
from facturier.server.connections.models import Arrival, Connection, Handed
from facturier.server.connections.register import DatabaseRegister
from facturier.server.documents import mailbox, store
from facturier.server.documents.models import Message
from facturier.server.firm.sealed import open_sealed, seal
from facturier.server.jobs.pauses import pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.network.platform import Receipt

POLL_EVERY = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
"""How long a round, renewed at each message, keeps others away."""
LONGEST_ROUND = 300.0
"""Seconds after which a round ends; what is left is the next one's."""
BATCH = 25
FIRST_PAUSE, LONGEST_PAUSE = 10, 900
"""Seconds that a platform which fails is left alone; each pause is twice the one before."""
OF_ONE_MESSAGE = frozenset({"refused", "altered"})
"""Reasons of a failure that another message would not meet."""
logger = logging.getLogger(__name__)


def due() -> list[tuple[int, int]]:
    """Return the connections (id and dossier's id) that have something to do now."""
    with database.cursor() as cursor:
        cursor.execute("SELECT connection, dossier FROM connections_with_work()")
        return [(int(one), int(other)) for one, other in cursor.fetchall()]


def wire_of(connection: Connection) -> Wire:
    """Return the way to the platform. Raises `ConfigurationError` when its secret is lost."""
    return Wire(
        Access(
            address=connection.address, token_url=connection.token_url,
            client_id=connection.client_id, client_secret=open_sealed(connection.secret),
            organization=connection.organization, local=settings.LOCAL_HOOKS,
        )
    )  # fmt: skip


def go_round(
    connection: int, dossier: int, *, wire: Callable[[Connection], Wire] = wire_of
) -> bool:
    """Exchange all there is to exchange now; False when it is not due or another one does it."""
    found = _claim(connection, dossier)
    if found is None:
        return False
    try:
        _exchange(found, Client(wire(found)))
    except NetworkFailure as failure:
        _failed(found, failure)
    except Exception as error:
        logger.exception("connection %s", connection)
        words = f"Erreur interne ({type(error).__name__}). L'équipe technique doit regarder."
        _failed(found, NetworkFailure(words, permanent=False, reason="internal"))
    else:
        _succeeded(found)
    return True


def _exchange(found: Connection, client: Client) -> None:
    platform = AfnorPlatform(client, DatabaseRegister(found))
    ends = time.monotonic() + LONGEST_ROUND
    _subscribe(found, client)
    while time.monotonic() < ends and _hand_over(found, platform):
        pass
    while time.monotonic() < ends and _collect(found, platform):
        pass
    if found.asked_at is not None:
        _ask_directory(found, platform)


def _claim(connection: int, dossier: int) -> Connection | None:
    with sight.of([dossier]):
        now = timezone.now()
        mine = Connection.objects.select_for_update(skip_locked=True, of=("self",))
        found = (
            mine.select_related("dossier")
            .filter(pk=connection, is_active=True, not_before__lte=now)
            .first()
        )
        if found is not None:
            found.not_before, found.poll_at = now + LEASE, now + POLL_EVERY
            found.save(update_fields=["not_before", "poll_at"])
        return found


def _renew(found: Connection) -> None:
    """Keep others away for a while more; within the current transaction."""
    found.not_before = timezone.now() + LEASE
    found.save(update_fields=["not_before"])


# Out


def _hand_over(found: Connection, platform: AfnorPlatform) -> bool:
    """Hand over the next message that is due; False when there is none."""
    message = _claim_message(found)
    if message is None:
        return False
    try:
        parcel = _parcel(message)
        receipt = platform.deliver(parcel)
    except NetworkFailure as failure:
        if failure.reason not in OF_ONE_MESSAGE:
            _let_go(message)
            raise
        _set_aside(message, failure, permanent=failure.permanent)
    except (OSError, store.AlteredBytes) as error:  # our own bytes; the others do not wait
        logger.exception("message %s", message.pk)
        _set_aside(message, error, permanent=False)
    else:
        _handed_over(found, message, parcel, receipt)
        found.failures = 0  # it answers: what fails next is a first failure
    return True


def _claim_message(found: Connection) -> Message | None:
    with sight.of([found.dossier_id]):
        now = timezone.now()
        message = (
            mailbox.due(found.dossier_id, NAME)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("dossier", "transmission__document__flow")
            .order_by("pk")
            .first()
        )
        if message is not None:
            message.attempts, message.not_before = message.attempts + 1, now + LEASE
            message.save(update_fields=["attempts", "not_before"])
            _renew(found)
        return message


def _parcel(message: Message) -> Parcel:
    flow = message.transmission.document.flow
    is_invoice = message.kind == Message.Kind.INVOICE
    return Parcel(
        key=message.key,
        kind=Kind(message.kind),
        sender=message.dossier.electronic_address,
        recipient=message.recipient_address,
        transmission=message.transmission.external_id,
        content=store.get(str(message.stored_id)),
        name=flow.name if is_invoice else f"statut-{message.pk}.xml",
        syntax=flow.declared_syntax if is_invoice else "",
        is_repeat=message.attempts > 1,
    )


def _handed_over(found: Connection, message: Message, parcel: Parcel, receipt: Receipt) -> None:
    with sight.of([found.dossier_id]):
        message.state, message.sent_at, message.last_error = (
            Message.State.SENT, timezone.now(), "",
        )  # fmt: skip
        message.save(update_fields=["state", "sent_at", "last_error"])
        Handed.objects.get_or_create(
            message=message,
            defaults={
                "dossier_id": found.dossier_id, "platform": found.name, "at": receipt.at,
                "tracking_id": tracking_id_of(parcel), "flow_id": receipt.reference,
            },
        )  # fmt: skip
        if parcel.kind is Kind.INVOICE:
            keeping.delivered(message)
        # An acknowledgement may have come before we knew what it acknowledges.
        early = Arrival.objects.filter(
            connection=found, key__startswith=f"ack:{receipt.reference}:", is_taken=True
        )
        early.update(is_taken=False)


def _let_go(message: Message) -> None:
    """Leave a message as it was: its platform is away, and the connection waits for it."""
    with sight.of([message.dossier_id]):
        Message.objects.filter(pk=message.pk).update(not_before=timezone.now())


def _set_aside(message: Message, error: Exception, *, permanent: bool) -> None:
    with sight.of([message.dossier_id]):
        message.attempts -= 1  # put_off counts it
        mailbox.put_off(message, error, permanent=permanent)


# In


def _collect(found: Connection, platform: AfnorPlatform) -> bool:
    """Take in a batch of what the platform has for us; False when there is nothing."""
    address = found.dossier.electronic_address
    parcels = platform.poll(address, limit=BATCH)
    if parcels:
        with sight.of([found.dossier_id]):
            _renew(found)
            arriving.take_in(found, parcels)
            platform.acknowledge(address, [parcel.key for parcel in parcels])
        found.failures = 0
    return bool(parcels)


# The state of the connection


def _subscribe(found: Connection, client: Client) -> None:
    """Bring the webhook there to what is wanted here. One whose key was lost is made anew."""
    wanted = found.callback_url
    if bool(wanted) is bool(found.webhook_id):
        return
    try:
        if wanted:
            for webhook_id, url in client.subscriptions().items():
                if url == wanted:
                    client.unsubscribe(webhook_id)
            made = client.subscribe(wanted)
            found.webhook_id = made.webhook_id
            found.signing_key = seal(base64.b64encode(made.key).decode())
        else:
            client.unsubscribe(found.webhook_id)
            found.webhook_id = found.signing_key = ""
        found.webhook_error = ""
    except NetworkFailure as failure:
        if failure.reason not in OF_ONE_MESSAGE:
            raise
        found.callback_url, found.webhook_error = "", failure.message
    with sight.of([found.dossier_id]):
        found.save(update_fields=["callback_url", "webhook_id", "signing_key", "webhook_error"])


def _ask_directory(found: Connection, platform: AfnorPlatform) -> None:
    """Note what the directory of the platform says of the dossier's address, for the test."""
    address = found.dossier.electronic_address
    try:
        line = platform.look_up(address)
        says = "servie" if line else "pas servie (ligne absente, future ou fermée)"
        found.directory_says = f"Adresse {address} : {says}."
    except NetworkFailure as failure:
        found.directory_says = failure.message[:300]
    with sight.of([found.dossier_id]):
        found.save(update_fields=["directory_says"])


def _succeeded(found: Connection) -> None:
    now = timezone.now()
    _end(found, not_before=now, failures=0, succeeded_at=now, last_error="")


def _failed(found: Connection, failure: NetworkFailure) -> None:
    now = timezone.now()
    failures = min(found.failures + 1, 1000)
    first = LONGEST_PAUSE if failure.permanent else FIRST_PAUSE
    until = now + pause(failures, first, LONGEST_PAUSE, asked=failure.after)
    _end(found, not_before=until, failures=failures, last_error=failure.message, failed_at=now)


def _end(found: Connection, **said: object) -> None:
    """Write how a round ended unless another one has begun; a test asked for before is answered."""
    with sight.of([found.dossier_id]):
        Connection.objects.filter(pk=found.pk, not_before=found.not_before).update(**said)
        Connection.objects.filter(pk=found.pk, asked_at=found.asked_at).update(asked_at=None)
