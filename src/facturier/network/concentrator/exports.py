"""Exports of the directory (flux 14): whole, or what changed since the one before.

Source: DGFiP external specifications v3.2, annexe 3 (DT-2 to DT-7-1) and dossier général §3.5. Each
application has its own chain of exports: a differential names the one that it follows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from facturier.formats.directory import (
    Establishment,
    Extent,
    Header,
    LegalUnit,
    Line,
    Nature,
    Platform,
    Presence,
    RoutingCode,
)
from facturier.formats.directory_export import written_export
from facturier.network.concentrator.answers import EXTENSION, Answer, flow_name
from facturier.network.concentrator.records import Records
from facturier.reporting.envelope import Interface, pack
from facturier.reporting.periods import PARIS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from facturier.formats.directory import Record
    from facturier.network.concentrator.store import Store

Standing = LegalUnit | Establishment | RoutingCode | Platform
_STANDING: tuple[type[Standing], ...] = (LegalUnit, Establishment, RoutingCode, Platform)
_MONDAY = 0


def post(store: Store, application: str, extent: Extent) -> str:
    """Let an export wait for an application; return its name.

    The first one is whole, whatever was asked.
    """
    with store.writing():
        previous = store.counter(f"export-at:{application}")
        seen = store.counter(f"export-last:{application}")
        asked = extent if previous else Extent.FULL
        # the file tells whole seconds: two exports never bear the same
        produced = max(int(store.now().timestamp()), previous + 1)
        at = datetime.fromtimestamp(produced, UTC)
        since = datetime.fromtimestamp(previous, UTC) if previous else None
        records = Records(store.connection)
        differential = asked is Extent.DIFFERENTIAL
        header = Header(produced_at=at, extent=asked, previous_at=since if differential else None)
        held = _changed(records, seen, since, at) if differential and since else _whole(records, at)
        text = "".join(written_export(header, held))
        name = flow_name(Interface.F14, application, store.next_number())
        content = pack({f"{name}.xml": text.encode()})
        store.post(
            Answer(name=f"{name}{EXTENSION}", content=content, code=0), application, store.now()
        )
        store.set_counter(f"export-at:{application}", produced)
        store.set_counter(f"export-last:{application}", records.last_instance())
    return f"{name}{EXTENSION}"


def post_daily(store: Store, applications: Iterable[str]) -> None:
    """Post the export of the day to who has not had it: whole on Mondays and the first time."""
    today = store.now().astimezone(PARIS).date()
    for application in applications:
        last = store.counter(f"export-at:{application}")
        if not last or datetime.fromtimestamp(last, PARIS).date() < today:
            whole = today.weekday() == _MONDAY
            post(store, application, Extent.FULL if whole else Extent.DIFFERENTIAL)


def _whole(records: Records, at: datetime) -> Iterator[Record]:
    """Yield what is in effect or to come; what a masking line cancels is not."""
    today = at.astimezone(PARIS).date()
    for kind in _STANDING:
        for one in records.current(kind):
            yield replace(one, presence=Presence.CURRENT)
    for line in records.open_lines(today):
        yield replace(line, presence=Presence.CURRENT if line.start <= today else Presence.UPCOMING)


def _changed(records: Records, seen: int, since: datetime, at: datetime) -> Iterator[Record]:
    """Yield what was written since the export before, and the lines that began or ended since."""
    today, before = (moment.astimezone(PARIS).date() for moment in (at, since))
    for kind in _STANDING:
        for one in records.since(kind, seen):
            gone = one.status != "A"
            yield replace(one, presence=Presence.ENDS if gone else Presence.TAKES_EFFECT)
    for line in records.current(Line):
        presence = _presence(line, today)
        moved = _within(line.start, before, today) or _within(line.until, before, today)
        if (line.instance or 0) > seen or (moved and line.nature == Nature.DEFINITION):
            yield replace(line, presence=presence)


def _presence(line: Line, today: date) -> Presence:
    if line.until is not None and line.until <= today:
        return Presence.ENDS
    return Presence.TAKES_EFFECT if line.start <= today else Presence.NEW


def _within(day: date | None, after: date, until: date) -> bool:
    return day is not None and after < day <= until
