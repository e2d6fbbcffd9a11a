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
                .select_related("dossier")
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


def _claim(dossier: int, pk: int) -> Flow | None:
    """Count an attempt at a flow; None when another worker is at it or it is no longer pending."""
    with sight.of([dossier]):
        flow = Flow.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
        if flow is None or flow.state != Flow.State.PENDING:
            return None
        if flow.attempts >= MOST_ATTEMPTS:
            reason = "Le traitement de ce fichier s'est interrompu plusieurs fois."
            _set_aside(flow, FacturierError(reason, reason="interrupted"))
            return None
        if _must_wait(flow):
            return None
        Flow.objects.filter(pk=pk).update(attempts=F("attempts") + 1)
    return flow


def _must_wait(flow: Flow) -> bool:
    """Whether an earlier status message is still in work elsewhere: they are heard in order."""
    if flow.next_step != HEAR:
        return False
    earlier = _pending(flow.dossier_id).filter(
        next_step=HEAR, pk__lt=flow.pk, attempts__lte=KEEPS_ITS_TURN
    )
    return earlier.exists()


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
    """Hand over what waits in the outbox, each message in its own transaction."""
    with sight.of([dossier]):
        due = mailbox.due(dossier, mailbox.NETWORK.name)
        batch = list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(_send(dossier, pk) for pk in batch)


def _send(dossier: int, pk: int) -> int:
    """Hand over one message; 0 when another worker has it. A failure delays this one only."""
    try:
        return _hand_over(dossier, pk)
    except Exception as error:
        logger.exception("message %s", pk)
        with sight.of([dossier]):
            mailbox.put_off(Message.objects.select_for_update().get(pk=pk), error)
        return 1


def _hand_over(dossier: int, pk: int) -> int:
    with sight.of([dossier]):
        message = (
            Message.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("dossier", "transmission__document__flow")
            .filter(pk=pk, state=Message.State.PENDING)
            .first()
        )
        if message is None:
            return 0
        mailbox.send(message)
        observed.handed_over(message)
    return 1
