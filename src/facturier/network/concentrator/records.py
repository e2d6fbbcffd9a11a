"""The concentrator's directory and its memory of objects, read and written in its store.

Each record of the directory is kept in every version: a newer one replaces it, none is forgotten.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from facturier.formats.directory import (
    Address,
    Establishment,
    LegalUnit,
    Line,
    Nature,
    Platform,
    PostalAddress,
    PublicSettings,
    Record,
    RoutingCode,
    key_of,
    routing_key,
)
from facturier.invoice.parties import is_demo
from facturier.network.concentrator.known import Deed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Sequence

    from facturier.lifecycle.statuses import Subject

R = TypeVar("R", bound=Record)
KINDS: dict[str, type[Record]] = {
    "siren": LegalUnit,
    "siret": Establishment,
    "code-routage": RoutingCode,
    "plateforme": Platform,
    "ligne-annuaire": Line,
}
"""Names of the resources of the portal's directory API → what they hold."""
_NAMES: dict[type, str] = {kind: name for name, kind in KINDS.items()}
_SIREN = 9


def _siren_of(record: Record) -> str:
    """Return the SIREN that a record is about."""
    match record:
        case LegalUnit() | Platform():
            return record.siren
        case Establishment() | RoutingCode():
            return record.siret[:_SIREN]
        case Line():
            return record.address.siren


class Records:
    """The directory and the memory, as one transaction sees them."""

    def __init__(
        self, connection: sqlite3.Connection, *, author: str = "", moment: datetime | None = None
    ) -> None:
        self._connection = connection
        self._author = author
        self._moment = moment

    # --- memory -----------------------------------------------------------------------------------

    def has(self, subject: Subject, key: str) -> bool:
        """Return whether an object of this key was taken."""
        found = self._connection.execute(
            "SELECT 1 FROM objects WHERE taken AND subject = ? AND key = ? LIMIT 1",
            [subject.value, key],
        ).fetchone()
        return found is not None

    def deeds(self, invoice: str) -> Sequence[Deed]:
        """Return the statuses taken about an invoice, in the order they came."""
        rows = self._connection.execute(
            "SELECT deed_code, deed_at, deed_message, deed_final FROM objects WHERE taken "
            "AND subject = 'status' AND key = ? ORDER BY id",
            [invoice],
        )
        return [
            Deed(
                code=row["deed_code"],
                at=datetime.fromisoformat(row["deed_at"]),
                message=row["deed_message"],
                final=bool(row["deed_final"]),
            )
            for row in rows
        ]

    # --- directory --------------------------------------------------------------------------------

    def unit(self, siren: str) -> LegalUnit | None:
        """Return the company of a SIREN. Every fictitious company exists here, unless closed."""
        found = self._one(LegalUnit, siren)
        if found is None and is_demo(siren):
            return LegalUnit(
                siren=siren, name=f"Société fictive {siren}", status="A", kind="A", diffusion="O"
            )
        return found

    def establishment(self, siret: str) -> Establishment | None:
        """Return the place of business of a SIRET. Those of fictitious companies exist here."""
        found = self._one(Establishment, siret)
        if found is None and is_demo(siret):
            return Establishment(
                siret=siret, name=f"Établissement fictif {siret}", status="A", kind="P"
            )
        return found

    def routing_code(self, siret: str, routing: str) -> RoutingCode | None:
        """Return a routing code of a place of business."""
        return self._one(RoutingCode, routing_key(siret, routing))

    def lines(self, siren: str) -> Sequence[Line]:
        """Return the lines for a SIREN, in the order they were written."""
        rows = self._connection.execute(
            "SELECT * FROM records WHERE kind = 'ligne-annuaire' AND about = ? "
            "AND replaced_at IS NULL ORDER BY instance",
            [siren],
        )
        return [record_of(row, Line) for row in rows]

    def platforms(self) -> Collection[str]:
        """Return the numbers of the platforms that are registered."""
        rows = self._connection.execute(
            "SELECT key FROM records WHERE kind = 'plateforme' AND replaced_at IS NULL "
            "AND data ->> 'status' = 'A'"
        )
        return {row["key"] for row in rows}

    def current(self, kind: type[R]) -> Iterator[R]:
        """Yield every record of a kind, as it is now."""
        rows = self._connection.execute(
            "SELECT * FROM records WHERE kind = ? AND replaced_at IS NULL ORDER BY instance",
            [_NAMES[kind]],
        )
        for row in rows:
            yield record_of(row, kind)

    def open_lines(self, on: date) -> Iterator[Line]:
        """Yield the lines in effect on a day or to come; what a masking line cancels is neither."""
        lines = list(self.current(Line))
        masks = {_place(one) for one in lines if one.nature == Nature.MASKING}
        for one in lines:
            over = one.until is not None and one.until <= on
            if one.nature == Nature.DEFINITION and not over and _place(one) not in masks:
                yield one

    def version(self, kind: type[R], instance: int) -> tuple[R, bool] | None:
        """Return a version by its number, and whether it is the current one."""
        row = self._connection.execute(
            "SELECT * FROM records WHERE kind = ? AND instance = ?", [_NAMES[kind], instance]
        ).fetchone()
        return None if row is None else (record_of(row, kind), row["replaced_at"] is None)

    def since(self, kind: type[R], instance: int) -> Iterator[R]:
        """Yield the current records of a kind that were written after a version."""
        rows = self._connection.execute(
            "SELECT * FROM records WHERE kind = ? AND replaced_at IS NULL AND instance > ? "
            "ORDER BY instance",
            [_NAMES[kind], instance],
        )
        for row in rows:
            yield record_of(row, kind)

    def last_instance(self) -> int:
        """Return the number of the last version written; 0 when nothing was."""
        row = self._connection.execute("SELECT max(instance) AS last FROM records").fetchone()
        return int(row["last"] or 0)

    def authorship(self, instance: int) -> tuple[str, datetime]:
        """Return who wrote a version, and when."""
        row = self._connection.execute(
            "SELECT author, recorded_at FROM records WHERE instance = ?", [instance]
        ).fetchone()
        return row["author"], datetime.fromisoformat(row["recorded_at"])

    def write(self, record: Record) -> int:
        """Write a record in a new version; return its number.

        A line brings its company and its place of business along, where they are fictitious.
        """
        if isinstance(record, Line):
            self._introduce(record)
        assert self._moment is not None, "who writes says when"
        key, about = key_of(record), _siren_of(record)
        kind, at = _NAMES[type(record)], self._moment.isoformat()
        bare = replace(record, presence="", instance=None)
        self._connection.execute(
            "UPDATE records SET replaced_at = ? WHERE kind = ? AND key = ? AND replaced_at IS NULL",
            [at, kind, key],
        )
        done = self._connection.execute(
            "INSERT INTO records (kind, key, about, data, author, recorded_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [kind, key, about, _written(bare), self._author, at],
        )
        assert done.lastrowid is not None, "a row was written"
        return done.lastrowid

    def _introduce(self, line: Line) -> None:
        unit = self.unit(line.address.siren)
        if unit is not None and unit.instance is None:
            self.write(unit)
        place = self.establishment(line.address.siret) if line.address.siret else None
        if place is not None and place.instance is None:
            self.write(place)

    def _one(self, kind: type[R], key: str) -> R | None:
        row = self._connection.execute(
            "SELECT * FROM records WHERE kind = ? AND key = ? AND replaced_at IS NULL",
            [_NAMES[kind], key],
        ).fetchone()
        return None if row is None else record_of(row, kind)


def _place(line: Line) -> tuple[str, date]:
    return line.address.identifier.lower(), line.start


def _written(record: Record) -> str:
    return json.dumps(asdict(record), default=date.isoformat, ensure_ascii=False)


_DAYS = {"start", "end", "effective_end", "registered", "registered_until"}
_INSIDE: dict[str, Any] = {
    "address": Address,
    "postal_address": PostalAddress,
    "public": PublicSettings,
}


def record_of(row: sqlite3.Row, kind: type[R]) -> R:
    """Return the record that a row of the store holds."""
    said: dict[str, Any] = json.loads(row["data"])
    for name in _DAYS & said.keys():
        said[name] = date.fromisoformat(said[name]) if said[name] else None
    for name in _INSIDE.keys() & said.keys():
        inside = said[name]
        if inside is not None:
            said[name] = _INSIDE[name](
                **{key: tuple(one) if key == "lines" else one for key, one in inside.items()}
            )
    names = {one.name for one in fields(kind)}
    known = {name: value for name, value in said.items() if name in names}
    return kind(**known | {"instance": row["instance"]})
