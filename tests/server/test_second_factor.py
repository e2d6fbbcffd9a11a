"""The second factor: enrolled, asked for, demanded by a cabinet, lost and reset."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.urls import reverse

from facturier.server import sight
from facturier.server.firm.models import Membership
from facturier.server.security import second_factor
from facturier.server.security.models import JournalEntry

pytestmark = pytest.mark.django_db
PASSWORD = "mot de passe"


def code_of(secret, at=None):
    """RFC 6238 as an application computes it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int((at or time.time()) // 30))
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def sign_in(browser, person, password=PASSWORD):
    return browser.post("/compte/login/", {"login": person.email, "password": password})


def confirm(browser):
    """Step up with the password."""
    answer = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def enrolled(client, expert):
    """Give the expert an application; return secret and recovery codes."""
    sign_in(client, expert)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = re.search(r'id="cle" value="(\w+)"', page.content.decode()).group(1)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)
    codes = re.findall(r"<code>(\d+)</code>", answer.content.decode())
    assert len(codes) == 10
    return secret, codes


def test_enrolling_asks_for_the_password_again(client, expert):
    sign_in(client, expert)
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
    confirm(client)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_a_wrong_code_enrols_nothing(client, expert):
    sign_in(client, expert)
    confirm(client)
    client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    with sight.of_self(expert.pk):
        assert not Authenticator.objects.exists()


def test_who_has_an_application_needs_it_to_sign_in(enrolled, expert):
    secret, _ = enrolled
    browser = Client()
    answer = sign_in(browser, expert)
    assert answer.url == reverse("mfa_authenticate")
    assert browser.get("/").status_code == 302, "the password alone opens nothing"
    page = browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert page.status_code == 200
    assert 'class="erreur"' in page.content.decode()
    # The code of enrolment was used: the next period's is taken (a clock may be half a minute off).
    answer = browser.post(reverse("mfa_authenticate"), {"code": code_of(secret, time.time() + 30)})
    assert answer.url == "/"
    assert browser.get("/").status_code == 200


def test_a_code_serves_once(enrolled, expert):
    secret, _ = enrolled
    code = code_of(secret, time.time() + 30)
    for expected in (302, 200):
        browser = Client()
        sign_in(browser, expert)
        assert browser.post(reverse("mfa_authenticate"), {"code": code}).status_code == expected


def test_a_recovery_code_serves_once(enrolled, expert):
    _, codes = enrolled
    for expected in (302, 200):
        browser = Client()
        sign_in(browser, expert)
        answer = browser.post(reverse("mfa_authenticate"), {"code": codes[3]})
        assert answer.status_code == expected


def test_recovery_codes_are_shown_once(enrolled, client):
    _, codes = enrolled
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in again for code in codes)


def test_seeds_are_sealed_in_the_database(enrolled, expert):
    secret, _ = enrolled
    with sight.of_self(expert.pk), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        (kept,) = cursor.fetchone()
    assert secret not in kept
    assert kept.count("gAAAA") >= 2, "application and recovery codes"


def test_stepping_up_takes_the_factor_not_the_password(enrolled, expert):
    sign_in_again = Client()
    _, codes = enrolled
    sign_in(sign_in_again, expert)
    sign_in_again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    answer = sign_in_again.get(reverse("mfa_deactivate_totp"))
    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    by_password = sign_in_again.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert by_password.url.startswith(reverse("mfa_reauthenticate"))
    assert sign_in_again.get(reverse("mfa_deactivate_totp")).status_code == 302
    sign_in_again.post(reverse("mfa_reauthenticate"), {"code": codes[1]})
    assert sign_in_again.get(reverse("mfa_deactivate_totp")).status_code == 200
    sign_in_again.post(reverse("mfa_deactivate_totp"), {})
    with sight.of_self(expert.pk):
        assert not Authenticator.objects.exists(), "recovery codes go with the last factor"


def test_a_cabinet_demands_it_of_a_role(client, expert, collaborateur, office):
    client.force_login(expert)
    address = reverse("cabinet_require", args=[office.cabinet.pk])
    assert client.post(address, {"roles": ["collaborateur"]}).url.startswith(
        reverse("account_reauthenticate")
    )
    confirm(client)
    client.post(address, {"roles": ["collaborateur"]})
    office.cabinet.refresh_from_db()
    assert office.cabinet.second_factor_for == ["collaborateur"]
    assert client.get("/").status_code == 200, "an expert is not concerned"
    other = Client()
    other.force_login(collaborateur)
    for page in ("/", reverse("dossier", args=[office.bakery.pk])):
        assert other.get(page).url == reverse("mfa_index"), page
    assert "demande un second facteur" in text(other.get(reverse("mfa_index")))
    confirm(other)
    page = other.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="cle" value="(\w+)"', page).group(1)
    other.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert other.get("/").status_code == 200


@pytest.mark.usefixtures("enrolled")
def test_an_administrator_resets_a_lost_factor(client, office, expert):
    """A second expert of the cabinet resets the first; sessions end; the journal says it."""
    leader = type(expert).objects.create_user("chef@exemple.fr", PASSWORD, name="Chef Deux")
    Membership.objects.create(person=leader, cabinet=office.cabinet, role="expert_comptable")
    admin = Client()
    sign_in(admin, leader)
    address = reverse("cabinet_reset", args=[office.cabinet.pk, expert.pk])
    assert "application, codes de secours" not in text(admin.get("/"))
    assert admin.get(address).url.startswith(reverse("account_reauthenticate"))
    confirm(admin)
    assert "Réinitialiser le second facteur de Claire Expert" in text(admin.get(address))
    assert "est réinitialisé" in text(admin.post(address, follow=True))
    assert client.get("/").status_code == 302, "the sessions of the person ended"
    assert sign_in(Client(), expert).url == "/"
    noted = JournalEntry.objects.filter(what="factor", person=leader, cabinet=office.cabinet)
    assert {one.detail["op"] for one in noted} == {"delete"}
    assert {one.detail["whom"] for one in noted} == {"Claire Expert"}


@pytest.mark.usefixtures("enrolled")
def test_a_cabinet_does_not_reset_who_also_belongs_elsewhere(office, expert, stranger):
    with sight.of([], [office.other_cabinet.pk]):
        Membership.objects.create(person=expert, cabinet=office.other_cabinet, role="collaborateur")
    with sight.of_person(stranger.pk):
        assert second_factor.reset(expert.pk) is False
    with sight.of_self(expert.pk):
        assert Authenticator.objects.count() == 2


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize("who", ["collaborateur", "client_person", "stranger"])
def test_only_who_leads_the_cabinet_resets(request, who, office, expert):
    other = Client()
    other.force_login(request.getfixturevalue(who))
    confirm(other)
    address = reverse("cabinet_reset", args=[office.cabinet.pk, expert.pk])
    assert other.post(address).status_code == 404
    with sight.of_self(expert.pk):
        assert Authenticator.objects.count() == 2
