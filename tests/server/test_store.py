"""The bytes: complete or absent, never written over, never altered unseen; in a folder or on S3."""

import errno
import hashlib
import socket
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.server import buckets
from tests.server.buckets import s3_server  # noqa: F401 - a fixture

from facturier.errors import StoreFailure, http_status
from facturier.server import outage
from facturier.server.archive import export, verify
from facturier.server.completeness import nightly
from facturier.server.documents import bucket, store
from facturier.server.documents.models import Document
from facturier.server.running import backup, probes, restore

BONJOUR = "2cb4b1431b84ec15d35ed83bb927e27e8967d75f4bcd9cc4b25c8d879ae23e18"


@pytest.fixture(params=["folder", "s3"])
def place(request, settings):
    """The store of this test, in each of its two places; what a test leaves is its own."""
    if request.param == "s3":
        settings.S3 = request.getfixturevalue("s3_server")
        for name in list(store.place().names()):
            store.place().remove(name)
    return store.place()


def test_what_was_put_is_got(place):
    assert store.put(b"bonjour") == BONJOUR
    assert store.get(BONJOUR) == b"bonjour"
    assert store.holds(BONJOUR)
    assert list(place.names()) == [f"2c/{BONJOUR}"]


def test_the_same_bytes_are_one_file(place):
    assert store.put(b"a") == store.put(b"a")
    assert len(list(store.addresses())) == len(list(place.names())) == 1


def test_a_name_is_written_once(place):
    place.write_once(f"2c/{BONJOUR}", b"bonjour")
    place.write_once(f"2c/{BONJOUR}", b"autre chose")
    assert store.get(BONJOUR) == b"bonjour"


def test_many_at_once_write_one_file(place):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(store.put, [b"bonjour"] * 40)) == {BONJOUR}
    assert list(place.names()) == [f"2c/{BONJOUR}"]


def test_altered_bytes_are_noticed(place):
    place.write_once(f"2c/{BONJOUR}", b"bonsoir")
    with pytest.raises(store.AlteredBytes):
        store.get(BONJOUR)
    assert store.as_it_is(BONJOUR) == b"bonsoir"
    assert not store.holds(BONJOUR)


@pytest.mark.usefixtures("place")
def test_unknown_bytes_are_not_found():
    with pytest.raises(store.MissingBytes):
        store.get("0" * 64)
    assert not store.holds("0" * 64)


def test_what_is_forgotten_is_gone(place):
    store.forget(store.put(b"bonjour"))
    store.forget(BONJOUR)
    assert list(place.names()) == []


def test_a_large_file_goes_in_and_out_in_pieces(place, tmp_path):
    made = tmp_path / "export.zip"
    made.write_bytes(b"0123456789abcdef" * 1_000_000)
    place.take("exports/un.zip", made)
    pieces = list(place.pieces("exports/un.zip"))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 9_000_000
    assert hashlib.sha256(b"".join(pieces)).digest() == hashlib.sha256(made.read_bytes()).digest()
    assert list(store.addresses()) == [], "an export is no evidence"
    place.remove("exports/un.zip")
    with pytest.raises(FileNotFoundError):
        place.pieces("exports/un.zip")


@pytest.mark.usefixtures("place")
def test_the_probe_knows_whether_one_can_write():
    assert probes.can_store()


def test_a_failed_write_leaves_nothing(documents_folder, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(b"bonjour")
    assert [p for p in documents_folder.rglob("*") if p.is_file()] == []


# --- S3 that fails --------------------------------------------------------------------------------


def refused(settings, **changes):
    """Store with these settings of S3; return what it raises."""
    settings.S3 = settings.S3 | changes
    with pytest.raises(StoreFailure) as caught:
        store.put(b"bonjour")
    assert not store.holds(BONJOUR)
    assert not probes.can_store()
    assert outage.is_outage(caught.value), "what waits goes on waiting, as for a full disk"
    assert http_status(caught.value) == 503
    return caught.value


@pytest.mark.parametrize("given", [{"key": buckets.READER}, {"secret": "faux"}, {"key": "inconnu"}])
def test_who_may_not_write_is_told_which_key_to_look_at(settings, s3_server, given):  # noqa: F811
    settings.S3 = s3_server
    for name in list(store.place().names()):
        store.place().remove(name)
    found = refused(settings, **given)
    assert found.reason == "denied"
    assert "FACTURIER_S3_KEY" in found.remedy


def test_a_bucket_that_is_not_there_is_named(settings, s3_server):  # noqa: F811
    settings.S3 = s3_server | {"key": buckets.READER, "bucket": "absent"}
    with pytest.raises(StoreFailure, match="absent"):
        list(store.addresses())


def test_nobody_at_the_address(settings, monkeypatch):
    monkeypatch.setattr(bucket, "TRIES_AGAIN", 0)
    (port,) = buckets.free_ports(1)
    settings.S3 = {"bucket": "b", "endpoint": f"http://127.0.0.1:{port}", "region": "r",
                   "key": "k", "secret": "s"}  # fmt: skip
    assert refused(settings).reason == "unreachable"


def test_a_bucket_that_says_nothing_is_given_up(settings, monkeypatch):
    monkeypatch.setattr(bucket, "TRIES_AGAIN", 0)
    monkeypatch.setattr(bucket, "SILENCE", timedelta(milliseconds=150))
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(16)
        settings.S3 = {"bucket": "muet", "endpoint": f"http://127.0.0.1:{mute.getsockname()[1]}",
                       "region": "r", "key": "k", "secret": "s"}  # fmt: skip
        assert refused(settings).reason == "unreachable"


@contextmanager
def answering(status, code):
    """An S3 server that always answers so: how real ones say that there is no room."""

    class Answer(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = f"<Error><Code>{code}</Code></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code"), [(507, "XMinioStorageFull"), (403, "QuotaExceeded")], ids=["507", "403"]
)
def test_a_full_bucket_is_a_full_disk(settings, monkeypatch, status, code):
    monkeypatch.setattr(bucket, "TRIES_AGAIN", 0)
    with answering(status, code) as endpoint:
        settings.S3 = {"bucket": code.lower(), "endpoint": endpoint, "region": "r", "key": "k",
                       "secret": "s"}  # fmt: skip
        with pytest.raises(StoreFailure) as caught:
            store.put(b"bonjour")
    assert (caught.value.reason, caught.value.errno) == ("full", errno.ENOSPC)


# --- The rest of the product on S3 ----------------------------------------------------------------


@pytest.fixture
def on_s3(settings, s3_server):  # noqa: F811
    settings.S3 = s3_server
    for name in list(store.place().names()):
        store.place().remove(name)


@pytest.mark.django_db
@pytest.mark.usefixtures("on_s3")
def test_an_invoice_lives_on_s3_and_its_archive_verifies(
    office, deposited, everybody_works, documents_folder, tmp_path
):
    deposited("F-1")
    everybody_works()
    document = Document.objects.get(dossier=office.bakery)
    assert document.sha256 in set(store.addresses())
    assert not documents_folder.exists(), "nothing goes to the folder"
    with export.writer_to(tmp_path / "a.zip", "archive") as writer:
        assert export.export(office.bakery, writer).missing == []
    assert verify.verify(tmp_path / "a.zip").faults == {}
    assert not any(one.lacks for one in nightly.compare(office.bakery.pk).values())
    with tarfile.open(tmp_path / "sauvegarde.tar", "w") as tar:
        assert backup._add_documents(tar) == len(set(store.addresses()))
    before = set(store.addresses())
    store.forget(document.sha256)
    (lacking,) = [one for one in nightly.compare(office.bakery.pk).values() if one.lacks]
    assert lacking.gaps
    with tarfile.open(tmp_path / "sauvegarde.tar") as tar:
        assert restore._take(tar) == len(before)
    assert set(store.addresses()) == before
    assert store.holds(document.sha256)
