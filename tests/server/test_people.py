"""People come by an invitation that serves once, and leave with all they had; who leads owes a
second factor; every address has words in the journal."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.server.test_matrix import OPEN_TO_PROGRAMS, all_addresses, class_of

from facturier.server import environment, sight
from facturier.server.firm.models import Dossier, DossierAccess, Membership, Person
from facturier.server.security import people
from facturier.server.security.models import Invitation, JournalEntry, Session
from facturier.server.web.journal import WORDS

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase assez longue"


@pytest.fixture
def leader(client, expert):
    """A browser of who leads the cabinet, who just proved it."""
    client.force_login(expert)
    client.post(reverse("account_reauthenticate"), {"password": "mot de passe"})
    return client


def in_cabinet(office, name, *more):
    return reverse(name, args=[office.cabinet.pk, *more])


def invite(leader, office, **said):
    said = {"nom": "Zoé Nouvelle", "adresse": "zoe@exemple.fr", "qualite": "collaborateur",
            "dossiers": [office.bakery.pk]} | said  # fmt: skip
    return leader.post(in_cabinet(office, "cabinet_invite"), said, follow=True)


def link(number=-1):
    (found,) = re.findall(r"http://testserver(/invitation/\S+/)", mail.outbox[number].body)
    return found


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def join(where, **said):
    said = {"nom": "Zoé Nouvelle", "new_password1": PASSWORD, "new_password2": PASSWORD} | said
    return Client().post(where, said)


def test_an_invitation_opens_an_account_once(leader, office):
    answer = invite(leader, office)
    assert "est partie" in text(answer)
    assert "Zoé Nouvelle" in text(answer)
    (sent,) = mail.outbox
    assert sent.to == ["zoe@exemple.fr"]
    assert "Claire Expert vous invite à rejoindre Cabinet Simulé" in sent.body
    assert "comme collaborateur" in sent.body
    assert "Cabinet Simulé vous invite" in text(Client().get(link()))
    assert join(link()).url == reverse("account_login")
    browser = Client()
    signed_in = browser.post(
        reverse("account_login"), {"login": "zoe@exemple.fr", "password": PASSWORD}
    )
    assert signed_in.url == "/"
    assert browser.get(reverse("dossier", args=[office.bakery.pk])).status_code == 200
    assert browser.get(reverse("dossier", args=[office.mason.pk])).status_code == 404
    for again in (Client().get(link()), join(link())):
        assert again.status_code == 404
        assert "Ce lien ne vaut plus" in text(again)
    assert Person.objects.filter(email="zoe@exemple.fr").count() == 1


def test_the_journal_tells_who_invited_and_who_came(leader, office, expert):
    invite(leader, office)
    join(link())
    zoe = Person.objects.known_as("zoe@exemple.fr")
    noted = JournalEntry.objects.filter(what="invitation", cabinet=office.cabinet, kind="right")
    assert [(one.person_id, one.detail["op"]) for one in noted.order_by("pk")] == [
        (expert.pk, "insert"), (zoe.pk, "accepted"),
    ]  # fmt: skip
    membership = JournalEntry.objects.get(what="membership", detail__whom="Zoé Nouvelle")
    assert membership.actor == "Zoé Nouvelle", "not the machine"


@pytest.mark.parametrize("how", ["resend", "revoke", "wait"])
def test_a_link_that_was_replaced_withdrawn_or_is_old_opens_nothing(leader, office, how):
    invite(leader, office)
    (row,) = Invitation.objects.all()
    if how == "wait":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        leader.post(in_cabinet(office, f"cabinet_{how}", row.pk))
    assert join(link(0)).status_code == 404
    assert not Person.objects.filter(email="zoe@exemple.fr").exists()
    if how == "resend":
        assert join(link(1)).status_code == 302
    if how == "wait":
        assert "périmé" in text(leader.get(in_cabinet(office, "cabinet_security")))


def test_an_invitation_must_make_sense(leader, office, collaborateur):
    assert "Choisissez au moins un dossier" in text(
        invite(leader, office, qualite="client", dossiers=[])
    )
    assert invite(leader, office, dossiers=[office.florist.pk]).redirect_chain == []
    assert "déjà du cabinet" in text(invite(leader, office, adresse=collaborateur.email))
    invite(leader, office)
    assert "déjà invitée" in text(invite(leader, office, adresse="ZOE@exemple.fr"))
    assert len(mail.outbox) == 1
    assert join(link(), new_password1="court", new_password2="court").status_code == 200
    assert not Person.objects.filter(email="zoe@exemple.fr").exists()


def test_who_has_an_account_joins_with_it_and_nobody_else(leader, office, stranger, client_person):
    invite(leader, office, adresse=stranger.email, qualite="client")
    page = Client().get(link())
    assert "Vous avez déjà un compte" in text(page)
    other = Client()
    other.force_login(client_person)
    other.post(link())
    assert not DossierAccess.objects.filter(person=stranger).exists()
    browser = Client()
    browser.force_login(stranger)
    assert "Rejoindre" in text(browser.get(link()))
    browser.post(link())
    assert browser.get(reverse("dossier", args=[office.bakery.pk])).status_code == 200
    assert stranger.memberships.get().cabinet == office.other_cabinet


def test_inviting_asks_who_is_there(client, expert, office):
    client.force_login(expert)
    answer = client.get(in_cabinet(office, "cabinet_invite"))
    assert answer.url.startswith(reverse("account_reauthenticate"))


def test_a_stranger_sees_no_invitation(leader, office, raw):
    invite(leader, office)
    assert raw.execute("SELECT count(*) FROM security_invitation").fetchone() == (0,)
    with sight.of([], [office.other_cabinet.pk]):
        assert not Invitation.objects.exists()


# --- leaving --------------------------------------------------------------------------------------


def test_who_leaves_is_out_at_once(leader, office, collaborateur):
    Dossier.objects.filter(pk=office.bakery.pk).update(responsible=collaborateur)
    browser = Client()
    browser.post(
        reverse("account_login"), {"login": collaborateur.email, "password": "mot de passe"}
    )
    assert browser.get(reverse("dossier", args=[office.bakery.pk])).status_code == 200
    where = in_cabinet(office, "cabinet_leave", collaborateur.pk)
    assert "quitte le cabinet" in text(leader.get(where))
    assert "n'a plus accès" in text(leader.post(where, follow=True)).replace("&#x27;", "'")
    assert browser.get("/").status_code == 302
    again = Client().post(
        reverse("account_login"), {"login": collaborateur.email, "password": "mot de passe"}
    )
    assert again.url == reverse("account_inactive")
    with sight.of_self(collaborateur.pk):
        assert not Session.objects.filter(person=collaborateur).exists()
    collaborateur.refresh_from_db()
    assert not collaborateur.is_active
    assert not collaborateur.accesses.exists()
    office.bakery.refresh_from_db()
    assert office.bakery.responsible is None
    told = JournalEntry.objects.filter(cabinet=office.cabinet, kind="right")
    assert {"membership", "access", "account"} <= set(told.values_list("what", flat=True))


def test_who_comes_back_is_invited_again(leader, office, collaborateur):
    leader.post(in_cabinet(office, "cabinet_leave", collaborateur.pk))
    invite(leader, office, adresse=collaborateur.email)
    assert join(link()).status_code == 302
    collaborateur.refresh_from_db()
    assert collaborateur.is_active
    assert collaborateur.check_password(PASSWORD), "the former password is worth nothing"


def test_the_account_of_who_is_elsewhere_too_stays(leader, office, collaborateur):
    DossierAccess.objects.create(person=collaborateur, dossier=office.florist, role="client")
    leader.post(in_cabinet(office, "cabinet_leave", collaborateur.pk))
    collaborateur.refresh_from_db()
    assert collaborateur.is_active
    assert [one.dossier for one in collaborateur.accesses.all()] == [office.florist]


def test_somebody_goes_on_leading(leader, office, expert, stranger):
    assert leader.post(in_cabinet(office, "cabinet_leave", expert.pk)).status_code == 404
    with pytest.raises(people.RefusedByUs, match="Personne d'autre"):
        people.leave(expert, office.cabinet)
    with sight.of([], [office.cabinet.pk]), pytest.raises(people.RefusedByUs, match="pas du"):
        people.leave(stranger, office.cabinet)
    assert stranger.memberships.exists()


# --- the second factor of who leads ---------------------------------------------------------------


def appointed(who, days):
    Membership.objects.filter(person=who).update(since=timezone.now() - timedelta(days=days))


def test_who_leads_is_told_the_day_and_then_must_have_one(client, expert, collaborateur):
    client.force_login(expert)
    appointed(expert, 3)
    page = text(client.get("/"))
    day = timezone.localtime(timezone.now() + timedelta(days=11))
    assert f"À partir du {day:%d/%m/%Y}" in page
    appointed(expert, 15)
    assert client.get("/").url == reverse("mfa_index")
    assert "qui dirige un cabinet demande un second facteur" in text(
        client.get(reverse("mfa_index"))
    )
    other = Client()
    other.force_login(collaborateur)
    appointed(collaborateur, 100)
    assert other.get("/").status_code == 200
    assert "second facteur" not in text(other.get("/"))


def test_a_demonstration_asks_nothing_and_says_so(client, expert, settings):
    settings.ADMIN_FACTOR = None
    appointed(expert, 400)
    client.force_login(expert)
    assert "second facteur" not in text(client.get("/"))
    assert "c'est une démonstration" in text(client.get(reverse("mfa_index")))


def test_production_does_not_do_without():
    given = {"FACTURIER_PRODUCTION": "1", "FACTURIER_ADMIN_FACTOR": "0"}
    assert "FACTURIER_ADMIN_FACTOR" in {one.name for one in environment.complaints(given)}


# --- words ----------------------------------------------------------------------------------------


def test_every_address_that_the_journal_notes_has_words():
    noted = {
        name for where, one, name in all_addresses()
        if one.name and class_of(where, name) in {"dossier", "cabinet", "program", "sight"}
    }  # fmt: skip
    assert len(noted) > 80
    silent = OPEN_TO_PROGRAMS | {"agenda", "till", "health"}
    """About no dossier and no cabinet: nothing is noted of them."""
    assert noted - silent - set(WORDS) == set(), "say in web/journal.py what it is, in French"
