"""The lines of a company as a person reads them: what holds, comes, was, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from facturier.formats.directory import Nature
from facturier.server.directory import lookup
from facturier.server.directory.models import Line, LineRequest, Platform, current
from facturier.server.portal.models import PortalFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

    from facturier.server.firm.models import Dossier

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One line of the directory."""

    row: Line
    platform: str
    """Name of the platform, with its number."""
    state: str
    """In French."""
    tone: str
    """How it is shown: that of a status (:mod:`facturier.server.web.wording`)."""
    is_ours: bool
    may_end: bool
    may_cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of the portal in one file, and what it said."""

    file: PortalFile
    by: str
    at: datetime
    lines: tuple[LineRequest, ...]


def lines_of(sirens: Collection[str]) -> list[Shown]:
    """Return the lines of these companies that hold, will hold or were ended; those of now first.

    In the same number of queries however many there are.
    """
    rows = list(current(Line).filter(siren__in=sirens).order_by("identifier", "start", "pk"))
    names = _names({one.platform for one in rows})
    masked = {(one.about, one.start) for one in rows if one.nature == Nature.MASKING}
    shown = [_shown(one, names, masked) for one in rows if one.nature == Nature.DEFINITION]
    order = {"En vigueur": 0, "À venir": 1}
    return sorted(shown, key=lambda one: order.get(one.state, 2))


def _names(numbers: Collection[str]) -> dict[str, str]:
    known = current(Platform).filter(number__in=numbers)
    return {one.number: f"{one.trade_name or one.name} ({one.number})" for one in known}


def _shown(row: Line, names: Mapping[str, str], masked: Collection[tuple[str, date]]) -> Shown:
    is_ours = row.own or row.platform == settings.PLATFORM_NUMBER
    state, tone = _state(row, masked)
    ours = "cette plateforme"
    name = f"plateforme {row.platform}"
    if row.platform == "9998":
        name = "aucune plateforme encore (9998)"
    elif is_ours:
        name = f"{ours} ({row.platform})" if row.platform else ours
    return Shown(
        row=row, platform=name if is_ours else names.get(row.platform, name), state=state,
        tone=tone, is_ours=is_ours,
        # own lines are told to nobody: the address of the dossier makes them
        may_end=not row.own and state == "En vigueur" and row.as_line().until is None,
        may_cancel=not row.own and state == "À venir",
    )  # fmt: skip


def _state(row: Line, masked: Collection[tuple[str, date]]) -> tuple[str, str]:
    line, today = row.as_line(), lookup.today()
    if (row.about, row.start) in masked:
        return "Annulée", "plain"
    if line.start > today:
        return "À venir", "fresh"
    if line.is_in_effect(today):
        return "En vigueur", "good"
    return "Terminée", "plain"


def history_of(sirens: Collection[str]) -> list[Line]:
    """Return the versions of lines that were replaced, the latest first."""
    gone = Line.objects.filter(siren__in=sirens).exclude(replaced_at=None)
    return list(gone.order_by("-replaced_at", "-pk")[:MOST_SHOWN])


def asked_of(dossiers: Iterable[Dossier]) -> list[Asked]:
    """Return what was asked of the portal for these dossiers, which are in sight; latest first."""
    rows = LineRequest.objects.filter(dossier__in=dossiers).select_related(
        "file__replaced_by", "file__closed_by", "asked_by"
    )
    rows = rows.prefetch_related("file__answers").order_by("-file", "rank")[:MOST_SHOWN]
    files: dict[int, list[LineRequest]] = {}
    for one in rows:
        files.setdefault(one.file_id, []).append(one)
    return [
        Asked(file=some[0].file, by=str(some[0].asked_by or ""), at=some[0].asked_at,
              lines=tuple(some))
        for some in files.values()
    ]  # fmt: skip
