"""The jobs of the API: calls to webhooks, in a queue that a worker of their own empties.

A receiver that is slow keeps no file waiting, and at most one of these workers.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.api import changing, notices
from facturier.server.jobs import once

QUEUE = "webhooks"
SWEEP_EVERY_SECONDS = 3
TASK = "facturier.call_webhook"


@app.task(name=TASK, queue=QUEUE)
def call_webhook(webhook: int, dossier: int) -> None:
    """Make the calls that are due to one webhook."""
    notices.deliver(webhook, dossier)


@app.periodic(cron="27 * * * *")
@app.task(name="facturier.forget_requests", queueing_lock="forget-requests")
def forget(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Forget the deposits and changes that are no longer known again."""
    changing.forget_old()


@app.periodic(cron=f"* * * * * */{SWEEP_EVERY_SECONDS}")
@app.task(name="facturier.sweep_notices", queue=QUEUE, queueing_lock="sweep-notices", priority=10)
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Queue a job for each webhook that a call is owed to."""
    for webhook, dossier in notices.due():
        one_at_a_time = f"webhook-{webhook}"
        job = app.configure_task(TASK, lock=one_at_a_time, queueing_lock=one_at_a_time, queue=QUEUE)
        once.enqueue(job, webhook=webhook, dossier=dossier)
