"""The post office in the database keeps the same promises, dossier by dossier."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from facturier.errors import NetworkFailure
from facturier.network.platform import Kind, Parcel
from facturier.network.simulated import SimulatedNetwork
from facturier.server import sight
from facturier.server.documents import mailbox
from facturier.server.documents.models import Envelope, Message
from facturier.server.jobs import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def network():
    return SimulatedNetwork(mailbox.DatabasePostOffice())


@pytest.fixture
def parcel(office):
    return Parcel(
        key="k1", kind=Kind.INVOICE, sender=office.bakery.electronic_address,
        recipient=office.florist.electronic_address, transmission="t1",
        content=b"<Invoice/>", name="f.xml", body={"a": 1},
    )  # fmt: skip


def test_a_parcel_arrives_as_it_was_sent_once_for_each_key(network, parcel, office):
    with sight.of([office.bakery.pk]):
        assert network.look_up(parcel.recipient) is not None
        network.deliver(parcel)
        network.deliver(parcel)
        assert Envelope.objects.count() == 0  # the sender does not see into the mailbox
    with sight.of([office.florist.pk]):
        assert network.poll(parcel.recipient) == [parcel]
        network.acknowledge(parcel.recipient, ["k1"])
        assert network.poll(parcel.recipient) == []
        network.deliver(parcel)
        assert network.poll(parcel.recipient) == []


def test_nobody_reads_the_mailbox_of_another(network, parcel, office):
    network.deliver(parcel)
    with sight.of([office.bakery.pk, office.mason.pk]):
        assert network.poll(parcel.recipient) == []


def test_an_address_that_vanished_is_noted_on_the_message(deposited, everybody_works, office):
    deposited()
    # the bakery's work up to the outbox, then the florist moves to another address
    work._flows(office.bakery.pk)
    office.florist.electronic_address = "003999999"
    office.florist.save()
    everybody_works()
    message = Message.objects.get()
    assert message.state == Message.State.FAILED
    assert "n'est servie par aucune plateforme" in message.last_error


def test_a_passing_failure_is_tried_again(deposited, everybody_works, monkeypatch):
    real = mailbox.NETWORK.deliver_all

    def fail(_):
        raise NetworkFailure("Délai dépassé.", permanent=False)

    monkeypatch.setattr(mailbox.NETWORK, "deliver_all", fail)
    deposited()
    everybody_works()
    message = Message.objects.get()
    assert (message.state, message.attempts) == (Message.State.PENDING, 1)
    assert message.not_before > message.created_at
    monkeypatch.setattr(mailbox.NETWORK, "deliver_all", real)
    Message.objects.update(not_before=message.created_at)
    everybody_works()
    message.refresh_from_db()
    assert message.state == Message.State.SENT


def test_no_passing_failure_is_a_refusal(
    deposited, everybody_works, monkeypatch, client, expert, office
):
    """However often the way fails, the invoice still leaves; a person sees it meanwhile."""

    def put_off(_):
        raise NetworkFailure("Délai dépassé.", permanent=False)

    to_do = reverse("dossier", args=[office.bakery.pk])
    client.force_login(expert)
    deposited()
    with monkeypatch.context() as way:
        way.setattr(mailbox.NETWORK, "deliver_all", put_off)
        for _ in range(20):
            Message.objects.update(not_before=timezone.now())
            everybody_works()
        message = Message.objects.get()
        assert message.state == Message.State.PENDING
        assert message.attempts >= 20
        left = message.not_before - timezone.now()
        assert timedelta(minutes=59) < left <= timedelta(hours=1)
        assert "Délai dépassé" not in client.get(to_do).content.decode()
        Message.objects.update(created_at=timezone.now() - timedelta(minutes=11))
        assert "Délai dépassé" in client.get(to_do).content.decode()
    again = client.post(reverse("send_again", args=[office.bakery.pk, message.pk]))
    assert again.status_code == 302
    everybody_works()
    message.refresh_from_db()
    assert message.state == Message.State.SENT
    assert "Délai dépassé" not in client.get(to_do).content.decode()


def test_a_collection_fits_in_memory_and_steps_over_lost_bytes(
    network, parcel, office, monkeypatch, documents_folder
):
    for number in range(4):
        network.deliver(replace(parcel, key=f"k{number}", content=b"x" * (10 + number)))
    monkeypatch.setattr(mailbox, "MOST_BYTES_AT_ONCE", 22)
    with sight.of([office.florist.pk]):
        assert [one.key for one in network.poll(parcel.recipient)] == ["k0", "k1"]
        lost = Envelope.objects.get(key="k0").stored_id
        (documents_folder / lost[:2] / lost).unlink()
        assert [one.key for one in network.poll(parcel.recipient)] == ["k1"]
        network.acknowledge(parcel.recipient, ["k0", "k1"])
        monkeypatch.setattr(mailbox, "MOST_BYTES_AT_ONCE", 5)
        assert [one.key for one in network.poll(parcel.recipient)] == ["k2"]
