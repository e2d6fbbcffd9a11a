"""What a person says on the page of a document, with all that a status may bring."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.server.test_pages import words

from facturier.formats.cdar import read_status
from facturier.lifecycle.statuses import Side
from facturier.server.documents import history, store
from facturier.server.documents.deposit import remember, row_of
from facturier.server.documents.models import Document, Envelope, Message, Transmission
from facturier.server.portal.models import PortalFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def exchanged(deposited, everybody_works):
    deposited("F-1", process="S1")
    everybody_works()


@pytest.fixture
def say(exchanged, office, client, expert, stranger, everybody_works):  # noqa: ARG001
    """Say a status on the page of its side; return the answer."""

    def once(direction, code, **filled):
        dossier = office.bakery if direction == "issued" else office.florist
        client.force_login(expert if direction == "issued" else stranger)
        document = Document.objects.get(direction=direction, dossier=dossier)
        address = reverse("say", args=[dossier.pk, document.pk, code])
        answer = client.post(address, {"confirme": "on", **filled}, follow=True)
        everybody_works()
        return answer

    return once


def last(direction):
    return Document.objects.get(direction=direction).events.order_by("pk").last()


def test_a_dispute_says_what_is_contested_and_what_is_asked(say, client, expert, office):
    asked = {"motif": "TX_TVA_ERR", "action": "NIN", "donnee": "BT-152"}
    assert "Écrivez un nombre" in words(say("received", 207, **asked, facture="vingt"))
    assert "est enregistré" in words(say("received", 207, **asked, facture="20", attendu="5,5"))
    event = last("issued")
    assert (event.code, event.action) == ("207", "NIN")
    assert [(one["type_code"], one["term"], one["percent"]) for one in event.amounts] == [
        ("DIV", "BT-152", "20"), ("DVA", "BT-152", "5.5"),
    ]  # fmt: skip
    client.force_login(expert)
    sent = Document.objects.get(direction="issued")
    page = words(client.get(reverse("document", args=[office.bakery.pk, sent.pk])))
    assert "Demandé : Créer une facture rectificative" in page
    assert "Donnée attendue · Taux de TVA de l'article (BT-152) : 5,5 %" in page


def test_a_value_without_its_datum_is_asked_back(say):
    answer = say("received", 207, motif="TX_TVA_ERR", attendu="5,5")
    assert "Choisissez la donnée" in words(answer)


def test_a_refusal_tells_the_portal_only_what_it_admits(say):
    say("received", 210, motif="TX_TVA_ERR", donnee="BT-152", attendu="5,5", commentaire="5,5 %")
    assert last("issued").amounts
    file = PortalFile.objects.get(event__code="210")
    (detail,) = read_status(store.get(file.stored_id)).message.details
    assert (detail.reason_code, detail.characteristics) == ("TX_TVA_ERR", ())


def test_what_was_missing_travels_with_its_status(say, client, stranger, office):
    say("received", 208, motif="JUSTIF_ABS", commentaire="Le bon de livraison, s'il vous plaît.")
    paper = SimpleUploadedFile("bon.pdf", b"%PDF-1.4 bon signe", "application/pdf")
    assert "est enregistré" in words(say("issued", 209, piece=paper))
    event = last("received")
    assert (event.code, event.attached) == ("209", "bon.pdf")
    client.force_login(stranger)
    got = Document.objects.get(direction="received")
    address = reverse("attached", args=[office.florist.pk, got.pk, event.pk, 1])
    assert address in client.get(got_page(office, got)).content.decode()
    answer = client.get(address)
    assert answer.content == b"%PDF-1.4 bon signe"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bon.pdf"'
    assert client.get(address.replace("piece/1", "piece/2")).status_code == 404


def got_page(office, document):
    return reverse("document", args=[office.florist.pk, document.pk])


def test_a_program_is_no_attachment(say):
    program = SimpleUploadedFile("outil.exe", b"MZ")
    assert "Joignez un PDF" in words(say("issued", 209, piece=program))


def test_another_account_is_an_iban(say):
    assert "Ce n'est pas un IBAN" in words(say("issued", 227, compte="FR76 1234"))
    say("issued", 227, compte="FR14 2004 1010 0505 0001 3M02 606")
    (datum,) = last("received").amounts
    assert (datum["type_code"], datum["term"]) == ("CBB", "BT-84")
    assert datum["text"] == "FR1420041010050500013M02606"


def test_what_is_paid_or_approved_in_part_is_said(say):
    say("received", 206, motif="QTE_ERR", approuve="80,00")
    assert last("issued").amounts[0]["type_code"] == "MAPTTC"
    say("received", 211, paye="80", jour="2026-11-21")
    (datum,) = last("issued").amounts
    assert (datum["type_code"], datum["amount"], datum["value_date"]) == (
        "MPA", "80", "2026-11-21",
    )  # fmt: skip


def test_a_credit_note_is_paid_back_with_a_negative_receipt(office, deposited, everybody_works,
                                                            client, expert):  # fmt: skip
    deposited("A-1", process="S1")
    everybody_works()
    Document.objects.filter(number="A-1").update(type_code="381")
    note = Document.objects.get(direction="issued", number="A-1")
    assert note.state == "203"
    client.force_login(expert)
    address = reverse("say", args=[office.bakery.pk, note.pk, 212])
    assert 'value="-120,00"' in client.get(address).content.decode()
    filled = {"jour": "2026-11-22", "confirme": "on", "commentaire": "Avoir remboursé."}
    assert "Il reste" in words(client.post(address, {**filled, "montant_0": "-120,01"}))
    client.post(address, {**filled, "montant_0": "-120"})
    assert note.events.order_by("pk").last().amounts[0]["amount"] == "-120"


@pytest.mark.usefixtures("exchanged")
def test_a_file_that_says_confidential_factoring_stays_from_the_buyer(everybody_works):
    ours = Transmission.objects.get(document__direction="issued")
    data = b"<a file that the seller deposited/>"
    file = remember(row_of(data))
    before = Envelope.objects.count()
    history.say(ours, 226, Side.SELLER, source=file)
    everybody_works()
    assert last("issued").code == "226"
    assert not Message.objects.filter(event__code="226").exists()
    assert Envelope.objects.count() == before
    assert "226" not in Document.objects.get(direction="received").events.values_list(
        "code", flat=True
    )
