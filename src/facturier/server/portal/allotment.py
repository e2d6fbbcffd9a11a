"""What waits becomes flows: of one interface, numbered without gap, their bytes kept.

A flow is sent when its first file has waited long enough, when a file is soon due, or when it is
full. Workers that allot at the same time take turns, interface by interface: the number is drawn,
the archive kept and its files taken out of the queue in one transaction, so a death leaves neither
a gap nor a number used twice. Source: DGFiP external specifications v3.2, dossier général §3.4.5.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import F, Max

from facturier.reporting.envelope import Interface, archive_name, pack
from facturier.server import clock, sight
from facturier.server.documents import store
from facturier.server.documents.deposit import remember, row_of
from facturier.server.jobs.fault_points import fault_point
from facturier.server.portal.models import FLOW_DIGITS, PortalFile, PortalFlow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

MOST_FILES = {
    Interface.F1_UBL: 1000,
    Interface.F1_CII: 1000,
    Interface.F6_MANDATORY: 2000,
    Interface.F10: 100,
    Interface.F13: 1,
}
"""Objects of a flow, by interface, in the order in which they are sent: what a status speaks of
goes before it."""
MOST_BYTES = 100_000_000
"""Of the files of one flow: the portal takes ten times more, a worker holds it in memory."""
UNREADABLE_PAUSE = timedelta(minutes=10)
"""Before a file whose bytes the disk does not give is tried again."""
logger = logging.getLogger(__name__)


def allot() -> list[str]:
    """Make every flow that is ready; return their names."""
    return list(_flows())


def _flows() -> Iterator[str]:
    for interface, most in MOST_FILES.items():
        wanted = min(most, settings.PORTAL_FILES) if settings.PORTAL_FILES else most
        while name := _flow(interface, wanted):
            yield name


def _flow(interface: Interface, most: int) -> str:
    """Make one flow of what waits for `interface`; empty when nothing is ready."""
    with sight.of_portal():
        _take_turns(interface)
        now = clock.now()
        waiting = _waiting(interface, now)
        found = list(waiting.order_by("pk")[: most + 1])
        if not found or not _is_ready(found, most, now):
            return ""
        chosen = _chosen(found[:most], now)
        if not chosen:
            return ""
        flow = _numbered(interface, pack({file.name: data for file, data in chosen}))
        PortalFile.objects.filter(pk__in=[file.pk for file, _ in chosen]).update(
            flow=flow, flow_name=flow.name, attempts=F("attempts") + 1, last_error=""
        )
        fault_point("flow-made")
        return flow.name


def _take_turns(interface: Interface) -> None:
    with connection.cursor() as cursor:
        name = f"facturier.portal.{settings.PORTAL_APPLICATION}.{interface}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _waiting(interface: Interface, now: datetime) -> QuerySet[PortalFile]:
    return PortalFile.objects.select_related("stored").filter(
        interface=interface.value, state=PortalFile.State.PENDING, flow=None, not_before__lte=now
    )


def _is_ready(found: list[PortalFile], most: int, now: datetime) -> bool:
    wait = timedelta(seconds=settings.PORTAL_WAIT)
    return (
        len(found) >= most
        or any(one.created_at <= now - wait or one.due_at <= now + wait for one in found)
        or sum(one.stored.size for one in found if one.stored) >= MOST_BYTES
    )


def _chosen(found: Iterable[PortalFile], now: datetime) -> list[tuple[PortalFile, bytes]]:
    """Return the files that go together with their bytes: names that differ, in one weight."""
    chosen: dict[str, tuple[PortalFile, bytes]] = {}
    size = 0
    for file in found:
        assert file.stored is not None, "what was not made is held"
        if file.name in chosen:
            continue
        size += file.stored.size
        if chosen and size > MOST_BYTES:
            break
        try:
            chosen[file.name] = (file, store.get(file.stored.sha256))
        except (OSError, store.AlteredBytes):
            logger.exception("portal file %s", file.pk)
            PortalFile.objects.filter(pk=file.pk).update(
                not_before=now + UNREADABLE_PAUSE,
                last_error="Ses octets sont illisibles sur le disque : prévenez l'exploitant.",
            )
    return list(chosen.values())


def _numbered(interface: Interface, data: bytes) -> PortalFlow:
    """Keep an archive under the next number of its interface."""
    application = settings.PORTAL_APPLICATION
    same = PortalFlow.objects.filter(application=application, interface=interface.value)
    number = (same.aggregate(last=Max("number"))["last"] or 0) + 1
    return PortalFlow.objects.create(
        direction=PortalFlow.Direction.OUT,
        name=archive_name(interface, application, f"{interface[3:7]}{number:0{FLOW_DIGITS}d}"),
        interface=interface.value,
        application=application,
        number=number,
        stored=remember(row_of(data)),
    )
