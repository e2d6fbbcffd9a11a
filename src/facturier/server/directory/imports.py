"""An export of the portal (flux 14) becomes the directory: full or differential, history kept.

The file is read as a stream and copied into temporary tables, then compared in the database, in
one transaction: whoever looks meanwhile sees the directory of before. A record that is the same
stays as it is; what changed gets a new version; what a full export no longer holds is replaced by
nothing. A differential must follow the export that it says it follows. A record that cannot be
understood is left out and counted: then nothing of its kind is ended for not being in the file.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from django.db import connection, transaction

from facturier.errors import BadUsage
from facturier.formats import directory
from facturier.formats.directory import Extent
from facturier.formats.directory_files import opened_directory
from facturier.server.directory.models import (
    Facility,
    Import,
    LegalUnit,
    Line,
    Platform,
    RoutingCode,
    Version,
)
from facturier.server.jobs.fault_points import fault_point

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_ONCE = 5000
"""Records copied together."""
ADDRESS = ("line_1", "line_2", "line_3", "city", "post_code", "subdivision", "country")
COLUMNS: dict[type[Version], tuple[str, ...]] = {
    LegalUnit: ("siren", "name", "status", "kind", "diffusion"),
    Facility: ("siret", "siren", "name", "status", "kind", "diffusion", "public", *ADDRESS),
    RoutingCode: ("siret", "routing", "routing_scheme", "name", "status", "engagement", *ADDRESS),
    Platform: ("number", "name", "trade_name", "status", "kind", "siren"),
    Line: (
        "identifier", "siren", "siret", "routing", "routing_scheme", "suffix", "platform",
        "nature", "start", "end", "effective_end",
    ),
}  # fmt: skip
"""What a record says, besides the columns of every version."""
FIRST = ("about", "key", "instance")
KINDS: dict[str, type[Version]] = {
    "UniteLegale": LegalUnit, "Etablissement": Facility, "CodeRoutage": RoutingCode,
    "IdPlateformeReception": Platform, "LigneAnnuaire": Line,
}  # fmt: skip
"""Tag of a record in the file → its table."""
LARGEST_INSTANCE = 2**63 - 1
MOST_NAMED = 50
"""Records left out that are kept with their reason."""

WORDS = {
    "legalunit": "unités légales",
    "facility": "établissements",
    "routingcode": "codes de routage",
    "platform": "plateformes",
    "line": "lignes d'annuaire",
}
"""Names of the counts, for people."""

REPLACE = """
UPDATE {table} t SET replaced_at = clock_timestamp()
WHERE NOT t.own AND t.replaced_at IS NULL AND {gone}
"""
GONE_IN_FULL = "NOT EXISTS (SELECT FROM {incoming} i WHERE i.key = t.key AND {same})"
GONE_IN_DIFFERENTIAL = "EXISTS (SELECT FROM {incoming} i WHERE i.key = t.key AND NOT {same})"
INSERT = """
INSERT INTO {table} (own, recorded_at, {columns})
SELECT false, clock_timestamp(), {columns} FROM {incoming} i
WHERE NOT EXISTS (
    SELECT FROM {table} t WHERE t.key = i.key AND NOT t.own AND t.replaced_at IS NULL)
"""
NEWEST = """
DELETE FROM {incoming} a USING {incoming} b
WHERE a.key = b.key AND (coalesce(a.instance, 0), a.ctid) < (coalesce(b.instance, 0), b.ctid)
"""


@transaction.atomic
def take_in(source: Path | IO[bytes]) -> Import:
    """Bring the directory to the state of an export; return what was taken in.

    Raises `UnreadableDocument` when it is none, `BadUsage` when it is not the next one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('facturier.directory'))")
    aside = Aside()
    with opened_directory(source) as export:
        header = export.header
        _must_be_next(header)
        tables = {model: _incoming(model) for model in COLUMNS}
        counts = _copy(export.records(aside.unread), tables, aside)
    fault_point("directory-copied")
    full = header.extent == Extent.FULL
    changes = {
        model._meta.model_name: _merge(model, name, full=full and model not in aside.kinds)  # noqa: SLF001
        for model, name in tables.items()
    }
    return Import.objects.create(
        produced_at=header.produced_at, extent=header.extent,
        counts={"records": dict(counts), "new": changes, "set_aside": aside.told},
    )  # fmt: skip


class Aside:
    """The records of an export that could not be understood: how many, the first ones and why."""

    def __init__(self) -> None:
        self.number = 0
        self.named: list[str] = []
        self.kinds: set[type[Version]] = set()

    def unread(self, tag: str, error: Exception) -> None:
        """Note a record that lacks its parts, or whose dates are none."""
        self.kinds.add(KINDS[tag])
        self._note(f"{tag} : incomplet ou mal écrit ({error})")

    def unfit(self, model: type[Version], key: str, why: str) -> None:
        """Note a record with a value that its column cannot hold."""
        self.kinds.add(model)
        tag = next(tag for tag, kind in KINDS.items() if kind is model)
        self._note(f"{tag} {key[:120]} : {why}")

    def _note(self, words: str) -> None:
        self.number += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(words)

    @property
    def told(self) -> dict[str, Any]:
        """What is kept of them."""
        return {"number": self.number, "first": self.named}


def _must_be_next(header: directory.Header) -> None:
    last = Import.objects.order_by("-produced_at").first()
    if last is not None and header.produced_at <= last.produced_at:
        here = last.produced_at.astimezone(header.produced_at.tzinfo)
        raise BadUsage(
            f"Cet export du {header.produced_at:%d/%m/%Y %H:%M} n'est pas plus récent que "
            f"l'annuaire en place ({here:%d/%m/%Y %H:%M}).",
            reason="directory-order", remedy="Importez un export plus récent.",
        )  # fmt: skip
    if header.extent != Extent.DIFFERENTIAL:
        return
    if last is None or (header.previous_at is not None and header.previous_at != last.produced_at):
        raise BadUsage(
            "Cet export différentiel ne suit pas l'annuaire en place.",
            reason="directory-order",
            remedy="Importez d'abord ceux qui manquent, dans l'ordre, ou un export complet.",
        )


def _incoming(model: type[Version]) -> str:
    table = model._meta.db_table  # noqa: SLF001
    name = f"incoming_{table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS "  # noqa: S608 - our own names
            f"SELECT {_listed(model)} FROM {table} WITH NO DATA"
        )
    return name


def _listed(model: type[Version], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{one}"' for one in (*FIRST, *COLUMNS[model]))


def _copy(
    records: Iterator[directory.Record], tables: dict[type[Version], str], aside: Aside
) -> Counter[str]:
    counts: Counter[str] = Counter()
    waiting: dict[type[Version], list[tuple[Any, ...]]] = {model: [] for model in tables}
    widths = {model: _widths(model) for model in tables}
    for record in records:
        model, row = _row(record)
        if why := _does_not_fit(row, widths[model]):
            aside.unfit(model, str(row[1]), why)
            continue
        waiting[model].append(row)
        counts[model._meta.model_name or ""] += 1  # noqa: SLF001
        if len(waiting[model]) >= AT_ONCE:
            _send(tables[model], waiting[model])
    for model, rows in waiting.items():
        _send(tables[model], rows)
    return counts


def _widths(model: type[Version]) -> tuple[tuple[str, int | None], ...]:
    """Return name and number of characters of each column, in their order."""
    fields = (model._meta.get_field(name) for name in (*FIRST, *COLUMNS[model]))  # noqa: SLF001
    return tuple((str(one.name), getattr(one, "max_length", None)) for one in fields)


def _does_not_fit(row: tuple[Any, ...], widths: tuple[tuple[str, int | None], ...]) -> str:
    """Return why a row cannot be kept, in French; empty when it can."""
    for value, (name, width) in zip(row, widths, strict=True):
        if width is not None and isinstance(value, str) and len(value) > width:
            return f"« {name} » dépasse {width} caractères"
        if isinstance(value, int) and not 0 <= value <= LARGEST_INSTANCE:
            return f"« {name} » n'est pas un numéro"
    return ""


def _send(table: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    rows.clear()


def _merge(model: type[Version], incoming: str, *, full: bool) -> int:
    table = model._meta.db_table  # noqa: SLF001
    names = {"table": table, "incoming": incoming, "columns": _listed(model)}
    same = f"ROW({_listed(model, 'i.')}) IS NOT DISTINCT FROM ROW({_listed(model, 't.')})"
    gone = (GONE_IN_FULL if full else GONE_IN_DIFFERENTIAL).format(incoming=incoming, same=same)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX ON {incoming} (key)")
        cursor.execute(f"ANALYZE {incoming}")
        cursor.execute(NEWEST.format(**names))
        cursor.execute(REPLACE.format(table=table, gone=gone))
        cursor.execute(INSERT.format(**names))
        return int(cursor.rowcount)


def _row(record: directory.Record) -> tuple[type[Version], tuple[Any, ...]]:
    """Return the table of a record, and what stands in its columns."""
    model: type[Version]
    said: dict[str, Any] = {}
    about = key = directory.key_of(record)
    match record:
        case directory.LegalUnit():
            model = LegalUnit
        case directory.Establishment():
            model = Facility
            demands = json.dumps(asdict(record.public)) if record.public else None
            said = {"siren": about[:9], "public": demands} | _postal_parts(record.postal_address)
        case directory.RoutingCode():
            model = RoutingCode
            said = _postal_parts(record.postal_address)
        case directory.Platform():
            model = Platform
        case directory.Line():
            model, about = Line, record.address.identifier.lower()
            said = _address_parts(record.address)
    values = (said[name] if name in said else getattr(record, name) for name in COLUMNS[model])
    return model, (about, key, record.instance, *values)


def _address_parts(address: directory.Address) -> dict[str, Any]:
    return {
        "identifier": address.identifier, "siren": address.siren, "siret": address.siret,
        "routing": address.routing, "routing_scheme": address.routing_scheme,
        "suffix": address.suffix,
    }  # fmt: skip


def _postal_parts(where: directory.PostalAddress) -> dict[str, Any]:
    lines = (*where.lines, "", "", "")
    return {
        "line_1": lines[0], "line_2": lines[1], "line_3": lines[2], "city": where.city,
        "post_code": where.post_code, "subdivision": where.subdivision, "country": where.country,
    }  # fmt: skip
