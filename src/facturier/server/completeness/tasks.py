"""The jobs of completeness, in the queue of the worker that waits for strangers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server import sight
from facturier.server.api.tasks import QUEUE
from facturier.server.books import cancelling
from facturier.server.completeness import nightly
from facturier.server.firm.models import Person
from facturier.server.jobs import once

TASK = "facturier.compare"
CERTIFY = "facturier.certify"


@app.task(name=TASK, queue=QUEUE)
def compare(dossier: int) -> None:
    """Compare last month and this one of a dossier, after its books left what had gone back."""
    with sight.of([dossier]):
        cancelling.catch_up(dossier)
    nightly.compare(dossier)


@app.task(name=CERTIFY, queue=QUEUE)
def certify(dossier: int, month: str, person: int) -> None:
    """Compare and certify one month, because a person asked."""
    with sight.of_self(person):
        asked_by = Person.objects.get(pk=person)
    nightly.certify(dossier, month, asked_by)


@app.periodic(cron="41 2 * * *")
@app.task(name="facturier.compare_all", queue=QUEUE, queueing_lock="compare-all")
def compare_all(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Each night, queue a comparison for each dossier in which something happened."""
    for dossier in nightly.due():
        ask(dossier)


def ask(dossier: int) -> None:
    """Queue a comparison of a dossier, unless one waits already."""
    job = app.configure_task(TASK, queueing_lock=f"compare-{dossier}", queue=QUEUE)
    once.enqueue(job, dossier=dossier)


def ask_certificate(dossier: int, month: str, person: int) -> None:
    """Queue a certificate of a month, unless one waits already."""
    lock = f"certify-{dossier}-{month}"
    job = app.configure_task(CERTIFY, queueing_lock=lock, queue=QUEUE)
    once.enqueue(job, dossier=dossier, month=month, person=person)
