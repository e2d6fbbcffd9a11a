"""Flows are handed over, each until the portal has it: the same bytes under the same name.

A worker that dies between sending and noting it sends the flow again, which changes nothing there.
An obligation does not end: a portal that does not answer is asked again, each time later.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.utils import timezone

from facturier.errors import NetworkFailure
from facturier.network.portal import PortalFlow as Parcel
from facturier.server import clock, sight
from facturier.server.documents import store
from facturier.server.jobs.fault_points import fault_point
from facturier.server.jobs.pauses import pause
from facturier.server.portal.models import PortalFile, PortalFlow

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.network.portal import Portal

FIRST_PAUSE, LONGEST_PAUSE = 10, 3600
"""Seconds; each pause is twice the one before."""
NAME_TAKEN = "name-taken"
"""Reason of the portal that holds other bytes under this name (a restored backup may cause it)."""
logger = logging.getLogger(__name__)


def send_all(portal: Portal) -> int:
    """Hand over every flow that is to be sent now; return how many the portal took."""
    with sight.of_portal():
        due = _due().order_by("not_before", "pk").values_list("pk", flat=True)
        batch = list(due)
    sent = 0
    for pk in batch:
        outcome = _send(portal, pk)
        if outcome is None:
            break
        sent += outcome
    return sent


def _due() -> QuerySet[PortalFlow]:
    return PortalFlow.objects.filter(
        direction=PortalFlow.Direction.OUT, state=PortalFlow.State.PENDING,
        not_before__lte=timezone.now(),
    )  # fmt: skip


def _send(portal: Portal, pk: int) -> int | None:
    """Hand over one flow; 0 when another worker has it, None when the portal is out of reach."""
    with sight.of_portal():
        flow = _due().select_for_update(skip_locked=True).filter(pk=pk).first()
        if flow is None:
            return 0
        try:
            portal.send(Parcel(name=flow.name, content=store.get(flow.stored_id)))
        except NetworkFailure as failure:
            return _put_off(flow, failure)
        except (OSError, store.AlteredBytes):
            logger.exception("portal flow %s", flow.name)
            words = "Ses octets sont illisibles sur le disque : prévenez l'exploitant."
            return _put_off(flow, NetworkFailure(words, permanent=True))
        fault_point("flow-sent")
        handed_over(flow)
    return 1


def handed_over(flow: PortalFlow) -> None:
    """Note that the portal has `flow`; what it already said about its files stays."""
    flow.state, flow.last_error = PortalFlow.State.SENT, ""
    flow.sent_at = clock.now()
    flow.save(update_fields=["state", "last_error", "sent_at"])
    flow.files.filter(sent_at=None).update(sent_at=flow.sent_at)
    flow.files.filter(state=PortalFile.State.PENDING).update(
        state=PortalFile.State.SENT, last_error=""
    )


def _put_off(flow: PortalFlow, failure: NetworkFailure) -> int | None:
    """Try `flow` again later; its files say why."""
    logger.warning("portal flow %s: %s", flow.name, failure)
    words = failure.in_full
    if failure.reason == NAME_TAKEN:
        flow.state, flow.last_error = PortalFlow.State.FAILED, words
        flow.save(update_fields=["state", "last_error"])
        flow.files.update(flow=None, flow_name="", last_error=words)
        return 0
    flow.attempts += 1
    first = LONGEST_PAUSE if failure.permanent else FIRST_PAUSE
    wait = pause(flow.attempts, first, LONGEST_PAUSE, asked=failure.after)
    flow.not_before = timezone.now() + wait
    flow.last_error = words
    flow.save(update_fields=["attempts", "not_before", "last_error"])
    flow.files.filter(state=PortalFile.State.PENDING).update(last_error=words)
    return None
