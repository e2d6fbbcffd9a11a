"""The flow service: what the contract says, what clients do with it, who may see what."""

import base64
import hashlib
import typing
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from tests.server.api_client import FLOWS, OFFICIAL, SEARCH, TOKEN, Contract, Program, multipart
from tests.server.api_client import token_of as token
from tests.server.invoices import ubl

from facturier import formats
from facturier.server.api import changing, clients, contract, search
from facturier.server.api.models import Asked
from facturier.server.documents.models import Document, Flow, StoredBytes
from facturier.server.firm.models import ApiClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def official(shared):
    return Contract(shared / OFFICIAL)


@pytest.fixture
def bakery(office):
    return Program(token(clients.register(office.cabinet, [office.bakery], name="Caisse")))


@pytest.fixture
def florist(office):
    registered = clients.register(office.other_cabinet, [office.florist], name="ERP")
    return Program(token(registered))


@pytest.fixture
def both(office):
    """A program of the first cabinet that speaks for two dossiers."""
    registered = clients.register(office.cabinet, [office.bakery, office.mason], name="GED")
    return Program(token(registered))


@pytest.fixture
def invoice(office):
    def make(number="F-1", **asked):
        return ubl(number, office.bakery.siren, office.florist.siren, **asked)

    return make


def found(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


# --- tokens


def test_a_token_by_form_and_by_basic(office):
    credentials = clients.register(office.cabinet, [office.bakery], name="Caisse")
    pair = f"{credentials.client_id}:{credentials.client_secret}"
    basic = "Basic " + base64.b64encode(pair.encode()).decode()
    by_form = Client().post(
        TOKEN,
        {
            "grant_type": "client_credentials", "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        },
    )  # fmt: skip
    by_basic = Client().post(
        TOKEN, {"grant_type": "client_credentials"}, headers={"Authorization": basic}
    )
    for answer in (by_form, by_basic):
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["expires_in"] > 30
        assert found(Program(answer.json()["access_token"]).search(flowDirection=["Out"])) == []


def test_the_secret_is_kept_as_a_hash_only(office):
    credentials = clients.register(office.cabinet, [office.bakery], name="Caisse")
    kept = ApiClient.objects.get(client_id=credentials.client_id)
    assert credentials.client_secret not in kept.client.secret
    assert kept.client.check_secret(credentials.client_secret)


def test_a_wrong_secret_gets_no_token(office):
    credentials = clients.register(office.cabinet, [office.bakery], name="Caisse")
    answer = Client().post(
        TOKEN,
        {
            "grant_type": "client_credentials", "client_id": credentials.client_id,
            "client_secret": "deviné",
        },
    )  # fmt: skip
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_a_renewed_secret_ends_the_old_one_and_its_tokens(office):
    old = clients.register(office.cabinet, [office.bakery], name="Caisse")
    program = Program(token(old))
    new = clients.renew_secret(ApiClient.objects.get(client_id=old.client_id))
    assert program.search(flowDirection=["Out"]).status_code == 401
    assert found(Program(token(new)).search(flowDirection=["Out"])) == []


def test_a_closed_client_is_out(office):
    credentials = clients.register(office.cabinet, [office.bakery], name="Caisse")
    program = Program(token(credentials))
    clients.close(ApiClient.objects.get(client_id=credentials.client_id))
    assert program.search(flowDirection=["Out"]).status_code == 401


def test_a_client_speaks_for_dossiers_of_its_cabinet_only(office):
    with pytest.raises(ValueError, match="cabinet"):
        clients.register(office.cabinet, [office.florist], name="Curieux")


def test_a_token_may_be_asked_for_some_dossiers_only(office):
    credentials = clients.register(office.cabinet, [office.bakery, office.mason], name="GED")
    narrow = Program(token(credentials, scope=clients.scope_of(office.mason)))
    assert [one["name"] for one in narrow.get("/api/v1/dossiers").json()] == ["Maçonnerie Simulée"]
    narrow.organization = office.bakery.siren
    assert narrow.search(flowDirection=["Out"]).status_code == 403


def test_a_dossier_that_was_withdrawn_is_closed_at_once(office):
    credentials = clients.register(office.cabinet, [office.bakery], name="Caisse")
    program = Program(token(credentials))
    ApiClient.objects.get(client_id=credentials.client_id).dossiers.clear()
    assert program.search(flowDirection=["Out"]).status_code == 403


@pytest.mark.parametrize(
    ("header", "code"),
    [(None, "MISSING_TOKEN"), ("Bearer faux", "INVALID_TOKEN"), ("Basic eA==", "INVALID_TOKEN")],
)
def test_without_a_valid_token_nothing(header, code, official):
    headers = {"Authorization": header} if header else {}
    answer = Client().post(SEARCH, "{}", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["errorCode"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    official.check("Error", answer.json())


def test_an_expired_token_is_refused(bakery):
    from allauth.idp.oidc.models import Token  # noqa: PLC0415 - as the other models of allauth

    Token.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert bakery.search(flowDirection=["Out"]).status_code == 401


# --- the contract


def test_our_words_are_those_of_the_contract(official):
    for name in ("FlowSyntax", "FlowProfile", "FlowDirection", "ProcessingRule", "FlowType"):
        assert set(typing.get_args(getattr(contract, name))) == official.values(name), name
    assert set(typing.get_args(contract.AckStatus)) == official.values("FlowAckStatus")
    for name in ("FlowInfo", "FullFlowInfo", "Flow", "SearchFlowFilters", "SearchFlowContent"):
        ours = {field.alias or key for key, field in getattr(contract, name).model_fields.items()}
        assert ours == official.keys(name), name


def test_a_deposit_is_answered_as_the_contract_says(bakery, invoice, official):
    data = invoice()
    sha256 = hashlib.sha256(data).hexdigest()
    answer = bakery.deposit(data, trackingId="T-1", sha256=sha256, processingRule="B2B")
    assert answer.status_code == 202, answer.content
    body = answer.json()
    official.check("FullFlowInfo", body)
    assert set(body) <= official.keys("FullFlowInfo")
    assert (body["trackingId"], body["sha256"], body["name"]) == ("T-1", sha256, "facture.xml")
    kept = Flow.objects.get(flow_id=body["flowId"])
    assert (kept.state, kept.channel, kept.sha256) == ("pending", "api", sha256)


def test_a_flow_is_pending_then_acknowledged(bakery, invoice, official, everybody_works):
    flow_id = bakery.deposit(invoice(), trackingId="T-1").json()["flowId"]
    before = bakery.get(f"{FLOWS}/{flow_id}").json()
    official.check("Flow", before)
    assert before["acknowledgement"] == {"status": "Pending"}
    assert (before["flowType"], before["processingRule"]) == ("Undefined", "Undefined")
    everybody_works()
    after = bakery.get(f"{FLOWS}/{flow_id}").json()
    official.check("Flow", after)
    assert set(after) <= official.keys("Flow")
    assert after["acknowledgement"] == {"status": "Ok"}
    assert (after["flowType"], after["flowDirection"]) == ("CustomerInvoice", "Out")
    assert (after["processingRule"], after["processingRuleSource"]) == ("B2B", "Computed")
    assert after["updatedAt"] > before["updatedAt"]


def test_both_sides_learn_of_everything_by_search(
    bakery, florist, invoice, official, everybody_works
):
    bakery.deposit(invoice(), trackingId="T-1")
    everybody_works()
    answer = bakery.search(trackingId="T-1")
    official.check("SearchFlowContent", answer.json())
    assert "nextCursor" not in answer.json()
    sent = [(one["flowType"], one["flowDirection"], one["name"][:7]) for one in found(answer)]
    assert sorted(sent) == [
        ("CustomerInvoice", "Out", "facture"),
        *(("CustomerInvoiceLC", "In", f"F-1 {code}") for code in (200, 201, 202, 203)),
    ]
    got = found(florist.search(flowType=["SupplierInvoice"]))
    assert [(one["flowDirection"], one["flowSyntax"]) for one in got] == [("In", "UBL")]
    states = found(florist.search(flowType=["SupplierInvoiceLC"]))
    assert [one["flowSyntax"] for one in states] == ["CDAR", "CDAR"]


def test_the_health_check_is_empty():
    answer = Client().get("/flow-service/v1/healthcheck")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_service_also_answers_without_its_name(bakery, invoice):
    flow_id = bakery.deposit(invoice()).json()["flowId"]
    assert bakery.get(f"/v1/flows/{flow_id}").json()["flowId"] == flow_id


def test_an_address_that_does_not_exist(official):
    for address in ("/flow-service/v1/factures", "/api/v2/x", "/v1/factures"):
        answer = Client().get(address)
        assert answer.status_code == 404
        official.check("Error", answer.json())


def test_the_request_id_comes_back(bakery, invoice):
    mark = "0b1f2a34-5678-4abc-9def-001122334455"
    answers = [
        bakery.post(SEARCH, {"where": {"flowDirection": ["Out"]}}, **{"Request-Id": mark}),
        bakery.post(SEARCH, {}, **{"Request-Id": mark}),
        bakery.raw(b"", **{"Request-Id": mark}),
        Client().get("/flow-service/v1/healthcheck", headers={"Request-Id": mark}),
        Client().get("/v1/rien", headers={"Request-Id": mark}),
    ]
    assert [one.status_code for one in answers] == [200, 400, 400, 200, 404]
    assert {one.headers["Request-Id"] for one in answers} == {mark}
    assert bakery.deposit(invoice()).headers["Request-Id"] not in {"", mark}


# --- what clients do


INFO = b'{"flowSyntax": "UBL", "name": "facture.xml", "flowType": "CustomerInvoice", "x": 1}'
DISPOSITION = "Content-Disposition: form-data; name="
FILE = f'{DISPOSITION}"file"; filename="facture.xml"'


@pytest.mark.parametrize(
    ("info", "file", "file_first"),
    [
        (f'{DISPOSITION}"flowInfo"\r\nContent-Type: application/json',
         f"{FILE}\r\nContent-Type: application/octet-stream", True),
        (f'{DISPOSITION}"flowInfo"', FILE, False),
        (f'{DISPOSITION}"flowInfo"; filename="blob"\r\nContent-Type: text/plain',
         f"{FILE}\r\nContent-Type: text/xml", False),
        (f'{DISPOSITION}"flowInfo"', f'{DISPOSITION}"file"', True),
    ],
    ids=["file first", "no content type", "information as a file", "no file name"],
)  # fmt: skip
def test_parts_come_in_many_ways(bakery, invoice, info, file, file_first):
    data = invoice("Élan-1") + bytes(range(256))
    parts = [(info, INFO), (file, data)]
    answer = bakery.raw(multipart(*(reversed(parts) if file_first else parts)))
    assert answer.status_code == 202, answer.content
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (multipart((FILE, b"x")), "MISSING_REQUIRED_FIELD"),
        (multipart((f'{DISPOSITION}"flowInfo"', INFO)), "MISSING_REQUIRED_FIELD"),
        (multipart((f'{DISPOSITION}"flowInfo"', b"{}"), (FILE, b"x")), "MISSING_REQUIRED_FIELD"),
        (multipart((f'{DISPOSITION}"flowInfo"', b"{"), (FILE, b"x")), "INVALID_FIELD"),
        (multipart((f'{DISPOSITION}"flowInfo"', b"\xff"), (FILE, b"x")), "INVALID_FIELD"),
        (multipart((f'{DISPOSITION}"flowInfo"', INFO), (FILE, b"x"), (FILE, b"y")),
         "INVALID_REQUEST"),
        (b"nothing of the kind", "MISSING_REQUIRED_FIELD"),
    ],
)  # fmt: skip
def test_a_deposit_that_is_not_one(bakery, body, code, official):
    answer = bakery.raw(body)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
    official.check("Error", answer.json())
    assert not Flow.objects.exists()


@pytest.mark.parametrize(
    ("where", "limit", "said"),
    [
        ({"ackStatus": "ok"}, 5, "where.ackStatus : valeurs admises : 'Pending', 'Ok' or 'Error'"),
        ({"trackingId": "a\0"}, 5, "where.trackingId : le caractère nul n'est pas admis"),
        ({"trackingId": "a"}, 101, "limit : au plus 100"),
        ({"trackingId": "a"}, "5", "limit : un nombre entier est attendu"),
    ],
)
def test_what_is_wrong_is_said_in_french(bakery, where, limit, said):
    answer = bakery.post(SEARCH, {"where": where, "limit": limit})
    assert answer.json()["errorMessage"] == f"Demande non conforme. {said}."


@pytest.mark.parametrize(
    "info",
    [
        {"flowSyntax": "EDIFACT"}, {"flowSyntax": None}, {"name": "x" * 256}, {"name": 12},
        {"trackingId": "x" * 65}, {"trackingId": "a\0b"}, {"sha256": "abc"},
        {"processingRule": "B2X"}, {"flowProfile": "EN16931"}, {"name": "\ud800"},
    ],
)  # fmt: skip
def test_words_outside_the_contract_are_refused(bakery, invoice, info):
    answer = bakery.deposit(invoice(), **info)
    assert answer.status_code == 400, answer.content
    assert not Flow.objects.exists()


def test_a_body_that_is_not_multipart(bakery):
    assert bakery.raw(INFO, content_type="application/json").status_code == 400


def test_a_file_over_100_mb_is_refused_unread(bakery, monkeypatch, settings):
    settings.LARGEST_FILE = 1000
    monkeypatch.setattr("facturier.server.api.submission.LARGEST", 1000)
    monkeypatch.setattr("facturier.server.api.limits.ROOM_FOR_THE_REST", 500)
    answer = bakery.deposit(b"x" * 1001)
    assert (answer.status_code, answer.json()["errorCode"]) == (413, "FILE_SIZE_EXCEEDED")
    answer = bakery.deposit(b"x" * 2000)
    assert (answer.status_code, answer.json()["errorCode"]) == (413, "FILE_SIZE_EXCEEDED")
    assert not Flow.objects.exists()


def test_the_limit_is_100_mb():
    from facturier.server.api import submission  # noqa: PLC0415

    assert submission.LARGEST == 100 * 1024 * 1024


def reason(program, flow_id, official):
    flow = program.get(f"{FLOWS}/{flow_id}").json()
    official.check("Flow", flow)
    assert flow["acknowledgement"]["status"] == "Error"
    return flow["acknowledgement"]["details"][0]["reasonCode"]


def test_a_fingerprint_that_does_not_match(bakery, invoice, official, everybody_works):
    answer = bakery.deposit(invoice(), sha256="0" * 64)
    assert answer.status_code == 202
    assert answer.json()["sha256"] != "0" * 64
    flow_id = answer.json()["flowId"]
    assert reason(bakery, flow_id, official) == "ChecksumMismatch"
    everybody_works()
    assert reason(bakery, flow_id, official) == "ChecksumMismatch"
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "EmptyFlow"), (b"bonjour", "FlowTypeError"), (b"<a>", "InvalidSchema"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "OtherTechnicalError"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_taken(bakery, official, everybody_works, data, expected):
    answer = bakery.deposit(data)
    assert answer.status_code == 202
    everybody_works()
    assert reason(bakery, answer.json()["flowId"], official) == expected


def test_what_is_not_taken_in_yet_is_said(bakery, official):
    answer = bakery.deposit(b"<a/>", flowSyntax="FRR")
    assert answer.status_code == 202
    flow_id = answer.json()["flowId"]
    assert reason(bakery, flow_id, official) == "FlowTypeError"
    details = bakery.get(f"{FLOWS}/{flow_id}").json()["acknowledgement"]["details"]
    assert "pas encore" in details[0]["reasonMessage"]


def test_a_status_file_declared_as_an_invoice(bakery, official, everybody_works, shared):
    example = next((shared / "official" / "fnfe-1.4.0" / "examples").rglob("*CDV*.xml"))
    flow_id = bakery.deposit(example.read_bytes()).json()["flowId"]
    everybody_works()
    assert reason(bakery, flow_id, official) == "FlowTypeError"


def test_the_same_deposit_twice_is_one_invoice(bakery, florist, invoice, everybody_works):
    first, second = (bakery.deposit(invoice(), trackingId="T-1").json() for _ in range(2))
    assert first["flowId"] != second["flowId"]
    assert StoredBytes.objects.count() == 1
    everybody_works()
    states = sorted(one.state for one in Document.objects.filter(direction="issued"))
    assert states == ["203", "213"]
    assert len(found(florist.search(flowType=["SupplierInvoice"]))) == 1
    rejected = [one for one in found(bakery.search(trackingId="T-1")) if " 213 " in one["name"]]
    assert len(rejected) == 1


# --- search


def test_limit_is_25_unless_said_and_100_at_most(bakery):
    assert bakery.search(flowDirection=["Out"]).json()["limit"] == 25
    assert bakery.search(100, flowDirection=["Out"]).json()["limit"] == 100
    for wrong in (0, -1, 101, "10", 2.5):
        assert bakery.search(wrong, flowDirection=["Out"]).status_code == 400


def test_a_search_needs_a_criterion(bakery):
    for body in ({}, {"where": {}}, {"where": {"status": ["205"]}}, {"where": {"flowType": []}}):
        assert bakery.post(SEARCH, body).status_code == 400, body
    for body in (b"", b"{", b"[]", b'{"where": null}'):
        answer = bakery.http.post(
            SEARCH, body, content_type="application/json", headers=bakery.headers
        )
        assert answer.status_code == 400, body


@pytest.mark.parametrize(
    "where",
    [
        {"updatedAfter": "hier"}, {"updatedAfter": "0001-01-01T00:00:00+01:00"},
        {"updatedAfter": 12}, {"flowType": ["Invoice"]},
        {"flowDirection": ["Up"]}, {"ackStatus": "ok"}, {"trackingId": "x" * 65},
    ],
)  # fmt: skip
def test_criteria_outside_the_contract(bakery, where):
    assert bakery.search(**where).status_code == 400


def test_criteria_are_joined_by_and_values_by_or(bakery, invoice, everybody_works):
    bakery.deposit(invoice("F-1"), trackingId="A", processingRule="B2B")
    bakery.deposit(b"rien", trackingId="B")
    everybody_works()

    def names(**where):
        return sorted({one["trackingId"] for one in found(bakery.search(**where))})

    assert names(flowDirection=["In", "Out"]) == ["A", "B"]
    assert names(flowDirection="Out") == ["A", "B"]
    assert names(flowDirection=["Out"], ackStatus="Error") == ["B"]
    assert names(flowType=["CustomerInvoice", "SupplierInvoice"], ackStatus="Ok") == ["A"]
    assert names(processingRule=["B2B"], flowDirection=["Out"]) == ["A"]
    assert names(processingRule=["Undefined"]) == ["B"]
    assert names(trackingId="A", ackStatus="Error") == []
    assert names(flowDirection=["Out"], status=["205"], unknown=1) == ["A", "B"]


def test_dates_are_compared_strictly(bakery, deposited):
    flows = [deposited() for _ in range(3)]
    for one in flows:
        one.refresh_from_db()
    middle = flows[1].updated_at.isoformat()
    after = found(bakery.search(updatedAfter=middle))
    before = found(bakery.search(updatedBefore=middle))
    assert [one["flowId"] for one in after] == [str(flows[2].flow_id)]
    assert [one["flowId"] for one in before] == [str(flows[0].flow_id)]


def test_every_offset_of_the_clock_is_understood(bakery, deposited):
    deposited()
    assert len(found(bakery.search(updatedAfter="0952-03-15T23:19:40.9746+17:03"))) == 1
    assert len(found(bakery.search(updatedBefore="9998-12-31T00:00:00-23:59"))) == 1


def test_nothing_appears_behind_who_goes_on_by_date(bakery, deposited, raw):
    """A change still uncommitted elsewhere may carry an earlier date than one seen here."""
    with raw.transaction():
        raw.execute("SELECT pg_current_xact_id()")  # from now on it counts as one that writes
        flow = deposited()
        Flow.objects.filter(pk=flow.pk).update(tracking_id="T-1")
        assert found(bakery.search(flowDirection=["Out"])) == []
        assert len(found(bakery.search(trackingId="T-1"))) == 1
    with connection.cursor() as cursor:  # kept to the end of a transaction, here of the test
        cursor.execute("SELECT pg_stat_clear_snapshot()")
    assert len(found(bakery.search(flowDirection=["Out"]))) == 1


def pages_by_cursor(program, limit):
    cursor = None
    while True:
        body = program.search(limit, cursor, flowDirection=["In", "Out"]).json()
        yield body["results"]
        cursor = body.get("nextCursor")
        if cursor is None:
            return


def pages_by_date(program, limit):
    since = "2020-01-01T00:00:00Z"
    while page := found(program.search(limit, updatedAfter=since)):
        yield page
        since = page[-1]["updatedAt"]


@pytest.mark.parametrize("pages", [pages_by_cursor, pages_by_date])
def test_every_flow_is_seen_once_in_the_order_of_change(bakery, deposited, pages):
    for _ in range(7):
        deposited()
    seen = [one for page in pages(bakery, 3) for one in page]
    assert len({one["flowId"] for one in seen}) == len(seen) == 7
    assert [one["updatedAt"] for one in seen] == sorted(one["updatedAt"] for one in seen)


@pytest.mark.usefixtures("office")
def test_equal_instants_are_told_apart_by_id(deposited):
    # The database dates each change differently; a restored one may hold equal dates.
    flow = deposited()
    flow.refresh_from_db()
    others = {
        uuid.UUID(int=flow.flow_id.int - 1): True,
        flow.flow_id: False,
        uuid.UUID(int=flow.flow_id.int + 1): False,
    }
    for last, follows in others.items():
        cursor = search._cursor(Flow(updated_at=flow.updated_at, flow_id=last))
        assert search._after(Flow.objects.all(), cursor).exists() is follows


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "", base64.urlsafe_b64encode(b"[1, 2]").decode(),
     base64.urlsafe_b64encode(b'["2026-01-01", "a"]').decode(),
     base64.urlsafe_b64encode(b'["2026-13-01", "%s"]' % (b"0" * 32)).decode()],
)  # fmt: skip
def test_a_cursor_of_somebody_else(bakery, cursor):
    assert bakery.search(5, cursor, flowDirection=["Out"]).status_code == 400


def test_the_number_of_queries_does_not_grow(bakery, deposited, django_assert_num_queries):
    def counted(flows):
        for _ in range(flows):
            deposited()
        with django_assert_num_queries(QUERIES_OF_A_SEARCH):
            return len(found(bakery.search(100, flowDirection=["Out"])))

    assert counted(1) == 1
    assert counted(9) == 10


QUERIES_OF_A_SEARCH = 17
"""Transactions, sight and journal included."""


# --- files


def test_the_file_as_it_was_sent(bakery, florist, invoice, everybody_works):
    data = invoice()
    flow_id = bakery.deposit(data, name='Été "1".xml').json()["flowId"]
    answer = bakery.get(f"{FLOWS}/{flow_id}", docType="Original")
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["Content-Disposition"] == (
        "attachment;filename=\"Ete _1_.xml\";filename*=UTF-8''%C3%89t%C3%A9%20_1_.xml"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    everybody_works()
    received = found(florist.search(flowType=["SupplierInvoice"]))[0]["flowId"]
    assert florist.get(f"{FLOWS}/{received}", docType="Original").content == data


def test_the_readable_view_and_the_other_syntax(bakery, invoice):
    flow_id = bakery.deposit(invoice()).json()["flowId"]
    view = bakery.get(f"{FLOWS}/{flow_id}", docType="ReadableView")
    assert view.content[:5] == b"%PDF-"
    converted = bakery.get(f"{FLOWS}/{flow_id}", docType="Converted")
    reading = formats.read(converted.content)
    assert (reading.detected.syntax, reading.invoice.number) == ("CII", "F-1")


def test_a_flow_without_such_a_file(bakery, invoice, everybody_works):
    broken = bakery.deposit(b"rien").json()["flowId"]
    bakery.deposit(invoice(), trackingId="T")
    everybody_works()
    status = next(
        one["flowId"] for one in found(bakery.search(trackingId="T")) if "LC" in one["flowType"]
    )
    message = bakery.get(f"{FLOWS}/{status}", docType="Original")
    assert formats.detect(message.content).syntax == "CDAR"
    asked = [(broken, "ReadableView"), (broken, "Converted"), (status, "Converted")]
    for flow_id, kind in asked:
        assert bakery.get(f"{FLOWS}/{flow_id}", docType=kind).status_code == 404, kind
    assert bakery.get(f"{FLOWS}/{broken}", docType="Original").content == b"rien"
    assert bakery.get(f"{FLOWS}/{broken}", docType="Autre").status_code == 400


# --- who may


@pytest.mark.parametrize("kind", ["Metadata", "Original", "Converted", "ReadableView"])
def test_a_stranger_learns_nothing(bakery, florist, deposited, kind):
    flow = deposited()
    stranger = florist.get(f"{FLOWS}/{flow.flow_id}", docType=kind)
    nobody = florist.get(f"{FLOWS}/00000000-0000-4000-8000-000000000000", docType=kind)
    assert stranger.status_code == nobody.status_code == 404
    assert stranger.content == nobody.content
    assert found(florist.search(flowDirection=["Out"])) == []
    assert bakery.get(f"{FLOWS}/{flow.flow_id}", docType=kind).status_code == 200


def test_identifiers_that_are_none(bakery):
    assert bakery.get(f"{FLOWS}/x").status_code == 404
    assert bakery.get(f"{FLOWS}/{'x' * 65}").status_code == 400


def test_a_stranger_cannot_name_a_foreign_dossier(florist, office, invoice):
    answers = []
    for siren in (office.bakery.siren, "000000000", "x"):
        florist.organization = siren
        answers += [florist.search(flowDirection=["Out"]), florist.deposit(invoice())]
    assert {one.status_code for one in answers} == {403}
    assert len({one.content for one in answers}) == 1
    assert not Flow.objects.exists()


def test_who_speaks_for_several_must_say_for_which(both, office, invoice):
    for answer in (both.search(flowDirection=["Out"]), both.deposit(invoice())):
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "MISSING_ORGANIZATION")
    both.organization = office.bakery.siren
    flow_id = both.deposit(invoice()).json()["flowId"]
    assert Flow.objects.get(flow_id=flow_id).dossier == office.bakery
    assert both.get(f"{FLOWS}/{flow_id}").status_code == 200
    both.organization = office.mason.siren
    assert both.get(f"{FLOWS}/{flow_id}").status_code == 404
    assert found(both.search(flowDirection=["Out"])) == []


def test_two_establishments_of_one_company_are_told_apart_by_address(office, both, deposited):
    office.mason.siren, office.mason.electronic_address = (
        office.bakery.siren, f"{office.bakery.siren}_CHANTIER",
    )  # fmt: skip
    office.mason.save()
    deposited()
    both.organization = office.mason.electronic_address
    assert found(both.search(flowDirection=["Out"])) == []
    both.organization = office.bakery.electronic_address
    assert len(found(both.search(flowDirection=["Out"]))) == 1
    office.bakery.electronic_address = f"{office.bakery.siren}_FOURNIL"
    office.bakery.save()
    assert both.search(flowDirection=["Out"]).json()["errorCode"] == "MISSING_ORGANIZATION"


def test_a_failure_of_ours_undoes_everything(bakery, invoice, monkeypatch, official):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("facturier.server.api.flows.full_info", fail)
    answer = bakery.deposit(invoice())
    assert (answer.status_code, answer.json()["errorCode"]) == (500, "INTERNAL_ERROR")
    official.check("Error", answer.json())
    assert not Flow.objects.exists()


def test_a_deposit_that_names_itself_is_known_again_for_a_week(bakery, invoice):
    bakery.http = Client(headers={"Request-Id": "demande-7"})
    data = invoice()
    first, again = (bakery.deposit(data).json()["flowId"] for _ in range(2))
    assert first == again
    assert bakery.deposit(invoice("F-2")).json()["flowId"] != first, "other bytes, other deposit"
    row = Asked.objects.get()
    assert "demande-7" not in row.request_id
    changing.forget_old()
    assert Asked.objects.exists()
    Asked.objects.update(asked_at=row.asked_at - changing.REMEMBERED - timedelta(minutes=1))
    changing.forget_old()
    assert not Asked.objects.exists()
    assert bakery.deposit(data).json()["flowId"] != first
