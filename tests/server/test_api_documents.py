"""Our own part of the API: dossiers, documents, saying a status."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.server.api_client import Program
from tests.server.api_client import token_of as token
from tests.server.invoices import ubl

from facturier.server.api import clients
from facturier.server.documents.models import Document, Event

pytestmark = pytest.mark.django_db
LIST = "/api/v1/documents"


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
    flow = deposited("F-1")
    everybody_works()
    return flow


def only(program, **query):
    answer = program.get(LIST, **query)
    assert answer.status_code == 200, answer.content
    (one,) = answer.json()["results"]
    return one


def detail(program):
    return program.get(f"{LIST}/{only(program)['id']}").json()


def say(program, code, **said):
    return program.post(f"{LIST}/{only(program)['id']}/statuses", {"code": code} | said)


def codes(program):
    return [one["code"] for one in detail(program)["events"]]


@pytest.mark.usefixtures("delivered")
def test_a_document_tells_everything(bakery, office):
    line = only(bakery)
    assert (line["number"], line["direction"], line["verdict"]) == ("F-1", "issued", "valid")
    assert (line["totalWithVat"], line["status"]) == ("120.00", "203")
    assert line["buyer"]["siren"] == office.florist.siren
    whole = detail(bakery)
    assert whole.items() >= line.items()
    assert [one["code"] for one in whole["events"]] == ["200", "201", "202", "203"]
    assert {"checked"} <= {one["state"] for one in whole["books"]}
    (entry,) = whole["entries"]
    assert (entry["journal"], entry["state"]) == ("VE", "proposed")
    assert {one["account"][:3] for one in entry["lines"]} >= {"411", "445"}
    debit, credit = (
        sum(float(one[side]) for one in entry["lines"]) for side in ("debit", "credit")
    )
    assert debit == credit == 120


def test_a_refused_document_says_what_is_wrong(deposited, everybody_works, bakery):
    deposited(total="121.00")
    everybody_works()
    whole = detail(bakery)
    assert (whole["verdict"], whole["status"], whole["entries"]) == ("invalid", "213", [])
    fatal = [one for one in whole["findings"] if one["severity"] == "fatal"]
    assert "BR-CO-15" in {one["rule"] for one in fatal}
    assert all(one["message"] for one in fatal)


@pytest.mark.usefixtures("delivered")
def test_the_buyer_refuses_and_the_seller_reads_why(bakery, florist, everybody_works):
    refusal = next(one for one in detail(florist)["actions"] if one["code"] == "210")
    assert "TX_TVA_ERR" in refusal["reasons"]
    answer = say(florist, 210, reason="TX_TVA_ERR", comment="Taux de 10 % attendu.")
    assert answer.status_code == 201, answer.content
    assert answer.json()["author"] == "ERP"
    everybody_works()
    last = detail(bakery)["events"][-1]
    assert (last["code"], last["reason"], last["side"]) == ("210", "TX_TVA_ERR", "buyer")
    assert last["comment"] == "Taux de 10 % attendu."
    assert only(bakery, flowId=last["flowId"])["number"] == "F-1"
    assert only(bakery, status="210")["number"] == "F-1"
    assert codes(florist) == ["202", "203", "210"]


@pytest.mark.usefixtures("delivered")
def test_amounts_come_with_a_receipt(bakery, florist, everybody_works):
    say(florist, 205)
    everybody_works()
    paid = {"amount": "60.00", "vatRate": "20", "date": "2026-11-21"}
    assert say(bakery, 212, amounts=[paid]).status_code == 201
    everybody_works()
    for program in (bakery, florist):
        last = detail(program)["events"][-1]
        assert last["code"] == "212"
        (amount,) = last["amounts"]
        assert (amount["type_code"], amount["amount"], amount["percent"]) == ("MEN", "60.00", "20")
        assert (amount["currency"], amount["value_date"]) == ("EUR", "2026-11-21")


@pytest.mark.usefixtures("delivered")
def test_repeating_a_dated_status_says_it_once(bakery, florist, everybody_works):
    say(florist, 205)
    everybody_works()
    at = datetime.now(UTC) - timedelta(seconds=5)
    paid = {"amounts": [{"amount": "60.00", "vatRate": "20"}], "at": at.isoformat()}
    first, second = say(bakery, 212, **paid), say(bakery, 212, **paid)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert codes(bakery).count("212") == 1
    later = (at + timedelta(seconds=1)).isoformat()  # a status file says whole seconds
    assert say(bakery, 212, **(paid | {"at": later})).status_code == 201
    assert codes(bakery).count("212") == 2


@pytest.mark.usefixtures("delivered")
@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"code": 210}, 409, "reason-missing"),
        ({"code": 210, "reason": "DOUBLON_"}, 409, "reason-not-allowed"),
        ({"code": 212}, 409, "wrong-side"),
        ({"code": 200}, 409, "wrong-side"),
        ({"code": 299}, 409, "unknown-status"),
        ({}, 400, "MISSING_REQUIRED_FIELD"),
        ({"code": "abc"}, 400, "INVALID_FIELD"),
        ({"code": 205, "raison": "x"}, 400, "INVALID_FIELD"),
        ({"code": 205, "comment": "a\0"}, 400, "INVALID_FIELD"),
        ({"code": 205, "amounts": [{"amount": 12.5}]}, 400, "INVALID_FIELD"),
        ({"code": 205, "amounts": [{"amount": "NaN"}]}, 400, "INVALID_FIELD"),
        ({"code": 205, "amounts": [{"type": "XXX"}]}, 400, "INVALID_FIELD"),
        ({"code": 205, "at": "2999-01-01T00:00:00Z"}, 400, "INVALID_FIELD"),
    ],
)
def test_what_may_not_be_said(florist, said, status, code):
    answer = florist.post(f"{LIST}/{only(florist)['id']}/statuses", said)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code), answer.content
    assert answer.json()["errorMessage"]
    assert codes(florist) == ["202", "203"]


def test_a_code_as_text_is_a_code(delivered, florist):  # noqa: ARG001
    assert say(florist, "205").json()["code"] == "205"


@pytest.mark.usefixtures("delivered")
def test_a_stranger_reads_and_says_nothing(bakery, florist, office):
    mine = only(bakery)["id"]
    for answer in (
        florist.get(f"{LIST}/{mine}"),
        florist.post(f"{LIST}/{mine}/statuses", {"code": 205}),
        florist.get(f"{LIST}/{Document.objects.latest('pk').pk + 1}"),
    ):
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "MISSING_RESOURCE")
        assert answer.json()["errorMessage"] == "Ce document n'existe pas."
    assert florist.get(LIST, dossier=office.bakery.siren).status_code == 403
    assert [one["name"] for one in florist.get("/api/v1/dossiers").json()] == ["Fleuriste Simulé"]
    assert not Event.objects.filter(code="205").exists()


@pytest.mark.parametrize("address", ["/api/v1/dossiers", LIST, f"{LIST}/1", f"{LIST}/1/statuses"])
def test_without_a_token_nothing(db, address):  # noqa: ARG001
    http = Client()
    answer = http.post(address) if address.endswith("statuses") else http.get(address)
    assert answer.status_code == 401


def test_a_session_of_a_person_is_no_token(expert):
    http = Client()
    http.force_login(expert)
    assert http.get("/api/v1/dossiers").status_code == 401


def test_dossiers_and_which_of_them(office, deposited, everybody_works):
    registered = clients.register(office.cabinet, [office.bakery, office.mason], name="GED")
    program = Program(token(registered))
    deposited()
    everybody_works()
    names = {one["siren"]: one["name"] for one in program.get("/api/v1/dossiers").json()}
    assert names == {
        office.bakery.siren: "Boulangerie Simulée", office.mason.siren: "Maçonnerie Simulée",
    }  # fmt: skip
    assert program.get(LIST).json()["errorCode"] == "MISSING_ORGANIZATION"
    assert program.get(LIST, dossier=office.mason.siren).json()["results"] == []
    assert only(program, dossier=office.bakery.siren)["dossier"] == office.bakery.siren
    program.organization = office.bakery.siren
    found = only(program)["id"]
    program.organization = ""
    assert program.get(f"{LIST}/{found}").json()["number"] == "F-1"


def test_lists_are_filtered_and_paged(bakery, deposited, everybody_works, office):
    for _ in range(5):
        deposited()
    deposited(data=ubl("A-1", office.florist.siren, office.bakery.siren))
    everybody_works()
    assert only(bakery, direction="received")["number"] == "A-1"
    assert only(bakery, number="F-3")["direction"] == "issued"
    assert bakery.get(LIST, flowId="x").json()["results"] == []
    seen, cursor = [], {}
    while True:
        page = bakery.get(LIST, limit=2, direction="issued", **cursor).json()
        seen += [one["number"] for one in page["results"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == ["F-5", "F-4", "F-3", "F-2", "F-1"]
    for wrong in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"direction": "up"}):
        assert bakery.get(LIST, **wrong).status_code == 400, wrong


def test_the_number_of_queries_does_not_grow(
    bakery, deposited, everybody_works, django_assert_max_num_queries
):
    for _ in range(6):
        deposited()
    everybody_works()
    with django_assert_max_num_queries(17):  # of which one writes the journal
        assert len(bakery.get(LIST).json()["results"]) == 6
    whole = bakery.get(LIST).json()["results"][0]["id"]
    with django_assert_max_num_queries(24):
        bakery.get(f"{LIST}/{whole}")


def test_both_apis_describe_themselves():
    for address, paths in (
        ("/flow-service/v1/openapi.json", {"/flow-service/v1/flows/{flowId}"}),
        ("/api/v1/openapi.json", {"/api/v1/documents/{document_id}/statuses"}),
    ):
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer.json()["openapi"].startswith("3.1")
        assert paths <= set(answer.json()["paths"])
