"""Answers of the portal that belong to no dossier: whoever administers the machine, nobody else."""

from datetime import date

import pytest
from django.db import connection
from django.urls import reverse
from tests.server.portals import PortalInMemory
from tests.server.test_pages import words

from facturier.invoice.parties import demo_siren
from facturier.lifecycle.statuses import Subject
from facturier.network.concentrator.known import Judged
from facturier.server import sight
from facturier.server.firm.models import Person
from facturier.server.portal import answers, strangers
from facturier.server.portal.models import PortalAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture
def brought(office):  # noqa: ARG001
    """An answer about an unknown company, and a file that cannot be read."""
    portal = PortalInMemory()
    unknown = Judged(
        subject=Subject.F1, file="x.xml", number="INCONNUE", day=date(2026, 11, 1),
        siren=demo_siren(8888),
    )  # fmt: skip
    portal.bring("FFE0604A_TST001_1", {"a.xml": portal.letter(unknown), "b.xml": b"rien"})
    answers.take_in(portal)
    with sight.of_portal():
        return PortalAnswer.objects.get(name="a.xml")


@pytest.fixture
def administrator(office):  # noqa: ARG001
    return Person.objects.create_superuser("root@exemple.fr", "mot de passe", name="Rose Root")


def addresses(brought):
    return [
        reverse("installation"), reverse("installation_answer", args=[brought.pk]),
        reverse("installation_close", args=[brought.pk]),
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["expert", "collaborateur", "client_person", "stranger", None])
def test_nobody_else_meets_them(request, client, who, brought):
    if who:
        client.force_login(request.getfixturevalue(who))
    for address in addresses(brought):
        for method in (client.get, client.post):
            assert method(address).status_code == (404 if who else 302), (who, address)
    if who:
        assert "n'appartien" not in words(client.get("/"))


@pytest.mark.parametrize("who", ["expert", "administrator"])
def test_the_database_shows_them_to_an_administrator_only(request, who, brought):
    person = request.getfixturevalue(who)
    with sight.of_person(person.pk):
        seen = PortalAnswer.objects.filter(pk=brought.pk).exists()
    assert seen is (who == "administrator")


def test_an_administrator_sees_no_answer_of_a_dossier(brought, administrator, office):
    with sight.of_portal():
        PortalAnswer.objects.filter(pk=brought.pk).update(dossier=office.bakery)
    with sight.of_person(administrator.pk):
        assert not PortalAnswer.objects.filter(pk=brought.pk).exists()


def test_they_stand_in_the_to_do_until_somebody_said_what_they_were(client, administrator, brought):
    with sight.of_self(administrator.pk):  # of no cabinet: only they see their account
        client.force_login(administrator)
    assert "2 réponses du portail public n'appartiennent à aucun dossier" in words(client.get("/"))
    listed, given, closed = addresses(brought)
    text = words(client.get(listed))
    assert "INCONNUE" in text
    assert "Illisible" in text
    answer = client.get(given)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"INCONNUE" in b"".join(answer) if answer.streaming else answer.content
    assert "Dites ce que c'était" in words(client.post(closed, {"pourquoi": " "}, follow=True))
    client.post(closed, {"pourquoi": "Ancien éditeur."})
    client.post(closed, {"pourquoi": "Autre chose."})
    assert "Classée : Ancien éditeur. (Rose Root)" in words(client.get(listed))
    assert "1 réponse du portail public n'appartient" in words(client.get("/"))


def test_nothing_without_a_person(brought):
    with connection.cursor() as cursor:
        cursor.execute("SELECT administers_installation()")
        assert cursor.fetchone() == (False,)
    longest = PortalAnswer._meta.get_field("closed_why").max_length
    assert longest == strangers.LONGEST_WHY
    assert brought.dossier_id is None
