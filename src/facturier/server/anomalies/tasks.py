"""The jobs of the anomaly finder, in the queue of the worker that waits for strangers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.anomalies import nightly
from facturier.server.api.tasks import QUEUE
from facturier.server.jobs import once

TASK = "facturier.examine"


@app.task(name=TASK, queue=QUEUE)
def examine(dossier: int) -> None:
    """Examine a round of new documents of a dossier, then queue up again behind the others."""
    if nightly.examine(dossier) == nightly.AT_ONCE:
        ask(dossier)


@app.periodic(cron="23 3 * * *")
@app.task(name="facturier.examine_all", queue=QUEUE, queueing_lock="examine-all")
def examine_all(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Each night, queue an examination for each dossier that has new documents."""
    for dossier in nightly.due():
        ask(dossier)


def ask(dossier: int) -> None:
    """Queue an examination of a dossier, unless one waits already."""
    once.enqueue(
        app.configure_task(TASK, queueing_lock=f"examine-{dossier}", queue=QUEUE), dossier=dossier
    )
