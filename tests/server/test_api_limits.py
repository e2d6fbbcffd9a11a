"""How often and how much: refusals that say when and what instead."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.server.api_client import OFFICIAL, Contract, Program, token_of

from facturier.server.api import clients, limits
from facturier.server.documents.models import Flow

pytestmark = pytest.mark.django_db
MINUTE = 28_000_000 * limits.PERIOD
"""The moment at which a period begins."""


@pytest.fixture
def registered(office):
    return clients.register(office.cabinet, [office.bakery], name="Caisse")


@pytest.fixture
def asks(registered):
    """Ask at a moment, at most six times a minute; how long to wait is the answer."""
    return lambda at: limits.seconds_to_wait(registered.client_id, 6, at=MINUTE + at)


def test_as_many_as_allowed_then_a_wait(asks):
    assert [asks(10) for _ in range(6)] == [0] * 6
    # to the end of the minute, and until one of the six has slid out of it
    assert asks(10) == 60
    assert asks(69.9) > 0
    assert asks(70) == 0


def test_who_waits_as_told_gets_through(asks):
    at, done = 0, 0
    for _ in range(40):
        wait = asks(at)
        done += not wait
        at += wait
        if wait:
            assert asks(at) == 0, at
            done += 1
    assert done <= 6 * (at / 60 + 1)


def test_a_refused_request_does_not_count(asks):
    for _ in range(6):
        asks(0)
    for at in range(1, 60):
        assert asks(at) > 0
    assert asks(71) == 0


def test_after_a_long_silence_all_is_forgotten(asks):
    for _ in range(6):
        asks(59)
    assert asks(60) > 0
    assert [asks(200) for _ in range(6)] == [0] * 6


def test_429_says_when_to_come_back(office, registered, settings, shared):
    settings.API_RATE = 3
    program = Program(token_of(registered))
    second = Program(token_of(registered))  # another token of the same program
    answers = [one.search(flowDirection=["Out"]) for one in (program, second, program, second)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    Contract(shared / OFFICIAL).check("Error", refused.json())
    assert refused.json()["errorCode"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.headers["Cache-Control"] == "private, no-store"
    other = clients.register(office.cabinet, [office.bakery], name="GED")
    assert Program(token_of(other)).search(flowDirection=["Out"]).status_code == 200
    assert program.get("/flow-service/v1/healthcheck").status_code == 429
    assert program.http.get("/flow-service/v1/healthcheck").status_code == 200
    assert program.http.get("/api/v1/dossiers").status_code == 401


def test_zero_is_no_limit(registered, settings):
    settings.API_RATE = 0
    program = Program(token_of(registered))
    assert {program.get("/api/v1/dossiers").status_code for _ in range(5)} == {200}


def test_json_that_is_too_big(registered, settings, shared):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * limits.MEGABYTE
    program = Program(token_of(registered))
    answer = program.search(trackingId="x" * 2 * limits.MEGABYTE)
    assert answer.status_code == 413
    assert "2 Mo" in answer.json()["errorMessage"]
    Contract(shared / OFFICIAL).check("Error", answer.json())


def test_a_page_refuses_a_month_that_is_too_big(client, office, expert, settings):
    settings.LARGEST_REQUEST = limits.MEGABYTE
    client.force_login(expert)
    address = reverse("deposit", args=[office.bakery.pk])
    for headers in ({}, {"HX-Request": "true"}):
        file = SimpleUploadedFile("a.xml", b"x" * limits.MEGABYTE)
        answer = client.post(address, {"fichiers": file}, headers=headers)
        assert answer.status_code == 413
        assert "dépasse 1 Mo" in answer.content.decode().replace("&#x27;", "'")
    assert not Flow.objects.exists()
    small = SimpleUploadedFile("a.xml", b"<rien/>")
    assert client.post(address, {"fichiers": small}).status_code == 302


def ask_for_token(client, registered, secret=None, **headers):
    fields = {
        "grant_type": "client_credentials", "client_id": registered.client_id,
        "client_secret": secret or registered.client_secret,
    }  # fmt: skip
    return client.post(limits.TOKEN_ADDRESS, fields, headers=headers)


def test_who_guesses_a_secret_is_stopped_and_told_when_to_come_back(
    client, office, registered, monkeypatch
):
    monkeypatch.setattr(limits, "TOKENS_OF_CLIENT", 3)
    assert [ask_for_token(client, registered, "faux").status_code for _ in range(3)] == [401] * 3
    answer = ask_for_token(client, registered)
    assert answer.status_code == 429, "the right secret does not help any more"
    assert answer.json()["error"] == "temporarily_unavailable"
    assert 0 < int(answer["Retry-After"]) <= 900
    basic = base64.b64encode(f"{registered.client_id}:x".encode()).decode()
    by_header = client.post(
        limits.TOKEN_ADDRESS, {"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
    )  # fmt: skip
    assert by_header.status_code == 429, "the other way of naming oneself counts alike"
    another = clients.register(office.cabinet, [office.bakery], name="ERP")
    assert ask_for_token(client, another).status_code == 200, "other programs are not concerned"


def test_who_tries_many_programs_from_one_address_is_stopped_too(client, registered, monkeypatch):
    monkeypatch.setattr(limits, "TOKENS_OF_ADDRESS", 2)
    for name in ("a", "b"):
        client.post(limits.TOKEN_ADDRESS, {"grant_type": "client_credentials", "client_id": name})
    assert ask_for_token(client, registered).status_code == 429


def test_a_request_for_a_token_is_small(client):
    answer = client.post(limits.TOKEN_ADDRESS, {"client_id": "x" * limits.LARGEST_TOKEN_REQUEST})
    assert answer.status_code == 413
