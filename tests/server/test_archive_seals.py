"""Months that are over are sealed; an authority (OpenSSL's, here) timestamps the seals."""

import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection

from facturier.errors import NetworkFailure
from facturier.network.timestamping.client import stamp
from facturier.server.archive import chain, export, sealing, verify
from facturier.server.archive.models import ProofEnvelope, Seal, Timestamp

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is OpenSSL's"),
]
CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Horodatage simulé
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
[may]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


def openssl(*words, folder):
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True).stdout


class Authority:
    """A root, a signer under it, and OpenSSL's answers over HTTP."""

    def __init__(self, folder):
        self.folder, self.status, self.spoil = folder, 200, lambda answer: answer
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl(
            "req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-days", "30",
            "-subj", "/CN=Racine simulee", folder=folder,
        )  # fmt: skip
        openssl("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-config", "tsa.cnf",
                folder=folder)  # fmt: skip
        openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-days", "30", "-set_serial", "2", "-extfile", "tsa.cnf", "-extensions", "may",
            "-out", "tsa.pem", folder=folder,
        )  # fmt: skip
        self.root = folder / "root.pem"
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(authority.status)
                self.end_headers()
                self.wfile.write(authority.spoil(authority.answer(question)))

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, question):
        (self.folder / "q.tsq").write_bytes(question)
        words = ("ts", "-reply", "-config", "tsa.cnf", "-section", "here", "-queryfile", "q.tsq")
        return openssl(*words, folder=self.folder)


@pytest.fixture(scope="module")
def running_authority(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("tsa"))
    yield authority
    authority.server.shutdown()


@pytest.fixture
def authority(running_authority):
    running_authority.status, running_authority.spoil = 200, lambda answer: answer
    return running_authority


def test_a_timestamp_is_verified_to_its_root(authority):
    got = stamp(b"bonjour", url=authority.url, root=authority.root.read_bytes())
    assert got.is_verified
    assert abs(got.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert verify.stamped(got.token) == (verify.digest(b"bonjour"), got.at)


def test_without_a_root_it_says_that_nobody_verified_the_signature(authority):
    assert not stamp(b"bonjour", url=authority.url).is_verified


def test_an_answer_about_something_else_is_refused(authority):
    kept = []
    authority.spoil = lambda answer: kept[0] if kept else kept.append(answer) or answer
    stamp(b"bonjour", url=authority.url)
    with pytest.raises(NetworkFailure, match="autre empreinte"):
        stamp(b"bonsoir", url=authority.url)
    with pytest.raises(NetworkFailure, match="autre demande"):
        stamp(b"bonjour", url=authority.url)


def test_a_signature_that_does_not_lead_to_the_root_is_refused(authority, tmp_path):
    stranger = Authority(tmp_path)
    with pytest.raises(NetworkFailure, match="horodatage valable"):
        stamp(b"bonjour", url=authority.url, root=stranger.root.read_bytes())
    stranger.server.shutdown()


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (403, True)])
def test_a_refusal_says_whether_to_ask_again(authority, status, permanent):
    authority.status = status
    with pytest.raises(NetworkFailure) as failure:
        stamp(b"bonjour", url=authority.url)
    assert failure.value.permanent is permanent


def test_rubbish_and_silence_are_failures(authority):
    authority.spoil = lambda _: b"<html>"
    with pytest.raises(NetworkFailure, match="horodatage valable"):
        stamp(b"bonjour", url=authority.url)
    with pytest.raises(NetworkFailure, match="ne répond pas"):
        stamp(b"bonjour", url="http://127.0.0.1:9/")
    with pytest.raises(NetworkFailure, match="inconnue"):
        stamp(b"bonjour", url="file:///etc/passwd")


@pytest.fixture
def three_months(office, monkeypatch):
    """Envelopes of September, October and of this month: the database's clock is turned."""
    for moment, count in (("2026-09-30 21:59:59+00", 2), ("2026-09-30 22:00:01+00", 1)):
        turned = chain.HEAD.replace("clock_timestamp()", f"'{moment}'::timestamptz")
        monkeypatch.setattr(chain, "HEAD", turned)
        for _ in range(count):
            add(office.bakery)
        monkeypatch.undo()
    add(office.bakery)
    return office.bakery


def add(dossier):
    return chain.append(dossier, ProofEnvelope.Kind.STATUS, {}, at=datetime.now(UTC))


def test_months_end_at_midnight_in_paris_and_the_current_one_stays_open(three_months):
    months = list(ProofEnvelope.objects.order_by("sequence").values_list("month", flat=True))
    assert months[:3] == ["2026-09", "2026-09", "2026-10"]
    assert sealing.seal_all() == 2
    seals = [(s.month, s.first, s.last) for s in Seal.objects.order_by("month")]
    assert seals == [("2026-09", 1, 2), ("2026-10", 3, 3)]
    assert sealing.seal_all() == 0
    assert add(three_months).sequence == 5


def test_seals_are_timestamped_and_the_export_tells(three_months, authority, settings, tmp_path):
    settings.TSA_URL, settings.TSA_ROOT = authority.url, str(authority.root)
    sealing.seal_all()
    assert Timestamp.objects.filter(is_verified=True).count() == 2
    folder = tmp_path / "a"
    with export.writer_to(folder, "a") as writer:
        export.export(three_months, writer)
    report = verify.verify(folder)
    assert report.faults == {}
    assert sum("horodaté le" in note for note in report.notes) == 2
    openssl(
        "ts", "-verify", "-data", "sceaux/2026-09.json", "-in", "sceaux/2026-09.tsr",
        "-CAfile", str(authority.root), folder=folder,
    )  # fmt: skip
    one, other = folder / "sceaux/2026-09.tsr", folder / "sceaux/2026-10.tsr"
    shutil.copy(other, one)
    (folder / "SHA256SUMS").unlink()
    assert "autorité" in verify.verify(folder).faults["sceaux/2026-09.json"]


def test_without_authority_or_with_a_silent_one_the_seal_says_so(three_months, settings, tmp_path):
    sealing.seal_all()
    settings.TSA_URL = "http://127.0.0.1:9/"
    sealing.seal_all()
    assert (Seal.objects.count(), Timestamp.objects.count()) == (2, 0)
    with export.writer_to(tmp_path / "a", "a") as writer:
        export.export(three_months, writer)
    notes = verify.verify(tmp_path / "a").notes
    assert "2026-09 : scellé, non horodaté" in notes


def test_a_month_that_nobody_sealed_is_noted(three_months, tmp_path):
    with export.writer_to(tmp_path / "a", "a") as writer:
        export.export(three_months, writer)
    assert "2026-10 : mois non scellé" in verify.verify(tmp_path / "a").notes


def test_the_job_sees_ids_only(three_months):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('facturier.dossiers', '', true)")
        cursor.execute("SELECT dossiers_to_seal('2026-11')")
        assert cursor.fetchall() == [(three_months.pk,)]
