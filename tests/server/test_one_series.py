"""A company has one series of invoice numbers, even as two dossiers of two cabinets."""

import pytest
from tests.server.invoices import ubl

from facturier.server import sight
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(office):
    """The bakery again, in the other cabinet, at an address of its own."""
    return Dossier.objects.create(
        cabinet=office.other_cabinet, name="Boulangerie Simulée, Lyon", siren=office.bakery.siren,
        electronic_address=f"{office.bakery.siren}_LYON", is_simulation=True,
    )  # fmt: skip


def issue(dossier, buyer, number, **more):
    data = ubl(number, seller=dossier.siren, buyer=buyer.siren, **more)
    deposit(dossier, data, name="f.xml", channel="page")
    while work_through(dossier.pk):
        pass
    with sight.of([dossier.pk]):
        return Document.objects.filter(dossier=dossier, direction="issued").latest("pk")


def test_one_number_is_not_deposited_by_two_dossiers_of_one_siren(office, twin):
    assert issue(office.bakery, office.florist, "F-7").accepted
    second = issue(twin, office.florist, "F-7")
    assert not second.accepted
    event = second.events.get(code="213")
    assert event.reason == "DOUBLON"
    assert "autre dossier de ce SIREN" in event.comment
    assert "Simulé" not in event.comment, "nothing about the other dossier"
    assert issue(twin, office.florist, "F-8").accepted
    assert issue(office.mason, office.florist, "F-7").accepted, "another company, another series"


def test_next_year_the_number_is_free_again(office, twin):
    assert issue(office.bakery, office.florist, "F-7", date="2025-11-20").accepted
    assert issue(twin, office.florist, "F-7").accepted
