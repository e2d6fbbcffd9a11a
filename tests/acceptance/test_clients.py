"""Programs that others wrote work against our server, unmodified."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import importlib
import io
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.acceptance.installation import installed
from tests.server.invoices import ubl

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FOLDER = "official/fnfe-1.4.0"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("clients"), FACTURIER_API_RATE="0") as one:
        yield one


@pytest.fixture
def seller(live):
    return SimpleNamespace(**live.accesses["api"], siren=live.accesses["api"]["dossiers"][0])


@pytest.fixture
def buyer(live):
    access = live.accesses["api_buyer"]
    return SimpleNamespace(**access, siren=access["dossiers"][0])


def until(ask, seconds=60):
    """Return the first answer of `ask` that is something."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.2)
    return found


def called_token(access):
    fields = {
        "grant_type": "client_credentials", "client_id": access.client_id,
        "client_secret": access.client_secret,
    }  # fmt: skip
    with urllib.request.urlopen(
        access.token_url, urllib.parse.urlencode(fields).encode(), timeout=30
    ) as answer:
        return json.load(answer)["access_token"]


# The library of Akretion


@pytest.fixture
def pyfrctc_session(live, seller, monkeypatch):
    pyfrctc = pytest.importorskip("pyfrctc.pyfrctc")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # its library refuses plain HTTP
    monkeypatch.setitem(
        pyfrctc.PLATFORMS, "facturier",
        {"afnor_base_url": live.address, "token_url": seller.token_url, "label": "Facturier"},
    )  # fmt: skip
    kept = []
    session = pyfrctc.get_session(
        "facturier", "client_credentials", seller.siren,
        lambda _: {"access_token": None, "expires_at": None}, kept.append,
        seller.client_id, seller.client_secret,
    )  # fmt: skip
    assert kept[0]["expires_at"] > time.time()
    return pyfrctc, session


def test_pyfrctc(pyfrctc_session, seller, buyer):
    pyfrctc, session = pyfrctc_session
    for service in ("flow", "directory"):
        assert pyfrctc.healthcheck(session, type=service)
    began = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    data = ubl("PYFRCTC-1", seller.siren, buyer.siren)
    sent = pyfrctc.send_flow_parsed(session, data, "PYFRCTC-1.xml", "UBL", "B2B")

    def states():
        found = pyfrctc.search_flows_parsed(session, began, None, None)
        about = [one for one in found if "PYFRCTC-1" in one["name"]]
        return about if any(" 203 " in one["name"] for one in about) else None

    listed = until(states)
    (invoice,) = [one for one in listed if one["flowId"] == sent["flowId"]]
    assert invoice["acknowledgement"]["status"] == "Ok"
    assert invoice["flowType"] == "CustomerInvoice"
    assert {one["name"].split()[1] for one in listed if one["flowDirection"] == "In"} == {
        "200", "201", "202", "203",
    }  # fmt: skip
    assert pyfrctc.get_flow(session, sent["flowId"], "Original") == data
    assert pyfrctc.get_flow(session, sent["flowId"], "ReadableView").startswith(b"%PDF")
    assert pyfrctc.get_flow_metadata_parsed(session, sent["flowId"])["flowId"] == sent["flowId"]
    for one in listed:
        if one["flowDirection"] == "In":
            read = pyfrctc.parse_cdar(pyfrctc.get_flow(session, one["flowId"], "Original"))
            assert "PYFRCTC-1" in json.dumps(read, default=str)


def test_pyfrctc_reads_the_directory(pyfrctc_session, buyer):
    pyfrctc, session = pyfrctc_session
    assert pyfrctc.get_directory_siren_parsed(session, buyer.siren)["siren"] == buyer.siren
    assert pyfrctc.get_directory_lines_parsed(session, buyer.siren)
    assert set(pyfrctc.get_directory_lines(session, buyer.siren)) == {buyer.siren}
    assert pyfrctc.get_directory_siren(session, "552100554") is False
    assert not pyfrctc.get_directory_lines(session, "552100554")


# mcp-facture-electronique-fr


@pytest.fixture
def mcp(tmp_path, monkeypatch):
    """It reads ``.env`` of the current folder: this one has none."""
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("mcp_facture_electronique_fr")
    core = importlib.import_module("mcp_einvoicing_core.http_client")
    flow_client = importlib.import_module("mcp_facture_electronique_fr.clients.flow_client")
    settings = importlib.import_module("mcp_facture_electronique_fr.config")

    def client(access):
        config = settings.PAConfig(
            PA_BASE_URL_FLOW=access.flow_service_url, PA_CLIENT_ID=access.client_id,
            PA_CLIENT_SECRET=access.client_secret, PA_TOKEN_URL=access.token_url,
            PA_ORGANIZATION_ID=access.siren,
        )  # fmt: skip
        return flow_client.FlowClient(config, core.TokenCache())

    for name in ("BASE_URL_FLOW", "CLIENT_ID", "CLIENT_SECRET", "TOKEN_URL", "ORGANIZATION_ID"):
        monkeypatch.delenv(f"PA_{name}", raising=False)
    return client


async def acknowledged(client, flow_id):
    for _ in range(300):
        flow = await client.get_flow(flow_id)
        if flow["acknowledgement"]["status"] != "Pending":
            return flow
        await asyncio.sleep(0.2)
    raise AssertionError("it stays pending")


def test_mcp(mcp, seller, buyer):
    asyncio.run(_mcp(mcp(seller), mcp(buyer), seller, buyer))


async def _mcp(selling, buying, seller, buyer):
    await selling.healthcheck()
    data = ubl("MCP-1", seller.siren, buyer.siren)
    sent = await selling.submit_flow(
        data, "MCP-1.xml", "UBL", processing_rule="B2B", flow_type="CustomerInvoice",
        tracking_id="mcp-1", sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    assert (await acknowledged(selling, sent["flowId"]))["acknowledgement"]["status"] == "Ok"
    assert await selling.get_flow(sent["flowId"], "Original") == data
    received = await _received(buying, "MCP-1")
    said = {
        "invoice_id": "MCP-1", "invoice_issue_date": "2026-11-20",
        "issuer_party_name": "Un nom", "recipient_party_name": "Un autre nom",
    }  # fmt: skip
    approved = await buying.submit_lifecycle_status(
        received["flowId"], "Approved", **said, issuer_party_id=buyer.siren, issuer_role_code="BY",
        recipient_party_id=seller.siren, recipient_role_code="SE", recipient_uri=seller.siren,
    )  # fmt: skip
    told = await acknowledged(buying, approved["flowId"])
    assert told["acknowledgement"]["status"] == "Ok", told["acknowledgement"]
    cashed = await selling.submit_lifecycle_status(
        sent["flowId"], "Cashed", **said, issuer_party_id=seller.siren, issuer_role_code="SE",
        recipient_party_id=buyer.siren, recipient_role_code="BY", recipient_uri=buyer.siren,
        payment_date="2026-11-21", payment_amount="120.00",
    )  # fmt: skip
    refused = (await acknowledged(selling, cashed["flowId"]))["acknowledgement"]
    assert refused["status"] == "Error"
    assert {one["reasonCode"] for one in refused["details"]} == {"InvoiceLCRuleError"}
    named = " ".join(one["reasonMessage"] for one in refused["details"])
    assert "BR-FR-CDV-14" in named
    await _webhooks(selling)


async def _received(buying, number):
    for _ in range(300):
        found = await buying.search_flows(flow_type="SupplierInvoice", flow_direction="In")
        for flow in found["results"]:
            if number in flow["name"] and flow["acknowledgement"]["status"] == "Ok":
                return flow
        await asyncio.sleep(0.2)
    raise AssertionError("the buyer did not get it")


async def _webhooks(client):
    """The shape of 1.2: ``callback`` and ``metadata``, one by its id, and its change."""
    made = await client.create_webhook(
        {
            "callback": {"url": "https://erp.exemple.fr/rappel"},
            "metadata": {"flowType": ["CustomerInvoice"], "flowDirection": "Out"},
        }
    )
    assert len(base64.b64decode(made["signingKey"])) == 32
    listed = await client.list_webhooks()
    assert made["webhookId"] in listed["webhookIds"]
    assert (await client.get_webhook(made["webhookId"]))["flowTypes"] == ["CustomerInvoice"]
    await client.update_webhook(made["webhookId"], {"ackStatus": "Error"})
    assert (await client.get_webhook(made["webhookId"]))["ackStatus"] == "Error"
    await client.delete_webhook(made["webhookId"])
    assert (await client.list_webhooks())["count"] == 0


# A client generated from the official file


@pytest.fixture(scope="module")
def generated(shared, tmp_path_factory):
    """A typed client of the flow service, made for this run. The tool cannot read `callbacks`."""
    pytest.importorskip("openapi_python_client")
    folder = tmp_path_factory.mktemp("generated")
    contract = json.loads((shared / FOLDER / "flow-service-1.3.0.json").read_text("utf-8"))
    for path in contract["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation.pop("callbacks", None)
    (folder / "contract.json").write_text(json.dumps(contract))
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path",
         "contract.json", "--meta", "none", "--output-path", str(folder / "afnor_flow")],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def test_a_generated_client(generated, seller, buyer):
    assert (generated / "afnor_flow").is_dir()
    api = importlib.import_module("afnor_flow.api.flow")
    operations = {
        name: importlib.import_module(f"{api.__name__}.{name}")
        for name in ("create_flow", "search_flows", "get_flow")
    }
    models = importlib.import_module("afnor_flow.models")
    types = importlib.import_module("afnor_flow.types")
    token = called_token(seller)
    client = importlib.import_module("afnor_flow.client").AuthenticatedClient(
        base_url=seller.flow_service_url, token=token, raise_on_unexpected_status=True
    )
    data = ubl("GEN-1", seller.siren, buyer.siren)
    body = models.CreateFlowBody(
        flow_info=models.FlowInfo.from_dict(
            {"flowSyntax": "UBL", "name": "GEN-1.xml", "trackingId": "gen-1"}
        ),
        file=types.File(io.BytesIO(data), "GEN-1.xml", "application/xml"),
    )
    asked = {"client": client, "organization_id": seller.siren}
    sent = operations["create_flow"].sync(body=body, **asked)
    assert sent.sha256 == hashlib.sha256(data).hexdigest()
    where = {"where": {"trackingId": "gen-1"}, "limit": 10}
    params = models.SearchFlowParams.from_dict(where)

    def listed():
        found = operations["search_flows"].sync(body=params, **asked)
        return found.results if len(found.results) == 5 else None

    flows = until(listed)
    assert {one.flow_type.value for one in flows} == {"CustomerInvoice", "CustomerInvoiceLC"}
    # The tool reads no answer that has two media types: its model reads what it left aside.
    answer = operations["get_flow"].sync_detailed(sent.flow_id, **asked)
    flow = models.Flow.from_dict(json.loads(answer.content))
    assert flow.acknowledgement.status.value == "Ok"
    health = importlib.import_module("afnor_flow.api.supervisor.get_health")
    assert health.sync_detailed(client=client).status_code == 200
    hooks = importlib.import_module("afnor_flow.api.webhook.create_webhook")
    made = hooks.sync(
        body=models.WebhookParams.from_dict({"callbackUrl": "https://erp.exemple.fr/r"}), **asked
    )
    assert made.webhook_id
    gone = importlib.import_module("afnor_flow.api.webhook.delete_webhook")
    assert gone.sync_detailed(made.webhook_id, **asked).status_code == 204


# schemathesis, over the official files

LEFT_OUT = """
[checks]
negative_data_rejection.enabled = false
positive_data_acceptance.enabled = false
[[operations]]
include-path = "/v1/healthcheck"
checks.ignored_auth.enabled = false
checks.missing_required_header.enabled = false
[[operations]]
include-path = "/v1/webhooks/{webhookUid}"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false
"""
"""Why each: docs/reference/api.md, « Ce que schemathesis ne vérifie pas »."""


def mended(contract):
    """Return the official file without its two contradictions, which no answer could satisfy."""
    schemas = contract["components"]["schemas"]
    reason_code = schemas.get("ReasonCode", {})
    if "oneOf" in reason_code:  # a word of the list, or any word: true of no word of the list
        reason_code["anyOf"] = reason_code.pop("oneOf")
    schemas.get("directoryLineStatus", {}).pop("maxLength", None)  # "Upcoming" has eight letters
    return contract


@pytest.mark.parametrize("service", ["flow", "directory"])
def test_schemathesis(service, shared, seller, tmp_path):
    official = json.loads((shared / FOLDER / f"{service}-service-1.3.0.json").read_text("utf-8"))
    url = getattr(seller, f"{service}_service_url")
    measured(mended(official), url, called_token(seller), tmp_path)


def test_schemathesis_over_our_own_api(live, seller, tmp_path):
    with urllib.request.urlopen(f"{live.address}/api/v1/openapi.json", timeout=30) as answer:
        own = json.load(answer)
    measured(own, live.address, called_token(seller), tmp_path)


def measured(contract, url, token, folder):
    """Fail unless every answer at `url` is as the `contract` says."""
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        pytest.skip("schemathesis is not installed: make acceptance")
    (folder / "contract.json").write_text(json.dumps(contract))
    (folder / "schemathesis.toml").write_text(LEFT_OUT)
    done = subprocess.run(
        [program, "run", "contract.json", "--url", url, "-H", f"Authorization: Bearer {token}",
         "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "20",
         "--continue-on-failure", "--no-color", "--generation-database", "none"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=800,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Failures" not in done.stdout
