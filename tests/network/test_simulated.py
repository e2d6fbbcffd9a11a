"""The simulated network keeps the promises of the protocol, whatever its post office."""

import pytest

from facturier.errors import NetworkFailure
from facturier.network.platform import Kind, Parcel
from facturier.network.simulated import MemoryPostOffice, SimulatedNetwork


def parcel(key="k1", recipient="003000012", content=b"<Invoice/>"):
    return Parcel(
        key=key, kind=Kind.INVOICE, sender="003000004", recipient=recipient,
        transmission="t1", content=content, name="f.xml",
    )  # fmt: skip


@pytest.fixture
def network():
    return SimulatedNetwork(MemoryPostOffice(["003000004", "003000012"]))


def test_an_address_is_looked_up(network):
    assert network.look_up("003000012").platform == "simulated"
    assert network.look_up("003999999") is None


def test_a_parcel_waits_until_it_is_acknowledged(network):
    receipt = network.deliver(parcel())
    assert receipt.key == "k1"
    assert receipt.at.tzinfo is not None
    assert network.poll("003000012") == network.poll("003000012") == [parcel()]
    network.acknowledge("003000012", ["k1"])
    assert network.poll("003000012") == []
    assert network.poll("003000004") == []


def test_one_key_is_one_parcel_even_after_it_was_taken(network):
    network.deliver(parcel())
    network.deliver(parcel())
    assert len(network.poll("003000012")) == 1
    network.acknowledge("003000012", ["k1"])
    network.deliver(parcel())
    assert network.poll("003000012") == []


def test_parcels_come_in_their_order_and_in_portions(network):
    for number in range(5):
        network.deliver(parcel(f"k{number}"))
    assert [p.key for p in network.poll("003000012", limit=2)] == ["k0", "k1"]
    network.acknowledge("003000012", ["k0"])
    assert [p.key for p in network.poll("003000012", limit=2)] == ["k1", "k2"]


def test_an_unknown_address_is_a_permanent_failure(network):
    with pytest.raises(NetworkFailure) as caught:
        network.deliver(parcel(recipient="003999999"))
    assert caught.value.permanent
    assert "003999999" in caught.value.message
