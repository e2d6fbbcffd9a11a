"""The comparison of a dossier that lives on another platform, which is asked anew."""

import pytest
from tests.server import test_connections as elsewhere

from facturier.server.completeness import nightly
from facturier.server.completeness.models import Comparison
from facturier.server.connections.models import Arrival, Handed
from facturier.server.documents.models import Flow

pytestmark = pytest.mark.django_db
http, home, rounds = elsewhere.http, elsewhere.home, elsewhere.rounds
office, connection = elsewhere.office, elsewhere.connection


def compared(dossier, there):
    nightly.compare(dossier.pk, wire=there)
    return Comparison.objects.get(dossier=dossier, month=nightly.months()[1])


def codes(found):
    return sorted(one["code"] for one in found.gaps)


@pytest.fixture
def there(office, rounds, http):
    """The bakery lives on another platform: one invoice out, one in. Gives how to ask it."""
    elsewhere.sell(office)
    elsewhere.buy(office)
    rounds()
    return elsewhere.over(http)


def test_what_the_platform_lists_is_all_here(office, there):
    found = compared(office.bakery, there)
    assert set(codes(found)) == {"to-validate"}
    listed = {one["name"]: (one["received"], one["issued"]) for one in found.connectors}
    assert listed["Plateforme B"] == (1, 1)


def test_a_flow_that_never_came_is_named_though_our_notes_say_nothing(office, there):
    Arrival.objects.all().delete()
    flow = Flow.objects.get(dossier=office.bakery, document__direction="received")
    Flow.objects.filter(pk=flow.pk).update(message_key=f"{office.bakery.pk}:afnor:flow:autre")
    assert "not-taken" in codes(compared(office.bakery, there))


def test_an_invoice_deposited_there_by_another_way_is_named(office, there):
    Handed.objects.all().update(flow_id="autre")
    assert set(codes(compared(office.bakery, there))) == {
        "issued-elsewhere", "to-validate", "unknown-there",
    }  # fmt: skip


def test_a_platform_that_is_silent_is_a_gap_not_an_all_clear(office, there, http):
    http.refuse = lambda request: (503, {}) if "search" in request.path_url else None
    found = compared(office.bakery, there)
    assert "silent" in codes(found)
    assert found.verdict == "lacking"
