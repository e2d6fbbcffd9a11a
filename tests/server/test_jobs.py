"""A job is a wake-up call: coalesced, enqueued with its cause, repeated when lost."""

import asyncio
import errno
import threading
import time
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from facturier.server import sight
from facturier.server.documents import intake, store
from facturier.server.documents.models import Document, Envelope, Flow, Message
from facturier.server.jobs import tasks, wake, work


def waiting():
    return list(
        ProcrastinateJob.objects.filter(status="todo", task_name=wake.TASK).values_list(
            "args", flat=True
        )
    )


@pytest.mark.django_db
def test_many_deposits_are_one_call(deposited, office):
    for _ in range(5):
        deposited()
    assert waiting() == [{"dossier": office.bakery.pk}]


@pytest.mark.django_db(transaction=True)
def test_a_deposit_rolled_back_calls_nobody(deposited):
    with transaction.atomic():
        deposited()
        transaction.set_rollback(True)
    assert waiting() == []
    assert not Flow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_call_taken_before_the_commit_is_repeated(deposited, office):
    """The call that was waiting is taken by a worker before our rows are visible to it."""
    wake.wake(office.bakery.pk)
    with transaction.atomic():
        deposited()
        with connection.cursor() as cursor:  # what a worker does, as if it were elsewhere
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    assert waiting() == [{"dossier": office.bakery.pk}]


@pytest.mark.django_db
def test_lost_calls_are_repeated(deposited, office, everybody_works):
    deposited()
    ProcrastinateJob.objects.all()._raw_delete("default")
    with sight.of_person(None):  # the sweep sees no dossier, only that there is work
        assert tasks.repeat_lost_calls() == 1
    assert waiting() == [{"dossier": office.bakery.pk}]
    everybody_works()
    assert tasks.repeat_lost_calls() == 0


@pytest.mark.django_db
def test_a_file_that_kills_the_process_is_put_aside(deposited, everybody_works, office):
    """An attempt is counted before it begins, so a process that dies has counted it."""
    flow = deposited()
    for _ in range(work.MOST_ATTEMPTS):
        assert work._claim(office.bakery.pk, flow.pk)  # and the process dies here
    deposited("F-8")
    everybody_works()
    flow.refresh_from_db()
    assert flow.state == Flow.State.QUARANTINED
    assert "interrompu" in flow.last_error
    assert Document.objects.filter(number="F-8", direction="received").exists()


@pytest.mark.django_db
def test_a_full_disk_is_not_the_fault_of_a_file(deposited, everybody_works, office, monkeypatch):
    flow = deposited()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(store, "put", full)
        for _ in range(work.MOST_ATTEMPTS + 2):
            with sight.of([office.bakery.pk]):
                Flow.objects.update(not_before=timezone.now())
            everybody_works()
        with sight.of([office.bakery.pk]):
            flow.refresh_from_db()
        assert (flow.state, flow.attempts) == ("pending", 0)
        assert "No space left" in flow.last_error
    with sight.of([office.bakery.pk]):
        Flow.objects.update(not_before=timezone.now())
    everybody_works()
    with sight.of([office.bakery.pk, office.florist.pk]):
        states = set(Document.objects.values_list("direction", "state"))
    assert states == {("issued", "203"), ("received", "203")}


@pytest.mark.django_db
def test_a_status_never_overtakes_the_one_before_it(deposited, everybody_works, office):
    deposited()
    work.go_round(office.bakery.pk)
    work.go_round(office.florist.pk)
    Message.objects.filter(event__code="202").update(
        state="pending", sent_at=None, not_before=timezone.now() + timedelta(hours=1)
    )
    Message.objects.filter(event__code="203").update(state="pending", sent_at=None)
    Envelope.objects.filter(kind="status").delete()
    everybody_works()
    seller = Document.objects.get(direction="issued")
    assert seller.state == "201", "203 waits for 202"
    Message.objects.update(not_before=timezone.now())
    everybody_works()
    seller.refresh_from_db()
    assert seller.state == "203"


@pytest.mark.django_db
def test_work_sees_its_dossier_only(deposited, office, monkeypatch):
    seen = []

    def look(_):
        seen.append(set(Flow.objects.values_list("dossier", flat=True)))

    monkeypatch.setattr(intake, "work_on", look)
    deposited()
    deposited(dossier=office.florist)
    work._flows(office.bakery.pk)
    assert seen == [{office.bakery.pk}]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("wide_sight")
def test_a_deposit_wakes_a_listening_worker(deposited):
    """A real worker that would look by itself only after a minute."""
    connector = app.connector.get_worker_connector()
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def listen():
        with app.replace_connector(connector) as running:
            async with running.open_async():
                ready.set()
                await running.run_worker_async(
                    install_signal_handlers=False, fetch_job_polling_interval=60
                )

    task = loop.create_task(listen())
    thread = threading.Thread(target=lambda: loop.run_until_complete(_quietly(task)))
    thread.start()
    try:
        assert ready.wait(10)
        time.sleep(1)
        begin = time.monotonic()
        deposited()
        while not Document.objects.filter(direction="received", state="203").exists():
            assert time.monotonic() - begin < 20
            time.sleep(0.01)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)


async def _quietly(task):
    try:
        await task
    except asyncio.CancelledError:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_calls_of_a_dead_worker_are_forgotten(deposited):
    deposited()
    with connection.cursor() as cursor:  # a worker took it, and is no more
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    deposited()
    async_to_sync(tasks.take_over.func)(0)
    assert ProcrastinateJob.objects.filter(status="doing").count() == 0
    assert len(waiting()) == 1
