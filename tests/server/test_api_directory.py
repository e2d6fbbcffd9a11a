"""The directory service: every answer as the contract says, every search as it was asked."""

import io
from datetime import timedelta

import pytest
from tests.formats.directory_samples import sample
from tests.server.api_client import OFFICIAL_DIRECTORY, Contract, Program, token_of

from facturier.invoice.parties import demo_siren
from facturier.server.api import clients, directory_search
from facturier.server.directory import imports, lookup
from facturier.server.directory.models import Facility, LegalUnit, Line, RoutingCode

pytestmark = pytest.mark.django_db
BASE = "/directory-service/v1"
SIREN = demo_siren(1)
SIRET = f"{SIREN}00013"
ADDRESS = f"{SIREN}_FACTURES"
ANSWERS = {
    "siren": ("sirenSearchPost200Response", "legalUnitPayloadHistory"),
    "siret": ("siretSearchPost200Response", "facilityPayloadHistory"),
    "routing-code": (
        "routingCodeSearchPost200Response", "routingCodePayloadHistoryLegalUnitFacility",
    ),
    "directory-line": (
        "directoryLineSearchPost200Response", "directoryLinePayloadLegalUnitFacilityRoutingCode",
    ),
}  # fmt: skip
INCLUDE = {
    "siren": None, "siret": ["siren"], "routing-code": ["siren", "siret"],
    "directory-line": ["siren", "siret", "routingCode"],
}  # fmt: skip
ONE = {
    "siren": f"code-insee:{SIREN}", "siret": f"code-insee:{SIRET}",
    "routing-code": f"siret:{SIRET}/code:ACHATS", "directory-line": f"code:{ADDRESS}",
}  # fmt: skip


@pytest.fixture
def official(shared):
    return Contract(shared / OFFICIAL_DIRECTORY)


@pytest.fixture
def program(office):
    imports.take_in(io.BytesIO(sample(6)))
    return Program(token_of(clients.register(office.cabinet, [office.bakery], name="ERP")))


@pytest.fixture
def find(program, official):
    def ask(what, status=200, **asked):
        answer = program.post(f"{BASE}/{what}/search", asked)
        assert answer.status_code == status, answer.content
        official.check(ANSWERS[what][0] if status == 200 else "Error", answer.json())
        return answer.json()

    return ask


@pytest.fixture
def tell(program, official):
    def ask(what, which, status=200, **query):
        answer = program.get(f"{BASE}/{what}/{which}", **query)
        assert answer.status_code == status, answer.content
        official.check(ANSWERS[what][1] if status == 200 else "Error", answer.json())
        return answer.json()

    return ask


def fields_of(official, what):
    word = {"siren": "siren", "siret": "siret", "routing-code": "routingCode",
            "directory-line": "directoryLine"}[what]  # fmt: skip
    return sorted(official.values(f"{word}Field"))


@pytest.mark.parametrize("what", ANSWERS)
def test_everything_that_may_be_asked_is_answered(what, find, official):
    search = {"siren": "searchSiren", "siret": "searchSiret", "routing-code": "routingCodeSearch",
              "directory-line": "searchDirectoryLine"}[what]  # fmt: skip
    filters = official.document["components"]["schemas"][f"{search}Filters"]["properties"]
    values = {"entityType": "Public", "administrativeStatus": "A", "facilityType": "S"}
    for name, reference in filters.items():
        schema = official.document["components"]["schemas"][reference["$ref"].rsplit("/", 1)[1]]
        for op in official.values(schema["properties"]["op"]["$ref"].rsplit("/", 1)[1]):
            find(what, filters={name: {"op": op, "value": values.get(name, "1")}})
    fields = fields_of(official, what)
    sorting = [{"field": one, "order": "descending"} for one in fields]
    whole = find(what, sorting=sorting, fields=fields, include=INCLUDE[what] or [], limit=3)
    assert len(whole["results"]) == 3
    assert whole["search"]["limit"] == 3
    assert find(what)["totalNumberOfResults"] >= 3
    for one in fields:
        assert find(what, fields=[one])["results"]


@pytest.mark.parametrize("what", ANSWERS)
def test_one_by_its_identifier(what, tell, official):
    include = {"include": ",".join(INCLUDE[what])} if INCLUDE[what] else {}
    whole = tell(what, ONE[what], **include)
    assert whole
    for one in fields_of(official, what):
        assert set(tell(what, ONE[what], fields=one)) <= set(whole)
    tell(what, ONE[what], status=400, fields="inconnu")


def test_what_is_said_of_each(tell):
    unit = tell("siren", f"code-insee:{SIREN}")
    assert unit == {
        "siren": SIREN, "businessName": "Fictif n° 1 & fils",
        "entityType": "PrivateVatRegistered", "administrativeStatus": "A",
        "instructions": {"isSalesProspectingForbidden": False},
    }  # fmt: skip
    place = tell("siret", f"code-insee:{SIRET}", include="siren")
    assert place["address"] == {
        "addressLine1": "1 rue Haute", "postalCode": "69001", "locality": "Lyon",
        "countryCode": "FR",
    }  # fmt: skip
    assert place["b2gAdditionalData"]["pm"] is True
    assert place["legalUnit"] == unit
    code = tell("routing-code", f"siret:{SIRET}/code:achats")
    assert (code["routingIdentifier"], code["managesLegalCommitmentCode"]) == ("ACHATS", False)
    line = tell("directory-line", f"code:{ADDRESS.lower()}", include="siren")
    assert line == {
        "addressingIdentifier": ADDRESS, "platformType": "WK", "directoryLineStatus": "Enabled",
        "siren": SIREN, "addressingSuffix": "FACTURES", "legalUnit": unit,
    }  # fmt: skip


def test_what_is_not_there(tell):
    tell("siren", "code-insee:732829320", status=404)
    tell("siret", "code-insee:73282932000074", status=404)
    tell("routing-code", f"siret:{SIRET}/code:VENTES", status=404)
    answer = tell("directory-line", f"code:{SIREN}_VENTES", status=404)
    assert "n'est pas dans l'annuaire" in answer["errorMessage"]
    tell("siren", "code-insee:12", status=400)
    tell("siret", "code-insee:abc", status=400)


def test_own_dossiers_are_found_and_others_portal_rows_too(find, office):
    own = find("directory-line", filters={"siren": office.florist.siren})["results"]
    assert [(one["addressingIdentifier"], one["platformType"]) for one in own] == [
        (office.florist.siren, "WK")
    ]
    named = find("siren", filters={"businessName": {"op": "contains", "value": "simulé"}})
    assert named["totalNumberOfResults"] == 3


def test_pages(find):
    everything = find("directory-line")["results"]
    pages = [find("directory-line", limit=2, ignore=at)["results"] for at in range(0, 12, 2)]
    assert [one for page in pages for one in page] == everything
    assert len(everything) == find("directory-line")["totalNumberOfResults"] == 9
    assert find("directory-line", limit=10**6)["search"]["limit"] == 100
    assert find("directory-line", limit=-1, ignore=-1)["search"]["ignore"] == 0


def test_too_many_are_not_counted(find, monkeypatch):
    monkeypatch.setattr(directory_search, "COUNTED", 3)
    assert find("directory-line")["totalNumberOfResults"] == -1


def test_status_of_lines(find):
    line = Line.objects.get(about=ADDRESS.lower(), replaced_at=None)
    line.pk, line.start, line.key = None, lookup.today() + timedelta(days=9), f"{line.about}|x"
    line.save()
    line.pk, line.nature, line.key = None, "M", f"{line.about}|y"
    line.start = lookup.today() + timedelta(days=10)
    line.save()
    line.pk, line.nature, line.key, line.platform = None, "D", f"{line.about}|z", "9999"
    line.save()
    line.pk, line.key, line.platform = None, f"{line.about}|w", "0042"
    line.save()
    found = find("directory-line", filters={"addressingIdentifier": ADDRESS})["results"]
    assert sorted((one["directoryLineStatus"], one["platformType"]) for one in found) == [
        ("Disabled", "WK"), ("Enabled", "WK"), ("Upcoming", "DFH"), ("Upcoming", "WK"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        {"filters": {"nom": {"op": "strict", "value": "x"}}},
        {"filters": {"siren": {"op": "contains", "value": "1"}}},
        {"filters": {"siren": {"op": "like", "value": "1"}}},
        {"filters": {"siren": {"op": "strict", "value": "a\0b"}}},
        {"filters": {"entityType": {"op": "strict", "value": "Privé"}}},
        {"filters": [1]}, {"fields": ["nom"]}, {"sorting": [{"field": "nom"}]},
        {"include": ["siret"]}, {"limit": "dix"}, {"limit": True},
    ],
)  # fmt: skip
def test_words_outside_the_contract_are_refused(find, asked):
    find("siren", status=400, **asked)


def test_an_empty_search_and_keys_that_nobody_knows(program, official):
    send = program.http.post
    for kind in ("application/json", "text/plain"):
        answer = send(f"{BASE}/siren/search", b"", content_type=kind, headers=program.headers)
        assert answer.status_code == 200, answer.content
    answer = program.post(f"{BASE}/siren/search", {"inconnu": 1})
    official.check("sirenSearchPost200Response", answer.json())


def test_a_search_that_takes_too_long(find, monkeypatch):
    real = directory_search._filtered

    def slow(resource, filters):
        return real(resource, filters).extra(where=["pg_sleep(1) IS NOT NULL"])

    monkeypatch.setattr(directory_search, "MILLISECONDS", 50)
    monkeypatch.setattr(directory_search, "_filtered", slow)
    assert find("siren", status=408)["errorCode"] == "REQUEST_TIMEOUT"


def test_who_has_no_token(program, official):
    for answer in (
        program.http.get(f"{BASE}/siren/code-insee:{SIREN}"),
        program.http.post(f"{BASE}/siren/search", {}, content_type="application/json"),
    ):
        assert answer.status_code == 401
        official.check("Error", answer.json())
    assert program.http.get(f"{BASE}/healthcheck").status_code == 200
    assert program.http.get(f"{BASE}/nulle-part").status_code == 404
    assert program.http.get(f"{BASE}/openapi.json").status_code == 200


def test_names_longer_than_the_contract_and_codes_outside_it(find, tell):
    LegalUnit.objects.filter(siren=SIREN).update(
        name="n" * 400, status="I", kind="P", diffusion="M"
    )
    Facility.objects.filter(siren=SIREN).update(name="é" * 400, post_code="LONG POST", kind="?")
    RoutingCode.objects.filter(siret=SIRET).update(name=" ", routing="A B", routing_scheme="")
    told = tell("siren", f"code-insee:{SIREN}")
    assert (told["administrativeStatus"], told["entityType"]) == ("C", "Public")
    assert told["instructions"]["isSalesProspectingForbidden"] is True
    for what in ("siren", "siret", "routing-code"):
        assert find(what)["results"]
