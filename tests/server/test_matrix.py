"""Every address × every person × every token × every tenant: nothing of the bakery comes out.

Each address of the server belongs to one class below. A new one that belongs to none fails
:func:`test_every_address_is_classified`; the pages of a dossier are also walked in
``test_pages_personas``.
"""

import json
import re
from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone
from tests.server import test_pages_personas as walk
from tests.server.api_client import Program, token_of
from tests.server.declared import sent_and_answered

from facturier.invoice.parties import demo_siren
from facturier.server import sight
from facturier.server.api import clients, notices
from facturier.server.api.models import Notice, Webhook
from facturier.server.archive import exporting
from facturier.server.firm.models import ApiClient, Dossier
from facturier.server.reporting import periods
from facturier.server.security.models import Invitation
from facturier.server.web.headers import ADDRESSES_OF_PROGRAMS, FILE, PAGE

pytestmark = pytest.mark.django_db
addresses = walk.addresses

OPEN = {
    "account_login", "account_inactive", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
    "mfa_login_webauthn", "favicon.ico", "token", "revoke", "invitation",
    "ticket_link",
}  # fmt: skip
"""Anybody: the doors themselves. None shows anything of a firm."""
HALF = {"mfa_authenticate"}
"""Who gave a right password and owes the second factor."""
OWN = {
    "account_logout", "account_reauthenticate", "account_change_password", "end_other_sessions",
    "end_session", "mfa_index", "mfa_list_webauthn", "mfa_reauthenticate", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
}  # fmt: skip
"""Whoever is signed in, about themselves."""
SIGHT = {
    "use_cases",
    "use_case",
    "portfolio",
    "agenda",
    "till",
    "expense_door",
    "health",
    "addresses_batch",
}
"""Whoever is signed in, about the dossiers they see."""
INSTALLATION = {"installation", "installation_answer", "installation_close"}
"""Who administers the installation: what belongs to no dossier (test_strangers)."""
SIGNED = {"hook"}
"""Another platform, which signs what it says; nothing is shown (test_connections)."""
OPEN_TO_PROGRAMS = {"openapi-json", "api-root", "healthcheck"}
DIRECTORY = "directory-service/"
"""The directory is for every program that has a token, of whatever dossier."""
SECRET = "SECRET-1"
SIGNS = ("Boulangerie", SECRET)


def all_addresses():
    return [(where, one, one.name or where) for where, one in walk.patterns()]


def of_programs(where):
    return ("/" + where).startswith(ADDRESSES_OF_PROGRAMS) or where.startswith("^(?:")


def class_of(where, name):
    if of_programs(where) and name not in SIGNED:
        return "program"
    for word, kind in (("<int:dossier>", "dossier"), ("<int:cabinet>", "cabinet")):
        if word in where:
            return kind
    named = {
        "open": OPEN, "half": HALF, "own": OWN, "sight": SIGHT, "signed": SIGNED,
        "installation": INSTALLATION,
    }  # fmt: skip
    return next((kind for kind, names in named.items() if name in names), None)


def test_every_address_is_classified():
    unknown = [where for where, _, name in all_addresses() if class_of(where, name) is None]
    assert unknown == [], "say in this file who may open it, and the matrix will walk it"
    known = {name for _, _, name in all_addresses()}
    assert known >= OPEN | HALF | OWN | SIGHT | SIGNED | INSTALLATION, "an address that is gone"


@pytest.fixture
def cabinet_addresses(office, expert):
    invitation = Invitation.objects.create(
        cabinet=office.cabinet, email="a@exemple.fr", name="A", role="client", invited_by=expert,
        token_hash="0" * 64, expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    values = {
        "cabinet": office.cabinet.pk, "person": expert.pk, "invitation": invitation.pk,
    }  # fmt: skip
    fill = re.compile(r"<(?:\w+:)?(\w+)>")
    return {
        one.name: "/" + fill.sub(lambda found: str(values[found.group(1)]), where)
        for where, one, name in all_addresses()
        if class_of(where, name) == "cabinet"
    }


@pytest.mark.parametrize("who", ["collaborateur", "client_person", "stranger", None])
def test_only_who_leads_a_cabinet_opens_its_pages(request, who, cabinet_addresses):
    browser = Client()
    if who:
        browser.force_login(request.getfixturevalue(who))
    assert len(cabinet_addresses) >= 5
    for name, address in cabinet_addresses.items():
        for method in (browser.get, browser.post):
            answer = method(address)
            assert answer.status_code == (404 if who else 302), (name, who)
            assert "Claire Expert" not in answer.content.decode(), (name, who)
            assert who or answer.url.startswith("/compte/login/")


def test_who_leads_a_cabinet_opens_them(client, expert, cabinet_addresses):
    client.force_login(expert)
    for name, address in cabinet_addresses.items():
        answer = client.get(address)
        stepping_up = answer.status_code == 302 and answer.url.startswith("/compte/")
        assert answer.status_code in (200, 405) or stepping_up, (name, answer.status_code)


def own_addresses(kinds):
    fill = {
        "token": "x" * 43, "session": "0" * 64, "pk": "1", "uidb36": "1", "key": "set-password",
        "number": "20",
    }  # fmt: skip
    for where, _, name in all_addresses():
        if class_of(where, name) in kinds:
            said = re.sub(r"\(\?P<(\w+)>.*?\)(?=-|/)", lambda m: fill[m.group(1)], where)
            said = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: fill[m.group(1)], said)
            yield name, "/" + said.replace("^", "").replace("$", "")


def test_own_pages_are_closed_to_who_is_not_signed_in(client):
    for name, address in own_addresses({"own", "half", "sight"}):
        for method in (client.get, client.post):
            answer = method(address)
            assert answer.status_code == 302, (name, answer.status_code)


@pytest.mark.parametrize("who", ["stranger", pytest.param("client_person", marks=pytest.mark.slow)])
def test_own_pages_show_nobody_else(request, who, deposited, everybody_works):
    deposited(SECRET)
    everybody_works()
    person = request.getfixturevalue(who)
    request.getfixturevalue("expert")
    signs = (*{"stranger": SIGNS}.get(who, ()), "Claire Expert", "expert@exemple.fr")
    for name, address in own_addresses({"own", "open", "half"}):
        browser = Client(raise_request_exception=False)
        browser.force_login(person)
        for method in (browser.get, browser.post):
            answer = method(address, follow=False)
            assert answer.status_code < 500, name
            for sign in signs:
                assert sign not in answer.content.decode(), (name, sign)


# --- What a page may do -------------------------------------------------------------------------


def test_no_page_has_script_or_style_inside_and_no_file_is_shown(
    client, expert, addresses, cabinet_addresses
):
    client.force_login(expert)
    files, pages = set(), set()
    own = dict(own_addresses({"own", "sight", "open"}))
    for name, address in (addresses | cabinet_addresses | own).items():
        answer = client.get(address)
        if not client.session.get("_auth_user_id"):
            client.force_login(expert)  # it was the way out
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        policy = answer.headers.get("Content-Security-Policy")
        if answer.headers.get("Content-Disposition", "").startswith("attachment"):
            files.add(name)
            assert policy == FILE, name
        elif answer.headers.get("Content-Type", "").startswith("text/html"):
            pages.add(name)
            assert policy == PAGE or "sandbox" in policy, name
            if policy == PAGE:
                html = answer.content.decode()
                scripts = re.findall(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", html)
                assert scripts == [], name
                assert re.findall(r"\son\w+=|\sstyle=|<style", html) == [], name
        elif answer.status_code == 200:
            # Nothing else is served to a browser but answers for scripts.
            assert answer.headers["Content-Type"].startswith(("application/json", "image/svg")), (
                name
            )
    assert files >= {"document_file", "flow_file", "message", "fec", "export_file",
                     "cabinet_journal_csv"}  # fmt: skip
    assert len(pages) >= 20
    assert "unsafe" not in PAGE


def test_files_by_the_api_are_not_shown_either(bakery_things):
    program = Program(bakery_things["tokens"]["bakery"])
    for kind in ("Original", "Converted", "ReadableView"):
        answer = program.get(f"/flow-service/v1/flows/{bakery_things['flowId']}", docType=kind)
        if answer.status_code == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment"), kind
            assert answer.headers["Content-Security-Policy"] == FILE
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- Programs -----------------------------------------------------------------------------------


@pytest.fixture
def bakery_things(office, deposited, everybody_works):
    """Things of the bakery, and tokens of every scope."""
    deposited(SECRET)
    everybody_works()
    other = Dossier.objects.create(
        cabinet=office.other_cabinet, name="Garage Simulé", siren=demo_siren(9010),
        electronic_address=demo_siren(9010), is_simulation=True,
    )  # fmt: skip
    own = clients.register(office.cabinet, [office.bakery], name="Caisse")
    both = clients.register(office.cabinet, [office.bakery, office.mason], name="Cabinet")
    hook = Webhook.objects.create(
        client=ApiClient.objects.get(client_id=own.client_id), dossier=office.bakery,
        callback_url="https://boulangerie.example/", sealed_key=notices.sealed(b"k"),
    )  # fmt: skip
    flow = office.bakery.flows.first()
    noticed = {"flow_id": str(flow.flow_id), "name": SECRET}
    notice = Notice.objects.create(
        dossier=office.bakery, webhook=hook, flow=noticed, state="failed"
    )
    stale = token_of(both)
    Token.objects.by_value(stale).update(expires_at=timezone.now() - timedelta(seconds=1))
    ended = clients.register(office.cabinet, [office.bakery], name="Ancien")
    of_ended = token_of(ended)
    clients.close(ApiClient.objects.get(client_id=ended.client_id))
    tokens = {
        "bakery": token_of(own),
        "both": token_of(both),
        "mason by scope": token_of(both, scope=clients.scope_of(office.mason)),
        "mason": token_of(clients.register(office.cabinet, [office.mason], name="Maçon")),
        "other cabinet": token_of(
            clients.register(office.other_cabinet, [other], name="Garage")
        ),
        "expired": stale, "closed": of_ended, "invented": "x" * 40, "none": "",
    }  # fmt: skip
    document = office.bakery.documents.get()
    export = exporting.ask(office.bakery)
    exporting.make(office.bakery.pk, export.pk)
    declaration, sending, answer = sent_and_answered(office.bakery)
    return {
        "export_id": str(export.pk),
        "organization": office.bakery.siren, "entry_id": str(document.entries.get().pk),
        "declaration_id": str(declaration.pk), "sending_id": str(sending.pk),
        "file_id": str(answer.file_id), "answer_id": str(answer.pk),
        "tokens": tokens, "flowId": str(flow.flow_id), "webhookUid": str(hook.webhook_id),
        "document_id": str(document.pk), "notice_id": str(notice.pk), "hook": hook,
        "siren": office.bakery.siren, "siret": office.bakery.siren + "00010",
        "routing_identifier": "X", "addressing_identifier": office.bakery.siren,
    }  # fmt: skip


def program_addresses(things):
    for where, _, name in all_addresses():
        if where.startswith(("v1/", "afnor-")):
            continue  # other addresses of the very same views
        if class_of(where, name) == "program" and name not in OPEN_TO_PROGRAMS | {where}:
            said = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: things[m.group(1)], where)
            yield name, "/" + said


METHODS = ("get", "post", "patch", "delete")
BODY = json.dumps({"where": {"flowDirection": ["Out"]}, "status": "205", "code": 205})


def every_call(things, headers):
    http = Client(raise_request_exception=False)
    for name, address in program_addresses(things):
        for method in METHODS:
            more = {"data": BODY, "content_type": "application/json"} if method != "get" else {}
            yield name, address, method, getattr(http, method)(address, headers=headers, **more)


def test_without_a_valid_token_nothing_is_answered(bakery_things):
    for which in ("expired", "closed", "invented", "none"):
        token = bakery_things["tokens"][which]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        calls = 0
        for name, _, method, answer in every_call(bakery_things, headers):
            calls += 1
            assert answer.status_code in (401, 405), (which, name, method, answer.status_code)
        assert calls >= 70


def test_a_signed_in_person_is_no_program(bakery_things, expert):
    browser = Client()
    browser.force_login(expert)
    for name, address in program_addresses(bakery_things):
        assert browser.get(address).status_code in (401, 405), name


@pytest.mark.parametrize(
    ("which", "named"),
    [
        pytest.param("mason", False, marks=pytest.mark.slow),
        ("mason by scope", True),
        ("other cabinet", False),
        pytest.param("other cabinet", True, marks=pytest.mark.slow),
    ],
)
def test_a_token_of_another_dossier_meets_nothing(bakery_things, which, named, office):
    headers = {"Authorization": f"Bearer {bakery_things['tokens'][which]}"}
    if named:
        headers["Organization-Id"] = office.bakery.siren
    for one in Dossier.objects.all():  # as a look at its own declarations does
        periods.bring_up_to_date(one)
    before = walk.state_of_the_world()
    for name, address, method, answer in every_call(bakery_things, headers):
        assert answer.status_code < 500, (name, method, answer.content)
        if address.startswith("/" + DIRECTORY):
            continue
        said = b"".join(answer).decode(errors="replace")
        for sign in (*SIGNS, office.bakery.siren, "boulangerie.example"):
            assert sign not in said, (name, method, sign)
        its_own = any(bakery_things[key] in address for key in ("flowId", "webhookUid"))
        if its_own or (address.startswith("/api/") and re.search(r"/\d+(/|$)", address)):
            assert answer.status_code in (400, 403, 404, 405, 422), (name, method)
    assert walk.state_of_the_world() == before
    with sight.of([office.bakery.pk]):
        assert Webhook.objects.filter(pk=bakery_things["hook"].pk).exists()


def test_the_own_token_reads_what_the_others_may_not(bakery_things):
    """The matrix would also be green on a server that answers nothing."""
    seen = set()
    headers = {"Authorization": f"Bearer {bakery_things['tokens']['bakery']}"}
    for name, _, method, answer in every_call(bakery_things, headers):
        if method == "get" and answer.status_code == 200:
            seen.add(name)
    assert {"get_flow", "document", "documents", "get_webhook", "list_notices"} <= seen
    assert {"one_dossier", "document_file", "document_proof", "entries", "entry", "declarations",
            "declaration", "declaration_draft", "transmission_file", "portal_files", "portal_file",
            "portal_file_bytes", "portal_answer_bytes", "archive_export",
            "archive_export_file"} <= seen  # fmt: skip


def test_secrets_of_programs_are_hashed_and_renewed(office):
    made = clients.register(office.cabinet, [office.bakery], name="Caisse")
    client = ApiClient.objects.get(client_id=made.client_id)
    assert made.client_secret not in client.client.secret
    assert re.match(r"(argon2|md5|pbkdf2)", client.client.secret), client.client.secret
    token = token_of(made)
    stored = Token.objects.by_value(token).get()
    assert token not in json.dumps([str(v) for v in stored.__dict__.values()])
    renewed = clients.renew_secret(client)
    assert Program(token).get("/api/v1/dossiers").status_code == 401
    assert Program(token_of(renewed)).get("/api/v1/dossiers").status_code == 200
