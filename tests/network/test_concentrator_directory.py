"""The directory of the concentrator: its API in French addresses, its exports."""

import io
import json
import re
from datetime import date, datetime, timedelta
from hashlib import sha256

import pytest
from jsonschema import Draft4Validator
from lxml import etree
from tests.formats.directory_samples import sample
from tests.network.conftest import NUMBERS, SECRETS
from tests.network.flows import flow, messages

from facturier.formats.directory import Address, Line, Update, line_in_effect, opened
from facturier.formats.directory_files import Directory, opened_directory, write_update
from facturier.invoice.parties import demo_siren, demo_siret
from facturier.network.concentrator import exports
from facturier.network.concentrator.answers import Received
from facturier.network.concentrator.application import ConcentratorApplication, load_directory
from facturier.network.concentrator.directory_api import ROOT, TOKEN
from facturier.network.concentrator.known import Application
from facturier.network.concentrator.store import Store
from facturier.network.concentrator.wire import Request
from facturier.reporting.envelope import Interface, unpack
from facturier.rules.check import check_directory

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday
TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)
SIREN, SIRET = demo_siren(7), demo_siret(7)
SWAGGER = "official/dgfip-v3.2/swagger/ppf-openapi-annuaire-api-public-1.11.0-openapi.json"
XSD = "official/dgfip-v3.2/xsd/annuaire/consultation/Annuaire_Consultation_F14.xsd"


class Caller:
    """Asks the application, in this process, as a platform does."""

    def __init__(self, application, code="AAA123"):
        self.application, self.code, self.heard = application, code, []
        said = (
            f"grant_type=client_credentials&client_id={code}&client_secret={SECRETS[code]}"
        ).encode()
        self.token = json.loads(self.raw("POST", TOKEN, said).body)["access_token"]

    def raw(self, method, path, data=b"", token=""):
        where, _, query = path.partition("?")
        return self.application.respond(
            Request({
                "REQUEST_METHOD": method, "PATH_INFO": where.encode().decode("latin-1"),
                "QUERY_STRING": query, "CONTENT_LENGTH": str(len(data)),
                "wsgi.input": io.BytesIO(data), "HTTP_AUTHORIZATION": f"Bearer {token}",
            })
        )  # fmt: skip

    def __call__(self, method, path, body=None, status=200):
        data = json.dumps(body).encode() if body is not None else b""
        answer = self.raw(method, ROOT + path, data, self.token)
        assert answer.status == status, answer.body.decode()
        self.heard.append((method, path.partition("?")[0], answer))
        return json.loads(answer.body) if answer.body else None


@pytest.fixture
def application(tmp_path):
    store = Store(tmp_path / "concentrateur")
    store.set_clock(NOW)
    declared = [Application(code=c, secret=SECRETS[c], platform=NUMBERS[c]) for c in SECRETS]
    return ConcentratorApplication(store, declared)


@pytest.fixture
def api(application):
    return Caller(application)


def a_line(start=TOMORROW, platform="0042", **where):
    return {
        "periodeEffet": {"dateDebutEffet": start.isoformat()},
        "informationAdressage": {"siren": SIREN, "matriculePlateforme": platform, **where},
    }


def a_code(**changes):
    return {
        "natureEtablissement": "Privé", "identifiantRoutage": "SAV", "siret": SIRET,
        "typeIdentifiantRoutage": "0224", "libelleCodeRoutage": "Service après-vente",
        "etatAdministratif": "A", **changes,
    }  # fmt: skip


def send(application, *lines):
    """Hand a flux 13 over, and return the messages about its objects."""
    files = {"annuaire.xml": write_update(Update(lines=lines))}
    sent = flow(application.store.counter("flow") + 1, files, Interface.F13)
    application.store.take(
        Received(
            name=sent.name, content=sent.content, size=len(sent.content),
            application=application.applications["AAA123"], at=NOW,
        ),
        sha256(sent.content).hexdigest(),
    )  # fmt: skip
    application.processing.work_through()
    waiting = application.store.waiting("AAA123", 100)
    return [
        said.status_code
        for one in waiting
        if one.name.startswith("FFE0634A")
        for said in messages(application.store.answer("AAA123", one.name))
    ]


# --- reading and writing


def test_a_line_is_created_read_changed_and_masked(api):
    made = api("POST", "/ligne-annuaire", a_line(suffixeAdressage="FACTURES"), 201)
    assert made["identifiantAdressage"] == f"{SIREN}_FACTURES"
    instance = made["idInstance"]
    held = api("GET", f"/ligne-annuaire/id-instance:{instance}")
    assert held["historisation"] == {
        "idInstance": instance, "masque": False, "creePar": "AAA123",
        "dateDebutEffet": TOMORROW.isoformat(),
        "dateDefinition": held["historisation"]["dateDefinition"],
    }  # fmt: skip
    where = f"/ligne-annuaire/code:{SIREN}_FACTURES"
    api("GET", where, status=404)  # not in effect yet
    found = api("GET", f"{where}?dateObservation={TOMORROW}&inclure=siren,plateforme")
    assert found["uniteLegale"]["siren"] == SIREN
    assert found["plateforme"]["matriculePlateforme"] == "0042"
    end = (TOMORROW + timedelta(days=9)).isoformat()
    changed = api("PATCH", f"/ligne-annuaire/id-instance:{instance}", {"dateFinEffet": end})
    newer = changed["idInstance"]
    assert api("GET", f"/ligne-annuaire/id-instance:{newer}")["dateFinEffet"] == end
    api("PATCH", f"/ligne-annuaire/id-instance:{instance}", {"dateFinEffet": end}, 404)
    api("PUT", f"/ligne-annuaire/id-instance:{newer}", {"matriculePlateforme": "0042"})
    last = newer + 1
    assert "dateFinEffet" not in api("GET", f"/ligne-annuaire/id-instance:{last}")
    assert api("DELETE", f"/ligne-annuaire/id-instance:{last}", status=204) is None
    api("POST", "/ligne-annuaire/recherche", {"filtres": {"siren": SIREN}}, 204)
    api("GET", f"{where}?dateObservation={TOMORROW}", status=404)


def test_a_line_in_effect_is_ended_not_masked(application, api):
    instance = api("POST", "/ligne-annuaire", a_line(), 201)["idInstance"]
    application.store.set_clock(NOW + timedelta(days=3))
    api("DELETE", f"/ligne-annuaire/id-instance:{instance}", status=422)
    too_soon = {"dateFinEffet": (TODAY + timedelta(days=3)).isoformat()}
    api("PATCH", f"/ligne-annuaire/id-instance:{instance}", too_soon, 422)
    end = {"dateFinEffet": (TODAY + timedelta(days=4)).isoformat()}
    api("PATCH", f"/ligne-annuaire/id-instance:{instance}", end)
    assert api("GET", f"/ligne-annuaire/code:{SIREN}")["dateFinEffet"] == end["dateFinEffet"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (a_line(start=TODAY), 422, "G1.87"),
        (a_line(siren="732829320"), 422, "G1.96"),
        (a_line(siret=SIRET, suffixeAdressage="A"), 422, "G1.93"),
        (a_line(siret=SIRET, identifiantRoutage="INCONNU"), 422, "G1.92"),
        (a_line(platform="9999"), 422, "G1.112"),
        (a_line(platform="0043"), 403, "ne peut pas donner"),
        ({"periodeEffet": {}}, 400, "Il manque"),
        (a_line(siren=12), 400, "texte"),
        (a_line(siren="\ud800"), 400, "JSON"),
        (a_line(suffixeAdressage="A" * 101), 400, "100 caractères"),
    ],
)
def test_what_breaks_a_rule_is_not_written(api, body, status, words):
    refused = api("POST", "/ligne-annuaire", body, status)
    assert words in refused["detail"]
    api("POST", "/ligne-annuaire/recherche", {"filtres": {"siren": SIREN}}, 204)


def test_a_routing_code_is_created_once_then_serves_a_line(api):
    made = api("POST", "/code-routage", a_code(), 201)
    api("POST", "/code-routage", a_code(), 422)
    api("POST", "/ligne-annuaire", a_line(siret=SIRET, identifiantRoutage="SAV"), 201)
    path = f"/code-routage/id-instance:{made['idInstance']}"
    closed = api("PATCH", path, {"etatAdministratif": "F"})["idInstance"]
    assert api("GET", f"/code-routage/siret:{SIRET}/code:SAV")["etatAdministratif"] == "F"
    again = {k: a_code()[k] for k in
             ("typeIdentifiantRoutage", "libelleCodeRoutage", "etatAdministratif")}  # fmt: skip
    api("PUT", f"/code-routage/id-instance:{closed}", again)
    found = api("GET", f"/code-routage/siret:{SIRET}/code:SAV?inclure=siren,siret")
    assert (found["etatAdministratif"], found["uniteLegale"]["siren"]) == ("A", SIREN)


@pytest.mark.parametrize(
    "changes",
    [{"libelleCodeRoutage": "a\x00b"}, {"gestionEngagementJuridique": "x"}, {"siret": ""},
     {"etatAdministratif": "Z"}, {"adresse": [1]}, {"libelleCodeRoutage": 1}],
)  # fmt: skip
def test_a_routing_code_that_no_export_could_carry_is_refused(api, changes):
    api("POST", "/code-routage", a_code(**changes), 400)


def test_searches_filter_order_cut_and_tolerate_bare_values(application, api):
    load_directory(application.store, io.BytesIO(sample()))
    exact = {"siren": {"op": "strict", "valeur": demo_siren(1)}}
    assert api("POST", "/siren/recherche", {"filtres": exact})["nombre_total_resultats"] == 1
    assert (
        api("POST", "/siren/recherche", {"filtres": {"raisonSociale": "FICTIF"}})[
            "nombre_total_resultats"
        ]
        == 3
    )
    api("POST", "/siren/recherche", {"filtres": {"siren": "000000000"}}, 204)
    first = api("POST", "/siret/recherche", {"limite": 2, "champs": ["siret"]}, 206)
    assert [list(one) for one in first["resultats"]] == [["siret"], ["siret"]]
    rest = api("POST", "/siret/recherche", {"limite": 2, "ignorer": 2, "champs": ["siret"]})
    sirets = [one["siret"] for one in first["resultats"] + rest["resultats"]]
    assert sirets == sorted(sirets)
    down = {"tris": [{"champ": "siret", "ordre": "descendant"}], "champs": ["siret"]}
    assert [one["siret"] for one in api("POST", "/siret/recherche", down)["resultats"]] == sirets[
        ::-1
    ]
    lines = api("POST", "/ligne-annuaire/recherche", {
        "filtres": {"identifiantAdressage": {"op": "contient", "valeur": "factures"}},
        "inclure": ["siren", "plateforme"],
    })  # fmt: skip
    assert lines["resultats"][0]["plateforme"]["nomCommercialPlateforme"] == "Fictive"
    for wrong in ({"filtres": {"inconnu": "x"}}, {"filtres": []}, {"limite": -1},
                  {"filtres": {"siren": {"op": "≈", "valeur": "1"}}}):  # fmt: skip
        api("POST", "/siren/recherche", wrong, 400)


def test_who_has_no_token_is_refused(api):
    forged = api.token[:-1] + ("0" if api.token[-1] != "0" else "1")
    for token in ("", "AAA123.1.00", forged, api.token.replace("AAA123", "BBB123")):
        assert api.raw("GET", f"{ROOT}/siren/code-insee:{SIREN}", token=token).status == 401
    wrong = b"grant_type=client_credentials&client_id=AAA123&client_secret=x"
    assert api.raw("POST", TOKEN, wrong).status == 401
    assert api.raw("POST", TOKEN, b"grant_type=password").status == 400
    assert api.raw("GET", f"{ROOT}/healthcheck").status == 200


def test_every_operation_answers_as_the_official_contract_says(application, api, shared):
    contract = json.loads((shared / SWAGGER).read_text("utf-8"))
    load_directory(application.store, io.BytesIO(sample()))
    code = api("POST", "/code-routage", a_code(adresse={"localite": "Lyon", "codePays": "FR"}), 201)
    line = api("POST", "/ligne-annuaire", a_line(siret=SIRET, identifiantRoutage="SAV"), 201)
    everything = "inclure=siren,siret,codeRoutage,plateforme"
    api("GET", f"/siren/code-insee:{SIREN}")
    api("GET", f"/siren/code-insee:{demo_siren(50)}")
    api("GET", "/siren/code-insee:732829320", status=404)
    api("GET", f"/siret/code-insee:{demo_siren(1)}00013?{everything}")
    api("GET", f"/code-routage/siret:{SIRET}/code:SAV?{everything}")
    api("GET", f"/ligne-annuaire/code:{demo_siren(3)}?{everything}", status=404)
    api("GET", f"/ligne-annuaire/code:{demo_siren(0)}?{everything}")
    company = api("GET", f"/siren/code-insee:{demo_siren(1)}")["historisation"]["idInstance"]
    api("GET", f"/siren/id-instance:{company}")
    place = api("GET", f"/siret/code-insee:{demo_siren(1)}00013")["historisation"]["idInstance"]
    api("GET", f"/siret/id-instance:{place}")
    api("GET", f"/code-routage/id-instance:{code['idInstance']}")
    api("GET", f"/ligne-annuaire/id-instance:{line['idInstance']}")
    for resource in ("siren", "siret", "code-routage", "ligne-annuaire"):
        api("POST", f"/{resource}/recherche", {"inclure": ["siren", "siret", "codeRoutage"]})
        api("POST", f"/{resource}/recherche", {"limite": 1}, 206)
        api("POST", f"/{resource}/recherche", {"ignorer": 9999}, 204)
    changed = api("PATCH", f"/code-routage/id-instance:{code['idInstance']}",
                  {"libelleCodeRoutage": "SAV"})  # fmt: skip
    api("PUT", f"/code-routage/id-instance:{changed['idInstance']}", a_code())
    newer = api("PATCH", f"/ligne-annuaire/id-instance:{line['idInstance']}",
                {"dateFinEffet": "2027-01-01"})  # fmt: skip
    api("PUT", f"/ligne-annuaire/id-instance:{newer['idInstance']}",
        {"matriculePlateforme": "0042"})  # fmt: skip
    api("DELETE", f"/ligne-annuaire/id-instance:{newer['idInstance'] + 1}", status=204)
    api("GET", "/healthcheck")
    seen = {_looked_at(contract, *one) for one in api.heard}
    every = {
        (method.upper(), path)
        for path, operations in contract["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert seen == every


def _looked_at(contract, method, where, answer):
    """Compare an answer with its operation; return which one it is."""
    path, operation = next(
        (path, operations[method.lower()])
        for path, operations in contract["paths"].items()
        if method.lower() in operations and _pattern(path).fullmatch(where)
    )
    kept = operation["responses"].get(str(answer.status)) or operation["responses"]["default"]
    held = kept.get("content", {}).get("application/json")
    if held:
        schema = _strict(held["schema"], contract)
        Draft4Validator(schema).validate(json.loads(answer.body))
    elif answer.status < 300:
        assert not answer.body, (method, where)
    return method, path


def _pattern(path):
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^:/]+", re.escape(path)))


def _strict(schema, contract):
    """Return a schema without references, which refuses data that it does not know."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _strict(contract["components"]["schemas"][name], contract)
    if "allOf" in schema:
        return _strict(schema["allOf"][0], contract)
    inside = {name: _strict(one, contract) for name, one in schema.get("properties", {}).items()}
    if inside:
        return schema | {"properties": inside, "additionalProperties": False}
    if "items" in schema:
        return schema | {"items": _strict(schema["items"], contract)}
    return schema


# --- exports


def read(application, name):
    (data,) = unpack(application.store.answer("AAA123", name)).values()
    with opened_directory(io.BytesIO(data)) as directory:
        return data, directory.header, list(directory.records())


def test_an_export_is_whole_then_tells_what_changed(application, shared):
    load_directory(application.store, io.BytesIO(sample()))
    data, header, records = read(application, exports.post(application.store, "AAA123", "D"))
    assert (header.extent, header.previous_at) == ("C", None)
    assert check_directory(Directory(io.BytesIO(data))).findings == ()
    assert sum(isinstance(one, Line) for one in records) == 6
    assert send(application, opened(Address(siren=SIREN), "0042", TOMORROW)) == [400]
    name = exports.post(application.store, "AAA123", exports.Extent.DIFFERENTIAL)
    data, second, changes = read(application, name)
    assert (second.extent, second.previous_at) == ("D", header.produced_at)
    assert [type(one).__name__ for one in changes] == ["LegalUnit", "Line"]
    assert changes[1].presence == "N"
    assert check_directory(Directory(io.BytesIO(data))).findings == ()
    schema = etree.XMLSchema(etree.parse(str(shared / XSD)))
    schema.assertValid(etree.fromstring(data))
    # it takes effect the day after, although nobody wrote anything
    application.store.set_clock(NOW + timedelta(days=1))
    name = exports.post(application.store, "AAA123", exports.Extent.DIFFERENTIAL)
    (line,) = read(application, name)[2]
    assert (line.presence, line.address.siren) == ("P", SIREN)
    assert line_in_effect([line], SIREN, TOMORROW) is not None


def test_each_application_gets_the_export_of_the_day_once(application):
    store = application.store

    def posted():
        exports.post_daily(store, SECRETS)
        return [len(store.waiting(code, 100)) for code in SECRETS]

    assert posted() == [1, 1]
    assert posted() == [1, 1]
    store.set_clock(NOW + timedelta(days=1))
    assert posted() == [2, 2]
    store.set_clock(NOW + timedelta(days=7))
    posted()
    extents = [read(application, one.name)[1].extent for one in store.waiting("AAA123", 9)]
    assert extents == ["C", "D", "C"]
    assert date(2026, 11, 23).weekday() == 0
