"""Make a store of a million invoices out of a hundred real ones: their rows, copied in bulk.

Every table that grew while real invoices went through the real pipeline is copied as often as
wanted, each time under other keys: the ids and what refers to them are moved by a stride, digests
and UUIDs are drawn anew from the old ones, numbers and keys get a suffix, days go back in time. So
the rows have the columns, sizes and relations that the product gives them, the indexes their real
depth, and each dossier its share of all.

Why it is fair: what an invoice costs in a store depends on the rows, the indexes and the statistics
(they are gathered afterwards), not on how the rows came there. What it does not have: the files
(nobody reads an old one while a new one is treated), a chain of proof that verifies (only its last
link is read), and tables and indexes with the holes that years of changes leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

STRIDE = 1_000_000
"""More than the ids of the real invoices."""
PACE_SECONDS = 8064
"""By which each copy is older than the one before: two years for 7,800 copies."""
A_FEW = 0.4
"""Rows a document at least, for a table to be one that grows with the invoices."""
BATCH = 250
"""Copies an INSERT: memory, and words on the way."""

DIGESTS = {"sha256", "source_sha256", "hash", "previous"}
SUFFIXED = {"key", "message_key", "number", "reference", "piece", "request_id"}
OLDER = {"date", "timestamp with time zone"}
NOW = {("archive_proofenvelope", "recorded_at")}
"""Not older: its month would have to be sealed."""
STATES = {
    ("books_entry", "state"): "CASE WHEN k %% 33 = 0 THEN state ELSE 'validated' END",
    ("books_entry", "number"): (
        "CASE WHEN k %% 33 = 0 THEN ''"
        " ELSE to_char(date - k * interval '{pace} seconds', 'YYYY-')"
        " || k || lpad((id %% 1000)::text, 5, '0') END"
    ),
    ("books_entry", "validated_at"): "CASE WHEN k %% 33 = 0 THEN NULL ELSE created_at END",
    ("portal_portalfile", "state"): "'accepted'",
}
"""What became of old ones: 97 of a hundred entries validated, under numbers of their year that look
like those that the product gives (the journal's next is looked for among them); the portal's files
accepted."""

AFTER = "(SELECT top + (k - %(first)s) * own FROM heads h WHERE h.dossier_id = t.dossier_id)"
"""By how much a rank in a chain is moved: behind what the dossier has, copy after copy."""
HEADS = """
CREATE TEMP TABLE heads AS
SELECT dossier_id, count(*) AS own,
    (SELECT max(sequence) FROM archive_proofenvelope e WHERE e.dossier_id = o.dossier_id) AS top
FROM only_once o GROUP BY dossier_id
"""


@dataclass(frozen=True)
class Table:
    """A table that grows, and how each of its columns is copied."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Name and SQL expression, in which ``k`` is the number of the copy."""


def counts(connection: psycopg.Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    names = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname !~ '^(procrastinate|django|security|identity|oauth)'"
    ).fetchall()
    return {
        name: connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
        ).fetchone()[0]  # type: ignore[index]
        for (name,) in names
    }


def growing(connection: psycopg.Connection, before: dict[str, int], documents: int) -> list[Table]:
    """Return the tables that grew with `documents` since `before`."""
    now = counts(connection)
    names = [name for name in now if now[name] - before[name] >= A_FEW * documents]
    return [Table(name, tuple(_columns(connection, name, names))) for name in sorted(names)]


def _columns(
    connection: psycopg.Connection, table: str, cloned: list[str]
) -> Iterator[tuple[str, str]]:
    moved = _moved(connection, table, cloned)
    rows = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'"
        " ORDER BY ordinal_position", [table],
    )  # fmt: skip
    for name, kind in rows.fetchall():
        yield name, _expression(table, name, kind, is_moved=name in moved)


def _moved(connection: psycopg.Connection, table: str, cloned: list[str]) -> set[str]:
    """Return the columns that name a row of a copied table: its own, and those it refers to."""
    rows = connection.execute(
        "SELECT a.attname FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
        " WHERE c.conrelid = %s::regclass AND (c.contype = 'p' OR c.contype = 'f'"
        "  AND c.confrelid::regclass::text = ANY (%s))", [table, cloned],
    )  # fmt: skip
    return {name for (name,) in rows.fetchall()}


def _expression(table: str, name: str, kind: str, *, is_moved: bool) -> str:
    quoted = f'"{name}"'
    if (table, name) in STATES:
        return STATES[table, name].format(pace=PACE_SECONDS)
    for applies, expression in (
        (name in DIGESTS, f"encode(sha256(({quoted} || k)::bytea), 'hex')"),
        (name == "external_id", f"md5({quoted} || k)::uuid::text"),  # a flow's UUID, in words
        (kind == "uuid", f"md5({quoted}::text || k)::uuid"),
        (name == "sequence", f"{quoted} + {AFTER}"),
        (name in SUFFIXED and kind != "bigint", f"{quoted} || '-' || k"),
        (is_moved and kind in {"bigint", "integer"}, f"{quoted} + k * {STRIDE}::bigint"),
        (kind in OLDER and (table, name) not in NOW,
         f"({quoted} - k * interval '{PACE_SECONDS} seconds')::{kind}"),
    ):  # fmt: skip
        if applies:
            return expression
    return quoted


def grow(connection: psycopg.Connection, tables: list[Table], first: int, last: int) -> None:
    """Add the copies from `first` to `last`, and gather statistics, as the superuser.

    Triggers and foreign keys are not run: the rows that they made are copied like the others.
    """
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET maintenance_work_mem = '1GB'")
    for table in tables:
        _keep_originals(connection, table)
        in_chain = any(name == "sequence" for name, _ in table.columns)
        if in_chain:
            connection.execute(HEADS)
        with _indexed_afterwards(connection, table):
            for start in range(first, last + 1, BATCH):
                _copy(connection, table, start, min(start + BATCH - 1, last), first)
        connection.execute("DROP TABLE only_once")
        if in_chain:
            connection.execute("DROP TABLE heads")
    connection.execute("SET session_replication_role = origin")
    for table in tables:
        _move_sequence(connection, table)
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table.name)))
    connection.execute("CHECKPOINT")


@contextmanager
def _indexed_afterwards(connection: psycopg.Connection, table: Table) -> Iterator[None]:
    """Take the indexes of a table away for the time of the block, but for its primary key.

    A row into ten indexes without an order costs ten times what their sorting at the end does.
    """
    found = connection.execute(INDEXES, {"table": table.name}).fetchall()
    for away, _ in found:
        connection.execute(away)
    yield
    for _, back in found:
        connection.execute(back)


INDEXES = """
SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %%s', i.indexrelid::regclass)
        ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', i.indrelid::regclass, c.conname) END,
    CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
        ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', i.indrelid::regclass, c.conname,
            pg_get_constraintdef(c.oid)) END
FROM pg_index i LEFT JOIN pg_constraint c
    ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid AND c.contype IN ('u', 'x')
WHERE i.indrelid = %(table)s::regclass AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
"""
"""How to take each index of a table away, and how to make it again."""


def _keep_originals(connection: psycopg.Connection, table: Table) -> None:
    """Set the real rows apart: those of the first time, whatever was added since."""
    key = table.columns[0][0]
    kept = sql.SQL("CREATE TABLE IF NOT EXISTS {} AS SELECT * FROM {}").format(
        sql.Identifier("originals", table.name), sql.Identifier(table.name)
    )
    connection.execute("CREATE SCHEMA IF NOT EXISTS originals")
    connection.execute(kept)
    connection.execute(
        sql.SQL("CREATE TEMP TABLE only_once AS SELECT * FROM {}").format(
            sql.Identifier("originals", table.name)
        )
    )
    connection.execute(sql.SQL("ANALYZE only_once ({})").format(sql.Identifier(key)))


def _copy(connection: psycopg.Connection, table: Table, start: int, end: int, first: int) -> None:
    """Add some copies of a table; `first` is the first of all that are being added."""
    names = ", ".join(f'"{name}"' for name, _ in table.columns)
    values = ", ".join(expression for _, expression in table.columns)
    query = (
        f"INSERT INTO {table.name} ({names}) SELECT {values}"  # noqa: S608  # names of our tables
        " FROM generate_series(%(start)s::int, %(end)s::int) k, only_once t"
    )
    connection.execute(query, {"start": start, "end": end, "first": first})


def _move_sequence(connection: psycopg.Connection, table: Table) -> None:
    """New rows come after the copies, as they would."""
    if ("id", f'"id" + k * {STRIDE}::bigint') in table.columns:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # noqa: S608
            f" (SELECT max(id) FROM {table.name}))"
        )
