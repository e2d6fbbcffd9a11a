"""The portal as a process of its own (the simulated concentrator): deaths, faults, two workers."""

import os
import threading
import time

import pytest
from django.db import connection, connections
from django.db.models import Q
from tests.network.conftest import SECRETS, Running, free_port
from tests.server.conftest import IDS_IN_TESTS

from facturier.server import sight
from facturier.server.documents.models import Document, Event
from facturier.server.jobs.fault_points import die_at
from facturier.server.portal import allotment
from facturier.server.portal.models import PortalAnswer, PortalFile, PortalFlow
from facturier.server.portal.tasks import exchange

pytestmark = pytest.mark.django_db(transaction=True)
F1 = "FFE0111A"


@pytest.fixture(scope="module")
def concentrator(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("concentrateur"), free_port())
    running.start()
    yield running
    running.kill()


@pytest.fixture
def connected(settings, concentrator, request):
    """This installation, connected; each test is an application of its own run of numbers."""
    application = {"deaths": "AAA123", "faults": "BBB123"}[request.param]
    settings.PORTAL_URL = concentrator.url
    settings.PORTAL_APPLICATION = application
    settings.PORTAL_SECRET = SECRETS[application]
    settings.PORTAL_WAIT = 0
    settings.PORTAL_FILES = 2
    return concentrator


def every_round(is_done, seconds=20):
    """Exchange with the portal until all is answered."""
    deadline = time.monotonic() + seconds
    while not is_done():
        with sight.of_portal():
            PortalFlow.objects.filter(state="pending").update(not_before="2026-01-01T00:00Z")
        exchange()
        assert time.monotonic() < deadline, list(PortalFile.objects.values_list("name", "state"))
        time.sleep(0.05)


def is_answered():
    with sight.of_portal():
        final = Q(state__in=("accepted", "refused")) | Q(state="receivable", interface="FFE0654A")
        return not PortalFile.objects.exclude(final).exists()


def see_everything():
    """Give a new connection the wide sight of tests."""
    everything = "{" + ",".join(map(str, range(1, IDS_IN_TESTS))) + "}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('facturier.dossiers', %s, false)", [everything])


def in_a_process_that_dies(point, times):
    """Exchange in a process that is killed at `point`; return whether it was."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            die_at(point, times)
            deadline = time.monotonic() + 10
            while not is_answered() and time.monotonic() < deadline:
                exchange()
        finally:
            os._exit(0)
    died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    see_everything()
    return died


def everything_once(documents):
    """Each invoice in one flow, each number used once, each answer told once."""
    with sight.of_portal():
        flows = PortalFlow.objects.filter(direction="out", interface=F1).order_by("number")
        assert [one.number for one in flows] == list(range(1, len(flows) + 1))
        files = PortalFile.objects.filter(interface=F1)
        assert {one.state for one in files} == {"accepted"}, [one.last_error for one in files]
        assert {one.attempts for one in files} == {1}
        assert files.count() == documents
        assert PortalAnswer.objects.filter(code="250").count() == documents
    assert Event.objects.filter(code="250").count() == documents
    assert Document.objects.filter(direction="issued").count() == documents


@pytest.mark.parametrize("connected", ["deaths"], indirect=True)
def test_a_worker_killed_at_any_step_loses_nothing_and_doubles_nothing(
    connected, deposited, everybody_works
):
    before = connected.ask("GET", "/simulation/state").json()["flows"]
    assert not before
    done, deaths = 0, 0
    for point in ("flow-made", "flow-sent", "answer-kept"):
        for times in (1, 2):
            deposited(f"{point}-{times}")
            everybody_works()
            done += 1
            deaths += in_a_process_that_dies(point, times)
            every_round(is_answered)
    assert deaths == 6
    everything_once(done)


@pytest.mark.parametrize("connected", ["faults"], indirect=True)
def test_two_workers_and_a_portal_that_misbehaves(connected, deposited, everybody_works):
    for number in range(9):
        deposited(f"F-{number}")
    everybody_works()
    for fault in ("lost", "repeat", "disorder", "cut", "unavailable"):
        connected.fault(fault, times=2)
    start, failures = threading.Barrier(2), []

    def worker():
        start.wait()
        try:
            for _ in range(3):
                allotment.allot()
                exchange()
        except BaseException as failure:  # noqa: BLE001 - shown by the main thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    every_round(is_answered)
    everything_once(9)
    assert [one.attempts for one in PortalFile.objects.exclude(interface=F1)] == [1] * 9


@pytest.mark.parametrize("connected", ["faults"], indirect=True)
def test_without_a_portal_nothing_leaves(connected, settings, deposited, everybody_works):
    settings.PORTAL_URL = ""
    deposited("F-1")
    everybody_works()
    assert connected is not None
    assert exchange() == 0
    assert {one.state for one in PortalFile.objects.all()} == {"pending"}
