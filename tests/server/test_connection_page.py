"""The page "Raccordement": who sees it, what it keeps, what it asks for, what it shows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from facturier.server.api import clients, notices
from facturier.server.api.models import Notice, Webhook
from facturier.server.connections.models import Arrival, Connection
from facturier.server.documents.models import Message
from facturier.server.firm.models import ApiClient
from facturier.server.firm.sealed import open_sealed, seal

pytestmark = pytest.mark.django_db

ASKED = {
    "name": "Plateforme B", "address": "https://b.exemple.fr/", "client_id": "abc",
    "token_url": "https://b.exemple.fr/identity/o/api/token", "secret": "s3cret de B",
    "organization": "", "since": "",
}  # fmt: skip


@pytest.fixture
def where(office):
    return f"/dossiers/{office.bakery.pk}/raccordement/"


@pytest.fixture
def signed_in(client, expert):
    """Signed in just now, as the page that keeps secrets asks."""
    client.force_login(expert)
    client.post(reverse("account_reauthenticate"), {"password": "mot de passe"})
    return client


@pytest.fixture
def connection(office):
    return Connection.objects.create(
        dossier=office.bakery, name="Plateforme B", address="https://b.exemple.fr",
        token_url="https://b.exemple.fr/jetons", client_id="abc", secret=seal("s3cret"),
        poll_at=datetime.now(UTC) + timedelta(hours=1),
    )  # fmt: skip


def said(response):
    return response.content.decode()


def test_a_dossier_is_connected_and_tried(signed_in, office, where):
    assert "Ici même" in said(signed_in.get(where))
    response = signed_in.post(f"{where}enregistrer/", ASKED | {"since": "2026-11-01"}, follow=True)
    assert "est enregistré" in said(response)
    row = Connection.objects.get(dossier=office.bakery)
    assert row.address == "https://b.exemple.fr"
    assert row.secret != "s3cret de B"
    assert open_sealed(row.secret) == "s3cret de B"
    assert row.since.isoformat() == "2026-10-31T23:00:00+00:00", "midnight in Paris"
    assert row.asked_at is not None
    assert row.poll_at <= datetime.now(UTC)
    page = said(signed_in.get(where))
    assert "Essai en cours" in page
    assert "s3cret" not in page


def test_an_empty_secret_keeps_the_one_before(signed_in, connection, where):
    signed_in.post(f"{where}enregistrer/", ASKED | {"secret": "", "name": "Autre nom"})
    connection.refresh_from_db()
    assert (connection.name, open_sealed(connection.secret)) == ("Autre nom", "s3cret")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"address": "http://b.exemple.fr"}, "commence par https://"),
        ({"address": "https://10.0.0.1"}, "n&#x27;est pas sur l&#x27;internet public"),
        ({"token_url": "https://localhost/jetons"}, "n&#x27;est pas sur l&#x27;internet public"),
        ({"secret": ""}, "obligatoire"),
    ],
)
def test_what_may_not_be_called_is_not_kept(signed_in, where, wrong, words):
    assert words in said(signed_in.post(f"{where}enregistrer/", ASKED | wrong))
    assert not Connection.objects.exists()


def test_it_must_be_proved_who_changes_where_a_dossier_lives(client, expert, where):
    client.force_login(expert)
    response = client.post(f"{where}enregistrer/", ASKED)
    assert response.status_code == 302
    assert "reauthenticate" in response.url
    client.post(reverse("account_reauthenticate"), {"password": "mot de passe"})
    assert client.get(f"{where}enregistrer/").url == where, "and comes back to the page"
    assert not Connection.objects.exists()


def test_a_test_is_asked_for_and_its_result_shown(signed_in, connection, where):
    signed_in.post(f"{where}essayer/")
    connection.refresh_from_db()
    assert connection.asked_at is not None
    Connection.objects.update(
        asked_at=None, failures=2, last_error="La plateforme ne reconnaît pas ce programme.",
        failed_at=datetime.now(UTC), directory_says="Adresse 123 : servie.",
    )  # fmt: skip
    page = said(signed_in.get(where))
    assert "ne reconnaît pas ce programme" in page
    assert "Rien n'est perdu" in page
    assert "Adresse 123 : servie." in page
    assert "Essai en cours" not in page


def test_it_is_suspended_and_resumed_and_asked_to_call(signed_in, connection, where):
    signed_in.post(f"{where}suspendre/")
    connection.refresh_from_db()
    assert not connection.is_active
    assert "est suspendu" in said(signed_in.get(where))
    signed_in.post(f"{where}reprendre/")
    signed_in.post(f"{where}etre-appele/")
    connection.refresh_from_db()
    assert connection.is_active
    assert connection.callback_url == f"http://testserver/hooks/{connection.hook_id}/"
    signed_in.post(f"{where}ne-plus-etre-appele/")
    connection.refresh_from_db()
    assert connection.callback_url == ""
    assert signed_in.post(f"{where}autre-chose/").status_code == 404


def test_what_waits_is_shown(signed_in, office, connection, where, deposited, everybody_works):
    deposited("F-1")
    everybody_works()
    assert Message.objects.get().state == "pending"
    Arrival.objects.create(
        connection=connection, dossier=office.bakery, key="flow:1", flow={"name": "A-7.xml"},
        changed_at=datetime.now(UTC), attempts=3, last_error="La plateforme a répondu 500.",
    )  # fmt: skip
    page = said(signed_in.get(where))
    assert "<dt>Envois en attente</dt><dd>1</dd>" in page
    assert "A-7.xml" in page
    assert "a répondu 500" in page


def test_calls_that_were_given_up_are_seen_and_taken_up_again(signed_in, office, where, deposited):
    credentials = clients.register(office.cabinet, [office.bakery], name="ERP")
    webhook = Webhook.objects.create(
        client=ApiClient.objects.get(client_id=credentials.client_id), dossier=office.bakery,
        callback_url="https://erp.exemple.fr/rappel", sealed_key=notices.sealed(b"k" * 32),
    )  # fmt: skip
    deposited("F-1")
    Notice.objects.update(state="failed", attempts=12, last_error="Le destinataire a répondu 500.")
    page = said(signed_in.get(where))
    assert "https://erp.exemple.fr/rappel" in page
    assert "a répondu 500" in page
    notice = Notice.objects.get(webhook=webhook)
    assert signed_in.post(f"{where}appels/{notice.pk}/").status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("pending", 0)
    assert signed_in.post(f"{where}appels/{notice.pk}/").status_code == 404, "it is not given up"


@pytest.mark.parametrize("who", ["collaborateur", "client_person", "stranger"])
def test_only_who_leads_the_cabinet_sees_it(request, client, who, where, connection):
    client.force_login(request.getfixturevalue(who))
    for address in ("", "enregistrer/", "suspendre/", "appels/1/"):
        for method in (client.get, client.post):
            assert method(f"{where}{address}").status_code == 404
    connection.refresh_from_db()
    assert connection.is_active
