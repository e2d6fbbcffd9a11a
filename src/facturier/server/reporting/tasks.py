"""The jobs of e-reporting: one call a night and dossier, then the warnings of each cabinet."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.jobs import once
from facturier.server.reporting import nightly

TASK = "facturier.report_dossier"
AFTER_THE_OTHERS = -10
"""Priority: files that just came in go first."""


@app.task(name=TASK)
def report_dossier(dossier: int) -> None:
    """Bring one dossier's declarations up to date; send what is automatic."""
    nightly.prepare(dossier)


@app.periodic(cron="23 3 * * *")
@app.task(name="facturier.report_all", queueing_lock="report-all")
def report_all(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Queue a call for each dossier in which there is something to do."""
    for dossier in nightly.due():
        job = app.configure_task(TASK, queueing_lock=f"report-{dossier}", priority=AFTER_THE_OTHERS)
        once.enqueue(job, dossier=dossier)


@app.periodic(cron="43 6 * * *")
@app.task(name="facturier.warn_reporting", queueing_lock="warn-reporting")
def warn_all(timestamp: int) -> None:  # noqa: ARG001
    """Warn who follows a dossier of what is due, before the day begins."""
    for dossiers in nightly.all_dossiers().values():
        nightly.warn(dossiers)
