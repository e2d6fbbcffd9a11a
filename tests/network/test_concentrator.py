"""The concentrator as a process, through our client: the protocol of the portal, kept."""

import base64
import io
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import requests
from tests.network.conftest import SECRETS, Running, free_port
from tests.network.flows import flow, messages, regulatory

from facturier.errors import NetworkFailure
from facturier.network.concentrator.answers import Received
from facturier.network.concentrator.application import ConcentratorApplication
from facturier.network.concentrator.client import Concentrator
from facturier.network.concentrator.known import Application
from facturier.network.concentrator.store import Store
from facturier.network.concentrator.wire import Request
from facturier.network.portal import PortalFlow


@pytest.fixture
def portal(running):
    running.ask("DELETE", "/simulation/faults")
    running.settled()
    client = Concentrator(running.url, "AAA123", SECRETS["AAA123"], seconds=5)
    while held := client.answers():
        client.acknowledge([one.name for one in held])
    return client


def invoice_flow(numbers, application="AAA123"):
    number = next(numbers)
    return flow(number, {"Base_1.xml": regulatory(f"FA-{number}")}, application=application)


def test_a_flow_is_answered_then_its_object(running, portal, numbers):
    sent = invoice_flow(numbers)
    taken = portal.send(sent)
    assert taken.name == sent.name
    assert taken.at.tzinfo is not None
    running.settled()
    about_flow, about_object = portal.answers()
    assert about_flow.name == f"C{sent.name[1:]}"
    (said,) = messages(about_flow.content)
    assert (said.status_code, said.invoice_number) == (500, sent.name.removesuffix(".tar.gz"))
    assert about_object.name.startswith("FFE0604A_AAA123_PPF0010604")
    assert [one.status_code for one in messages(about_object.content)] == [250]


def test_the_same_flow_again_is_one_flow(running, portal, numbers):
    sent = invoice_flow(numbers)
    assert portal.send(sent) == portal.send(sent)
    running.settled()
    assert len(portal.answers()) == 2
    assert portal.send(sent).name == sent.name
    running.settled()
    assert len(portal.answers()) == 2


def test_a_name_used_for_other_bytes_is_refused_for_good(portal, numbers):
    sent = invoice_flow(numbers)
    portal.send(sent)
    with pytest.raises(NetworkFailure) as caught:
        portal.send(PortalFlow(name=sent.name, content=sent.content + b"\0"))
    assert caught.value.permanent
    assert caught.value.reason == "name-taken"


def test_answers_wait_until_acknowledged_and_may_be_acknowledged_again(running, portal, numbers):
    portal.send(invoice_flow(numbers))
    running.settled()
    first = portal.answers()
    assert portal.answers() == first
    assert portal.answers(limit=1) == first[:1]
    portal.acknowledge([first[0].name])
    assert portal.answers() == first[1:]
    portal.acknowledge([one.name for one in first])
    portal.acknowledge([one.name for one in first])
    assert portal.answers() == []


def test_each_application_has_its_own_answers(running, portal, numbers):
    other = Concentrator(running.url, "BBB123", SECRETS["BBB123"])
    other.send(invoice_flow(numbers, "BBB123"))
    running.settled()
    assert portal.answers() == []
    held = other.answers()
    assert len(held) == 2
    portal.acknowledge([held[0].name])
    assert other.answers() == held
    other.acknowledge([one.name for one in held])


def test_a_stranger_is_refused_for_good(running):
    for code, secret in (("AAA123", "faux"), ("ZZZ999", "inconnu")):
        with pytest.raises(NetworkFailure) as caught:
            Concentrator(running.url, code, secret).answers()
        assert caught.value.permanent
        assert caught.value.reason == "credentials"


def test_nobody_there_is_a_failure_that_may_pass():
    with pytest.raises(NetworkFailure) as caught:
        Concentrator("http://127.0.0.1:9", "AAA123", "secret").answers()
    assert not caught.value.permanent


# --- faults on demand


def refused(call, *given):
    """Return the failure of a call: one that may pass."""
    with pytest.raises(NetworkFailure) as caught:
        call(*given)
    assert not caught.value.permanent
    return caught.value


def test_a_cut_connection_and_a_service_that_is_away_may_pass(running, portal, numbers):
    sent = invoice_flow(numbers)
    running.fault("cut")
    running.fault("unavailable", times=2, application="AAA123")
    running.fault("unavailable", application="BBB123")
    assert refused(portal.send, sent).reason == "no-answer"
    assert refused(portal.send, sent).after == 1
    refused(portal.answers)
    assert portal.send(sent).name == sent.name


def test_a_flow_whose_acceptance_was_lost_is_there_once(running, portal, numbers):
    sent = invoice_flow(numbers)
    running.fault("lost")
    refused(portal.send, sent)
    portal.send(sent)
    running.settled()
    assert len(portal.answers()) == 2
    running.fault("lost")
    refused(portal.acknowledge, [portal.answers()[0].name])
    assert len(portal.answers()) == 1


def test_a_slow_portal_is_given_up(running, portal, numbers):
    running.fault("slow", seconds=0.6)
    hasty = Concentrator(running.url, "AAA123", SECRETS["AAA123"], seconds=0.2)
    sent = invoice_flow(numbers)
    refused(hasty.send, sent)
    # it was not refused: it comes in after all, and the same flow again changes nothing
    time.sleep(0.6)
    running.settled()
    assert portal.send(sent).name == sent.name
    assert len(portal.answers()) == 2


def test_answers_come_again_late_and_in_disorder(running, portal, numbers):
    portal.send(invoice_flow(numbers))
    running.settled()
    first = portal.answers()
    running.fault("disorder")
    assert portal.answers() == first[::-1]
    portal.acknowledge([one.name for one in first])
    running.fault("repeat")
    assert portal.answers()[-2:] == first
    portal.acknowledge([one.name for one in portal.answers()])
    running.fault("delay", seconds=600)
    portal.send(invoice_flow(numbers))
    running.settled()
    assert portal.answers() == []
    later = datetime.now(UTC) + timedelta(seconds=700)
    assert running.ask("POST", "/simulation/clock", json={"now": later.isoformat()}).ok
    try:
        assert len(portal.answers()) == 2
    finally:
        running.ask("POST", "/simulation/clock", json={"now": datetime.now(UTC).isoformat()})


def test_a_flow_and_an_object_are_rejected_on_demand(running, portal, numbers):
    running.fault("flow", reason="IRR_TAILLE_F")
    running.fault("object", reason="REJ_COH", times=1)
    sent = invoice_flow(numbers)
    portal.send(sent)
    portal.send(invoice_flow(numbers))
    running.settled()
    said = [one for answer in portal.answers() for one in messages(answer.content)]
    assert [one.status_code for one in said] == [501, 500, 251]
    assert [one.details[0].reason_code for one in said if one.details] == [
        "IRR_TAILLE_F", "REJ_COH",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{}, {"fault": "autre"}, {"fault": "cut", "times": 0}, {"fault": "slow", "seconds": -1},
     {"fault": "flow", "reason": "REJ_UNI"}, {"fault": "object", "reason": "IRR_VIDE"}, []],
)  # fmt: skip
def test_a_fault_that_is_none_is_refused(running, wrong):
    answer = running.ask("POST", "/simulation/faults", json=wrong)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_the_simulation_is_asked_with_a_secret_too(running):
    for method, path in (
        ("POST", "/simulation/faults"), ("DELETE", "/simulation/faults"),
        ("GET", "/simulation/state"), ("POST", "/simulation/clock"),
        ("POST", "/simulation/directory"), ("POST", "/simulation/export"),
    ):  # fmt: skip
        assert requests.request(method, running.url + path, timeout=5).status_code == 401


def test_the_page_says_that_it_is_a_simulation_and_lists_all(running, portal, numbers):
    sent = invoice_flow(numbers)
    running.fault("delay", seconds=0)
    portal.send(sent)
    running.settled()
    running.fault("cut", times=3)
    page = requests.get(running.url, timeout=5)
    running.ask("DELETE", "/simulation/faults")
    assert "SIMULATION" in page.text
    assert sent.name in page.text
    assert "500 Flux recevable" in page.text
    assert "250 F1 déposée" in page.text
    assert "connexion coupée" in page.text
    assert "secret" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_unknown_addresses_and_methods_are_told(running):
    assert running.ask("GET", "/nulle-part").status_code == 404
    assert running.ask("POST", "/reponses").status_code == 405
    assert running.ask("GET", "/reponses/CFE0111A_inconnue").status_code == 404
    assert running.ask("GET", "/reponses/FFE%2F..%2Fsecret").status_code == 404


# --- a process that dies


def test_what_was_taken_survives_a_sudden_death(tmp_path, numbers):
    first = Running(tmp_path / "mortel", free_port())
    first.start()
    client = Concentrator(first.url, "AAA123", SECRETS["AAA123"])
    sent = [invoice_flow(numbers) for _ in range(12)]
    for one in sent:
        client.send(one)
    first.kill()
    first.start()
    try:
        for one in sent:
            client.send(one)
        first.settled()
        names = [one.name for one in client.answers(limit=200)]
        assert len(names) == len(set(names)) == 24
        assert {f"C{one.name[1:]}" for one in sent} < set(names)
        state = first.ask("GET", "/simulation/state").json()
        assert (state["flows"], state["objects"]) == ({"500": 12}, {"250": 12})
    finally:
        first.kill()


class Interrupted(Store):
    """A store that fails in the middle of an answer, as often as it is told."""

    failures = 1

    def post(self, *given):
        super().post(*given)
        if self.failures:
            self.failures -= 1
            raise OSError("disque plein")


def test_an_answer_that_fails_midway_leaves_nothing_and_delays_no_other(tmp_path, numbers):
    store = Interrupted(tmp_path)
    us = Application(code="AAA123", secret="secret", platform="0042")
    sent = [invoice_flow(numbers) for _ in range(2)]
    for one in sent:
        taken = Received(name=one.name, content=one.content, size=len(one.content),
                         application=us, at=datetime.now(UTC))  # fmt: skip
        store.take(taken, sha256(one.content).hexdigest())
    ConcentratorApplication(store, [us]).processing.work_through()
    assert [one.name[:4] for one in store.waiting("AAA123", 9)] == ["CFE0", "FFE0"]
    assert store.waiting("AAA123", 9)[0].name == f"C{sent[1].name[1:]}"
    assert store.connection.execute("SELECT count(*) FROM objects").fetchone()[0] == 1
    ConcentratorApplication(store, [us]).processing.work_through()  # the next process
    assert len(store.waiting("AAA123", 9)) == 4


def test_a_full_disk_is_told_and_passes(tmp_path, numbers):
    store = Store(tmp_path)
    us = Application(code="AAA123", secret="secret", platform="0042")
    application = ConcentratorApplication(store, [us])
    sent = invoice_flow(numbers)
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()

    def put(content):
        auth = base64.b64encode(b"AAA123:secret").decode()
        return application.respond(Request({
            "REQUEST_METHOD": "PUT", "PATH_INFO": f"/flux/{sent.name}",
            "CONTENT_LENGTH": str(len(content)), "wsgi.input": io.BytesIO(content),
            "HTTP_AUTHORIZATION": f"Basic {auth}",
        }))  # fmt: skip

    store.connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    content = sent.content + bytes(100_000)
    assert put(content).status == 503
    assert put(content).status == 503
    store.connection.execute("PRAGMA max_page_count = 1000000")
    assert put(content).status == 201
    assert store.connection.execute("SELECT count(*) FROM flows").fetchone()[0] == 1
