"""Sessions, attempts at signing in, passwords, the journal of accesses."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError, ProgrammingError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from tests.server.api_client import Program, token_of

from facturier.server import sight
from facturier.server.api import clients
from facturier.server.archive import exporting
from facturier.server.firm.models import DossierAccess, Person
from facturier.server.security import attempts, journal
from facturier.server.security.models import JournalEntry, Session
from facturier.server.security.sessions import POLLS, SessionStore, hashed
from facturier.server.web.account import device

pytestmark = pytest.mark.django_db
PASSWORD = "mot de passe"
LONG = "une phrase assez longue"


def sign_in(browser, who, password=PASSWORD, **more):
    email = who if isinstance(who, str) else who.email
    return browser.post("/compte/login/", {"login": email, "password": password}, **more)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def as_owner(statement, *values):
    """Look, or turn time back, as who owns the tables; in the transaction of the test."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def lines(**wanted):
    return JournalEntry.objects.filter(**wanted).order_by("pk")


# --- Sessions -----------------------------------------------------------------------------------


def test_the_database_does_not_know_the_key(client, expert):
    sign_in(client, expert)
    key = client.cookies["sessionid"].value
    with sight.of_self(expert.pk):
        (kept,) = Session.objects.all()
    assert kept.key_hash == hashed(key)
    assert key not in f"{kept.key_hash} {kept.data}"


def test_signing_in_draws_a_new_key(client, expert):
    client.get("/compte/login/")
    store = SessionStore()
    store["before"] = True
    store.create()
    client.cookies["sessionid"] = store.session_key
    sign_in(client, expert)
    assert client.cookies["sessionid"].value != store.session_key
    assert SessionStore(store.session_key).load() == {}, "the former key opens nothing"


def test_cookies_are_out_of_reach(client, expert):
    answer = sign_in(client, expert)
    for name in ("sessionid", "csrftoken"):
        cookie = answer.cookies.get(name) or client.cookies.get(name)
        if cookie is not None and cookie.value:
            assert cookie["httponly"], name
            assert cookie["samesite"] == "Lax", name
    assert int(client.cookies["sessionid"]["max-age"]) <= 12 * 3600


@pytest.fixture
def later():
    """Make the sessions older; the serving role cannot, so the settings shrink instead."""

    def shrink(**settings):
        return override_settings(**settings)

    return shrink


def test_a_session_ends_when_nobody_is_there(client, expert, later):
    sign_in(client, expert)
    assert client.get("/").status_code == 200
    with later(SESSION_IDLE=0):
        assert client.get("/").status_code == 302


def test_a_session_ends_after_the_day_whatever_is_done(client, expert, later):
    with later(SESSION_COOKIE_AGE=0):
        sign_in(client, expert)
    assert client.get("/").status_code == 302
    with sight.of_self(expert.pk):
        (kept,) = Session.objects.all()
    assert kept.expires_at <= timezone.now()


def test_using_a_session_does_not_put_off_its_end(client, expert):
    sign_in(client, expert)
    with sight.of_self(expert.pk):
        before = Session.objects.get().expires_at
    session = client.session
    session["something"] = 1
    session.save()
    with sight.of_self(expert.pk):
        assert Session.objects.get().expires_at == before


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(client, expert, office, monkeypatch):
    assert any(reverse("changes", args=[office.bakery.pk]).endswith(end) for end in POLLS)
    assert any(reverse("results", args=[office.bakery.pk]).endswith(end) for end in POLLS)
    monkeypatch.setattr("facturier.server.security.sessions.TOUCH_EVERY", timedelta(0))
    sign_in(client, expert)

    def seen():
        with sight.of_self(expert.pk):
            return Session.objects.get().seen_at

    before = seen()
    client.get(reverse("changes", args=[office.bakery.pk]))
    assert seen() == before
    client.get("/")
    assert seen() > before


def test_a_person_sees_and_ends_the_own_sessions(client, expert):
    other = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    sign_in(client, expert)
    sign_in(other, expert)
    page = client.get(reverse("mfa_index"))
    assert "Firefox, Windows" in text(page)
    assert "celle-ci" in text(page)
    key = hashed(other.cookies["sessionid"].value)
    client.post(reverse("end_session", args=[key]))
    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200
    for browser in (other, Client()):
        sign_in(browser, expert)
    client.post(reverse("end_other_sessions"))
    assert other.get("/").status_code == 302
    with sight.of_self(expert.pk):
        assert Session.objects.count() == 1


def test_nobody_ends_or_lists_the_sessions_of_others(client, expert, stranger):
    victim = Client()
    sign_in(victim, expert)
    sign_in(client, stranger)
    client.post(reverse("end_session", args=[hashed(victim.cookies["sessionid"].value)]))
    assert victim.get("/").status_code == 200
    with sight.of_person(stranger.pk):
        assert set(Session.objects.values_list("person", flat=True)) == {stranger.pk}
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Session.objects.update(person=stranger)


def test_a_session_that_was_ended_is_not_written_again():
    store = SessionStore()
    store["x"] = 1
    store.create()
    SessionStore().delete(store.session_key)
    with pytest.raises(UpdateError):
        store.save()


def test_a_new_password_ends_the_other_sessions(client, expert):
    other = Client()
    sign_in(client, expert)
    sign_in(other, expert)
    filled = {"oldpassword": PASSWORD, "password1": LONG, "password2": LONG}
    answer = client.post(reverse("account_change_password"), filled, follow=True)
    assert "Le mot de passe est changé" in text(answer)
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    with sight.of_self(expert.pk):
        assert Session.objects.count() == 1
    assert sign_in(Client(), expert).status_code == 200, "the old password is nothing now"
    assert sign_in(Client(), expert, LONG).url == "/"


def test_a_device_is_described_in_words():
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    assert device(chrome) == "Chrome, Linux"
    assert device(chrome + " Edg/140.0") == "Edge, Linux"
    assert device("Mozilla/5.0 (iPhone; CPU OS 18) Version/18.0 Safari/605.1") == "Safari, iPhone"
    assert device("curl/8") == "Navigateur inconnu"


# --- Passwords and attempts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("court", "12 caractères"),
        ("password1234", "trop courant"),
        ("expert@exemple.fr", "trop semblable"),
    ],
)
def test_a_weak_password_is_refused_in_french(client, expert, wanted, why):
    sign_in(client, expert)
    filled = {"oldpassword": PASSWORD, "password1": wanted, "password2": wanted}
    answer = client.post(reverse("account_change_password"), filled)
    assert answer.status_code == 200
    assert why in text(answer)


def test_a_long_password_of_any_letters_is_taken(client, expert):
    sign_in(client, expert)
    wanted = "ça ira très bien ainsi — même à soixante-quatre caractères ! 🗝 " * 2
    filled = {"oldpassword": PASSWORD, "password1": wanted, "password2": wanted}
    assert client.post(reverse("account_change_password"), filled).status_code == 302


def test_an_unknown_account_is_answered_like_a_known_one(expert):
    known = text(sign_in(Client(), expert, "faux"))
    unknown = text(sign_in(Client(), "personne@exemple.fr", "faux"))
    assert known.replace(expert.email, "") == unknown.replace("personne@exemple.fr", "")
    reset = reverse("account_reset_password")
    answers = [Client().post(reset, {"email": one}) for one in (expert.email, "p@exemple.fr")]
    assert answers[0].url == answers[1].url


def test_an_account_is_guessed_at_ten_times_at_most(expert):
    for number in range(attempts.OF_ACCOUNT):
        place = {"REMOTE_ADDR": f"192.0.2.{number}"}
        assert sign_in(Client(), expert, "faux", **place).status_code == 200
    answer = sign_in(Client(), expert, REMOTE_ADDR="192.0.2.99")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= attempts.PERIOD
    assert "Réessayez dans 15 minutes" in text(answer)
    assert sign_in(Client(), expert.email.upper()).status_code == 429, "whatever the case"


def test_an_unknown_account_is_held_back_alike():
    for _ in range(attempts.OF_ACCOUNT):
        sign_in(Client(), "personne@exemple.fr", "faux")
    assert sign_in(Client(), "personne@exemple.fr", "faux").status_code == 429


def test_an_address_is_held_back_whatever_the_accounts(expert, monkeypatch):
    monkeypatch.setattr(attempts, "OF_ADDRESS", 5)
    for number in range(5):
        sign_in(Client(), f"p{number}@exemple.fr", "faux")
    assert sign_in(Client(), expert).status_code == 429
    assert sign_in(Client(), expert, REMOTE_ADDR="192.0.2.7").url == "/"


def test_who_signs_in_rightly_is_not_held_back(expert):
    for _ in range(attempts.OF_ACCOUNT + 3):
        assert sign_in(Client(), expert).status_code == 302


def test_the_wait_ends(expert, monkeypatch):
    for _ in range(attempts.OF_ACCOUNT):
        sign_in(Client(), expert, "faux")
    monkeypatch.setattr(attempts, "PERIOD", 0)
    assert sign_in(Client(), expert).url == "/"
    attempts.forget_old()


def test_behind_a_proxy_only_its_own_word_counts(expert, client):
    with override_settings(BEHIND_PROXY=True):
        sign_in(client, expert, headers={"x-forwarded-for": "203.0.113.9, 198.51.100.4"})
    assert lines(what="signed_in").last().address == "198.51.100.4"


# --- The journal --------------------------------------------------------------------------------


def test_coming_going_and_failing_are_noted(client, expert, office):
    sign_in(client, expert, "faux")
    sign_in(client, expert)
    client.post("/compte/logout/")
    noted = [(one.kind, one.what) for one in lines(cabinet=office.cabinet, person=expert)]
    assert noted[-3:] == [
        ("failure", "account_login"), ("sign_in", "signed_in"), ("sign_in", "signed_out"),
    ]  # fmt: skip
    assert lines(what="signed_in").last().detail == {"by": ["password"]}
    sign_in(client, "personne@exemple.fr", "secret tapé là")
    assert not lines(what="account_login").exclude(person=expert).exists(), "nobody's cabinet"


@pytest.fixture
def document(deposited, everybody_works, office):
    deposited("F-1")
    everybody_works()
    return office.bakery.documents.get()


def test_a_document_is_noted_each_time_a_list_once_a_day(client, expert, office, document):
    client.force_login(expert)
    page = reverse("document", args=[office.bakery.pk, document.pk])
    for _ in range(2):
        client.get(page)
        client.get(reverse("issued", args=[office.bakery.pk]))
        client.get(reverse("changes", args=[office.bakery.pk]))
    mine = lines(person=expert, dossier=office.bakery)
    assert [one.what for one in mine if one.kind == "reading"].count("document") == 2
    assert [one.what for one in mine].count("issued") == 1
    assert [one.what for one in mine].count("changes") == 0
    assert mine.filter(what="document").last().detail == {"document": str(document.pk)}


def test_bytes_and_exports_that_leave_are_noted(client, expert, office, document):
    client.force_login(expert)
    own = office.bakery.pk
    export = exporting.ask(office.bakery)
    exporting.make(own, export.pk)
    for address in (
        reverse("document_file", args=[own, document.pk, "recu"]),
        reverse("fec", args=[own]),
        reverse("export_file", args=[own, export.pk]),
    ):
        client.get(address)
        client.get(address)
    files = lines(person=expert, kind="file").values_list("what", flat=True)
    assert sorted(files) == sorted(["document_file", "fec", "export_file"] * 2)


@pytest.mark.usefixtures("document")
def test_a_program_is_noted_by_name(office):
    credentials = clients.register(office.cabinet, [office.bakery], name="Caisse")
    program = Program(token_of(credentials))
    flow = office.bakery.flows.first()
    assert program.search(updatedAfter="2020-01-01T00:00:00Z").status_code == 200
    program.get(f"/flow-service/v1/flows/{flow.flow_id}", docType="Original")
    noted = [(one.kind, one.what, one.actor) for one in lines(dossier=office.bakery)]
    assert ("reading", "search_flows", "Caisse (programme)") in noted
    assert ("file", "get_flow", "Caisse (programme)") in noted
    assert lines(what="program", cabinet=office.cabinet).get().detail["op"] == "insert"


def test_a_refusal_is_told_to_the_cabinet_without_the_strangers_name(client, stranger, office):
    client.force_login(stranger)
    for _ in range(3):
        client.get(reverse("dossier", args=[office.bakery.pk]))
    (one,) = lines(kind="refusal", cabinet=office.cabinet)
    assert one.actor == "Compte extérieur au cabinet"


@pytest.mark.usefixtures("document")
def test_a_page_writes_one_line_at_most(client, expert, office):
    client.force_login(expert)
    for name in ("dossier", "entries", "journals", "fec", "settings"):
        before = JournalEntry.objects.count()
        client.get(reverse(name, args=[office.bakery.pk]))
        assert JournalEntry.objects.count() - before <= 1, name


def test_rights_are_noted_whoever_changes_them(office, expert, collaborateur):
    """Raw SQL of the serving role meets the trigger too."""
    with sight.of_person(expert.pk, "192.0.2.1"):
        access = DossierAccess.objects.create(
            person=collaborateur, dossier=office.mason, role="collaborateur"
        )
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM firm_dossieraccess WHERE id = %s", [access.pk])
    noted = lines(what="access", dossier=office.mason, person=expert)
    assert [one.detail["op"] for one in noted] == ["insert", "delete"]
    assert {one.detail["whom"] for one in noted} == {"Karim Collaborateur"}
    assert {one.address for one in noted} == {"192.0.2.1"}


def test_a_closed_account_is_noted(office, expert, collaborateur):
    with sight.of_person(expert.pk):
        Person.objects.filter(pk=collaborateur.pk).update(is_active=False)
    assert lines(what="account", cabinet=office.cabinet).last().detail["changed"] == ["closed"]


def test_the_journal_only_grows(office, expert):
    sign_in(Client(), expert)
    for change in (
        lambda: JournalEntry.objects.update(actor="personne"),
        lambda: JournalEntry.objects.all().delete(),
        lambda: JournalEntry.objects.create(kind="action", what="x", cabinet=office.cabinet),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_even_the_owner_changes_no_line(expert):
    sign_in(Client(), expert)
    with (
        pytest.raises(DatabaseError, match="never changed"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute("UPDATE security_journalentry SET actor = 'x'")


def test_a_cabinet_reads_its_own_journal_only(client, expert, stranger, office):
    sign_in(Client(), expert)
    with sight.of_person(stranger.pk):
        assert not JournalEntry.objects.exclude(cabinet=office.other_cabinet).exists()
    client.force_login(stranger)
    assert client.get(reverse("cabinet_journal", args=[office.cabinet.pk])).status_code == 404


@pytest.mark.usefixtures("document")
def test_the_journal_is_filtered_and_exported(client, expert, office):
    client.force_login(expert)
    client.get(reverse("fec", args=[office.bakery.pk]))
    address = reverse("cabinet_journal", args=[office.cabinet.pk])
    assert "FEC" in text(client.get(address))
    today = timezone.localdate().isoformat()
    for query, found in (
        ({"nature": "file"}, True), ({"nature": "failure"}, False), ({"qui": "Claire"}, True),
        ({"qui": "zzz"}, False), ({"du": today, "au": today}, True), ({"au": "2020-01-01"}, False),
        ({"dossier": office.bakery.pk}, True), ({"dossier": office.mason.pk}, False),
    ):  # fmt: skip
        shown = re.sub(
            r"<form.*?</form>", "", client.get(address, query).content.decode(), flags=re.DOTALL
        )
        assert (">FEC" in shown) is found, query
    answer = client.get(reverse("cabinet_journal_csv", args=[office.cabinet.pk]), {"qui": "Claire"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Moment", "Qui", "Nature"]
    assert any(row[2:4] == ["Fichier sorti", "FEC"] for row in rows)
    assert lines(what="cabinet_journal_csv").count() == 1, "the export is noted itself"


def test_a_name_is_no_formula_in_the_export(client, office, expert):
    expert.name = "=HYPERLINK(1)"
    expert.save()
    client.force_login(expert)
    client.get("/")
    answer = client.get(reverse("cabinet_journal_csv", args=[office.cabinet.pk]))
    assert "'=HYPERLINK(1)" in answer.content.decode()


def test_a_long_journal_comes_in_pages(client, expert, office, django_assert_max_num_queries):
    for number in range(120):
        journal.note("action", f"geste {number}", person=expert.pk, cabinet=office.cabinet.pk)
    client.force_login(expert)
    address = reverse("cabinet_journal", args=[office.cabinet.pk])
    with django_assert_max_num_queries(14):
        page = client.get(address).content.decode()
    assert "geste 119<" in page
    assert "geste 5<" not in page
    older = re.search(r'href="(\?[^"]*avant=[^"]+)"', page).group(1).replace("&amp;", "&")
    assert "geste 5<" in client.get(address + older).content.decode()


def test_who_left_goes_on_being_named(expert, collaborateur):
    collaborateur.accesses.all().delete()
    collaborateur.memberships.all().delete()
    with sight.of_person(expert.pk):
        assert Person.objects.get(pk=collaborateur.pk).name == "Karim Collaborateur"
    with sight.of_person(collaborateur.pk):
        assert not Person.objects.filter(pk=expert.pk).exists()
