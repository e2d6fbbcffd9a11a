"""Observation: probes, names of requests, one trace for a document, measures without a name."""

import asyncio
import io
import json
import logging
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client import REGISTRY, generate_latest
from tests.acceptance.installation import free_port
from tests.server.invoices import ubl

from facturier.cli import main
from facturier.errors import BadUsage
from facturier.server.documents.models import Flow, Transmission
from facturier.server.jobs import wake
from facturier.server.running import logs, metrics, observed, probes, trace


def counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


# --- probes ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_process_that_is_ready_says_so(client):
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).json() == {"status": "ok"}
    assert client.get("/readyz", headers={"host": "10.0.0.7"}).json() == {"status": "ok"}


def test_it_is_alive_without_its_database(client):
    assert client.get("/healthz").status_code == 200  # no database mark: a query would fail


@pytest.mark.django_db
def test_what_is_missing_is_named(client, settings, tmp_path, monkeypatch):
    (tmp_path / "plein").write_text("a file where the folder should be")
    settings.DOCUMENTS = tmp_path / "plein"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["store"]
    monkeypatch.setattr(probes.migrating, "missing", lambda: ["documents.9999_demain"])
    assert probes.Probes(None).missing() == ["migrations", "store"]


@pytest.mark.django_db
def test_a_database_that_is_away_is_named(monkeypatch):
    probe = probes.Probes(None)
    probe._is_migrated = True
    away = connections.create_connection("default")
    away.settings_dict = {**connection.settings_dict, "NAME": "nulle_part"}
    monkeypatch.setattr(probes, "connection", away)
    assert probe.missing() == ["database"]


# --- logs -----------------------------------------------------------------------------------------


def written(form, *calls):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    one = logging.getLogger("facturier.essai")
    one.addHandler(handler)
    try:
        for call in calls:
            call(one)
    finally:
        one.removeHandler(handler)
    return stream.getvalue().splitlines()


def test_a_line_of_json_holds_what_a_collector_asks_for():
    def fail(one):
        try:
            int("la cause")
        except ValueError:
            one.exception("échec de %s", "F-1", extra=logs.about(dossier=3, reason=""))

    with logs.answering("demande-7"), logs.following("piste-1"):
        (line,) = written(logs.Json(), fail)
    told = json.loads(line)
    assert told["message"] == "échec de F-1"
    assert (told["request"], told["trace"], told["dossier"]) == ("demande-7", "piste-1", 3)
    assert "ValueError: invalid literal" in told["error"]
    assert "reason" not in told, "what is empty is not said"


def test_a_line_for_a_person_says_what_it_is_about():
    before = logs.followed()
    with logs.following("piste-1"):
        (line,) = written(logs.Plain("%(message)s"), lambda one: one.info("fait"))
    assert line == "fait [trace=piste-1]"
    assert logs.followed() == before


@pytest.mark.parametrize("wanted", ["", "avec\nsaut", "x" * 65, "é"])
def test_a_name_that_may_not_stand_in_a_header_is_replaced(wanted):
    with logs.answering(wanted) as name:
        assert name != wanted
        assert len(name) == 32


def test_every_answer_has_a_name(client):
    drawn = client.get("/healthz").headers.get("Request-Id")
    assert drawn is None, "probes are not logged"
    answer = client.get("/nulle-part/", headers={"request-id": "demande-7"})
    assert answer.headers["Request-Id"] == "demande-7"


test_every_answer_has_a_name = pytest.mark.django_db(test_every_answer_has_a_name)


@pytest.mark.django_db
def test_who_deposits_is_told_the_trace(client, expert, office, caplog):
    client.force_login(expert)
    file = io.BytesIO(ubl("F-1", office.bakery.siren, office.florist.siren))
    file.name = "facture.xml"
    with caplog.at_level(logging.INFO, "facturier"):
        answer = client.post(f"/dossiers/{office.bakery.pk}/depot/", {"fichiers": file})
    flow = Flow.objects.get(direction="Out")
    assert answer.headers["Trace-Id"] == str(flow.flow_id)
    routes = [record.getMessage() for record in caplog.records if "tracing" in record.name]
    assert routes == ["POST dossiers/<int:dossier>/depot/"], "the route, never the address"


# --- one trace on both sides ----------------------------------------------------------------------


@pytest.mark.django_db
def test_both_sides_of_a_document_have_one_trace(deposited, everybody_works):
    flow = deposited("F-1")
    everybody_works()
    traces = {observed.trace_of(one) for one in Flow.objects.exclude(message_key=None)}
    assert (
        traces
        == {str(flow.flow_id)}
        == set(Transmission.objects.values_list("external_id", flat=True))
    )


@pytest.mark.django_db
def test_the_story_of_a_document_is_told_from_either_side(deposited, everybody_works, office):
    flow = deposited("F-1")
    everybody_works()
    lines = trace.story(flow.flow_id)
    told = "\n".join(f"{line.dossier} {line.what}" for line in lines)
    assert "Boulangerie Simulée reçu : facture.xml" in told
    assert "Boulangerie Simulée statut 200, dit par Facturier" in told
    assert "Fleuriste Simulé statut 203" in told
    assert "Fleuriste Simulé contrôlé : F-1, valid" in told
    assert "Fleuriste Simulé preuve n° 1" in told
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    received = Flow.objects.get(dossier=office.florist, flow_type="SupplierInvoice")
    assert {line.what for line in trace.story(received.flow_id)} >= {
        line.what for line in lines if line.dossier == "Fleuriste Simulé"
    }


@pytest.mark.django_db
def test_a_file_never_understood_has_its_story_too(deposited, everybody_works):
    flow = deposited(data=b"rien du tout")
    everybody_works()
    assert any("en quarantaine" in line.what for line in trace.story(flow.flow_id))


@pytest.mark.django_db
def test_what_is_no_flow_has_no_story(capsys):
    with pytest.raises(BadUsage, match="Aucun flux"):
        trace.story(uuid.uuid4())
    assert main(["trace", "F-1"]) == 2
    assert "flowId" in capsys.readouterr().err


# --- measures -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_happens_is_counted(deposited, everybody_works):
    before = {
        "facturier_deposits_total": counted("facturier_deposits_total", channel="page"),
        "done": counted("facturier_flows_total", outcome="done"),
        "quarantined": counted("facturier_flows_total", outcome="quarantined"),
        "sent": counted("facturier_deliveries_total", outcome="sent"),
        "213": counted("facturier_rejections_total", code="213"),
    }
    deposited("F-1")
    deposited("F-1")  # a duplicate: rejected
    deposited(data=b"rien du tout")
    everybody_works()
    assert (
        counted("facturier_deposits_total", channel="page") - before["facturier_deposits_total"]
        == 3
    )
    assert counted("facturier_flows_total", outcome="quarantined") - before["quarantined"] == 1
    assert counted("facturier_flows_total", outcome="done") - before["done"] >= 3
    assert counted("facturier_deliveries_total", outcome="sent") - before["sent"] >= 1
    assert counted("facturier_rejections_total", code="213") - before["213"] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("wide_sight")
def test_a_job_that_fails_is_counted():
    before = counted("facturier_job_failures_total", task=wake.TASK)
    app.configure_task(wake.TASK).defer(dossier="ce n'est pas un numéro")

    async def work():
        with app.replace_connector(app.connector.get_worker_connector()) as running:
            async with running.open_async():
                await running.run_worker_async(
                    queues=["default"], wait=False, install_signal_handlers=False,
                    worker_middleware=[observed.job],
                )  # fmt: skip

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result(30)
    assert counted("facturier_job_failures_total", task=wake.TASK) - before == 1


@pytest.mark.django_db
def test_what_waits_is_asked_of_the_database(deposited, everybody_works):
    deposited("F-1")
    quarantined = deposited(data=b"rien du tout")
    everybody_works()
    deposited("F-2")
    Flow.objects.filter(state="pending").update(
        submitted_at=timezone.now() - timezone.timedelta(minutes=5)
    )
    with connection.cursor() as cursor:
        cursor.execute(metrics.STATE)
        state = {row[0]: row[1:] for row in cursor.fetchall()}
    assert set(state) == {"treatment", "platforms", "portal", "clients"}
    waiting, oldest, _, given_up = state["treatment"]
    assert (waiting, given_up) == (1, 1)
    assert 290 < oldest < 310
    assert quarantined.flow_id


@pytest.mark.django_db(transaction=True)
def test_prometheus_reads_it_on_a_port_of_its_own(monkeypatch, client, expert, office):
    port = free_port()
    monkeypatch.setenv("FACTURIER_METRICS", f"127.0.0.1:{port}")
    before = set(REGISTRY._collector_to_names)
    metrics.serve()
    client.force_login(expert)
    client.get(f"/dossiers/{office.bakery.pk}/")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            told = answer.read().decode()
    finally:
        for one in set(REGISTRY._collector_to_names) - before:
            REGISTRY.unregister(one)
    assert 'facturier_pending{pipe="platforms"}' in told
    assert 'route="dossiers/<int:dossier>/"' in told
    for word in (office.bakery.siren, "Boulangerie", "exemple.fr", str(expert)):
        assert word not in told


def test_no_label_can_name_anybody():
    allowed = {"channel", "outcome", "code", "task", "method", "route", "status", "pipe", "le"}
    for family in REGISTRY.collect():
        if family.name.startswith("facturier"):
            for sample in family.samples:
                assert sample.labels.keys() <= allowed, family.name
    assert generate_latest()
