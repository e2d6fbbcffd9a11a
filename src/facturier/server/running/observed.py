"""What the pipeline tells of itself: one function a fact, which logs it and counts it."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from facturier.server.running import logs, metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from facturier.server.documents.models import Event, Flow, Message

logger = logging.getLogger(__name__)
NEGATIVE = frozenset({"207", "208", "210", "213"})
"""Statuses worth counting: disputed, suspended, refused, rejected."""


def trace_of(flow: Flow) -> str:
    """Return what a document is followed by: the ``flowId`` of its deposit, on both sides."""
    key = (flow.message_key or "").split(":")
    if key[1:2] in (["invoice"], ["status"]):
        return key[2]
    return str(flow.flow_id)


def deposited(flow: Flow) -> None:
    """Tell, once it is committed, that a file was taken in for treatment."""
    logs.follow(str(flow.flow_id))
    trace, channel = logs.followed(), str(flow.channel)

    def tell() -> None:
        metrics.DEPOSITS.labels(channel).inc()
        with logs.following(trace):
            logger.info("deposit", extra=logs.about(dossier=flow.dossier_id, channel=channel))

    transaction.on_commit(tell)


@dataclass
class Work:
    """The treatment of one file, while it lasts."""

    outcome: str = "done"


@contextmanager
def work_on(flow: Flow) -> Iterator[Work]:
    """Follow the treatment of one file; tell how it ended and how long it took."""
    begun, work = time.perf_counter(), Work()
    with logs.following(trace_of(flow)):
        yield work
        seconds = time.perf_counter() - begun
        metrics.FLOWS.labels(work.outcome).inc()
        metrics.FLOW_SECONDS.labels(work.outcome).observe(seconds)
        facts = logs.about(
            dossier=flow.dossier_id, flow=flow.pk, outcome=work.outcome, ms=round(seconds * 1000)
        )
        logger.info("flow", extra=facts)


def handed_over(message: Message) -> None:
    """Tell that a message was handed to the other side, or what became of the attempt."""
    metrics.DELIVERIES.labels(str(message.state)).inc()
    with logs.following(message.transmission.external_id):
        facts = logs.about(
            dossier=message.dossier_id, kind=str(message.kind), outcome=str(message.state),
            why=message.last_error,
        )  # fmt: skip
        logger.info("message", extra=facts)


def said(event: Event) -> None:
    """Tell that a status was said or heard."""
    if event.code in NEGATIVE:
        metrics.REJECTIONS.labels(event.code).inc()
    facts = logs.about(dossier=event.dossier_id, code=event.code, reason=event.reason)
    logger.info("status", extra=facts)


async def job(call_next: Callable[[], Awaitable[Any]], context: Any, _worker: Any) -> Any:
    """Count a job that fails; procrastinate calls it around each."""
    try:
        return await call_next()
    except Exception:
        metrics.JOB_FAILURES.labels(context.job.task_name).inc()
        raise
