"""The jobs. Each is a wake-up call or housekeeping; none carries a fact."""

from __future__ import annotations

from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from facturier.server import sight
from facturier.server.archive import sealing
from facturier.server.jobs import wake, work

SWEEP_EVERY_SECONDS = 10
TAKE_OVER_EVERY_SECONDS = 10
SILENCE_OF_THE_DEAD_SECONDS = 20
"""A worker says every 5 seconds that it lives."""
KEEP_FINISHED_JOBS_HOURS = 24


@app.task(name=wake.TASK)
def work_through(dossier: int) -> None:
    """Do a round of what is pending of one dossier, then queue up again behind the others."""
    if work.go_round(dossier):
        wake.wake(dossier)


@app.periodic(cron=f"* * * * * */{SWEEP_EVERY_SECONDS}")
@app.task(name="facturier.sweep", queueing_lock="sweep", priority=10)
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Repeat the wake-up calls that were lost, and those whose waiting time is over."""
    repeat_lost_calls()


@app.periodic(cron=f"* * * * * */{TAKE_OVER_EVERY_SECONDS}")
@app.task(name="facturier.take_over", queueing_lock="take-over", priority=10)
async def take_over(timestamp: int) -> None:  # noqa: ARG001
    """Forget the calls of workers that died: the sweeps repeat what they were about.

    Without it a call with a lock (one webhook at a time) would wait for the dead.
    """
    silence = SILENCE_OF_THE_DEAD_SECONDS
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence):
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="17 * * * *")
@app.task(name="facturier.tidy", queueing_lock="tidy", pass_context=False)
async def tidy(timestamp: int) -> None:  # noqa: ARG001
    """Forget the finished calls."""
    await app.job_manager.delete_old_jobs(nb_hours=KEEP_FINISHED_JOBS_HOURS, include_failed=True)


@app.periodic(cron="37 * * * *")
@app.task(name="facturier.seal", queueing_lock="seal")
def seal(timestamp: int) -> None:  # noqa: ARG001
    """Seal the months that are over, and ask again for the timestamps that are missing."""
    sealing.seal_all()


def repeat_lost_calls() -> int:
    """Wake every dossier that has something to do now; return how many."""
    dossiers = sight.dossiers_with_work()
    for dossier in dossiers:
        wake.wake(dossier)
    return len(dossiers)
