"""Webhooks: subscribed, signed, delivered by a worker, repeated, given up in sight."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.server.api_client import FLOWS, OFFICIAL, Contract, Program, token_of

from facturier.errors import NetworkFailure
from facturier.network import callback
from facturier.server import sight
from facturier.server.api import clients, notices, tasks
from facturier.server.api.models import Notice, Webhook
from facturier.server.firm.models import ApiClient
from facturier.server.jobs.pauses import pause

pytestmark = pytest.mark.django_db
HOOKS = "/flow-service/v1/webhooks"


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it got; answers as it was told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/rappel?de=facturier"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _local(settings):
    settings.LOCAL_HOOKS = True


@pytest.fixture
def official(shared):
    return Contract(shared / OFFICIAL)


@pytest.fixture
def bakery(office):
    return Program(token_of(clients.register(office.cabinet, [office.bakery], name="Caisse")))


@pytest.fixture
def hook(bakery, receiver):
    """Subscribe the bakery's program; return id and key."""
    answer = bakery.post(HOOKS, {"callbackUrl": receiver.url})
    assert answer.status_code == 201, answer.content
    return answer.json()


def call_all():
    """What the worker of the queue does, for every webhook that is due."""
    return sum(notices.deliver(webhook, dossier) for webhook, dossier in notices.due())


def later(**time):
    """Let the pauses be over."""
    past = timezone.now() - timedelta(**time)
    Notice.objects.update(not_before=past)
    Webhook.objects.update(not_before=past)


# --- subscriptions


def test_a_subscription_as_the_contract_says(bakery, hook, receiver, official):
    official.check("WebhookIdParam", hook)
    assert len(base64.b64decode(hook["signingKey"])) == 32
    asked = {
        "callbackUrl": receiver.url, "flowTypes": ["SupplierInvoice"], "flowDirection": "In",
        "ackStatus": "Ok",
    }  # fmt: skip
    second = bakery.post(HOOKS, asked).json()
    listed = bakery.get(HOOKS).json()
    assert listed["count"] == 2
    assert listed["webhookIds"] == [hook["webhookId"], second["webhookId"]]
    for one in listed["webhooks"]:
        official.check("Webhook", one)
    schema = official.document["components"]["responses"]["WebhookListResponse"]
    required = schema["content"]["application/json"]["schema"]["required"]
    assert set(required) <= set(listed)
    told = listed["webhooks"][1]
    assert {name: told[name] for name in asked} == asked
    assert "signingKey" not in told
    assert bakery.get(f"{HOOKS}/{second['webhookId']}").json() == told


def test_the_key_is_shown_once_and_kept_encrypted(hook):
    kept = Webhook.objects.get().sealed_key
    key = base64.b64decode(hook["signingKey"])
    assert hook["signingKey"] not in kept
    assert notices.unsealed(kept) == key


def test_change_and_unsubscribe(bakery, hook, receiver):
    address = f"{HOOKS}/{hook['webhookId']}"
    send = bakery.http.generic
    answer = send("PATCH", address, json.dumps({"ackStatus": "Error"}), headers=bakery.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    told = bakery.get(address).json()
    assert (told["ackStatus"], told["callbackUrl"]) == ("Error", receiver.url)
    answer = send("DELETE", address, headers=bakery.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert send("DELETE", address, headers=bakery.headers).status_code == 404
    assert bakery.get(HOOKS).json() == {"count": 0, "webhooks": [], "webhookIds": []}


def test_the_shape_of_1_2(bakery, receiver):
    asked = {
        "callback": {"url": receiver.url},
        "metadata": {"flowType": "SupplierInvoice", "flowDirection": "In"},
    }
    made = bakery.post(HOOKS, asked)
    assert made.status_code == 201, made.content
    told = bakery.get(f"{HOOKS}/{made.json()['webhookId']}").json()
    assert (told["flowTypes"], told["flowDirection"]) == (["SupplierInvoice"], "In")
    refused = bakery.post(
        HOOKS, {"callback": asked["callback"] | {"headers": [{"headerName": "X"}]}}
    )
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "http://exemple.fr/", "ftp://exemple.fr/", "https://", "exemple.fr", "", "https://a b/",
        "https://moi:secret@exemple.fr/", "https://10.0.0.1/", "https://169.254.169.254/latest",
        "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/", "https://printer.local/",
        "https://exemple.fr:0/", "https://exemple.fr:99999/", "https://[::1", "https://x/\r\nA: b",
        "https://[64:ff9b::7f00:1]/", "https://exemple.fr/" + "a" * 2000, 3, None,
    ],
)  # fmt: skip
def test_addresses_that_are_not_called(bakery, url, settings, official):
    settings.LOCAL_HOOKS = False
    answer = bakery.post(HOOKS, {"callbackUrl": url})
    assert answer.status_code == 400, answer.content
    official.check("Error", answer.json())
    assert not Webhook.objects.exists()


def test_only_its_program_sees_a_webhook(office, hook):
    same_dossier = clients.register(office.cabinet, [office.bakery], name="Autre logiciel")
    stranger = clients.register(office.other_cabinet, [office.florist], name="Curieux")
    for registered in (same_dossier, stranger):
        other = Program(token_of(registered))
        assert other.get(HOOKS).json()["count"] == 0
        for method in ("GET", "PATCH", "DELETE"):
            address = f"{HOOKS}/{hook['webhookId']}"
            answer = other.http.generic(method, address, b"{}", headers=other.headers)
            assert answer.status_code == 404, method
    with sight.of([office.florist.pk]):
        assert not Webhook.objects.exists()
    assert Webhook.objects.count() == 1


def test_no_more_than_twenty(bakery, receiver):
    answers = [bakery.post(HOOKS, {"callbackUrl": receiver.url}).status_code for _ in range(21)]
    assert answers == [201] * 20 + [400]


# --- calls


def test_a_change_is_told_signed(bakery, hook, receiver, deposited, everybody_works, official):
    flow = deposited()
    everybody_works()
    called = call_all()
    assert called == len(receiver.got) >= 2
    told = [json.loads(body) for _, body in receiver.got]
    for one in told:
        official.check("Flow", one)
    own = [one for one in told if one["flowId"] == str(flow.flow_id)]
    assert own[0]["acknowledgement"]["status"] == "Pending"
    assert own[-1] == bakery.get(f"{FLOWS}/{flow.flow_id}").json()
    key = base64.b64decode(hook["signingKey"])
    for headers, body in receiver.got:
        at = headers["Afnor-Signature-Timestamp"]
        assert abs(time.time() - int(at)) < 60
        expected = hmac.new(key, body + b"@" + at.encode(), hashlib.sha256).digest()
        assert base64.b64decode(headers["Afnor-Signature"]) == expected
    assert not Notice.objects.exists()
    assert call_all() == 0


def test_only_what_was_asked_for(bakery, receiver, deposited, everybody_works):
    asked = {"callbackUrl": receiver.url, "flowTypes": ["CustomerInvoice"], "ackStatus": "Ok"}
    bakery.post(HOOKS, asked | {"flowDirection": "Out"})
    deposited()
    deposited(data=b"rien du tout")
    everybody_works()
    call_all()
    (told,) = [json.loads(body) for _, body in receiver.got]
    assert told["flowType"] == "CustomerInvoice"
    assert told["acknowledgement"]["status"] == "Ok"


@pytest.mark.usefixtures("hook")
def test_another_dossier_s_flows_are_not_told(office, receiver, deposited):
    deposited(dossier=office.mason)
    call_all()
    assert receiver.got == []


@pytest.mark.usefixtures("hook")
def test_a_failure_is_repeated_later_and_keeps_its_place(receiver, deposited):
    first, second = deposited("F-1"), deposited("F-2")
    receiver.answers = [500]
    assert call_all() == 0
    notice = Notice.objects.order_by("pk").first()
    assert "500" in notice.last_error
    assert call_all() == 0, "the receiver is left alone"
    assert len(receiver.got) == 1
    later(hours=1)
    assert call_all() == 2
    ids = [json.loads(body)["flowId"] for _, body in receiver.got]
    assert ids == [str(first.flow_id), str(second.flow_id), str(first.flow_id)]
    assert Webhook.objects.get().failures == 0


def test_at_last_it_is_given_up_in_sight_and_taken_up_again(bakery, hook, receiver, deposited):
    flow = deposited()
    receiver.answers = [404] * notices.MOST_ATTEMPTS
    for _ in range(notices.MOST_ATTEMPTS + 3):
        call_all()
        later(days=1)
    assert len(receiver.got) == notices.MOST_ATTEMPTS
    (given_up,) = bakery.get("/api/v1/notices").json()
    assert given_up["flowId"] == str(flow.flow_id)
    assert given_up["webhookId"] == hook["webhookId"]
    assert "404" in given_up["lastError"]
    assert bakery.post(f"/api/v1/notices/{given_up['id']}/retry", {}).status_code == 204
    assert bakery.post(f"/api/v1/notices/{given_up['id']}/retry", {}).status_code == 404
    assert call_all() == 1
    assert bakery.get("/api/v1/notices").json() == []


def test_pauses_grow_to_hours():
    both = notices.FIRST_PAUSE, notices.LONGEST_PAUSE
    pauses = [pause(n, *both).total_seconds() for n in range(1, notices.MOST_ATTEMPTS)]
    assert pauses[:3] == [10, 20, 40]
    assert pauses == sorted(pauses)
    assert 5 * 3600 < sum(pauses) < 24 * 3600


def test_a_program_that_lost_the_dossier_is_not_called(hook, office, receiver, deposited):
    deposited()
    ApiClient.objects.get(webhooks__webhook_id=hook["webhookId"]).dossiers.remove(office.bakery)
    assert call_all() == 0
    assert receiver.got == []
    assert not Webhook.objects.exists()


@pytest.mark.usefixtures("hook")
def test_a_worker_that_dies_only_delays_the_call(receiver, deposited):
    deposited()
    ((webhook, dossier),) = notices.due()
    assert notices._claim(webhook, dossier)  # and the process dies here
    assert notices.due() == []
    later(minutes=2)
    assert call_all() == 1
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("hook")
def test_the_sweep_queues_one_call_apart_from_other_work(deposited):
    deposited()
    with sight.of_person(None):
        tasks.sweep(0)
        tasks.sweep(0)
    jobs = ProcrastinateJob.objects.filter(task_name=tasks.TASK, status="todo")
    assert [job.queue_name for job in jobs] == ["webhooks"]


def test_a_private_address_behind_a_name_is_refused(bakery, deposited, monkeypatch, settings):
    settings.LOCAL_HOOKS = False
    assert bakery.post(HOOKS, {"callbackUrl": "https://interne.exemple.fr/"}).status_code == 201
    real = socket.getaddrinfo

    def resolve(host, port, **asked):
        if host == "interne.exemple.fr":  # one public address does not save the other
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in ("93.184.216.34", "192.168.1.7")
            ]
        return real(host, port, **asked)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    deposited()
    assert call_all() == 0
    (given_up,) = bakery.get("/api/v1/notices").json()
    assert "192.168.1.7" in given_up["lastError"]


@pytest.mark.parametrize(
    ("scheme", "first"), [("http", b""), ("https", b"\x16\x03\x03\x40\x00")], ids=["answer", "tls"]
)
def test_a_receiver_that_never_ends_is_cut(scheme, first):
    """It sends a byte now and then: no time-out of a single read would end that."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        peer, _ = listener.accept()
        with peer:
            try:
                peer.sendall(first)
                for _ in range(100):
                    peer.sendall(b"H")
                    time.sleep(0.05)
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    begun = time.monotonic()
    url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(NetworkFailure) as failure:
        callback.post(url, b"{}", {}, local=True, seconds=0.4)
    assert not failure.value.permanent
    assert time.monotonic() - begun < 3
    thread.join()
    listener.close()


def test_a_receiver_that_is_away():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkFailure, match="joignable"):
        callback.post(f"http://127.0.0.1:{port}/", b"{}", {}, local=True)


def test_this_machine_only_where_it_is_admitted(receiver):
    with pytest.raises(NetworkFailure) as failure:
        callback.post(receiver.url, b"{}", {})
    assert failure.value.permanent
    assert receiver.got == []
