"""A dossier that lives on another platform: what it sends, what comes back, once and complete."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from allauth.idp.oidc.models import Token
from tests.server.in_process import PLATFORM, InProcess
from tests.server.invoices import ubl

from facturier.lifecycle.messages import Characteristic
from facturier.network.afnor import wire
from facturier.network.callback import signature
from facturier.server.api import clients, limits
from facturier.server.api.models import Webhook
from facturier.server.connections import exchange
from facturier.server.connections.models import Arrival, Connection, Handed
from facturier.server.documents import history, sides
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document, Flow, Message
from facturier.server.firm.models import Dossier
from facturier.server.firm.sealed import open_sealed, seal
from facturier.server.jobs.work import work_through
from facturier.server.portal.models import PortalFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def http():
    wire._tokens.clear()
    return InProcess()


@pytest.fixture
def home(office):
    """The dossier of the bakery on the platform that it lives on, with another address there."""
    return Dossier.objects.create(
        cabinet=office.other_cabinet, name="Boulangerie Simulée", siren=office.bakery.siren,
        electronic_address=office.bakery.siren, is_simulation=True,
    )  # fmt: skip


@pytest.fixture
def office(office):
    office.bakery.electronic_address = f"{office.bakery.siren}_ICI"
    office.bakery.save()
    return office


@pytest.fixture
def connection(office, home):
    credentials = clients.register(office.other_cabinet, [home], name="Cabinet Simulé")
    return Connection.objects.create(
        dossier=office.bakery, name="Plateforme B", address=PLATFORM,
        token_url=f"{PLATFORM}/identity/o/api/token", client_id=credentials.client_id,
        secret=seal(credentials.client_secret), since=datetime.now(UTC) - timedelta(hours=1),
    )  # fmt: skip


@pytest.fixture
def rounds(office, home, connection, http):
    """Let everybody work, and exchange, until nothing is left."""

    def go(times=4):
        for _ in range(times):
            for dossier in (office.bakery, home, office.florist):
                work_through(dossier.pk)
            Connection.objects.update(not_before=datetime.now(UTC), poll_at=datetime.now(UTC))
            Message.objects.filter(state="pending").update(not_before=datetime.now(UTC))
            exchange.go_round(connection.pk, office.bakery.pk, wire=over(http))
        for dossier in (office.bakery, home, office.florist):
            work_through(dossier.pk)

    return go


def over(http):
    """Return what opens the way of a connection through `http`."""

    def wire_over(connection):
        return wire.Wire(exchange.wire_of(connection).access, http.session())

    return wire_over


def codes(document):
    return list(document.events.order_by("pk").values_list("code", flat=True))


def sell(office, number="F-1", buyer=None):
    data = ubl(number, office.bakery.siren, buyer or office.florist.siren)
    return deposit(office.bakery, data, name=f"{number}.xml", channel="page")


def buy(office, number="A-1"):
    data = ubl(number, office.florist.siren, office.bakery.siren)
    return deposit(office.florist, data, name=f"{number}.xml", channel="page")


def test_an_issued_invoice_is_deposited_there_and_its_statuses_come_back(office, home, rounds):
    sell(office)
    rounds()
    issued = Document.objects.get(dossier=office.bakery)
    assert codes(issued) == ["200", "201", "202", "203"]
    assert issued.state == "203"
    assert {one.channel for one in Flow.objects.filter(event__document=issued)} == {"network"}
    handed = Handed.objects.get()
    assert handed.acknowledgement == "Ok"
    there = Document.objects.get(dossier=home)
    assert handed.flow_id == str(there.flow.flow_id)
    assert there.sha256 == issued.sha256
    assert Document.objects.filter(dossier=office.florist).count() == 1
    assert issued.entries.count() == 1


def test_the_page_of_the_invoice_shows_what_the_platform_acknowledged(
    office, rounds, client, expert
):
    client.force_login(expert)
    sell(office)
    work_through(office.bakery.pk)
    document = Document.objects.get(dossier=office.bakery)
    page = f"/dossiers/{office.bakery.pk}/documents/{document.pk}/"
    assert "À déposer sur la plateforme du dossier." in client.get(page).content.decode()
    rounds()
    shown = client.get(page).content.decode()
    assert "Déposée sur Plateforme B le" in shown
    assert "Accusé : <strong>accepté</strong>" in shown
    assert Handed.objects.get().flow_id in shown


def test_the_portal_is_told_by_the_platform_and_not_by_us(office, home, rounds):
    sell(office)
    rounds()
    assert not PortalFile.objects.filter(dossier=office.bakery).exists()
    assert PortalFile.objects.filter(dossier=home).exists()
    ours = Document.objects.get(dossier=office.bakery).qualification
    assert ours.block == ""
    assert "une autre plateforme" in ours.reason
    assert Document.objects.get(dossier=home).qualification.block == "1"


def test_what_the_buyer_says_reaches_us_and_what_we_say_reaches_the_buyer(office, home, rounds):
    sell(office)
    rounds()
    received = Document.objects.get(dossier=office.florist)
    history.say(received.transmissions.get(), 205, sides.own_side(received))
    rounds()
    issued = Document.objects.get(dossier=office.bakery)
    assert codes(issued)[-1] == "205"
    paid = [
        Characteristic(
            type_code="MEN", amount=Decimal("120.00"), currency="EUR", percent=Decimal("20.00")
        )
    ]  # fmt: skip
    history.say(issued.transmissions.get(), 212, sides.own_side(issued), amounts=paid)
    rounds()
    assert codes(received)[-1] == "212"
    assert codes(Document.objects.get(dossier=home))[-1] == "212"
    assert set(Handed.objects.values_list("acknowledgement", flat=True)) == {"Ok"}
    assert codes(issued) == ["200", "201", "202", "203", "205", "212"]


def test_a_received_invoice_comes_from_there_with_its_statuses(office, rounds):
    flow = buy(office)
    rounds()
    received = Document.objects.get(dossier=office.bakery)
    assert received.direction == "received"
    assert received.sha256 == flow.sha256
    assert codes(received) == ["202", "203"]
    assert received.entries.count() == 1
    history.say(received.transmissions.get(), 210, sides.own_side(received), reason="TX_TVA_ERR",
                comment="5,5 % attendus")  # fmt: skip
    rounds()
    assert codes(Document.objects.get(dossier=office.florist))[-1] == "210"
    assert codes(received) == ["202", "203", "210"]


# What goes wrong on the way


def is_deposit(request):
    return request.method == "POST" and request.path_url.endswith("/flow-service/v1/flows")


def first_times(times, condition):
    left = [times]

    def is_one(request):
        if left[0] and condition(request):
            left[0] -= 1
            return True
        return False

    return is_one


def test_a_deposit_whose_answer_was_lost_is_found_again(office, home, rounds, http):
    http.lose = first_times(1, is_deposit)
    sell(office)
    rounds()
    assert [one for one in http.seen if one[1].endswith("/v1/flows")] == [
        ("POST", "/flow-service/v1/flows")
    ], "it is not sent again"
    assert Document.objects.filter(dossier=home).count() == 1
    assert codes(Document.objects.get(dossier=office.bakery)) == ["200", "201", "202", "203"]
    assert Handed.objects.get().acknowledgement == "Ok"


def test_repeated_blindly_a_request_is_one_deposit(office, home, rounds, http, monkeypatch):
    """The search may not see yet what is still being written: the request id tells."""
    monkeypatch.setattr("facturier.network.afnor.AfnorPlatform._found_again", lambda *_: None)
    http.lose = first_times(2, is_deposit)
    sell(office)
    rounds()
    assert sum(one[1].endswith("/v1/flows") for one in http.seen) == 3
    assert Flow.objects.filter(dossier=home, direction="Out").count() == 1
    assert codes(Document.objects.get(dossier=office.bakery)) == ["200", "201", "202", "203"]


def test_lost_answers_everywhere_lose_and_double_nothing(office, home, rounds, http):
    lost = iter([True, False, True, True, False, False, True, False] * 2 + [False] * 1000)
    http.lose = lambda _: next(lost)
    for number in range(2):
        sell(office, f"F-{number}")
        buy(office, f"A-{number}")
    rounds(14)
    for document in Document.objects.filter(dossier=office.bakery):
        issued = document.direction == "issued"
        assert codes(document) == (["200", "201"] if issued else []) + ["202", "203"]
    assert Document.objects.filter(dossier=office.bakery).count() == 4
    assert Document.objects.filter(dossier=home).count() == 4
    assert Document.objects.filter(dossier=office.florist).count() == 4
    assert not Flow.objects.filter(state="quarantined").exists()
    assert not Message.objects.exclude(state="sent").exists()


def test_a_platform_that_is_away_delays_and_gives_up_nothing(office, rounds, http, connection):
    http.refuse = lambda _: (503, {"Retry-After": "600"})
    sell(office)
    rounds(5)
    connection.refresh_from_db()
    assert connection.failures == 5
    assert "occupée (503)" in connection.last_error
    assert connection.not_before > datetime.now(UTC) + timedelta(seconds=590), "as it was asked to"
    message = Message.objects.get(dossier=office.bakery)
    assert message.state == "pending"
    http.refuse = lambda _: None
    rounds()
    connection.refresh_from_db()
    assert (connection.failures, connection.last_error) == (0, "")
    assert connection.succeeded_at is not None
    assert codes(Document.objects.get(dossier=office.bakery)) == ["200", "201", "202", "203"]


def test_a_wrong_secret_is_said_and_nothing_is_lost(office, rounds, connection):
    good = connection.secret
    Connection.objects.update(secret=seal("faux"))
    sell(office)
    rounds(1)
    connection.refresh_from_db()
    assert "pas donné de jeton" in connection.last_error
    assert connection.not_before > datetime.now(UTC) + timedelta(minutes=14)
    Connection.objects.update(secret=good)
    rounds()
    assert codes(Document.objects.get(dossier=office.bakery)) == ["200", "201", "202", "203"]


def test_a_revoked_token_is_asked_for_again(office, rounds, connection):
    rounds(1)
    Token.objects.all().delete()
    sell(office)
    rounds()
    connection.refresh_from_db()
    assert connection.failures == 0
    assert codes(Document.objects.get(dossier=office.bakery)) == ["200", "201", "202", "203"]


def test_a_message_that_is_refused_is_set_aside_and_the_next_goes(office, rounds, http):
    http.refuse = first_times(1, is_deposit)
    refused = http.refuse
    http.refuse = lambda request: (422, {}) if refused(request) else None
    sell(office, "F-1")
    sell(office, "F-2")
    rounds()
    first, second = Document.objects.filter(dossier=office.bakery).order_by("pk")
    message = Message.objects.get(transmission__document=first)
    assert message.state == "failed"
    assert "n'a pas pris ce message" in message.last_error
    assert codes(second) == ["200", "201", "202", "203"]


def test_an_error_of_the_acknowledgement_is_an_inadmissible_invoice(office, home, rounds):
    """The platform knows another company under these credentials."""
    Dossier.objects.filter(pk=home.pk).update(siren=office.mason.siren)
    sell(office)
    rounds()
    document = Document.objects.get(dossier=office.bakery)
    assert document.state == "501"
    event = document.events.get()
    assert "ni émise ni reçue" in event.comment
    assert event.author_label == "Plateforme B"
    assert Handed.objects.get().acknowledgement == "Error"
    assert Message.objects.get(dossier=office.bakery).state == "failed"


def test_an_invoice_that_breaks_a_rule_does_not_leave(office, rounds, http):
    data = ubl("F-1", office.bakery.siren, office.florist.siren, total="121.00")
    deposit(office.bakery, data, name="f.xml", channel="page")
    rounds()
    assert codes(Document.objects.get(dossier=office.bakery)) == ["213"]
    assert not any(is_path for _, is_path in http.seen if is_path.endswith("/v1/flows"))


def test_a_file_that_cannot_be_fetched_delays_no_other(office, rounds, http):
    first = buy(office, "A-1")
    rounds(0)
    rounds(0)
    there = Flow.objects.get(
        dossier__name="Boulangerie Simulée", direction="In", flow_type="SupplierInvoice"
    )
    assert there.stored_id == first.sha256
    http.refuse = lambda request: (500, {}) if str(there.flow_id) in request.path_url else None
    buy(office, "A-2")
    rounds()
    assert Document.objects.get(dossier=office.bakery).number == "A-2"
    waiting = Arrival.objects.get(is_taken=False, key__contains=str(there.flow_id))
    assert waiting.attempts >= 1
    assert "500" in waiting.last_error
    http.refuse = lambda _: None
    Arrival.objects.update(not_before=datetime.now(UTC))
    rounds()
    assert Document.objects.filter(dossier=office.bakery).count() == 2


@pytest.mark.usefixtures("connection")
def test_nothing_is_put_into_the_mailbox_here_of_who_lives_elsewhere(office):
    data = ubl(
        "A-9", office.mason.siren, office.bakery.siren, buyer_address=f"{office.bakery.siren}_ICI"
    )
    deposit(office.mason, data, name="a.xml", channel="page")
    for dossier in (office.mason, office.bakery):
        work_through(dossier.pk)
    assert not Document.objects.filter(dossier=office.bakery).exists()
    assert Document.objects.get(dossier=office.mason).events.get().reason == "NON_TRANSMISE"


@pytest.mark.usefixtures("connection")
def test_who_comes_back_here_is_served_here_again(office):
    Connection.objects.update(is_active=False)
    data = ubl(
        "A-9", office.mason.siren, office.bakery.siren, buyer_address=f"{office.bakery.siren}_ICI"
    )
    deposit(office.mason, data, name="a.xml", channel="page")
    for dossier in (office.mason, office.bakery):
        work_through(dossier.pk)
    assert Document.objects.get(dossier=office.bakery).state == "203"


def test_what_is_listed_twice_is_taken_once_and_only_the_owner_sees_it(office, rounds, raw):
    buy(office)
    rounds(5)
    assert Document.objects.filter(dossier=office.bakery).count() == 1
    assert Arrival.objects.count() == 3
    for table in ("connection", "handed", "arrival"):
        assert raw.execute(f"SELECT count(*) FROM connections_{table}").fetchone() == (0,)


def test_a_platform_that_answers_nonsense_does_not_blind_us(office, rounds, http, connection):
    """A date far in the future, a null character, a name without end."""
    real = http._answered

    def answered(request, status, headers, content):
        if request.path_url.endswith("/search"):
            found = json.loads(content)
            for one in found["results"]:
                one["updatedAt"] = "9999-12-31T00:00:00Z"
                one["name"] = "A\0" * 300
            content = json.dumps(found).encode()
        return real(request, status, headers, content)

    http._answered = answered
    buy(office, "A-1")
    rounds()
    connection.refresh_from_db()
    assert (connection.failures, connection.last_error) == (0, "")
    assert connection.since <= datetime.now(UTC)
    http._answered = real
    buy(office, "A-2")
    rounds()
    for _ in range(3):  # of one false date, they came in any order: an early status waits
        Flow.objects.filter(state=Flow.State.PENDING).update(not_before=datetime.now(UTC))
        rounds()
    received = Document.objects.filter(dossier=office.bakery).order_by("number")
    assert [one.number for one in received] == ["A-1", "A-2"]
    assert all(codes(one) == ["202", "203"] for one in received)


# Being called


@pytest.fixture
def hooked(connection, rounds):
    connection.callback_url = f"https://nous.exemple.fr/hooks/{connection.hook_id}/"
    connection.save()
    rounds(1)
    connection.refresh_from_db()
    return connection


def call(client, connection, *, key=None, at=None, body=b'{"flowId": "1"}'):
    at = int(at or time.time())
    key = key or base64.b64decode(open_sealed(connection.signing_key))
    return client.post(
        f"/hooks/{connection.hook_id}/", body, content_type="application/json",
        headers={
            "Afnor-Signature": signature(key, body, at), "Afnor-Signature-Timestamp": str(at),
        },
    )  # fmt: skip


def test_a_webhook_is_made_there_and_its_signed_calls_wake_the_poll(client, hooked):
    assert hooked.webhook_id == str(Webhook.objects.get().webhook_id)
    later = datetime.now(UTC) + timedelta(minutes=5)
    Connection.objects.update(poll_at=later, not_before=datetime.now(UTC))
    assert (hooked.pk, hooked.dossier_id) not in exchange.due()
    assert call(client, hooked).status_code == 204
    hooked.refresh_from_db()
    assert hooked.called_at is not None
    assert (hooked.pk, hooked.dossier_id) in exchange.due()


def test_a_call_that_is_not_signed_or_old_wakes_nobody(client, hooked):
    Connection.objects.update(poll_at=datetime.now(UTC) + timedelta(minutes=5))
    now = datetime.now(UTC).timestamp()
    assert call(client, hooked, key=b"x" * 32).status_code == 401
    assert call(client, hooked, at=now - 600).status_code == 401
    assert call(client, hooked, at=now + 600).status_code == 401
    unsigned = client.post(f"/hooks/{hooked.hook_id}/", b"{}", content_type="application/json")
    assert unsigned.status_code == 401
    unknown = "00000000-0000-4000-8000-000000000000"
    assert (
        client.post(f"/hooks/{unknown}/", b"{}", content_type="application/json").status_code == 404
    )
    assert client.get(f"/hooks/{hooked.hook_id}/").status_code == 405
    hooked.refresh_from_db()
    assert hooked.called_at is None
    assert hooked.poll_at > datetime.now(UTC) + timedelta(minutes=4)


def test_a_webhook_whose_key_was_lost_is_made_anew(connection, rounds, http):
    connection.callback_url = f"https://nous.exemple.fr/hooks/{connection.hook_id}/"
    connection.save()
    http.lose = first_times(1, lambda r: r.method == "POST" and "webhooks" in r.path_url)
    rounds(2)
    connection.refresh_from_db()
    assert connection.webhook_id == str(Webhook.objects.get().webhook_id), "there is one, ours"
    Connection.objects.update(callback_url="")
    rounds(1)
    assert not Webhook.objects.exists()


def test_an_address_that_the_platform_does_not_call_is_said(connection, rounds):
    connection.callback_url = "http://127.0.0.1/hooks/"
    connection.save()
    rounds(1)
    connection.refresh_from_db()
    assert "n'a pas pris" in connection.webhook_error
    assert connection.failures == 0


def test_a_call_that_is_too_big_or_comes_too_often_is_refused(client, hooked, monkeypatch):
    address = f"/hooks/{hooked.hook_id}/"
    body = b"x" * (limits.LARGEST_CALL + 1)
    assert client.post(address, body, content_type="application/json").status_code == 413
    monkeypatch.setattr(limits, "CALLS_OF_HOOK", 2)
    answers = [call(client, hooked) for _ in range(3)]
    assert [one.status_code for one in answers] == [204, 204, 429]
    assert int(answers[2]["Retry-After"]) > 60
    assert answers[2].json()["errorCode"] == "TOO_MANY_REQUESTS"
