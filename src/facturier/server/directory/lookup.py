"""Which line of the directory an invoice follows on a day, and why: for people and for routing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from facturier.formats import directory
from facturier.formats.directory import Nature
from facturier.server import sight
from facturier.server.directory.models import Line, Platform, current

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAMED = 5
"""Other addresses named when the one asked for is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The answer to "where does an invoice for this address go on this day?"."""

    identifier: str
    on: date
    line: Line | None
    """The line that is followed; None: no platform receives for this address."""
    dossier: int | None
    """The dossier of this installation (its id) that the invoice arrives at, if it is one."""
    why: str
    """In French, for people."""
    warnings: tuple[str, ...] = ()
    """What will change, or what was meant perhaps."""


def today() -> date:
    """Return the day in France."""
    return timezone.localdate()


def line_in_effect(identifier: str, on: date | None = None) -> Resolution:
    """Return the line that an invoice for `identifier` follows on a day (default: today), and why.

    Case does not matter; nothing falls back from a suffix or a SIRET to the SIREN.
    """
    day = on or today()
    asked = identifier.strip()
    rows = _rows_about(asked)
    row = _followed(rows, asked, day)
    if row is None:
        why, warnings = _why_none(asked, rows, day), _alternatives(asked, rows, day)
        return Resolution(
            identifier=asked, on=day, line=None, dossier=None, why=why, warnings=warnings
        )
    found = row.as_line()
    return Resolution(
        identifier=asked, on=day, line=row, dossier=_dossier_of(row),
        why=_why(row, found, day), warnings=_warnings(rows, found, day),
    )  # fmt: skip


def route(identifier: str) -> tuple[Line, int] | None:
    """Return the line followed today and the dossier of this installation that it leads to.

    The same choice as :func:`line_in_effect`, without the words; None when it leads elsewhere.
    """
    asked = identifier.strip()
    row = _followed(_rows_about(asked), asked, today())
    dossier = _dossier_of(row) if row else None
    return (row, dossier) if row and dossier is not None else None


def told(row: Line | None) -> str:
    """Return a line in words that tell it from any other, and its versions from each other."""
    if row is None:
        return ""
    where = f"la plateforme {row.platform}" if row.platform else "cette plateforme"
    since = f"{row.identifier}, depuis le {row.start:%d/%m/%Y}"
    return f"{since}, vers {where} (n° {row.instance or row.pk})"[:300]


def _rows_about(asked: str) -> list[Line]:
    """Return what :func:`current` would: chosen here, for each invoice and status asks it."""
    rows = list(Line.objects.filter(about=asked.lower(), replaced_at=None).order_by("start", "pk"))
    return [row for row in rows if not row.own] or rows


def _followed(rows: Sequence[Line], asked: str, on: date) -> Line | None:
    by_line = {row.as_line(): row for row in rows}
    found = directory.line_in_effect(by_line, asked, on)
    return None if found is None else by_line[found]


def _dossier_of(row: Line) -> int | None:
    here = row.own or row.platform == settings.PLATFORM_NUMBER
    return sight.dossier_at(row.identifier) if here else None


def _why(row: Line, found: directory.Line, on: date) -> str:
    since = f"en vigueur le {on:%d/%m/%Y}, depuis le {found.start:%d/%m/%Y}"
    source = "adresse d'un dossier d'ici" if row.own else "annuaire du portail public"
    return f"Ligne « {row.identifier} » {since}, vers {platform_name(row)} ({source})."


def platform_name(row: Line) -> str:
    """Return how people call the platform of a line."""
    if row.own:
        return "cette plateforme"
    known = current(Platform).filter(about=row.platform).first()
    name = f" ({known.trade_name or known.name})" if known else ""
    return f"la plateforme {row.platform}{name}"


def _warnings(rows: Sequence[Line], found: directory.Line, on: date) -> tuple[str, ...]:
    ends = [f"Cette ligne cesse le {found.until:%d/%m/%Y}."] if found.until else []
    coming = [
        f"À partir du {other.start:%d/%m/%Y} : {platform_name(other)}."
        for other in rows
        if other.nature == Nature.DEFINITION and other.start > on and not _masked(other, rows)
    ]
    return (*ends, *coming)


def _masked(row: Line, rows: Sequence[Line]) -> bool:
    return any(
        one.nature == Nature.MASKING and (one.start, one.platform) == (row.start, row.platform)
        for one in rows
    )


def _why_none(asked: str, rows: Sequence[Line], on: date) -> str:
    defined = [row for row in rows if row.nature == Nature.DEFINITION]
    if not defined:
        return f"L'adresse « {asked} » n'est pas dans l'annuaire."
    valid = [row for row in defined if not _masked(row, rows)]
    if not valid:
        return f"La ligne « {asked} » a été masquée : elle n'a jamais pris effet."
    coming = [row.start for row in valid if row.start > on]
    if coming:
        return f"La ligne « {asked} » ne prend effet que le {min(coming):%d/%m/%Y}."
    ends = [until for row in valid if (until := row.as_line().until) is not None]
    return f"La ligne « {asked} » a cessé le {max(ends):%d/%m/%Y}."


def _alternatives(asked: str, rows: Sequence[Line], on: date) -> tuple[str, ...]:
    """Return what else of the same company is in effect: it was meant perhaps."""
    if rows:
        return ()
    same = current(Line).filter(siren=asked[:9]).order_by("identifier", "pk")
    names = [row.identifier for row in same[:50] if row.as_line().is_in_effect(on)]
    if not names:
        return ()
    more = "…" if len(names) > MOST_NAMED else ""
    listed = ", ".join(dict.fromkeys(names[:MOST_NAMED]))
    return (f"Adresses de la même entreprise : {listed}{more}.",)
