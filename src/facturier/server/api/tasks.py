"""The jobs of the API: calls to webhooks, in a queue that a worker of their own empties.

A receiver that is slow keeps no file waiting, and at most one of these workers.
"""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from facturier.server.api import notices

QUEUE = "webhooks"
SWEEP_EVERY_SECONDS = 3
TASK = "facturier.call_webhook"


@app.task(name=TASK, queue=QUEUE)
def call_webhook(webhook: int, dossier: int) -> None:
    """Make the calls that are due to one webhook."""
    notices.deliver(webhook, dossier)


@app.periodic(cron=f"* * * * * */{SWEEP_EVERY_SECONDS}")
@app.task(name="facturier.sweep_notices", queue=QUEUE, queueing_lock="sweep-notices", priority=10)
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Queue a job for each webhook that a call is owed to."""
    for webhook, dossier in notices.due():
        one_at_a_time = f"webhook-{webhook}"
        job = app.configure_task(TASK, lock=one_at_a_time, queueing_lock=one_at_a_time, queue=QUEUE)
        try:
            with transaction.atomic():
                job.defer(webhook=webhook, dossier=dossier)
        except AlreadyEnqueued:
            continue
