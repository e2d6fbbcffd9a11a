"""Two workers on the same dossiers at once: each thing is done once."""

import threading
from collections import Counter

import pytest
from django.db import connection

from facturier.server import sight
from facturier.server.books.models import Entry
from facturier.server.documents.models import Document, Event
from facturier.server.jobs.work import work_through

INVOICES = 20


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_everything_once(deposited, office):
    for number in range(INVOICES):
        deposited(f"F-{number}")
    deposited("F-0")  # a duplicate that both could take for the first
    sides = (office.bakery.pk, office.florist.pk)
    failures, start = [], threading.Barrier(2)

    def worker():
        start.wait()
        try:
            while sight.dossiers_with_work():
                for side in sides:
                    work_through(side)
        except BaseException as failure:  # noqa: BLE001 - shown by the main thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    states = Counter(Document.objects.values_list("direction", "state"))
    assert states == {
        ("issued", "203"): INVOICES, ("issued", "213"): 1, ("received", "203"): INVOICES,
    }  # fmt: skip
    assert Event.objects.count() == 6 * INVOICES + 1
    assert Entry.objects.count() == 2 * INVOICES
