"""The job that hands received invoices to other applications, in the queue that may take long."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.api.tasks import QUEUE
from facturier.server.jobs import once
from facturier.server.routing import handing

TASK = "facturier.hand_over"
SWEEP_EVERY_SECONDS = 10


@app.task(name=TASK, queue=QUEUE)
def hand_over(dossier: int) -> None:
    """Hand over what is due of one dossier."""
    handing.deliver(dossier)


@app.periodic(cron=f"* * * * * */{SWEEP_EVERY_SECONDS}")
@app.task(name="facturier.sweep_handovers", queue=QUEUE, queueing_lock="sweep-handovers")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Queue a job for each dossier that has something to hand over now."""
    for dossier in handing.due():
        one_at_a_time = f"handover-{dossier}"
        job = app.configure_task(TASK, lock=one_at_a_time, queueing_lock=one_at_a_time, queue=QUEUE)
        once.enqueue(job, dossier=dossier)
