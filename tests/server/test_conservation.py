"""Archives made by a worker, legal hold, purges by two people; the chain that still verifies."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.server.api_client import Program, token_of
from tests.server.conftest import person

from facturier.errors import RefusedByUs
from facturier.server import sight
from facturier.server.api import clients
from facturier.server.archive import (
    export,
    exporting,
    holds,
    purging,
    retention,
    tasks,
    verify,
    verify_certificate,
)  # fmt: skip
from facturier.server.archive.models import (
    ArchiveExport,
    Closing,
    LegalHold,
    ProofEnvelope,
    Purge,
    PurgedBytes,
)  # fmt: skip
from facturier.server.documents import store
from facturier.server.documents.models import Document, Flow
from facturier.server.firm.models import Membership

pytestmark = pytest.mark.django_db
OLD = date(2012, 3, 15)


# --- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "closing", "until"),
    [
        (date(2014, 5, 2), 12, date(2024, 12, 31)),
        (date(2014, 12, 31), 12, date(2024, 12, 31)),
        (date(2014, 5, 2), 6, date(2024, 6, 30)),
        (date(2014, 7, 1), 6, date(2025, 6, 30)),
        (date(2015, 3, 1), 2, date(2026, 2, 28)),
        (date(2014, 5, 2), None, date(2025, 5, 31)),
    ],
)
def test_a_piece_is_kept_ten_years_from_the_end_of_its_year(day, closing, until):
    assert retention.kept_until(day, closing) == until


@pytest.mark.parametrize("closing", [None, 1, 2, 6, 12])
@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 7, 1), date(2028, 2, 29)])
def test_nothing_is_over_a_day_too_early_or_too_late(closing, today):
    last = retention.over_since(today, closing)
    assert retention.kept_until(last, closing) < today
    assert retention.kept_until(last + timedelta(days=1), closing) >= today


# --- exports --------------------------------------------------------------------------------------


@pytest.fixture
def lived(office, deposited, everybody_works):
    deposited("F-1")
    deposited("F-2")
    everybody_works()
    return office


def in_conservation(office, name="conservation", *more):
    return reverse(name, args=[office.bakery.pk, *more])


@pytest.mark.parametrize("who", ["client_person", pytest.param("expert", marks=pytest.mark.slow)])
def test_an_archive_is_asked_for_made_and_fetched(lived, client, request, who, tmp_path):
    client.force_login(request.getfixturevalue(who))
    answer = client.post(in_conservation(lived, "export_ask"), {"mois": ""}, follow=True)
    assert "En attente" in answer.content.decode()
    row = ArchiveExport.objects.get()
    client.post(in_conservation(lived, "export_ask"), {"mois": ""})
    assert ArchiveExport.objects.count() == 1, "asked twice, made once"
    assert client.get(in_conservation(lived, "export_file", row.pk)).status_code == 404
    assert exporting.make(lived.bakery.pk, row.pk)
    assert not exporting.make(lived.bakery.pk, row.pk)
    assert "Télécharger" in client.get(in_conservation(lived, "exports")).content.decode()
    answer = client.get(in_conservation(lived, "export_file", row.pk))
    content = b"".join(answer.streaming_content)
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == ("ready", row.total, row.done)
    assert len(content) == row.size == int(answer["Content-Length"])
    assert store.address(content) == row.sha256
    (tmp_path / "a.zip").write_bytes(content)
    assert verify.verify(tmp_path / "a.zip").faults == {}
    assert client.post(in_conservation(lived, "export_ask"), {"mois": "2026-13"}).status_code == 404


def test_the_end_of_a_mission_hands_everything_over(lived, client, expert, client_person, tmp_path):
    client.force_login(expert)
    client.post(in_conservation(lived, "export_ask"), {"quoi": "fin-de-mission"})
    row = ArchiveExport.objects.get()
    exporting.make(lived.bakery.pk, row.pk)
    path = tmp_path / "a.zip"
    path.write_bytes(b"".join(exporting.pieces(row)))
    assert verify.verify(path).faults == {}
    names = verify.Archive(path).names
    assert {"remise/LISEZMOI.md", "remise/pieces.csv", "remise/recettes.csv"} <= names
    assert b"F-2" in verify.Archive(path).read("remise/pieces.csv")
    assert b"F-1" in verify.Archive(path).read("remise/ecritures-proposees.csv")
    other = Client()
    other.force_login(client_person)
    asked = other.post(in_conservation(lived, "export_ask"), {"quoi": "fin-de-mission"})
    assert asked.status_code == 403
    assert other.get(in_conservation(lived, "export_file", row.pk)).status_code == 403


@pytest.mark.slow
def test_a_dead_workers_export_is_taken_over_and_given_up_at_last(lived):
    row = exporting.ask(lived.bakery)
    ArchiveExport.objects.update(state="running", tries=1)
    assert not exporting.make(lived.bakery.pk, row.pk), "somebody is at it"
    ArchiveExport.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
    assert exporting.unfinished() == [(lived.bakery.pk, row.pk)]
    assert exporting.make(lived.bakery.pk, row.pk)
    ArchiveExport.objects.update(state="running", tries=3, touched_at=timezone.now() - timedelta(1))
    exporting.make(lived.bakery.pk, row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.why


def test_a_store_that_fails_is_told_and_tried_again(lived, monkeypatch):
    row = exporting.ask(lived.bakery)
    monkeypatch.setattr(exporting, "_digest", lambda _: (_ for _ in ()).throw(OSError("plein")))
    exporting.make(lived.bakery.pk, row.pk)
    row.refresh_from_db()
    assert (row.state, row.why) == ("waiting", "plein")


def test_an_export_goes_after_its_days(lived):
    row = exporting.ask(lived.bakery)
    exporting.make(lived.bakery.pk, row.pk)
    assert exporting.forget_expired() == 0
    ArchiveExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep(0)
    row.refresh_from_db()
    assert row.state == "expired"
    with pytest.raises(FileNotFoundError):
        exporting.pieces(row)


# --- purges ---------------------------------------------------------------------------------------


@pytest.fixture
def second(office):
    someone = person("associee@exemple.fr", "Inès Associée")
    Membership.objects.create(person=someone, cabinet=office.cabinet, role="expert_comptable")
    return someone


@pytest.fixture
def aged(lived):
    """The first invoice, on the seller's side, is of 2012: its periods are over."""
    document = Document.objects.get(dossier=lived.bakery, number="F-1")
    grow_old(document)
    return document


def grow_old(document):
    Document.objects.filter(pk=document.pk).update(issue_date=OLD)
    Flow.objects.filter(pk=document.flow_id).update(submitted_at=datetime(2012, 3, 16, tzinfo=UTC))


def purged(office, expert, second):
    row = purging.propose(office.bakery, expert)
    purging.confirm(row, second, row.content)
    assert list(purging.unfinished()) == [(office.bakery.pk, row.pk)]
    assert purging.carry_out(office.bakery.pk, row.pk)
    row.refresh_from_db()
    return row


def test_a_purge_takes_two_people_and_leaves_a_certificate(
    lived, aged, expert, second, collaborateur, client
):
    client.force_login(expert)
    page = client.get(in_conservation(lived)).content.decode()
    assert "Proposer la purge de 1 pièce" in page
    answer = client.post(in_conservation(lived, "purge_propose"), follow=True)
    row = Purge.objects.get()
    assert "Attend la confirmation d'une autre personne" in answer.content.decode()
    with pytest.raises(RefusedByUs, match="ne la confirme pas"):
        purging.confirm(row, expert, row.content)
    with pytest.raises(RefusedByUs, match="relisez"):
        purging.confirm(row, second, "0" * 64)
    confirm = in_conservation(lived, "purge_confirm", row.pk)
    for who, status in ((collaborateur, 403), (second, 302)):
        other = Client()
        other.force_login(who)
        other.post(reverse("account_reauthenticate"), {"password": "mot de passe"})
        answer = other.post(confirm, {"liste": row.content})
        assert answer.status_code == status
    assert answer.url == in_conservation(lived, "purge", row.pk)
    assert store.holds(aged.sha256), "a worker does it"
    purging.carry_out(lived.bakery.pk, row.pk)
    row.refresh_from_db()
    assert (row.state, row.files >= 1, row.envelope.kind) == ("done", True, "purged")
    page = client.get(in_conservation(lived, "purge", row.pk)).content.decode()
    assert "Certificat signé" in page
    content = client.get(in_conservation(lived, "purge_certificate", row.pk)).content
    assert verify_certificate.verify(json.loads(content)) == []
    assert "confirmée par Inès Associée" in "\n".join(verify_certificate.told(json.loads(content)))


def test_the_chain_of_a_purged_dossier_verifies(lived, aged, expert, second, tmp_path):
    cdar = [one.source_id for one in aged.events.exclude(source=None)]
    before = verify_of(lived, tmp_path / "avant.zip")
    assert not before.faults
    row = purged(lived, expert, second)
    assert not all(store.holds(one) for one in cdar), "what the other side has too stays for it"
    assert set(cdar) <= gone(row)
    after = verify_of(lived, tmp_path / "apres.zip")
    assert after.faults == {}
    (told,) = [one for one in after.notes if "purgé" in one]
    named = {f["sha256"] for one in ProofEnvelope.objects.filter(dossier=lived.bakery)
             for f in one.facts["files"]}  # fmt: skip
    assert told == (
        f"{len(gone(row) & named)} fichier(s) purgé(s) le {timezone.now():%Y-%m-%d},"
        f" certificat blobs/{row.stored_id}"
    )
    month = ProofEnvelope.objects.first().month
    assert verify_of(lived, tmp_path / "mois.zip", month).faults == {}
    alone = subprocess.run(
        [sys.executable, "-I", "-S", verify.__file__, tmp_path / "apres.zip"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert alone.returncode == 0
    assert "purgé(s) le" in alone.stdout
    assert "Archive intacte" in alone.stdout


def gone(row):
    return set(PurgedBytes.objects.filter(purge=row).values_list("sha256", flat=True))


def verify_of(office, path, month=""):
    with export.writer_to(path, "archive") as writer:
        assert export.export(office.bakery, writer, month=month).missing == []
    return verify.verify(path)


@pytest.mark.usefixtures("aged")
def test_what_a_certificate_does_not_name_is_still_missed(lived, expert, second, tmp_path):
    purged(lived, expert, second)
    kept = Document.objects.get(dossier=lived.bakery, number="F-2").sha256
    store.forget(kept)
    with export.writer_to(tmp_path / "a", "archive") as writer:
        assert export.export(lived.bakery, writer).missing == [f"blobs/{kept}"]
    assert f"blobs/{kept}" in verify.verify(tmp_path / "a").faults
    certificate = tmp_path / "a" / "blobs" / Purge.objects.get().stored_id
    certificate.write_bytes(certificate.read_bytes().replace(b"Claire", b"Clarie"))
    assert f"blobs/{certificate.name}" in verify.verify(tmp_path / "a").faults


def test_bytes_that_another_dossier_keeps_stay_for_it(lived, aged, expert, second, stranger):
    purged(lived, expert, second)
    received = Document.objects.get(dossier=lived.florist, number="F-1")
    assert received.sha256 == aged.sha256
    assert store.holds(aged.sha256), "the buyer's ten years are not over"
    grow_old(received)
    other = person("deuxieme@exemple.fr", "Deux Fleuriste")
    row = purging.propose(lived.florist, stranger)
    purging.confirm(row, other, row.content)
    purging.carry_out(lived.florist.pk, row.pk)
    assert not store.holds(aged.sha256)


@pytest.mark.parametrize("elsewhere", ["kept", pytest.param("gone", marks=pytest.mark.slow)])
def test_pages_and_programs_say_that_a_file_is_gone(
    lived, aged, expert, second, stranger, client, elsewhere
):
    purged(lived, expert, second)
    if elsewhere == "gone":
        store.forget(aged.sha256)
    client.force_login(expert)
    base = [lived.bakery.pk, aged.pk]
    assert client.get(reverse("document", args=base)).status_code == 200
    for name in ("readable", "xml"):
        assert client.get(reverse(name, args=base)).status_code == 410, name
    answer = client.get(reverse("document_file", args=[*base, "recu"]))
    assert answer.status_code == 410
    assert "Preuve" in answer.content.decode()
    proof = client.get(reverse("proof", args=base)).content.decode()
    assert "Fichiers purgés le" in proof
    assert "Altéré" not in proof
    entry = aged.entries.get()
    assert (
        "fichier purgé"
        in client.get(reverse("trail", args=[lived.bakery.pk, entry.pk])).content.decode()
    )
    own = clients.register(lived.cabinet, [lived.bakery], name="Caisse")
    program = Program(token_of(own))
    assert program.get(f"/api/v1/documents/{aged.pk}/file").status_code == 404
    flow = f"/flow-service/v1/flows/{aged.flow.flow_id}"
    assert program.get(flow, docType="Original").status_code == 404
    if elsewhere == "kept":
        other = Document.objects.get(dossier=lived.florist, number="F-1")
        buyer = Client()
        buyer.force_login(stranger)
        page = reverse("readable", args=[lived.florist.pk, other.pk])
        assert buyer.get(page).status_code == 200


@pytest.mark.usefixtures("aged")
def test_a_worker_that_dies_half_way_is_taken_over(lived, expert, second, monkeypatch):
    row = purging.propose(lived.bakery, expert)
    purging.confirm(row, second, row.content)
    monkeypatch.setattr(purging, "_remove", lambda *_: (_ for _ in ()).throw(RuntimeError("mort")))
    with pytest.raises(RuntimeError):
        purging.carry_out(lived.bakery.pk, row.pk)
    row.refresh_from_db()
    assert (row.state, row.envelope is not None) == ("removing", True)
    monkeypatch.undo()
    assert list(purging.unfinished())
    purging.carry_out(lived.bakery.pk, row.pk)
    row.refresh_from_db()
    assert row.state == "done"
    assert ProofEnvelope.objects.filter(kind="purged").count() == 1


# --- legal hold -----------------------------------------------------------------------------------


def test_a_hold_stops_every_purge_until_it_is_lifted(lived, aged, expert, second, client):
    row = purging.propose(lived.bakery, expert)
    client.force_login(expert)
    client.post(in_conservation(lived, "hold_place"), {"motif": "Contrôle fiscal 2026"})
    hold = LegalHold.objects.get()
    with pytest.raises(RefusedByUs, match="conservation forcée"):
        purging.confirm(row, second, row.content)
    with pytest.raises(RefusedByUs, match="conservation forcée"):
        purging.propose(lived.bakery, second)
    Purge.objects.update(state="confirmed", decided_by=second)
    assert not purging.carry_out(lived.bakery.pk, row.pk), "held between confirmation and worker"
    row.refresh_from_db()
    assert (row.state, row.stopped_why) == ("dropped", purging.HELD)
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever writes it
        PurgedBytes.objects.create(dossier=lived.bakery, purge=row, document=aged, sha256="0" * 64)
    page = client.get(in_conservation(lived)).content.decode()
    assert "Contrôle fiscal 2026" in page
    assert "Proposer la purge" not in page
    client.post(in_conservation(lived, "hold_lift", hold.pk), {"motif": "Contrôle clos"})
    kinds = ProofEnvelope.objects.filter(kind__in=("held", "released")).order_by("pk")
    assert [one.kind for one in kinds] == ["held", "released"]
    purged(lived, expert, second)


def test_who_may_do_what(lived, collaborateur, client_person, client):
    client.force_login(client_person)
    for name in ("hold_place", "purge_propose", "conservation_close"):
        assert client.post(in_conservation(lived, name), {"motif": "au hasard"}).status_code == 403
    hold = holds.place(lived.bakery, collaborateur, "Litige en cours")
    client.force_login(collaborateur)
    lift = in_conservation(lived, "hold_lift", hold.pk)
    assert client.post(lift, {"motif": "plus besoin"}).status_code == 403
    client.post(in_conservation(lived, "conservation_close"), {"mois": "6"})
    assert Closing.objects.get().month == 6
    client.post(in_conservation(lived, "conservation_close"), {"mois": ""})
    assert not Closing.objects.exists()


TABLES = ("closing", "legalhold", "purge", "purgedbytes", "archiveexport")


@pytest.mark.usefixtures("aged")
def test_a_stranger_sees_nothing_of_it(lived, expert, second, raw):
    purged(lived, expert, second)
    exporting.ask(lived.bakery)
    with sight.of([lived.mason.pk]):
        assert not Purge.objects.exists()
        assert not ArchiveExport.objects.exists()
    for name in TABLES:
        assert raw.execute(f"SELECT count(*) FROM archive_{name}").fetchone() == (0,)


@pytest.mark.usefixtures("aged")
def test_one_person_alone_does_not_purge_even_in_the_database(lived, expert):
    row = purging.propose(lived.bakery, expert)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purge.objects.filter(pk=row.pk).update(state="confirmed", decided_by=expert)
    with (
        pytest.raises((psycopg.Error, Exception)), transaction.atomic(),
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("DELETE FROM archive_purge")
    assert Purge.objects.count() == 1
