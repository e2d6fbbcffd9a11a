"""A disk that takes no more: nothing is half taken, whoever asked is told when to come back."""

import resource
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.server.api_client import Program, token_of
from tests.server.invoices import ubl

from facturier.server import sight
from facturier.server.api import clients
from facturier.server.documents.models import Flow, StoredBytes
from facturier.server.jobs import work

pytestmark = pytest.mark.django_db
ROOM = 100
"""Bytes."""


@contextmanager
def full_disk():
    """Let the kernel refuse every file of more than a hundred bytes to this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def invoice(office):
    return ubl("F-1", office.bakery.siren, office.florist.siren)


def test_a_deposit_by_program_is_told_to_come_back(office, invoice):
    with sight.of([office.bakery.pk], [office.cabinet.pk]):
        program = Program(token_of(clients.register(office.cabinet, [office.bakery], name="ERP")))
    with full_disk():
        answer = program.deposit(invoice)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["errorCode"] == "RESOURCE_ERROR"
    assert "disque de la plateforme est plein" in answer.json()["errorMessage"]
    assert not Flow.objects.exists()
    assert not StoredBytes.objects.exists()
    assert program.deposit(invoice).status_code == 202


@pytest.mark.parametrize("size", [0, 3_000_000], ids=["small", "kept aside while it comes"])
def test_a_deposit_by_page_is_told_to_come_back(client, expert, office, invoice, size):
    client.force_login(expert)
    client.raise_request_exception = False
    page = reverse("deposit", args=[office.bakery.pk])

    def post(**headers):
        file = SimpleUploadedFile("f.xml", invoice + b" " * size)
        return client.post(page, {"fichiers": file}, headers=headers)

    with full_disk():
        answer, piece = post(), post(**{"HX-Request": "true"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "plein" in answer.content.decode()
    assert f'href="{page}"' in answer.content.decode()
    assert (piece.status_code, piece["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert not Flow.objects.exists()
    assert post().status_code == 302
    assert Flow.objects.count() == 1


def test_a_worker_waits_for_room_as_long_as_it_takes(deposited, everybody_works, office):
    flow = deposited()
    with full_disk():
        for _ in range(work.MOST_ATTEMPTS + 2):
            Flow.objects.update(not_before=flow.not_before)
            everybody_works()
    flow.refresh_from_db()
    assert (flow.state, flow.attempts) == ("pending", 0)
    assert "File too large" in flow.last_error
    Flow.objects.update(not_before=flow.submitted_at)
    everybody_works()
    with sight.of([office.bakery.pk]):
        flow.refresh_from_db()
    assert flow.state == "done"
