"""What every connector keeps of the protocol of `network/platform.py`."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.server.in_process import PLATFORM, InProcess
from tests.server.invoices import ubl

from facturier.network.afnor import AfnorPlatform, MemoryRegister, wire
from facturier.network.afnor.client import Client
from facturier.network.platform import Kind, Parcel, Platform
from facturier.network.simulated import MemoryPostOffice, SimulatedNetwork
from facturier.server.api import clients
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """A way out, a way in, and whatever has to happen in between."""

    sender: Platform
    receiver: Platform
    here: str
    there: str
    settle: object = lambda: None

    def parcel(self, number, **changes):
        made = Parcel(
            key=f"invoice:{number}", kind=Kind.INVOICE, sender=self.here, recipient=self.there,
            transmission=f"t-{number}", content=ubl(number, self.here, self.there),
            name=f"{number}.xml", syntax="UBL",
        )  # fmt: skip
        return replace(made, **changes)

    def waiting(self, limit=100):
        """What waits for the receiver; a platform may have statuses for it too."""
        self.settle()
        return [
            one for one in self.receiver.poll(self.there, limit=limit) if one.kind is Kind.INVOICE
        ]

    def take_all(self, limit=100):
        taken = []
        self.settle()
        while parcels := self.receiver.poll(self.there, limit=limit):
            assert len(parcels) <= limit
            taken += [one for one in parcels if one.kind is Kind.INVOICE]
            self.receiver.acknowledge(self.there, [one.key for one in parcels])
        return taken


def simulated(office):
    network = SimulatedNetwork(MemoryPostOffice([office.bakery.siren, office.florist.siren]))
    return World(network, network, office.bakery.siren, office.florist.siren)


def afnor(office):
    wire._tokens.clear()
    http = InProcess()

    def of(dossier):
        credentials = clients.register(dossier.cabinet, [dossier], name="Programme")
        access = wire.Access(
            address=PLATFORM, token_url=f"{PLATFORM}/identity/o/api/token",
            client_id=credentials.client_id, client_secret=credentials.client_secret,
        )  # fmt: skip
        register = MemoryRegister(datetime.now(UTC) - timedelta(minutes=5))
        return AfnorPlatform(Client(wire.Wire(access, http.session())), register)

    def settle():
        for _ in range(2):
            for dossier in (office.bakery, office.florist):
                work_through(dossier.pk)

    return World(
        of(office.bakery), of(office.florist), office.bakery.siren, office.florist.siren, settle
    )


@pytest.fixture(params=[simulated, afnor], ids=["simulated", "afnor"])
def world(request, office):
    return request.param(office)


def test_an_address_is_looked_up(world):
    assert world.sender.look_up(world.there).address == world.there
    assert world.sender.look_up("003999999") is None


def test_a_parcel_arrives_byte_for_byte_and_once_however_often_it_is_sent(world):
    parcel = world.parcel("F-1")
    first = world.sender.deliver(parcel)
    again = world.sender.deliver(replace(parcel, is_repeat=True))
    assert first.key == again.key == parcel.key
    assert first.at.tzinfo is not None
    assert first.reference == again.reference
    (arrived,) = world.waiting()
    assert arrived.content == parcel.content
    assert arrived.name == "F-1.xml"
    assert arrived.recipient == world.there


def test_it_waits_until_acknowledged_and_never_comes_back(world):
    parcel = world.parcel("F-1")
    world.sender.deliver(parcel)
    keys = [one.key for one in world.waiting()]
    assert len(keys) == 1
    assert keys == [one.key for one in world.waiting()]
    world.receiver.acknowledge(world.there, keys)
    assert world.waiting() == []
    world.sender.deliver(replace(parcel, is_repeat=True))
    assert world.waiting() == []


def test_all_of_them_come_in_portions(world):
    for number in range(3):
        world.sender.deliver(world.parcel(f"F-{number}"))
    assert [one.name for one in world.take_all(limit=2)] == ["F-0.xml", "F-1.xml", "F-2.xml"]
