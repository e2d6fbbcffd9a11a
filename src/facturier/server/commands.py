"""What ``facturier serve``, ``work``, ``deposit`` and the demo run; called lazily by the CLI."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from facturier.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from procrastinate.contrib.django.django_connector import DjangoConnector


@contextmanager
def database(*, migrated: bool = True) -> Iterator[None]:
    """Hold a database for the time of the block: the private one, or ``DATABASE_URL``.

    The private one is migrated on the way; of the other, `ConfigurationError` says that it must be
    (``facturier migrate``). With `migrated` false the tables are taken as they are.
    """
    prepare()
    from django.conf import settings  # noqa: PLC0415

    from facturier.server import postgres  # noqa: PLC0415

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    if settings.DATABASE_URL:
        if migrated:
            from facturier.server.running import migrating  # noqa: PLC0415

            migrating.must_be_complete()
        yield
        return
    if threading.current_thread() is threading.main_thread():
        # Asked to stop while starting: leave by the door, so that PostgreSQL is let go of.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    private = postgres.PrivatePostgres(settings.POSTGRES_DATA, postgres.sized())
    private.start()
    try:
        private.provision()
        if migrated:
            migrate()
        yield
    finally:
        private.stop()


def prepare() -> None:
    """Load Django. What this process writes from now on is for its user alone."""
    os.umask(0o077)
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "facturier.server.settings")
    django.setup()


def migrate() -> None:
    """Bring the tables up to date as their owner, and let the serving role use them."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from facturier.server import postgres  # noqa: PLC0415

    owner = connections["owner"]
    with owner.cursor() as cursor:
        postgres.alone(cursor)
        for index in postgres.half_made(cursor):
            cursor.execute(f"DROP INDEX {index}")
        # A migration that has to wait for a lock would make everybody else wait behind it.
        cursor.execute("SET lock_timeout = '10s'")
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        cursor.execute(GRANTS.format(app=connections["default"].settings_dict["USER"]))
        cursor.execute(postgres.DONE)
    owner.close()


GRANTS = """
GRANT USAGE ON SCHEMA public TO "{app}";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{app}";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{app}";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "{app}";
REVOKE UPDATE, DELETE ON documents_event, documents_storedbytes,
    archive_proofenvelope, archive_seal, archive_timestamp, archive_purgedbytes FROM "{app}";
REVOKE INSERT, UPDATE, DELETE ON security_journalentry, security_acquaintance FROM "{app}";
REVOKE INSERT, UPDATE ON security_session FROM "{app}";
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM "{app}";
"""
"""What the serving role may do: no table of its own, no change of history, no bytes forgotten."""


SECONDS_TO_FINISH = 3
"""How long a request may go on after the server was told to stop; then it is rolled back."""


def serve(port: int = 8000, address: str = "127.0.0.1") -> int:
    """Serve pages and API until interrupted; return 0."""
    with database():
        from granian import Granian  # noqa: PLC0415
        from granian.constants import Interfaces  # noqa: PLC0415

        Granian(
            "facturier.server.wsgi:application",
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            websockets=False,
            blocking_threads=4,
            blocking_threads_idle_timeout=5,  # a stop waits for idle threads
            respawn_failed_workers=True,
            workers_kill_timeout=SECONDS_TO_FINISH,
        ).serve()
    return 0


def work() -> int:
    """Work through what is pending until interrupted, watched by a guard; return 0."""
    from facturier.server.jobs import guard  # noqa: PLC0415

    return guard.run()


def work_unguarded(blamed: Sequence[str] = ()) -> int:
    """Work until interrupted and return 0; first put aside the flow a worker was stopped at.

    `blamed` is nothing, or reason (:func:`facturier.server.jobs.guard.refusal`), dossier and flow.
    """
    from facturier.server.jobs import guard  # noqa: PLC0415

    guard.end_with_guard()
    with database():
        from procrastinate.contrib.django import app  # noqa: PLC0415

        from facturier.server.jobs import tasks  # noqa: PLC0415
        from facturier.server.jobs.work import set_aside_unfinished  # noqa: PLC0415
        from facturier.server.running import metrics  # noqa: PLC0415

        if blamed:
            reason, dossier, flow = blamed
            set_aside_unfinished(int(dossier), int(flow), guard.refusal(reason))
        metrics.serve()
        tasks.repeat_lost_calls()
        connector = cast("DjangoConnector", app.connector).get_worker_connector()
        with app.replace_connector(connector):
            return asyncio.run(_work(app))


CALLS_AT_ONCE = 4
"""Webhooks that one worker calls at the same time."""


HEARTBEAT = {"update_heartbeat_interval": 5.0, "stalled_worker_timeout": 20.0}
"""Seconds: how often a worker says that it lives, and after which silence it is held for dead."""


async def _work(app: Any) -> int:
    """Work until told to stop; return 0, or `EX_TEMPFAIL` when a worker ended untold.

    Each does when the database goes away: all three then begin anew, in a process of their own.
    """
    from facturier.server.api.tasks import QUEUE as WEBHOOKS  # noqa: PLC0415
    from facturier.server.portal.tasks import QUEUE as PORTAL  # noqa: PLC0415
    from facturier.server.running import observed  # noqa: PLC0415

    alike = {**HEARTBEAT, "delete_jobs": "successful", "worker_middleware": [observed.job]}

    def worker(name: str, queue: str, at_once: int, patience: float | None) -> asyncio.Task[None]:
        return asyncio.create_task(
            app.run_worker_async(
                name=name, queues=[queue], concurrency=at_once, install_signal_handlers=False,
                shutdown_graceful_timeout=patience, **alike,
            )
        )  # fmt: skip

    told = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, told.set)
    async with app.open_async():
        # Others' servers are called by workers of their own: they may wait, the main one does not.
        workers = (
            worker("facturier", "default", 1, None),
            worker(f"facturier-{WEBHOOKS}", WEBHOOKS, CALLS_AT_ONCE, SECONDS_TO_FINISH),
            worker(f"facturier-{PORTAL}", PORTAL, 1, SECONDS_TO_FINISH),
        )
        stop = asyncio.create_task(told.wait())
        await asyncio.wait((*workers, stop), return_when=asyncio.FIRST_COMPLETED)
        for task in (*workers, stop):
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return 0 if told.is_set() else os.EX_TEMPFAIL


def dossier_named(name: str) -> int:
    """Return the id of the dossier of this SIREN or electronic address.

    Raises `ConfigurationError` when none, or more than one, answers to it.
    """
    from facturier.server import sight  # noqa: PLC0415

    found = sight.dossiers_of_siren(name)
    if len(found) != 1:
        raise ConfigurationError(
            f"{len(found) or 'Aucun'} dossier(s) pour « {name} ».",
            reason="dossier",
            remedy="Donnez le SIREN ou l'adresse électronique d'un dossier.",
        )
    return found[0]


def deposit(files: Sequence[Path], dossier: str) -> int:
    """Deposit `files` in the dossier of this SIREN (or electronic address); print each flow's id.

    Returns 0. Raises `ConfigurationError` when no dossier, or more than one, answers to the name.
    """
    contents = [(path, path.read_bytes()) for path in files]
    with database():
        from facturier.server import sight  # noqa: PLC0415
        from facturier.server.documents.deposit import deposit as receive  # noqa: PLC0415
        from facturier.server.documents.models import Flow  # noqa: PLC0415
        from facturier.server.firm.models import Dossier  # noqa: PLC0415

        logging.getLogger("facturier").setLevel(logging.WARNING)  # a person reads the flows
        found = dossier_named(dossier)
        for path, data in contents:
            with sight.of([found]):
                target = Dossier.objects.get(pk=found)
                flow = receive(target, data, name=path.name, channel=Flow.Channel.CLI)
            sys.stdout.write(f"{flow.flow_id} {path}\n")
    return 0


def open_cabinet(name: str, siren: str, email: str, person: str, url: str) -> int:
    """Open a cabinet and its first account; print where its password is chosen. Returns 0."""
    with database():
        from facturier.server.firm import opening  # noqa: PLC0415

        lead = opening.open_cabinet(name, siren, email, person)
        sys.stdout.write(
            f"{name} est ouvert. {lead} choisit son mot de passe ici (une fois, sous trois "
            f"jours) :\n{url.rstrip('/')}{opening.door_of(lead)}\n"
        )
    return 0


def import_directory(file: Path) -> int:
    """Take in an export of the portal's directory (flux 14); print what it changed. Returns 0."""
    with database():
        from facturier.server.directory import imports  # noqa: PLC0415

        done = imports.take_in(file)
        for name, word in imports.WORDS.items():
            read, new = done.counts["records"].get(name, 0), done.counts["new"][name]
            sys.stdout.write(f"{read:>12} {word}, dont {new} nouveaux ou changés\n")
        if done.set_aside:
            sys.stdout.write(f"{done.set_aside:>12} enregistrements laissés de côté :\n")
            sys.stdout.writelines(f"{one}\n" for one in done.counts["set_aside"]["first"])
    return 0
