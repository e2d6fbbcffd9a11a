"""No invoice lost: what connectors list against archive and books, and the signed certificate."""

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.server.stored_file import path_of

from facturier.cli import main
from facturier.errors import NetworkFailure
from facturier.formats.pages import pages_of
from facturier.server import sight
from facturier.server.archive import export, signing, verify, verify_certificate
from facturier.server.archive.models import ProofEnvelope
from facturier.server.books import booking
from facturier.server.completeness import certificate, comparing, listing, nightly
from facturier.server.completeness.models import Certificate, Comparison
from facturier.server.documents import store
from facturier.server.documents.mailbox import NETWORK
from facturier.server.documents.models import Document, Envelope, Flow, Message
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db


def month():
    return nightly.months()[1]


def compared(dossier, **asked):
    nightly.compare(dossier.pk, **asked)
    return Comparison.objects.get(dossier=dossier, month=month())


def codes(found):
    return sorted(one["code"] for one in found.gaps)


@pytest.fixture
def lived(office, deposited, everybody_works, expert):
    """One invoice of the bakery to the florist, delivered and booked on both sides."""
    deposited("F-1")
    everybody_works()
    for dossier in (office.bakery, office.florist):
        booking.validate(Document.objects.get(dossier=dossier).entries.get(), expert)
    return office


def test_what_is_listed_archived_and_booked_is_complete(lived):
    for dossier, side in ((lived.bakery, "issued"), (lived.florist, "received")):
        found = compared(dossier)
        assert (found.gaps, found.verdict, found.lacks) == ([], "complete", 0)
        assert found.figures[side] == {"listed": 1, "by_hand": 0, "archived": 1, "booked": 1}


def test_an_entry_to_validate_is_open_work_not_a_lack(office, deposited, everybody_works):
    deposited("F-1")
    everybody_works()
    found = compared(office.florist)
    assert (found.verdict, codes(found), found.lacks) == ("open", ["to-validate"], 0)


def test_a_parcel_that_nobody_took_is_named(office, deposited):
    deposited("F-1")
    work_through(office.bakery.pk)
    found = compared(office.florist)
    assert codes(found) == ["not-taken"]
    assert found.verdict == "lacking"
    assert "Raccordement" in found.gaps[0]["remedy"]


def test_a_file_that_could_not_be_read_is_named(office, deposited, everybody_works):
    deposited(data=b"rien du tout")
    assert codes(compared(office.bakery)) == ["pending"]
    everybody_works()
    found = compared(office.bakery)
    assert codes(found) == ["quarantined"]
    assert found.gaps[0]["why"]


def test_bytes_that_are_lost_or_altered_are_named(lived):
    path = path_of(Document.objects.get(dossier=lived.florist).sha256)
    path.write_bytes(b"autre chose")
    assert codes(compared(lived.florist)) == ["no-bytes"]
    path.unlink()
    found = compared(lived.florist)
    assert codes(found) == ["no-bytes"]
    assert found.figures["received"]["archived"] == 0


def test_an_invoice_without_entry_is_named_with_the_reason(office, deposited, everybody_works):
    deposited("F-1")
    everybody_works()
    document = Document.objects.get(dossier=office.florist)
    document.entries.update(document=None)
    document.unpostable = "Devise inconnue."
    document.save()
    found = compared(office.florist)
    assert codes(found) == ["not-booked"]
    assert found.gaps[0]["why"] == "Devise inconnue."


def test_what_was_rejected_or_is_a_duplicate_needs_no_entry(lived, deposited, everybody_works):
    deposited("F-1")  # again: rejected as a duplicate
    everybody_works()
    assert Document.objects.filter(dossier=lived.bakery, state="213").count() == 1
    assert codes(compared(lived.bakery)) == []


def test_a_parcel_that_was_sent_and_is_in_no_mailbox_is_named(office, deposited):
    deposited("F-1")
    work_through(office.bakery.pk)
    Envelope.objects.filter(dossier=office.florist).delete()
    found = compared(office.bakery)
    assert codes(found) == ["lost-on-the-way", "to-validate"]


def test_what_was_given_up_is_named(office, deposited, monkeypatch):
    def fails(_):
        raise NetworkFailure("Adresse inconnue.", permanent=True)

    monkeypatch.setattr(NETWORK, "deliver", fails)
    monkeypatch.setattr(NETWORK, "deliver_all", fails)
    deposited("F-1")
    work_through(office.bakery.pk)
    found = compared(office.bakery)
    assert "not-handed" in codes(found)
    assert "Adresse inconnue." in {one["why"] for one in found.gaps}
    Message.objects.update(state="pending")
    assert "to-hand" in codes(compared(office.bakery))


def test_another_month_is_another_comparison(lived):
    Flow.objects.filter(dossier=lived.florist).update(
        submitted_at=comparing.bounds(nightly.months()[0])[0]
    )
    nightly.compare(lived.florist.pk)
    listed = {one.month: one.figures["received"]["listed"] for one in Comparison.objects.all()}
    before, now = nightly.months()
    assert listed == {before: 1, now: 0}


def test_months_end_at_midnight_in_paris():
    start, end = comparing.bounds("2026-10")
    assert (start.isoformat(), end.isoformat()) == (
        "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00",
    )  # fmt: skip
    assert comparing.bounds("2026-12")[1].isoformat() == "2027-01-01T00:00:00+01:00"


def test_it_asks_the_database_as_often_for_ten_as_for_one(
    office, deposited, everybody_works, django_assert_max_num_queries
):
    def count():
        with sight.of([office.florist.pk]), django_assert_max_num_queries(30) as asked:
            comparing.compare(office.florist, month(), [
                listing.of_network(office.florist, comparing.bounds(month())[0])
            ])  # fmt: skip
        return len(asked)

    deposited()
    everybody_works()
    one = count()
    for _ in range(4):
        deposited()
    everybody_works()
    assert count() == one


# --- the certificate ------------------------------------------------------------------------------


@pytest.fixture
def certified(lived, expert):
    return nightly.certify(lived.bakery.pk, month(), expert)


def file_of(row, tmp_path):
    path = tmp_path / "certificat.json"
    path.write_bytes(store.get(row.stored_id))
    return path


def run_alone(*words):
    """The verifier as who received a certificate runs it: Python alone, isolated."""
    command = [sys.executable, "-I", "-S", verify_certificate.__file__, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_certificate_says_who_what_and_is_verified_alone(certified, tmp_path):
    path = file_of(certified, tmp_path)
    status, said = run_alone(path, "--cle", signing.own_fingerprint())
    assert status == 0, said
    assert "Boulangerie Simulée" in said
    assert "Claire Expert" in said
    assert "COMPLET" in said
    assert "Certificat authentique" in said
    assert main(["verify", str(path)]) == 0


def test_an_altered_certificate_or_another_key_is_refused(certified, tmp_path, settings):
    path = file_of(certified, tmp_path)
    signed = json.loads(path.read_bytes())
    signed["certificate"]["pieces"][0]["total"] = "1.00 EUR"
    path.write_text(json.dumps(signed))
    status, said = run_alone(path)
    assert (status, "signature fausse" in said) == (1, True)
    forged = signed["certificate"]
    settings.SIGNING_KEY = "another key"
    path.write_bytes(signing.signed(forged))
    assert run_alone(path)[0] == 0, "well signed, but by somebody else"
    settings.SIGNING_KEY = "x"
    assert run_alone(path, "--cle", signing.own_fingerprint())[0] == 1
    path.write_text("{}")
    assert run_alone(path)[0] == 2


def test_the_pure_python_signature_agrees_with_the_library():
    for number in range(8):
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, message = key.public_key().public_bytes_raw(), bytes(range(number * 9))
        signature = key.sign(message)
        assert verify_certificate.is_signed(message, signature, public)
        assert not verify_certificate.is_signed(message + b"x", signature, public)
        for place in (0, 31, 32, 63):
            spoiled = bytearray(signature)
            spoiled[place] ^= 1
            assert not verify_certificate.is_signed(message, bytes(spoiled), public)
        beyond = int.from_bytes(signature[32:], "little") + verify_certificate.ORDER
        malleable = signature[:32] + beyond.to_bytes(32, "little")
        assert not verify_certificate.is_signed(message, malleable, public)
    # RFC 8032, 7.1, test 1
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert verify_certificate.is_signed(b"", signature, public)


def test_the_verifier_is_short_and_needs_nothing():
    text = Path(verify_certificate.__file__).read_text()
    assert len(text.splitlines()) < 300
    assert "import facturier" not in text
    assert "from facturier" not in text


def test_a_certificate_is_an_event_of_the_chain_and_goes_with_the_archive(certified, tmp_path):
    last = ProofEnvelope.objects.filter(dossier=certified.dossier).order_by("sequence").last()
    assert (last.kind, last) == ("certificate", certified.envelope)
    folder = tmp_path / "archive"
    with export.writer_to(folder, "archive") as writer:
        export.export(certified.dossier, writer)
    assert verify.verify(folder).faults == {}
    path = folder / "blobs" / certified.stored_id
    assert run_alone(path, "--archive", folder)[0] == 0
    source = Document.objects.get(dossier=certified.dossier).sha256
    (folder / "blobs" / source).write_bytes(b"x")
    status, said = run_alone(path, "--archive", folder)
    assert (status, "F-1" in said) == (1, True)


def test_saying_the_same_again_makes_no_new_certificate(
    certified, expert, deposited, everybody_works
):
    bakery = certified.dossier
    assert nightly.certify(bakery.pk, month(), expert) == certified
    deposited("F-2")
    everybody_works()
    later = nightly.certify(bakery.pk, month(), expert)
    assert later != certified
    assert (later.verdict, later.gaps) == ("open", 1)


def test_the_night_certifies_the_month_that_is_over(lived):
    Flow.objects.filter(dossier=lived.florist).update(
        submitted_at=comparing.bounds(nightly.months()[0])[0]
    )
    nightly.compare(lived.florist.pk)
    row = Certificate.objects.get()
    assert (row.month, row.verdict, row.made_by) == (nightly.months()[0], "complete", None)
    nightly.compare(lived.florist.pk)
    assert Certificate.objects.count() == 1


def test_the_night_looks_where_something_happened(lived):
    assert nightly.due() == [lived.bakery.pk, lived.florist.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossiers_to_compare(%s)", [timezone.now() + timedelta(days=1)])
        assert cursor.fetchall() == []


def test_a_certificate_is_never_changed(certified):
    for statement in ("UPDATE completeness_certificate SET gaps = 0",
                      "DELETE FROM completeness_certificate"):  # fmt: skip
        with (
            sight.of([certified.dossier_id]), connection.cursor() as cursor,
            pytest.raises(DatabaseError, match=r"never changed|permission"), transaction.atomic(),
        ):  # fmt: skip
            cursor.execute(statement)


@pytest.mark.usefixtures("certified")
def test_a_stranger_sees_neither_comparison_nor_certificate(office):
    with sight.of([office.mason.pk]):
        assert Comparison.objects.count() == Certificate.objects.count() == 0


def test_the_pdf_carries_the_signed_file(certified):
    data = certificate.pdf(certified)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        attached = pdf.attachments["certificat.json"].get_file().read_bytes()
    assert attached == store.get(certified.stored_id)
    text = " ".join(page.text for page in pages_of(data))
    assert "Boulangerie Simulée" in text
    assert "Complet" in text
