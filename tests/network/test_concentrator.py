"""The concentrator as a process, through our client: the protocol of the portal, kept."""

import pytest
from tests.network.conftest import SECRETS
from tests.network.flows import flow, messages, regulatory

from facturier.errors import NetworkFailure
from facturier.network.concentrator.client import Concentrator
from facturier.network.portal import PortalFlow


@pytest.fixture
def portal(running):
    running.ask("DELETE", "/simulation/faults")
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
