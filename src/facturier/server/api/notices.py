"""Calls owed to webhooks: made by a worker of their own, signed, repeated, at last given up.

The database notes what is owed when a flow changes (migration 0003). A call is counted and put off
before it is made, in a transaction of its own: no transaction waits for a stranger's server, and a
worker that dies only delays the call. So a receiver may be called twice for one change: ``flowId``
and ``updatedAt`` together tell. A receiver that fails is left alone, each time longer.
"""

from __future__ import annotations

import base64
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from facturier.errors import NetworkFailure
from facturier.network import callback
from facturier.server import sight
from facturier.server.api.contract import flow_of
from facturier.server.api.models import Notice, Webhook
from facturier.server.documents.models import Flow
from facturier.server.firm.sealed import open_sealed, seal
from facturier.server.jobs.pauses import pause

MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 10, 4 * 3600
"""Seconds; each pause is twice the one before. Twelve attempts take about nine hours."""
LEASE = timedelta(seconds=60)
"""How long a call that is being made is nobody else's."""
BATCH = 50
SUCCESS = range(200, 300)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """All that is needed to make one call, outside of any transaction."""

    notice: int
    url: str
    key: bytes
    body: bytes


def sealed(key: bytes) -> str:
    """Return `key` as it is kept: sealed with the key of the installation."""
    return seal(base64.b64encode(key).decode())


def unsealed(kept: str) -> bytes:
    """Return the key that :func:`sealed` sealed."""
    return base64.b64decode(open_sealed(kept))


def due() -> list[tuple[int, int]]:
    """Return webhook and dossier (ids) where a call is to be made now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT webhook, dossier FROM webhooks_with_notices()")
        return [(int(one), int(other)) for one, other in cursor.fetchall()]


def deliver(webhook: int, dossier: int) -> int:
    """Make the calls that are due to a webhook, until one fails; return how many succeeded."""
    done = 0
    while done < BATCH and (call := _claim(webhook, dossier)):
        try:
            status = _make(call)
        except NetworkFailure as failure:
            _failed(call, dossier, failure.message, permanent=failure.permanent)
            break
        if status not in SUCCESS:
            _failed(call, dossier, f"Le destinataire a répondu {status}.")
            break
        _succeeded(call, webhook, dossier)
        done += 1
    return done


def _make(call: _Call) -> int:
    at = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Facturier",
        "Afnor-Signature": callback.signature(call.key, call.body, at),
        "Afnor-Signature-Timestamp": str(at),
    }
    return callback.post(call.url, call.body, headers, local=settings.LOCAL_HOOKS)


def _claim(webhook: int, dossier: int) -> _Call | None:
    """Take the next call that is due: what never failed first, the oldest first."""
    with sight.of([dossier]):
        now = timezone.now()
        hook = Webhook.objects.filter(pk=webhook, not_before__lte=now).first()
        if hook is None:
            return None
        if not hook.client.dossiers.filter(pk=dossier).exists():
            hook.delete()  # the program no longer speaks for this dossier
            return None
        waiting = hook.notices.filter(state=Notice.State.PENDING, not_before__lte=now)
        notice = waiting.select_for_update(skip_locked=True).order_by("attempts", "pk").first()
        if notice is None:
            return None
        notice.attempts, notice.not_before = notice.attempts + 1, now + LEASE
        notice.save(update_fields=["attempts", "not_before"])
        return _Call(
            notice=notice.pk, url=hook.callback_url, key=unsealed(hook.sealed_key),
            body=payload(notice.flow),
        )  # fmt: skip


def payload(kept: dict[str, Any]) -> bytes:
    """Return the `Flow` of the contract, as JSON, of a flow as the database noted it."""
    instants = {name: datetime.fromisoformat(kept[name]) for name in ("submitted_at", "updated_at")}
    told = flow_of(Flow(**kept | instants))
    return told.model_dump_json(by_alias=True, exclude_none=True).encode()


def _succeeded(call: _Call, webhook: int, dossier: int) -> None:
    with sight.of([dossier]):
        Notice.objects.filter(pk=call.notice).delete()
        Webhook.objects.filter(pk=webhook).update(failures=0, called_at=timezone.now())


def _failed(call: _Call, dossier: int, words: str, *, permanent: bool = False) -> None:
    with sight.of([dossier]):
        notice = Notice.objects.select_for_update().filter(pk=call.notice).first()
        if notice is None:  # unsubscribed meanwhile
            return
        hook = Webhook.objects.select_for_update().get(pk=notice.webhook_id)
        hook.failures = min(hook.failures + 1, 1000)
        notice.last_error = words
        notice.not_before = timezone.now() + pause(notice.attempts, FIRST_PAUSE, LONGEST_PAUSE)
        hook.not_before = timezone.now() + pause(hook.failures, FIRST_PAUSE, LONGEST_PAUSE)
        if permanent or notice.attempts >= MOST_ATTEMPTS:
            notice.state = Notice.State.FAILED
            logger.warning("webhook %s: a call was given up: %s", hook.webhook_id, words)
        notice.save()
        hook.save(update_fields=["failures", "not_before"])


def try_again(notice: Notice) -> None:
    """Take a given-up call up again, now."""
    now = timezone.now()
    notice.state, notice.attempts, notice.not_before = Notice.State.PENDING, 0, now
    notice.save()
    Webhook.objects.filter(pk=notice.webhook_id).update(not_before=now, failures=0)
