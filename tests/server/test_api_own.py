"""Our own part of the API: dossiers, entries, declarations, files owed to the portal, proof."""

import hashlib
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.server.api_client import Program
from tests.server.api_client import token_of as token
from tests.server.declared import sent_and_answered
from tests.server.portals import exchanged

from facturier.server.api import changing, clients
from facturier.server.api.models import Answered
from facturier.server.archive import exporting
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents.models import Event
from facturier.server.portal.models import PortalFile
from facturier.server.security.models import JournalEntry

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def bakery(office):
    return Program(token(clients.register(office.cabinet, [office.bakery], name="Caisse")))


@pytest.fixture
def florist(office):
    registered = clients.register(office.other_cabinet, [office.florist], name="ERP")
    return Program(token(registered))


@pytest.fixture
def delivered(deposited, everybody_works):
    """An invoice that the florist has received from the bakery."""
    deposited("F-1")
    everybody_works()


@pytest.fixture
def validated(delivered, office, expert):  # noqa: ARG001
    return booking.validate(office.bakery.entries.get(), expert)


def told(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()


def only(program, what, **query):
    (one,) = told(program.get(f"{API}/{what}", **query))["results"]
    return one


# --- Dossiers and documents ---------------------------------------------------------------------


@pytest.mark.usefixtures("delivered")
def test_a_dossier_tells_how_it_works_and_what_waits(bakery, office):
    one = told(bakery.get(f"{API}/dossiers/{office.bakery.siren}"))
    assert (one["name"], one["vatRegime"]) == ("Boulangerie Simulée", "reel_mensuel")
    assert one["declaresFrom"] == "2026-09-01"
    assert {"code": "VE", "label": "Ventes", "kind": "sales"} in one["journals"]
    assert (one["counts"]["documents"], one["counts"]["entriesToValidate"]) == (1, 1)
    refused = bakery.get(f"{API}/dossiers/{office.florist.siren}")
    assert told(refused, 403)["errorCode"] == "FORBIDDEN_ACCESS"


@pytest.mark.usefixtures("delivered")
def test_documents_are_filtered_by_party_day_and_verdict(bakery, office):
    line = only(bakery, "documents")
    day = line["issueDate"]
    kept = {"sellerSiren": office.bakery.siren, "dateFrom": day, "dateTo": day, "verdict": "valid"}
    assert only(bakery, "documents", **kept)["id"] == line["id"]
    for other in ({"verdict": "invalid"}, {"buyerSiren": "000000000"}, {"dateTo": "2020-01-01"}):
        assert told(bakery.get(f"{API}/documents", **(kept | other)))["results"] == []


@pytest.mark.usefixtures("delivered")
def test_the_files_of_a_document(bakery, florist):
    address = f"{API}/documents/{only(florist, 'documents')['id']}/file"
    original = florist.get(address)
    assert original.content.startswith(b"<")
    assert b"F-1" in original.content
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert florist.get(address, form="readable").content.startswith(b"%PDF")
    assert b"CrossIndustryInvoice" in florist.get(address, form="converted").content
    assert told(florist.get(address, form="xls"), 400)["errorCode"] == "INVALID_FIELD"
    assert told(bakery.get(address), 404)["errorCode"] == "MISSING_RESOURCE"
    noted = JournalEntry.objects.filter(kind=JournalEntry.Kind.FILE, what="document_file")
    assert {one.actor for one in noted} == {"ERP (programme)"}


# --- A change, once, of what was seen -----------------------------------------------------------


@pytest.fixture
def saying(florist, delivered):  # noqa: ARG001
    """Say a status of the received invoice with some headers."""
    address = f"{API}/documents/{only(florist, 'documents')['id']}"

    def say(code, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return florist.post(f"{address}/statuses", {"code": code}, **named)

    say.address = address
    return say


def test_a_change_is_refused_when_something_else_came_first(saying, florist):
    seen = florist.get(saying.address).headers["ETag"]
    assert told(saying(204, If_Match=seen), 201)["code"] == "204"
    late = told(saying(205, If_Match=seen), 412)
    assert late["errorCode"] == "CHANGED_SINCE"
    assert not Event.objects.filter(code="205").exists()
    now = florist.get(saying.address).headers["ETag"]
    assert now != seen
    assert saying(205, If_Match=now).status_code == 201


def test_what_did_not_change_is_not_sent_again(saying, florist):
    tag = florist.get(saying.address).headers["ETag"]
    again = florist.http.get(saying.address, headers=florist.headers | {"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    saying(204)
    again = florist.http.get(saying.address, headers=florist.headers | {"If-None-Match": tag})
    assert again.status_code == 200


def test_a_change_that_names_itself_happens_once(saying):
    first, second = (saying(204, Idempotency_Key="k-1") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (
        Event.objects.filter(code="204", side="buyer", dossier__name__startswith="Fl").count() == 1
    )
    assert told(saying(205, Idempotency_Key="k-1"), 422)["errorCode"] == "KEY_OF_ANOTHER_REQUEST"
    assert told(saying(205, Idempotency_Key="k" * 129), 400)["errorCode"] == "INVALID_FIELD"
    assert not Event.objects.filter(code="205").exists()


def test_what_was_refused_may_be_asked_again_with_its_key(saying, florist):
    assert saying(212, Idempotency_Key="k-2").status_code == 409
    assert not Answered.objects.exists()
    assert saying(205, Idempotency_Key="k-2").status_code == 201
    assert Answered.objects.get().body["code"] == "205"
    seen = florist.get(saying.address).headers["ETag"]
    assert saying(205, Idempotency_Key="k-2", If_Match='"old"').status_code == 201, "a repetition"
    assert florist.get(saying.address).headers["ETag"] == seen


def test_a_key_is_forgotten_after_a_week(saying):
    saying(204, Idempotency_Key="k-3")
    row = Answered.objects.get()
    Answered.objects.update(at=row.at - changing.REMEMBERED - timedelta(minutes=1))
    changing.forget_old()
    assert saying(205, Idempotency_Key="k-3").status_code == 201
    assert Answered.objects.get().body["code"] == "205"


# --- Entries ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("delivered")
def test_entries_are_listed_and_told(bakery, florist):
    line = only(bakery, "entries", state="proposed", journal="VE")
    assert line["documentId"] == only(bakery, "documents")["id"]
    assert [one["debit"] for one in line["lines"]] == ["120.00", "0.00", "0.00"]
    assert told(bakery.get(f"{API}/entries/{line['id']}")) == line
    for other in ({"state": "validated"}, {"journal": "HA"}, {"dateTo": "2020-01-01"}):
        assert told(bakery.get(f"{API}/entries", **other))["results"] == [], other
    assert told(florist.get(f"{API}/entries/{line['id']}"), 404)


def test_a_program_proposes_to_cancel_and_validates_nothing(bakery, validated):
    address = f"{API}/entries/{validated.pk}"
    tag = bakery.get(address).headers["ETag"]
    made = told(
        bakery.post(f"{address}/reversal", {"date": "2026-11-30"}, **{"If-Match": tag}), 201
    )
    assert (made["state"], made["reverses"], made["date"]) == (
        "proposed",
        validated.pk,
        "2026-11-30",
    )
    assert "number" not in made
    assert told(bakery.post(f"{address}/reversal", {}), 200)["id"] == made["id"]
    assert told(bakery.post(f"{API}/entries/{made['id']}/reversal", {}), 409)["errorMessage"]
    assert told(bakery.post(f"{address}/reversal", {"date": "0001-01-01"}), 400)
    assert Entry.objects.get(pk=validated.pk).state == Entry.State.VALIDATED


def test_the_fec_of_a_year(bakery, validated):
    answer = bakery.get(f"{API}/fec", closing=f"{validated.date.year}-12-31")
    assert answer.status_code == 200
    assert b"JournalCode" in answer.content
    assert validated.number.encode() in answer.content
    assert told(bakery.get(f"{API}/fec"), 400)["errorCode"] == "MISSING_REQUIRED_FIELD"


# --- Declarations, the portal -------------------------------------------------------------------


def test_a_declaration_tells_what_was_sent_and_answered(bakery, florist, office):
    row, sending, answer = sent_and_answered(office.bakery)
    listed = told(bakery.get(f"{API}/declarations", data="transactions", limit=100))["results"]
    assert row.pk in {one["id"] for one in listed}
    one = told(bakery.get(f"{API}/declarations/{row.pk}"))
    assert (one["start"], one["end"], one["state"]) == ("2026-09-01", "2026-09-10", "empty")
    (transmission,) = one["transmissions"]
    assert (transmission["identifier"], transmission["state"]) == ("T-1", "refused")
    assert transmission["answers"][0]["code"] == "301"
    sent = bakery.get(f"{API}/transmissions/{sending.pk}/file")
    assert sent.content == b"<Report/>"
    assert b"<" in bakery.get(f"{API}/declarations/{row.pk}/draft").content
    for what in (f"declarations/{row.pk}", f"transmissions/{sending.pk}/file",
                 f"portal-answers/{answer.pk}/file"):  # fmt: skip
        assert bakery.get(f"{API}/{what}").status_code == 200, what
        assert told(florist.get(f"{API}/{what}"), 404), what


@pytest.mark.usefixtures("delivered")
def test_what_the_portal_refused_goes_again(bakery, settings):
    exchanged(settings, {"F-1": "REJ_COH"})
    line = only(bakery, "portal-files", isOpen=True)
    assert (line["answerCode"], line["answerReason"], line["state"]) == (
        "251",
        "REJ_COH",
        "refused",
    )
    address = f"{API}/portal-files/{line['id']}"
    whole = told(bakery.get(address))
    assert "251" in {one["code"] for one in whole["answers"]}
    assert b"F-1" in bakery.get(f"{address}/file").content
    made = told(bakery.post(f"{address}/again", {}), 201)
    assert (made["replaces"], made["state"]) == (line["id"], "pending")
    assert told(bakery.post(f"{address}/again", {}), 200)["id"] == made["id"]
    assert told(bakery.post(f"{API}/portal-files/{made['id']}/again", {}), 409)
    assert told(bakery.get(f"{API}/portal-files", isOpen=True))["results"] == []
    others = told(bakery.get(f"{API}/portal-files", isOpen=False))["results"]
    assert {one["id"] for one in others} == set(PortalFile.objects.values_list("pk", flat=True))


# --- Proof --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("delivered")
def test_the_proof_of_a_document_can_be_computed_again(bakery, documents_folder):
    address = f"{API}/documents/{only(bakery, 'documents')['id']}/proof"
    chain = told(bakery.get(address))
    assert {"document", "delivered", "status"} <= {one["kind"] for one in chain}
    for one in chain:
        assert hashlib.sha256(one["body"].encode()).hexdigest() == one["hash"]
        assert one["altered"] == []
    sha256 = json.loads(chain[0]["body"])["files"][0]["sha256"]
    (kept,) = (path for path in documents_folder.rglob(f"*{sha256[4:]}*") if path.is_file())
    kept.chmod(0o600)
    kept.write_bytes(b"autre chose")
    assert f"Le fichier {sha256}" in told(bakery.get(address))[0]["altered"]


@pytest.mark.usefixtures("delivered")
def test_the_archive_of_a_dossier(bakery, office):
    asked = told(bakery.post(f"{API}/archive-exports", {}), 202)
    assert (asked["state"], asked["total"]) == ("waiting", 0)
    one = f"{API}/archive-exports/{asked['id']}"
    assert told(bakery.get(f"{one}/file"), 404)["errorMessage"].endswith("en attente.")
    exporting.make(office.bakery.pk, asked["id"])
    made = told(bakery.get(one))
    assert (made["state"], made["done"]) == ("ready", made["total"])
    answer = bakery.get(f"{one}/file")
    content = b"".join(answer.streaming_content)
    assert hashlib.sha256(content).hexdigest() == made["sha256"]
    names = {name.partition("/")[2] for name in zipfile.ZipFile(io.BytesIO(content)).namelist()}
    assert {"verify.py", "LISEZMOI.md"} <= names
    assert office.bakery.siren in answer.headers["Content-Disposition"]
    assert told(bakery.post(f"{API}/archive-exports?month=2026-1", {}), 400)


# --- All of it ----------------------------------------------------------------------------------


def test_pages_follow_each_other(bakery, deposited, everybody_works):
    for _ in range(3):
        deposited()
    everybody_works()
    for what in ("entries", "portal-files", "declarations"):
        whole = [one["id"] for one in told(bakery.get(f"{API}/{what}", limit=100))["results"]]
        assert len(whole) >= 3
        seen, cursor = [], {}
        while len(seen) <= len(whole):
            page = told(bakery.get(f"{API}/{what}", limit=2, **cursor))
            seen += [one["id"] for one in page["results"]]
            if "nextCursor" not in page:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert seen == whole == sorted(whole, reverse=True), what


def test_no_list_asks_more_when_it_is_longer(bakery, deposited, everybody_works):
    asked = []
    for more in (1, 4):
        for _ in range(more):
            deposited()
        everybody_works()
        bakery.get(f"{API}/declarations")
        for what in ("entries", "portal-files", "declarations"):
            with CaptureQueriesContext(connection) as queries:
                bakery.get(f"{API}/{what}")
            asked.append((what, len(queries)))
    assert asked[:3] == asked[3:]


def test_it_describes_itself_without_two_objects_of_one_name():
    said = told(Client().get(f"{API}/openapi.json"))
    assert said["openapi"].startswith("3.1")
    change = said["paths"][f"{API}/entries/{{entry_id}}/reversal"]["post"]
    assert {one["name"] for one in change["parameters"]} >= {"Idempotency-Key", "If-Match"}
    assert {"201", "409", "412", "422", "429"} <= set(map(str, change["responses"]))
    file = said["paths"][f"{API}/documents/{{document_id}}/file"]["get"]
    assert "application/octet-stream" in file["responses"]["200"]["content"]
    assert "errorCode" in said["components"]["schemas"]["Error"]["properties"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_requests_of_one_key_at_the_same_moment(saying):
    def at_once(_):
        try:
            return saying(204, Idempotency_Key="k-9")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as two:
        answers = list(two.map(at_once, range(2)))
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Event.objects.filter(code="204", dossier__name__startswith="Fl").count() == 1
