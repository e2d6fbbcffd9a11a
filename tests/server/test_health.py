"""The page of health: one line a pipe, of the dossiers of the cabinet that one leads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from facturier.server.documents.models import Flow, Message
from facturier.server.firm.models import Dossier
from facturier.server.portal.models import PortalFile
from facturier.server.running import health
from facturier.server.running.health import Level, Pipe

pytestmark = pytest.mark.django_db
NOW = timedelta(0)
"""An age: counted from the moment of the test, for importing it may be minutes before."""


@pytest.mark.parametrize(
    ("found", "level"),
    [
        ({}, Level.UNUSED),
        ({"last_success": NOW}, Level.GOOD),
        ({"waiting": 1, "oldest": NOW}, Level.FRESH),
        ({"waiting": 3, "oldest": timedelta(minutes=2), "last_success": NOW}, Level.GOOD),
        ({"waiting": 3, "oldest": timedelta(minutes=12)}, Level.WATCH),
        ({"waiting": 3, "oldest": timedelta(hours=2), "last_success": NOW}, Level.BROKEN),
        ({"given_up": 1, "last_success": NOW}, Level.WATCH),
        ({"late": 1, "last_success": NOW}, Level.BROKEN),
        (
            {"last_success": timedelta(hours=1), "last_error": "non", "last_error_at": NOW},
            Level.WATCH,
        ),
        (
            {"last_success": NOW, "last_error": "non", "last_error_at": timedelta(hours=1)},
            Level.GOOD,
        ),
        ({"exists": False}, Level.TO_COME),
    ],
)
def test_a_level_follows_from_what_is_known(found, level):
    now = timezone.now()
    known = {name: now - one if isinstance(one, timedelta) else one for name, one in found.items()}
    pipe = Pipe(name="Essai", what="", **known)
    assert pipe.level is level
    assert pipe.words.endswith(".")


@pytest.fixture
def of_cabinet(office):
    return Dossier.objects.filter(cabinet=office.cabinet)


def told(pipes):
    return {pipe.name: pipe for pipe in pipes}


def test_what_went_through_is_good(deposited, everybody_works, of_cabinet):
    deposited("F-1")
    everybody_works()
    found = told(health.pipes(of_cabinet))
    assert found["Traitement"].level is Level.GOOD
    assert found["Autres plateformes"].level is Level.GOOD
    assert found["Programmes des clients"].level is Level.UNUSED
    assert found["Banques"].level is Level.TO_COME
    assert found["Portail public (PPF)"].waiting >= 1


def test_what_is_stuck_is_told_with_its_cause(deposited, everybody_works, of_cabinet):
    deposited("F-1")
    deposited(data=b"rien du tout")
    everybody_works()
    Message.objects.update(
        state="failed", last_error="Le destinataire ne répond pas.", sent_at=None
    )
    PortalFile.objects.update(due_at=timezone.now() - timedelta(hours=1))
    found = told(health.pipes(of_cabinet))
    assert found["Traitement"].given_up == 1
    assert found["Traitement"].level is Level.WATCH
    assert found["Autres plateformes"].last_error == "Le destinataire ne répond pas."
    assert found["Autres plateformes"].level is Level.WATCH
    assert found["Portail public (PPF)"].level is Level.BROKEN
    assert "hors délai" in found["Portail public (PPF)"].words


def test_it_tells_nothing_of_other_cabinets(deposited, everybody_works, office):
    deposited("F-1")
    deposited(dossier=office.florist, data=b"rien du tout")
    everybody_works()
    assert Flow.objects.filter(state="quarantined").count() == 1
    mine = health.treatment(Dossier.objects.filter(cabinet=office.cabinet))
    theirs = health.treatment(Dossier.objects.filter(cabinet=office.other_cabinet))
    assert (mine.given_up, theirs.given_up) == (0, 1)


def test_who_leads_the_cabinet_reads_the_page(
    client, expert, office, deposited, everybody_works, django_assert_max_num_queries
):
    deposited("F-1")
    everybody_works()
    client.force_login(expert)
    assert client.get("/sante/").url == f"/cabinets/{office.cabinet.pk}/sante/"
    with django_assert_max_num_queries(40):
        answer = client.get(f"/cabinets/{office.cabinet.pk}/sante/")
    page = answer.content.decode()
    for word in ("Portail public (PPF)", "Administration fiscale", "Banques", "À venir"):
        assert word in page


@pytest.mark.parametrize("who", ["collaborateur", "client_person", "stranger"])
def test_others_find_nothing(request, client, office, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/cabinets/{office.cabinet.pk}/sante/").status_code == 404
    expected = 302 if who == "stranger" else 404  # the stranger leads another cabinet
    assert client.get("/sante/").status_code == expected
