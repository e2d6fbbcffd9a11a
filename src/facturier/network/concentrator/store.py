"""What the concentrator holds: one SQLite file in its folder, written through to the disk.

A flow is kept before it is said to be taken; its answers, its objects and what they change in the
directory are written in one transaction. A process that is killed at any moment has lost nothing it
promised and done nothing twice.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from facturier.errors import ConfigurationError
from facturier.formats.directory import key_of
from facturier.network.concentrator.known import Memory
from facturier.network.concentrator.records import Records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from facturier.formats.directory import Line, RoutingCode
    from facturier.lifecycle.statuses import Subject
    from facturier.network.concentrator.answers import Answer, Outcome, Received
    from facturier.network.concentrator.known import Deed, Judged

FILE = "concentrateur.sqlite"
SECONDS_TO_WAIT = 30
"""How long a writer waits for another."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS flows (
    id INTEGER PRIMARY KEY, application TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, content BLOB NOT NULL, received_at TEXT NOT NULL,
    code INTEGER, reasons TEXT NOT NULL DEFAULT '',
    UNIQUE (application, name));
CREATE INDEX IF NOT EXISTS flows_to_do ON flows (id) WHERE code IS NULL;
CREATE TABLE IF NOT EXISTS objects (
    id INTEGER PRIMARY KEY, flow INTEGER NOT NULL, subject TEXT NOT NULL, file TEXT NOT NULL,
    number TEXT NOT NULL, siren TEXT NOT NULL, day TEXT, key TEXT NOT NULL, taken INTEGER NOT NULL,
    code INTEGER NOT NULL, objections TEXT NOT NULL, deed_code INTEGER, deed_at TEXT,
    deed_message TEXT, deed_final INTEGER);
CREATE INDEX IF NOT EXISTS objects_taken ON objects (subject, key) WHERE taken;
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, application TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL,
    code INTEGER NOT NULL, ready_at TEXT NOT NULL, acknowledged_at TEXT,
    UNIQUE (application, name));
CREATE INDEX IF NOT EXISTS answers_waiting ON answers (application, id)
    WHERE acknowledged_at IS NULL;
CREATE TABLE IF NOT EXISTS records (
    instance INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL,
    about TEXT NOT NULL, data TEXT NOT NULL, author TEXT NOT NULL, recorded_at TEXT NOT NULL,
    replaced_at TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS records_current ON records (kind, key)
    WHERE replaced_at IS NULL;
CREATE INDEX IF NOT EXISTS records_about ON records (kind, about);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, fault TEXT NOT NULL, times INTEGER NOT NULL, application TEXT NOT NULL,
    reason TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class NameTaken(Exception):
    """The name of this flow was used for other bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An answer that waits."""

    name: str
    size: int


class Store:
    """The store of one concentrator. Each thread has a connection of its own."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, made if need be. Raises `ConfigurationError`."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path = folder / FILE
            self._held = threading.local()
            self.connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                f"Le dossier {folder} du concentrateur ne peut pas être ouvert ({error}).",
                reason="concentrator-folder",
                remedy="Donnez un dossier où écrire : facturier concentrator --folder DOSSIER.",
            ) from error

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        held: sqlite3.Connection | None = getattr(self._held, "connection", None)
        if held is None:
            held = sqlite3.connect(self._path, timeout=SECONDS_TO_WAIT, isolation_level=None)
            held.row_factory = sqlite3.Row
            held.execute("PRAGMA journal_mode = WAL")
            held.execute("PRAGMA synchronous = FULL")  # a commit is on the disk
            self._held.connection = held
        return held

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or nothing; writers wait for one another."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite may have taken it back itself (full disk)
                connection.execute("ROLLBACK")
            raise

    # --- the clock --------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the instant it is here: the true one, moved by :meth:`set_clock`."""
        seconds = self.counter("clock")
        return datetime.now(UTC) + timedelta(seconds=seconds)

    def set_clock(self, moment: datetime) -> None:
        """Let it be `moment` (timezone-aware) now; time goes on from there."""
        with self.writing():
            self.set_counter("clock", ceil((moment - datetime.now(UTC)).total_seconds()))

    def set_counter(self, name: str, value: int) -> None:
        """Keep a number, inside :meth:`writing`."""
        self.connection.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
            "SET value = excluded.value",
            [name, value],
        )

    def counter(self, name: str) -> int:
        """Return a number that is kept; 0 at first."""
        row = self.connection.execute(
            "SELECT value FROM counters WHERE name = ?", [name]
        ).fetchone()
        return int(row["value"]) if row else 0

    def next_number(self) -> int:
        """Draw the next number of a flow of the portal; one that is not used leaves a gap."""
        row = self.connection.execute(
            "INSERT INTO counters VALUES ('flow', 1) ON CONFLICT (name) DO UPDATE "
            "SET value = value + 1 RETURNING value"
        ).fetchall()[0]
        return int(row["value"])

    # --- flows in ---------------------------------------------------------------------------------

    def take(self, received: Received, digest: str) -> datetime:
        """Keep a flow, once for each name; return when it came first.

        `digest` is the SHA-256 of all its bytes. Raises `NameTaken` when the name was used for
        other bytes.
        """
        row = (
            received.application.code, received.name, digest, received.size, received.content,
            received.at.isoformat(),
        )  # fmt: skip
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO flows (application, name, sha256, size, content, received_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            kept = connection.execute(
                "SELECT sha256, received_at FROM flows WHERE application = ? AND name = ?", row[:2]
            ).fetchone()
        if kept["sha256"] != digest:
            raise NameTaken(received.name)
        return datetime.fromisoformat(kept["received_at"])

    def next_to_do(self, without: Collection[int] = ()) -> sqlite3.Row | None:
        """Return the oldest flow that was not answered yet, but for some."""
        found: sqlite3.Row | None = self.connection.execute(
            "SELECT * FROM flows WHERE code IS NULL AND id NOT IN (SELECT value FROM json_each(?)) "
            "ORDER BY id LIMIT 1",
            [json.dumps(list(without))],
        ).fetchone()
        return found

    def settle(self, flow: int, outcome: Outcome, application: str, ready_at: datetime) -> None:
        """Write what becomes of a flow, inside :meth:`writing`."""
        code = next((one.code for one in outcome.answers if one.code), 500)
        reasons = " ".join(dict.fromkeys(one.reason for one in outcome.objections))
        self.connection.execute(
            "UPDATE flows SET code = ?, reasons = ? WHERE id = ?", [code, reasons, flow]
        )
        for answer in outcome.answers:
            self.post(answer, application, ready_at)

    def post(self, answer: Answer, application: str, ready_at: datetime) -> None:
        """Let an answer wait for an application, inside :meth:`writing`."""
        self.connection.execute(
            "INSERT INTO answers (application, name, content, code, ready_at) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [application, answer.name, answer.content, answer.code, ready_at.isoformat()],
        )

    # --- answers out ------------------------------------------------------------------------------

    def waiting(self, application: str, limit: int) -> Sequence[Waiting]:
        """Return the answers that wait for an application, oldest first."""
        rows = self.connection.execute(
            "SELECT name, length(content) AS size FROM answers WHERE application = ? "
            "AND acknowledged_at IS NULL AND ready_at <= ? ORDER BY id LIMIT ?",
            [application, self.now().isoformat(), limit],
        )
        return [Waiting(name=row["name"], size=row["size"]) for row in rows]

    def answer(self, application: str, name: str) -> bytes | None:
        """Return the archive of an answer, acknowledged or not."""
        row = self.connection.execute(
            "SELECT content FROM answers WHERE application = ? AND name = ?", [application, name]
        ).fetchone()
        return None if row is None else bytes(row["content"])

    def acknowledge(self, application: str, name: str) -> bool:
        """Let an answer wait no longer; return whether it is one."""
        with self.writing() as connection:
            done = connection.execute(
                "UPDATE answers SET acknowledged_at = coalesce(acknowledged_at, ?) "
                "WHERE application = ? AND name = ?",
                [self.now().isoformat(), application, name],
            )
        return done.rowcount > 0

    def wait_again(self, application: str) -> int:
        """Let every answer wait again, as if it had never been acknowledged: a fault on demand."""
        with self.writing() as connection:
            done = connection.execute(
                "UPDATE answers SET acknowledged_at = NULL WHERE application = ?", [application]
            )
        return done.rowcount


class Judging(Records):
    """What is known while one flow is judged: the store, and what this very flow brought.

    Nothing is written until :meth:`keep`: while a thousand files are judged, flows come in.
    """

    def __init__(self, store: Store, flow: int, author: str, moment: datetime) -> None:
        super().__init__(store.connection, author=author, moment=moment)
        self._flow = flow
        self._brought: list[Judged] = []
        self._here = Memory()

    def has(self, subject: Subject, key: str) -> bool:
        """Return whether an object of this key was taken."""
        return self._here.has(subject, key) or super().has(subject, key)

    def deeds(self, invoice: str) -> Sequence[Deed]:
        """Return the statuses taken about an invoice."""
        return [*super().deeds(invoice), *self._here.deeds(invoice)]

    def lines(self, siren: str) -> Sequence[Line]:
        """Return the lines for a SIREN, each as it would be now."""
        held = [*super().lines(siren), *self._here.lines(siren)]
        return list({key_of(one): one for one in held}.values())

    def routing_code(self, siret: str, routing: str) -> RoutingCode | None:
        """Return a routing code of a place of business."""
        return self._here.routing_code(siret, routing) or super().routing_code(siret, routing)

    def remember(self, judged: Judged) -> None:
        """Let the next objects of this flow see it."""
        self._brought.append(judged)
        self._here.remember(judged)

    def keep(self) -> None:
        """Write what was judged and what it changes, inside :meth:`Store.writing`."""
        for judged in self._brought:
            self._keep(judged)
            for change in () if judged.objections else judged.changes:
                self.write(change)

    def _keep(self, judged: Judged) -> None:
        deed = judged.deed
        self._connection.execute(
            "INSERT INTO objects (flow, subject, file, number, siren, day, key, taken, code, "
            "objections, deed_code, deed_at, deed_message, deed_final) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self._flow, judged.subject.value, judged.file, judged.number, judged.siren,
                judged.day.isoformat() if judged.day else None, judged.key,
                not judged.objections, judged.code,
                json.dumps([asdict(one) for one in judged.objections], ensure_ascii=False),
                deed.code if deed else None, deed.at.isoformat() if deed else None,
                deed.message if deed else None, deed.final if deed else None,
            ],
        )  # fmt: skip
