"""The work of one dossier: its mailbox, its flows, its messages, until nothing is left.

Every flow and every message is its own transaction, taken with ``FOR UPDATE SKIP LOCKED``, so any
number of workers may do this at once. An attempt is counted and committed before the work begins: a
file that kills the process is put aside like one that raises.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from facturier.errors import (
    FacturierError,
    MalformedDocument,
    NetworkFailure,
    NotOurs,
    RefusedByPeer,
    UnknownFormat,
    UnreadableDocument,
    UnsafeDocument,
)
from facturier.findings import Finding, Layer, Severity
from facturier.server import outage, sight
from facturier.server.documents import intake, mailbox
from facturier.server.documents.findings import set_aside
from facturier.server.documents.models import HEAR, Flow, Message
from facturier.server.firm.models import Dossier
from facturier.server.jobs import guard
from facturier.server.jobs.fault_points import fault_point
from facturier.server.jobs.pauses import pause
from facturier.server.jobs.wake import gather
from facturier.server.running import observed

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH = 50
MOST_ATTEMPTS = 5
"""After so many the flow is put aside until a person retries it."""
FIRST_PAUSE, LONGEST_PAUSE = 2, 3600
"""Seconds between two attempts at a flow that failed; each pause is twice the one before."""
KEEPS_ITS_TURN = 2
"""Attempts after which a flow still keeps its place: a worker may die for other reasons."""
logger = logging.getLogger(__name__)

FOR_A_PERSON = (UnreadableDocument, NotOurs, RefusedByPeer)
"""Trying again would give the same."""
WAITS = timedelta(seconds=10)
"""Between two attempts at a flow that is not the cause of what keeps it."""


def work_through(dossier: int) -> int:
    """Do everything that is pending of the dossier with this id; return how much was done."""
    done = 0
    while progress := go_round(dossier):
        done += progress
    return done


def go_round(dossier: int) -> int:
    """Empty the mailbox, do the flows, hand over the messages, once; return how much was done."""
    with gather(working_on=dossier):
        return _collect(dossier) + _flows(dossier) + _messages(dossier)


def _collect(dossier: int) -> int:
    with sight.of([dossier]):
        # Two workers emptying one mailbox would only wait for each other.
        one = Dossier.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=dossier)
        found = one.first()
        return mailbox.collect(found) if found else 0


def _flows(dossier: int) -> int:
    with sight.of([dossier]):
        # In their order; but what failed again and again never delays the others.
        suspect = Greatest(F("attempts"), KEEPS_ITS_TURN)
        batch = list(_pending(dossier).order_by(suspect, "pk").values_list("pk", flat=True)[:BATCH])
    return sum(_work_on(dossier, pk) for pk in batch)


def _pending(dossier: int) -> QuerySet[Flow]:
    return Flow.objects.filter(
        dossier_id=dossier, state=Flow.State.PENDING, not_before__lte=timezone.now()
    )


def _work_on(dossier: int, pk: int) -> int:
    """Do one flow; 0 when another worker has it."""
    claimed = _claim(dossier, pk)
    if claimed is None:
        return 0
    with observed.work_on(claimed) as seen, guard.on(dossier, pk):
        seen.outcome = _attempt(dossier, pk)
    return 1


def _attempt(dossier: int, pk: int) -> str:
    """Try to do one flow; return how it ended, for who watches."""
    fault_point("claimed")
    outcome = "done"
    try:
        with sight.of([dossier]):
            flow = (
                Flow.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("dossier", "stored")
                .filter(pk=pk, state=Flow.State.PENDING)
                .first()
            )
            if flow is None:
                return "elsewhere"
            intake.work_on(flow)
    except FOR_A_PERSON as error:
        _quarantine(dossier, pk, error)
        outcome = "quarantined"
    except intake.ComesEarly as error:
        _let_wait(dossier, pk, f"{error}")
        outcome = "early"
    except Exception as error:
        logger.exception("flow %s", pk)
        if outage.is_outage(error):
            _let_wait(dossier, pk, f"{type(error).__name__} : {error}")
        else:
            _put_off(dossier, pk, error)
        outcome = "put off"
    fault_point("finished")
    return outcome


# One statement, and nobody is waited for. Statuses are heard in their order: one waits while an
# earlier one is still in work, unless that one has failed too often to keep its turn.
CLAIM = """
UPDATE documents_flow SET attempts = attempts + 1 WHERE id = (
    SELECT id FROM documents_flow flow
    WHERE id = %(flow)s AND state = 'pending' AND attempts < %(most)s
      AND (next_step <> %(hear)s OR NOT EXISTS (
        SELECT FROM documents_flow earlier
        WHERE earlier.dossier_id = flow.dossier_id AND earlier.state = 'pending'
          AND earlier.not_before <= %(now)s AND earlier.next_step = %(hear)s
          AND earlier.id < flow.id AND earlier.attempts <= %(keeps)s))
    FOR UPDATE SKIP LOCKED
) RETURNING *
"""


def _claim(dossier: int, pk: int) -> Flow | None:
    """Count an attempt at a flow; None when another worker is at it or it is no longer pending."""
    asked = {
        "flow": pk, "most": MOST_ATTEMPTS, "hear": HEAR, "now": timezone.now(),
        "keeps": KEEPS_ITS_TURN,
    }  # fmt: skip
    with sight.of([dossier]):
        claimed = next(iter(Flow.objects.raw(CLAIM, asked)), None)
        if claimed is None:
            _put_aside_worn_out(pk)
    return claimed


def _put_aside_worn_out(pk: int) -> None:
    flow = Flow.objects.select_for_update(skip_locked=True).filter(
        pk=pk, state=Flow.State.PENDING, attempts__gte=MOST_ATTEMPTS
    )
    if (worn_out := flow.first()) is not None:
        reason = "Le traitement de ce fichier s'est interrompu plusieurs fois."
        _set_aside(worn_out, FacturierError(reason, reason="interrupted"))


def set_aside_unfinished(dossier: int, pk: int, error: FacturierError) -> None:
    """Put aside a flow at which a worker had to be stopped; unless another has done it since."""
    with sight.of([dossier]):
        flow = Flow.objects.select_for_update().filter(pk=pk, state=Flow.State.PENDING).first()
        if flow is not None:
            _set_aside(flow, error)


def _quarantine(dossier: int, pk: int, error: FacturierError) -> None:
    with sight.of([dossier]):
        _set_aside(Flow.objects.select_for_update().get(pk=pk), error)


def _let_wait(dossier: int, pk: int, why: str) -> None:
    """Try again in a moment, as often as it takes: the attempt does not count."""
    with sight.of([dossier]):
        Flow.objects.filter(pk=pk, state=Flow.State.PENDING).update(
            attempts=Greatest(F("attempts") - 1, 0), not_before=timezone.now() + WAITS,
            last_error=why,
        )  # fmt: skip


def _put_off(dossier: int, pk: int, error: Exception) -> None:
    """Try again later, each time later; at last put aside."""
    with sight.of([dossier]):
        flow = Flow.objects.select_for_update().get(pk=pk)
        if flow.attempts >= MOST_ATTEMPTS:
            words = f"Erreur interne ({type(error).__name__}). L'équipe technique doit regarder."
            _set_aside(flow, FacturierError(words, reason="internal"))
            return
        flow.not_before = timezone.now() + pause(flow.attempts, FIRST_PAUSE, LONGEST_PAUSE)
        flow.last_error = f"{type(error).__name__} : {error}"
        flow.save()


def _set_aside(flow: Flow, error: FacturierError) -> None:
    finding = Finding(
        rule=(error.reason or error.code)[:60], layer=Layer.INTERNAL, severity=Severity.FATAL,
        message=error.message, remedy=error.remedy,
    )  # fmt: skip
    set_aside(flow, _reason_code(flow, error), [finding], lambda one: one.message)


def _reason_code(flow: Flow, error: FacturierError) -> str:
    """Return the word of XP Z12-013 for why a file could not be taken."""
    if flow.stored is not None and flow.stored.size == 0:
        return "EmptyFlow"
    match error:
        case UnknownFormat():
            return "FlowTypeError"
        case MalformedDocument():
            return "InvalidSchema"
        case UnsafeDocument(reason="too-large"):
            return "FileSizeExceeded"
        case RefusedByPeer():
            return "InvoiceLCStatusError"
        case _:
            return "OtherTechnicalError"


def _messages(dossier: int) -> int:
    """Hand over what waits in the outbox, together; where that fails, one after the other."""
    with sight.of([dossier]):
        due = mailbox.due(dossier, mailbox.NETWORK.name)
        batch = list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])
    try:
        return _hand_over(dossier, batch)
    except Exception:
        logger.info("%d messages cannot leave together", len(batch), exc_info=True)
    return sum(_send(dossier, pk) for pk in batch)


def _send(dossier: int, pk: int) -> int:
    """Hand over one message; 0 when another worker has it. A failure delays this one only."""
    try:
        return _hand_over(dossier, [pk])
    except NetworkFailure as failure:
        _put_off_message(dossier, pk, failure, permanent=failure.permanent)
    except Exception as error:
        logger.exception("message %s", pk)
        _put_off_message(dossier, pk, error)
    return 1


def _put_off_message(dossier: int, pk: int, error: Exception, *, permanent: bool = False) -> None:
    with sight.of([dossier]):
        message = Message.objects.select_for_update(of=("self",)).select_related("transmission")
        found = message.get(pk=pk)
        mailbox.put_off(found, error, permanent=permanent)
    observed.handed_over(found)


def _hand_over(dossier: int, batch: list[int]) -> int:
    sent = mailbox.send(dossier, batch) if batch else []
    for message in sent:
        observed.handed_over(message)
    return len(sent)
