"""The page of what is owed to the tax office, the list of what waits, the clinic."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.server.portals import exchanged
from tests.server.test_pages import words

from facturier.server.documents.models import Document
from facturier.server.portal.models import PortalAnswer, PortalFile
from facturier.server.web import todo

pytestmark = pytest.mark.django_db
LATE = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def sent(deposited, everybody_works, settings):
    """F-1 accepted, F-2 refused (251), the number of the third too long to leave."""
    for number in ("F-1", "F-2", "F-2026-000000000000000003"):
        deposited(number)
    everybody_works()
    exchanged(settings, {"F-2": "REJ_COH"})


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert)
    return client


def listed(client, office, query=""):
    answer = client.get(reverse("portal", args=[office.bakery.pk]) + query)
    assert answer.status_code == 200
    return answer.context["page"].object_list, words(answer)


@pytest.mark.usefixtures("sent")
def test_one_line_a_file_with_what_the_portal_said(
    signed_in, office, django_assert_max_num_queries
):
    with django_assert_max_num_queries(28):
        files, text = listed(signed_in, office)
    assert len(files) == 6
    for expected in (
        "Aucun portail n'est raccordé", "250 F1 déposée", "251 F1 rejetée", "Données incohérentes",
        "G1.63 : Le SIREN n'existe pas. (BT-47)", "20 caractères", "500 Flux recevable",
        "envoi n° 1",
    ):  # fmt: skip
        assert expected in text, expected
    for query, number in (
        ("?etat=a-reprendre", 2), ("?etat=acceptes", 1), ("?etat=en-retard", 0),
        ("?nature=statuts", 3), ("?nature=factures&etat=refuses", 2), ("?etat=rien", 6),
    ):  # fmt: skip
        assert len(listed(signed_in, office, query)[0]) == number, query


@pytest.mark.usefixtures("sent")
def test_what_was_refused_waits_for_somebody_until_it_goes_again(signed_in, office):
    home = reverse("dossier", args=[office.bakery.pk])
    assert "2 envois à l'administration refusés ou retenus" in words(signed_in.get(home))
    clinic = words(signed_in.get(reverse("clinic", args=[office.bakery.pk])))
    for expected in (
        "F-2", "F1 rejetée", "Données incohérentes", "La plateforme", "Transmettre de nouveau",
        "Corriger le message et le transmettre de nouveau",
    ):  # fmt: skip
        assert expected in clinic, expected
    document = Document.objects.get(number="F-2", direction="issued")
    page = words(signed_in.get(reverse("document", args=[office.bakery.pk, document.pk])))
    assert "Clinique des rejets" in page
    refused = PortalFile.objects.get(state="refused")
    address = reverse("portal_again", args=[office.bakery.pk, refused.pk])
    for _ in range(2):  # a second click finds the first
        answer = signed_in.post(address, {"piece": "1"}, follow=True)
        assert answer.redirect_chain[-1][0].endswith(f"/documents/{document.pk}/")
    assert PortalFile.objects.filter(replaces=refused).count() == 1
    assert "1 envoi à l'administration refusé ou retenu" in words(signed_in.get(home))
    assert "F1 rejetée" not in words(signed_in.get(reverse("clinic", args=[office.bakery.pk])))


@pytest.mark.usefixtures("sent")
def test_what_still_breaks_a_rule_stays_and_says_why(signed_in, office):
    held = PortalFile.objects.get(state="held")
    answer = signed_in.post(
        reverse("portal_again", args=[office.bakery.pk, held.pk]), follow=True
    )  # fmt: skip
    assert "ne peut pas encore partir" in words(answer)
    assert "20 caractères" in words(answer)
    assert not PortalFile.objects.exclude(replaces=None).exists()


def test_what_did_not_leave_in_time_is_said(deposited, everybody_works, signed_in, office):
    deposited("F-1")
    everybody_works()
    home = reverse("dossier", args=[office.bakery.pk])
    assert "en retard" not in words(signed_in.get(home))
    PortalFile.objects.filter(interface="FFE0111A").update(due_at=LATE)
    assert "1 envoi à l'administration en retard" in words(signed_in.get(home))
    files, text = listed(signed_in, office, "?etat=en-retard")
    assert (len(files), "En retard" in text) == (1, True)
    assert todo.counters([office.bakery])[office.bakery.pk].portal_late == 1


@pytest.mark.usefixtures("sent")
def test_files_and_answers_are_given_byte_for_byte(signed_in, office, stranger, client):
    file = PortalFile.objects.filter(state="accepted").get()
    found = PortalAnswer.objects.get(code="251")
    addresses = (
        reverse("portal_file", args=[office.bakery.pk, file.pk]),
        reverse("portal_answer", args=[office.bakery.pk, found.pk]),
    )
    for address, start in zip(addresses, (b"<ubl:Invoice", b"CrossDomain"), strict=True):
        answer = signed_in.get(address)
        assert start in answer.content
        assert answer.headers["Content-Disposition"].startswith("attachment")
    client.force_login(stranger)
    for address in addresses:
        other = address.replace(f"/{office.bakery.pk}/", f"/{office.florist.pk}/", 1)
        assert client.get(address).status_code == client.get(other).status_code == 404


@pytest.mark.usefixtures("sent")
def test_a_connected_portal_is_named_as_a_simulation(signed_in, office, settings):
    settings.PORTAL_URL = "http://127.0.0.1:1"
    assert "portail public (simulation)" in listed(signed_in, office)[1]


@pytest.mark.usefixtures("sent")
def test_what_needs_no_other_is_closed_with_its_reason(signed_in, office, expert):
    held = PortalFile.objects.get(state="held")
    address = reverse("portal_close", args=[office.bakery.pk, held.pk])
    assert "la raison est gardée" in words(signed_in.post(address, {"pourquoi": " "}, follow=True))
    signed_in.post(address, {"pourquoi": "Refaite sous un numéro plus court."})
    signed_in.post(address, {"pourquoi": "Un second clic."})
    held.refresh_from_db()
    assert (held.closed_by, held.closed_why) == (expert, "Refaite sous un numéro plus court.")
    assert todo.counters([office.bakery])[office.bakery.pk].portal_open == 1
    assert (
        "Classé : Refaite sous un numéro plus court. (Claire Expert)"
        in (listed(signed_in, office)[1])
    )
