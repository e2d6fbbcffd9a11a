"""The audit trail of an entry: each link with its proof, each missing one named."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.server.stored_file import path_of

from facturier.formats.pages import pages_of
from facturier.server.archive import controls, trail
from facturier.server.books import booking
from facturier.server.completeness import nightly
from facturier.server.documents.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(office, deposited, everybody_works, expert):
    """The florist's purchase of the bakery, validated."""
    deposited("F-1")
    everybody_works()
    return booking.validate(Document.objects.get(dossier=office.florist).entries.get(), expert)


def links(entry):
    return {one.name: one for one in trail.of_entry(entry).links}


def test_each_link_has_its_proof_with_rank_hash_date_and_author(entry):
    found = links(entry)
    envelopes = {one.sequence: one for one in entry.dossier.proof_envelopes.all()}
    for name in ("Facture", "Contrôle de conformité", "Statuts échangés", "Écriture comptable"):
        assert found[name].proofs, name
        for proof in found[name].proofs:
            assert envelopes[proof.envelope].hash == proof.hash
            assert proof.at is not None
            assert proof.who
            assert proof.is_intact
    assert found["Écriture comptable"].proofs[-1].who == "Claire Expert"
    assert entry.number in found["Écriture comptable"].proofs[-1].what


def test_each_missing_link_is_named_with_its_remedy(entry):
    found = links(entry)
    for name in ("Commande, devis ou contrat", "Statuts échangés", "Lettrage", "Paiement"):
        assert found[name].missing, name
        assert found[name].remedy, name
    missing = {one.name for one in trail.of_entry(entry).missing}
    assert "Commande, devis ou contrat" in missing
    assert "Lettrage" not in missing, "nothing owes it"


def test_a_payment_is_missing_only_once_it_is_due(entry):
    document = entry.document
    for days, is_due in ((1, False), (-1, True)):
        document.due_date = timezone.localdate() + timedelta(days=days)
        document.save()
        assert links(entry)["Paiement"].is_due is is_due


def test_what_was_altered_is_named(entry):
    path_of(entry.document.sha256).write_bytes(b"autre chose")
    found = trail.of_entry(entry)
    assert "Facture" in {one.name for one in found.missing}
    assert not next(one for one in found.links if one.name == "Facture").proofs[0].is_intact


def test_an_entry_without_document_says_so(entry):
    entry.document = None
    found = trail.of_entry(entry)
    assert "Aucune pièce" in found.missing[0].missing


def test_the_pdf_says_what_the_page_says(client, entry, stranger):
    text = " ".join(page.text for page in pages_of(trail.pdf(trail.of_entry(entry))))
    assert "Claire Expert" in text
    assert "ne cite ni commande" in text
    client.force_login(stranger)
    page = client.get(f"/dossiers/{entry.dossier_id}/ecritures/{entry.pk}/piste/")
    assert "Claire Expert" in page.content.decode()
    assert "ne cite ni commande" in page.content.decode()


def test_the_register_says_who_checked_what(client, entry, stranger, expert):
    nightly.certify(entry.dossier_id, nightly.months()[1], expert)
    rows = [controls.shown(one) for one in controls.of_dossier(entry.dossier)]
    assert [one.what.partition(" ")[0] for one in rows] == [
        "Exhaustivité", "Validation", "Statut", "Statut", "Conformité",
    ]  # fmt: skip
    assert {one.who for one in rows} >= {"Claire Expert", controls.MACHINE}
    client.force_login(stranger)
    where = f"/dossiers/{entry.dossier_id}/controles/"
    assert "Validation" in client.get(where).content.decode()
    assert "Validation" not in client.get(f"{where}?mois=2001-01").content.decode()
