"""The jobs of connections, beside those of webhooks: the worker that waits for strangers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.api.tasks import QUEUE
from facturier.server.connections import exchange
from facturier.server.jobs import once

SWEEP_EVERY_SECONDS = 3
TASK = "facturier.exchange"


@app.task(name=TASK, queue=QUEUE)
def exchange_with(connection: int, dossier: int) -> None:
    """Do a round with the platform of one dossier."""
    exchange.go_round(connection, dossier)


@app.periodic(cron=f"* * * * * */{SWEEP_EVERY_SECONDS}")
@app.task(name="facturier.sweep_connections", queue=QUEUE, queueing_lock="sweep-connections",
          priority=10)  # fmt: skip
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Queue a job for each connection that has something to do."""
    for connection, dossier in exchange.due():
        job = app.configure_task(TASK, queueing_lock=f"connection-{connection}", queue=QUEUE)
        once.enqueue(job, connection=connection, dossier=dossier)
