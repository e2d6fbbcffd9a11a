"""The chain of envelopes: written with its cause, never changed, exported, verified."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from contextlib import nullcontext

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from tests.server.stored_file import path_of

from facturier.cli import main
from facturier.errors import BadUsage
from facturier.server import commands, sight
from facturier.server.archive import chain, export, sealing, verify
from facturier.server.archive.models import ProofEnvelope, Seal, Timestamp
from facturier.server.books import booking
from facturier.server.documents import store
from facturier.server.documents.models import Document, Event
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db
Kind = ProofEnvelope.Kind


def envelopes(dossier):
    return list(ProofEnvelope.objects.filter(dossier=dossier).order_by("sequence"))


@pytest.fixture
def lived(office, deposited, everybody_works, expert):
    """One invoice of the bakery to the florist, delivered; its sale validated."""
    deposited("F-1")
    everybody_works()
    booking.validate(Document.objects.get(dossier=office.bakery).entries.get(), expert)
    return office


def test_each_event_gets_an_envelope_with_what_it_is_about(lived):
    kinds = [one.kind for one in envelopes(lived.bakery)]
    assert kinds[0] == "document"
    assert {"status", "delivered", "entry-proposed"} <= set(kinds)
    assert kinds[-1] == "entry-validated"
    for dossier in (lived.bakery, lived.florist):
        said = [e.facts["status"]["code"] for e in envelopes(dossier) if e.kind == "status"]
        events = Event.objects.filter(dossier=dossier).order_by("pk")
        assert said == [event.code for event in events]
        assert len(said) >= 2
        assert [
            e.facts["files"][0]["sha256"] for e in envelopes(dossier) if e.kind == "status"
        ] == [event.source_id for event in events]


def test_an_envelope_holds_the_verdict_with_its_books_and_the_entry(lived):
    first, *_, last = envelopes(lived.bakery)
    document = Document.objects.get(dossier=lived.bakery)
    assert first.facts["verdict"]["outcome"] == "valid"
    assert first.facts["verdict"]["books"] == document.books
    assert first.facts["files"][0]["sha256"] == document.sha256
    entry = document.entries.get()
    assert last.facts["entry"]["number"] == entry.number
    assert sum(float(line["debit"]) for line in last.facts["entry"]["lines"]) == 120.0


def test_a_chain_has_no_gap_and_each_link_hashes_the_one_before(lived):
    for dossier in (lived.bakery, lived.florist):
        previous = verify.GENESIS
        for rank, one in enumerate(envelopes(dossier), 1):
            assert (one.sequence, one.previous) == (rank, previous)
            assert hashlib.sha256(one.body.encode()).hexdigest() == one.hash
            assert one.is_intact
            previous = one.hash


def test_an_envelope_goes_with_its_cause_or_not_at_all(office, deposited, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("no entry today")

    monkeypatch.setattr(booking, "propose", fails)
    deposited("F-1")
    work_through(office.bakery.pk)
    assert not Document.objects.exists()
    assert not ProofEnvelope.objects.exists()


CHANGES = [
    "UPDATE archive_proofenvelope SET body = '{}'",
    "DELETE FROM archive_proofenvelope",
    "UPDATE archive_seal SET body = '{}'",
    "DELETE FROM archive_seal",
    "UPDATE archive_timestamp SET token = ''",
    "DELETE FROM archive_timestamp",
]


def test_the_serving_role_may_not_change_or_remove(lived):
    for statement in CHANGES:
        with (
            sight.of([lived.bakery.pk]),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_of_the_tables_changes_the_archive(lived, private_postgres):
    seal = make_seal(lived.bakery)
    Timestamp.objects.create(
        dossier=lived.bakery, seal=seal, authority="x", token=b"x", stamped_at=seal.created_at
    )
    with psycopg.connect(
        host=str(private_postgres.socket), user="facturier_owner", dbname="facturier"
    ) as owner:
        for statement in CHANGES:
            with (
                pytest.raises(psycopg.errors.RestrictViolation, match="never changed"),
                owner.transaction(),
            ):
                owner.execute(statement)


def make_seal(dossier):
    last = envelopes(dossier)[-1]
    return sealing._seal(dossier, last.month, 1, last.sequence)


def test_the_database_refuses_an_envelope_that_does_not_follow(lived):
    for wrong in ("rank", "previous", "hash", "body"):
        with pytest.raises(IntegrityError), transaction.atomic():
            append_wrongly(lived, wrong)


def append_wrongly(lived, wrong):
    head = envelopes(lived.bakery)[-1]
    facts = head.facts | {"sequence": head.sequence + 1, "previous": head.hash}
    row = {"sequence": head.sequence + 1, "previous": head.hash}
    if wrong == "rank":
        facts["sequence"] = row["sequence"] = head.sequence + 2
    if wrong == "previous":
        facts["previous"] = row["previous"] = "1" * 64
    body = verify.canonical(facts).decode()
    told = "2" * 64 if wrong == "hash" else verify.digest(body.encode())
    if wrong == "body":
        body = verify.canonical(head.facts).decode()
        told = verify.digest(body.encode())
    ProofEnvelope.objects.create(
        dossier=lived.bakery, kind=head.kind, recorded_at=head.recorded_at, month=head.month,
        body=body, hash=told, **row,
    )  # fmt: skip


def test_an_envelope_that_follows_is_taken_but_not_into_a_sealed_month(lived):
    with transaction.atomic():
        taken = chain.append(
            lived.bakery, Kind.STATUS, {}, at=envelopes(lived.bakery)[0].recorded_at
        )
    Seal.objects.create(
        dossier=lived.bakery, month="2000-01", first=1, last=taken.sequence + 1, body="{}"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        chain.append(lived.bakery, Kind.STATUS, {}, at=taken.recorded_at)


def test_a_stranger_sees_no_envelope(lived, raw):
    count = "SELECT count(*) FROM archive_proofenvelope"
    assert ProofEnvelope.objects.count() > 0
    assert raw.execute(count).fetchone() == (0,)
    with sight.of([lived.mason.pk]):
        assert ProofEnvelope.objects.count() == 0


# --- export and verification ---------------------------------------------------------------------


EXPORTED = {}
"""Made by the first test that wants it: living through an invoice takes longer than a test."""


@pytest.fixture
def archive(request, tmp_path, tmp_path_factory):
    """The bakery's archive as a folder, its month sealed."""
    if not EXPORTED:
        bakery = request.getfixturevalue("lived").bakery
        make_seal(bakery)
        EXPORTED["folder"] = tmp_path_factory.mktemp("exported") / "archive"
        with export.writer_to(EXPORTED["folder"], "archive") as writer:
            export.export(bakery, writer)
    return shutil.copytree(EXPORTED["folder"], tmp_path / "archive")


def faults(path, head=""):
    return verify.verify(path, head).faults


def test_an_export_is_intact_and_explains_itself(lived, tmp_path):
    archive = tmp_path / "archive"
    with export.writer_to(archive, "archive") as writer:
        assert export.export(lived.bakery, writer).missing == []
    assert faults(archive) == {}
    names = {one.relative_to(archive).as_posix() for one in archive.rglob("*") if one.is_file()}
    assert {"LISEZMOI.md", "verify.py", "manifest.jsonl", "archive.json", "SHA256SUMS"} <= names
    source = Document.objects.get(dossier=lived.bakery).sha256
    assert (archive / "blobs" / source).read_bytes() == store.get(source)
    assert "Cent croissants" in (archive / "copies/000001.html").read_text()
    lines = (archive / "manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["hash"] for line in lines] == [e.hash for e in envelopes(lived.bakery)]


def test_sha256sum_verifies_it_too(archive):
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=archive, check=False
    )
    assert done.returncode == 0


def test_the_verifier_stands_alone(archive, tmp_path):
    """Another Python, without site-packages, from another folder."""
    assert len((archive / "verify.py").read_text().splitlines()) < 300

    def run(path):
        return subprocess.run(
            [sys.executable, "-I", "-S", archive / "verify.py", path],
            cwd=tmp_path, check=False, capture_output=True, text=True,
        )  # fmt: skip

    good = run(archive)
    assert (good.returncode, good.stderr) == (0, "")
    assert "Archive intacte" in good.stdout
    (archive / "LISEZMOI.md").write_text("rien")
    bad = run(archive)
    assert bad.returncode == 1
    assert "LISEZMOI.md : modifié" in bad.stdout
    (tmp_path / "rien").mkdir()
    assert run(tmp_path / "rien").returncode == 2
    assert run(tmp_path / "absent").returncode == 2


def files_of(archive):
    return sorted(
        one.relative_to(archive).as_posix() for one in archive.rglob("*") if one.is_file()
    )


def flip(path, place=-2):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_one_altered_byte_of_any_file_is_named(archive):
    names = files_of(archive)
    assert {name.split("/")[0] for name in names} >= {"blobs", "copies", "sceaux", "verify.py"}
    for name in names:
        before = (archive / name).read_bytes()
        for place in (0, len(before) // 2, -2):
            flip(archive / name, place)
            assert name in faults(archive), (name, place)
            (archive / name).write_bytes(before)
    assert faults(archive) == {}


def test_each_removed_added_or_renamed_file_is_named(archive):
    for name in files_of(archive):
        path, aside = archive / name, archive / "copies" / "ailleurs"
        path.rename(aside)
        assert name in faults(archive)
        if name != "SHA256SUMS":
            assert faults(archive)[name] == "renommé en copies/ailleurs"
        aside.rename(archive.parent / "aside")
        assert "manquant" in faults(archive)[name]
        (archive.parent / "aside").rename(path)
    (archive / "blobs" / "intrus").write_bytes(b"x")
    assert list(faults(archive)) == ["blobs/intrus"]


# Whoever alters with care also corrects SHA256SUMS: then the chain itself must tell.


def with_sums_corrected(archive):
    sums = {n: verify.digest((archive / n).read_bytes()) for n in files_of(archive)}
    sums.pop("SHA256SUMS")
    listed = "".join(f"{sha}  {name}\n" for name, sha in sorted(sums.items())).encode()
    (archive / "SHA256SUMS").write_bytes(listed + f"# {verify.digest(listed)}\n".encode())
    return faults(archive)


def lines_of(archive):
    return (archive / "manifest.jsonl").read_bytes().splitlines(keepends=True)


def rewrite(archive, lines):
    (archive / "manifest.jsonl").write_bytes(b"".join(lines))
    return with_sums_corrected(archive)


def rehashed(line, **changes):
    envelope = json.loads(line)["envelope"] | changes
    told = verify.digest(verify.canonical(envelope))
    return verify.canonical({"envelope": envelope, "hash": told}) + b"\n"


def test_a_corrected_list_does_not_hide_an_altered_blob(archive):
    blob = next((archive / "blobs").iterdir())
    flip(blob)
    assert list(with_sums_corrected(archive)) == [f"blobs/{blob.name}"]
    blob.unlink()
    assert list(with_sums_corrected(archive)) == [f"blobs/{blob.name}"]


def test_an_altered_envelope_is_named(archive):
    lines = lines_of(archive)
    lines[2] = lines[2].replace(b'"side":"', b'"side":"x')
    found = rewrite(archive, lines)
    assert list(found) == ["enveloppe n° 3"]
    assert "pièce F-1, status" in found["enveloppe n° 3"]


def test_an_envelope_rewritten_with_its_hash_is_named(archive):
    lines = lines_of(archive)
    lines[2] = rehashed(lines[2], at="2020-01-01T00:00:00+00:00")
    assert list(rewrite(archive, lines)) == ["enveloppe n° 3"]


def test_a_removed_envelope_is_named(archive):
    lines = lines_of(archive)
    del lines[2]
    assert rewrite(archive, lines)["enveloppe n° 3"] == "manquante"


def test_removed_envelopes_are_named_together(archive):
    lines = lines_of(archive)
    del lines[1:3]
    assert rewrite(archive, lines)["enveloppe n° 2 à 3"] == "manquante"


def test_two_swapped_envelopes_are_named(archive):
    lines = lines_of(archive)
    lines[1], lines[2] = lines[2], lines[1]
    assert set(rewrite(archive, lines)) == {"enveloppe n° 2", "enveloppe n° 3"}


def test_an_added_envelope_is_named(archive):
    lines = lines_of(archive)
    last = json.loads(lines[-1])
    added = rehashed(lines[-1], sequence=last["envelope"]["sequence"] + 1, previous=last["hash"])
    found = rewrite(archive, [*lines, added])
    assert list(found) == [f"enveloppe n° {len(lines) + 1}"]
    assert "ajoutée" in found[f"enveloppe n° {len(lines) + 1}"]
    assert "ajoutée" in rewrite(archive, [*lines[:2], lines[1], *lines[2:]])["enveloppe n° 2"]


def truncate(archive, keep):
    """Cut the chain and correct everything that says how long it was, but the seal."""
    lines = lines_of(archive)[:keep]
    statement = json.loads((archive / "archive.json").read_bytes())
    statement |= {"last": keep, "head": json.loads(lines[-1])["hash"]}
    (archive / "archive.json").write_bytes(verify.canonical(statement))
    named = {f["sha256"] for line in lines for f in json.loads(line)["envelope"]["files"]}
    for blob in (archive / "blobs").iterdir():
        if blob.name not in named:
            blob.unlink()
    return rewrite(archive, lines)


def test_a_chain_cut_with_care_is_betrayed_by_the_seal(archive):
    whole = len(lines_of(archive))
    found = truncate(archive, whole - 2)
    assert list(found) == [f"enveloppe n° {whole}"]
    assert "tronquée" in found[f"enveloppe n° {whole}"]


def test_a_chain_rewritten_to_its_end_is_betrayed_by_the_seal_and_by_a_noted_head(archive):
    head = json.loads(lines_of(archive)[-1])["hash"]
    lines, previous = [], verify.GENESIS
    for line in lines_of(archive):
        lines.append(rehashed(line, previous=previous, at="2020-01-01T00:00:00+00:00"))
        previous = json.loads(lines[-1])["hash"]
    statement = json.loads((archive / "archive.json").read_bytes()) | {"head": previous}
    (archive / "archive.json").write_bytes(verify.canonical(statement))
    found = rewrite(archive, lines)
    assert list(found) == [f"enveloppe n° {len(lines)}"]
    assert "réécrite" in found[f"enveloppe n° {len(lines)}"]
    shutil.rmtree(archive / "sceaux")
    assert with_sums_corrected(archive) == {}, "without seal nothing inside can tell"
    assert "tête de la chaîne" in faults(archive, head)
    assert faults(archive, previous) == {}


@pytest.mark.parametrize("garbage", [b"[]\n", b"{}\n", b'{"envelope":3,"hash":4}\n', b"\xff\n"])
def test_garbage_is_named_and_breaks_nothing(archive, garbage):
    lines = lines_of(archive)
    found = rewrite(archive, [garbage, *lines[1:]])
    assert {"manifest.jsonl, ligne 1", "enveloppe n° 1"} <= set(found)
    (archive / "archive.json").write_bytes(garbage)
    next((archive / "sceaux").iterdir()).write_bytes(garbage)
    assert {"archive.json"} <= set(with_sums_corrected(archive))


def test_a_zip_is_verified_as_a_folder_is(lived, tmp_path):
    target = tmp_path / "a.zip"
    with export.writer_to(target, "archive-x") as writer:
        export.export(lived.bakery, writer)
    assert faults(target) == {}
    with zipfile.ZipFile(target, "a") as one:
        one.writestr("archive-x/copies/intrus.html", "x")
    assert list(faults(target)) == ["copies/intrus.html"]


def test_a_byte_altered_inside_a_zip_is_named(lived, tmp_path):
    target = tmp_path / "a.zip"
    with export.writer_to(target, "archive-x") as writer:
        export.export(lived.bakery, writer)
    with zipfile.ZipFile(target) as one:
        entry = next(e for e in one.infolist() if "/blobs/" in e.filename)
    flip(target, entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2)
    assert list(faults(target)) == [entry.filename.removeprefix("archive-x/")]


def test_one_month_alone_is_intact_and_another_is_empty(lived, tmp_path):
    month = envelopes(lived.bakery)[0].month
    for name, wanted, count in (
        ("this", month, len(envelopes(lived.bakery))),
        ("no", "2001-01", 0),
    ):
        with export.writer_to(tmp_path / name, name) as writer:
            assert export.export(lived.bakery, writer, month=wanted).envelopes == count
        assert faults(tmp_path / name) == {}


def test_bytes_that_the_store_lost_are_said_and_named(lived, tmp_path):
    sha256 = Document.objects.get(dossier=lived.bakery).sha256
    path_of(sha256).write_bytes(b"altered")
    with export.writer_to(tmp_path / "a", "a") as writer:
        done = export.export(lived.bakery, writer)
    assert done.missing == [f"blobs/{sha256}"]
    assert list(faults(tmp_path / "a")) == [f"blobs/{sha256}"]


def test_an_export_never_overwrites(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"mine")
    with pytest.raises(BadUsage), export.writer_to(tmp_path / "a.zip", "a"):
        pass
    assert (tmp_path / "a.zip").read_bytes() == b"mine"


def test_the_commands_export_and_verify(lived, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(commands, "database", nullcontext)
    zipped = str(tmp_path / "a.zip")
    assert main(["archive", lived.bakery.siren, "-o", zipped]) == 0
    assert main(["verify", zipped]) == 0
    assert "Archive intacte" in capsys.readouterr().out
    flip(tmp_path / "a.zip", 200)
    assert main(["verify", zipped]) == 1
    month = envelopes(lived.bakery)[0].month
    assert main(["archive", lived.bakery.siren, "-o", str(tmp_path / "m"), "--month", month]) == 0
    assert main(["verify", str(tmp_path / "m"), "--tete", "0" * 64]) == 1


# --- the page ------------------------------------------------------------------------------------


def test_the_page_reads_the_envelopes_again(lived, client, expert):
    document = Document.objects.get(dossier=lived.bakery)
    client.force_login(expert)
    address = f"/dossiers/{lived.bakery.pk}/documents/{document.pk}/preuve/"
    page = client.get(address).content.decode()
    count = document.proof_envelopes.count()
    assert f"{count} enveloppes relues" in page
    assert envelopes(lived.bakery)[0].hash in page
    path_of(document.sha256).write_bytes(b"altered")
    page = client.get(address).content.decode()
    assert f"Altéré depuis : Le fichier {document.sha256}" in page.replace("&#x27;", "'")
