"""The jobs of the archive: exports, purges; in the queue of the worker that may take long."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.api.tasks import QUEUE
from facturier.server.archive import exporting, purging
from facturier.server.jobs import once

EXPORT = "facturier.export_archive"
PURGE = "facturier.purge"


@app.task(name=EXPORT, queue=QUEUE)
def make_export(dossier: int, export: int) -> None:
    """Make an archive that somebody asked for."""
    exporting.make(dossier, export)


@app.task(name=PURGE, queue=QUEUE)
def purge(dossier: int, purge: int) -> None:
    """Carry out a confirmed purge."""
    purging.carry_out(dossier, purge)


@app.periodic(cron="* * * * *")
@app.task(name="facturier.sweep_archive", queue=QUEUE, queueing_lock="sweep-archive")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Repeat the calls that were lost with a worker; forget exports whose days are over."""
    for dossier, export in exporting.unfinished():
        ask_export(dossier, export)
    for dossier, one in purging.unfinished():
        ask_purge(dossier, one)
    exporting.forget_expired()


def ask_export(dossier: int, export: int) -> None:
    """Queue an export, unless it waits already; one at a time for a dossier."""
    job = app.configure_task(
        EXPORT, lock=f"export-{dossier}", queueing_lock=f"export-{export}", queue=QUEUE
    )
    once.enqueue(job, dossier=dossier, export=export)


def ask_purge(dossier: int, purge: int) -> None:
    """Queue a confirmed purge, unless it waits already."""
    lock = f"purge-{purge}"
    job = app.configure_task(PURGE, lock=lock, queueing_lock=lock, queue=QUEUE)
    once.enqueue(job, dossier=dossier, purge=purge)
