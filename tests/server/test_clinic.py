"""The clinic of rejections: each trouble explained, and its next document ready."""

import pytest
from django.urls import reverse
from tests.server.test_pages import words

from facturier import formats
from facturier.lifecycle.statuses import Side
from facturier.server.documents import history
from facturier.server.documents.models import Document, Flow, Transmission
from facturier.server.jobs.work import work_through
from facturier.server.web import todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(deposited, everybody_works):
    """F-011 refused by the buyer, F-012 in dispute, F-013 rejected, F-011 again: a duplicate."""
    deposited("F-011")
    deposited("F-012")
    deposited("F-013", total="121.00")
    deposited("F-011", date="2026-11-21")
    everybody_works()
    theirs = {one.document.number: one for one in Transmission.objects.filter(
        document__direction="received")}  # fmt: skip
    history.say(theirs["F-011"], 210, Side.BUYER, reason="TX_TVA_ERR", comment="10 %.")
    history.say(theirs["F-012"], 207, Side.BUYER, reason="QTE_ERR", comment="Il en manque.")
    everybody_works()


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert)
    return client


def issued(number, state):
    return Document.objects.get(direction="issued", number=number, state=state)


def draft(office, document, slug):
    return reverse("draft", args=[office.bakery.pk, document.pk, slug])


@pytest.mark.usefixtures("refused")
def test_each_trouble_is_explained(signed_in, office, django_assert_max_num_queries):
    with django_assert_max_num_queries(34):
        answer = signed_in.get(reverse("clinic", args=[office.bakery.pk]))
    text = words(answer)
    for expected in (
        "F-011", "Taux de TVA erroné", "10 %.", "Le vendeur", "Avoir interne, pour les livres",
        "F-012", "Quantité erronée", "Facture rectificative", "Répondez avant l'échéance",
        "F-013", "Nouvelle facture, sous un autre numéro", "ne compte pas comme émise",
    ):  # fmt: skip
        assert expected in text, expected
    assert reverse("clinic", args=[office.bakery.pk]) in signed_in.get("/").content.decode()


@pytest.mark.usefixtures("refused")
def test_the_buyer_sees_who_must_answer(client, office, stranger):
    client.force_login(stranger)
    answer = client.get(reverse("clinic", args=[office.florist.pk]))
    text = words(answer)
    assert "le fournisseur doit répondre" in text
    assert "Quantité erronée" in text
    assert "/preparer/" not in answer.content.decode()


@pytest.mark.usefixtures("refused")
def test_a_duplicate_prepares_nothing(signed_in, office):
    first, again = Document.objects.filter(direction="issued", number="F-011").order_by("pk")
    assert (first.state, again.state) == ("210", "213")
    page = signed_in.get(reverse("document", args=[office.bakery.pk, again.pk])).content.decode()
    assert "/preparer/" not in page
    page = signed_in.get(reverse("document", args=[office.bakery.pk, first.pk])).content.decode()
    assert "/preparer/nouvelle-facture/" in page


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize(
    ("number", "state", "slug", "type_code"),
    [("F-011", "210", "nouvelle-facture", "380"), ("F-011", "210", "avoir", "381"),
     ("F-011", "210", "rectificative", "384"), ("F-012", "207", "rectificative", "384"),
     ("F-012", "207", "avoir", "381"), ("F-013", "213", "nouvelle-facture", "380")],
)  # fmt: skip
def test_the_next_document_is_ready(signed_in, office, number, state, slug, type_code):
    address = draft(office, issued(number, state), slug)
    text = words(signed_in.get(address))
    assert "Conforme" in text
    assert "F-014" in text
    assert ("ne s'envoie pas" in text) is (slug == "avoir" and state == "210")
    data = signed_in.get(f"{address}?numero=X-1&fichier=1").content
    invoice = formats.read(data).invoice
    assert (invoice.number, invoice.type_code) == ("X-1", type_code)
    assert [one.number for one in invoice.preceding_invoices] == (
        [] if type_code == "380" else [number]
    )


@pytest.mark.usefixtures("refused")
def test_one_click_deposits_it_and_a_second_does_nothing_more(signed_in, office, everybody_works):
    address = draft(office, issued("F-013", "213"), "nouvelle-facture")
    before = Flow.objects.count()
    for _ in range(2):
        assert signed_in.post(address, {"numero": "F-014"}).status_code == 302
    assert Flow.objects.count() == before + 1
    everybody_works()
    assert issued("F-014", "203").total_with_vat == 120
    assert "existe déjà" in words(signed_in.post(address, {"numero": "F-014"}))
    assert Document.objects.filter(direction="issued", number="F-014").count() == 1


@pytest.mark.usefixtures("refused")
def test_an_internal_credit_note_is_never_deposited(signed_in, office):
    address = draft(office, issued("F-011", "210"), "avoir")
    before = Flow.objects.count()
    assert signed_in.post(address, {"numero": "A-1"}).status_code == 200
    assert Flow.objects.count() == before


@pytest.mark.usefixtures("refused")
def test_what_cannot_be_prepared(client, signed_in, office, stranger):
    assert signed_in.get(draft(office, issued("F-012", "207"), "autre")).status_code == 404
    got = Document.objects.get(direction="received", number="F-012")
    client.force_login(stranger)
    address = reverse("draft", args=[office.florist.pk, got.pk, "avoir"])
    assert client.get(address).status_code == 404


@pytest.mark.usefixtures("refused")
def test_what_is_contested_is_asked_changed_and_sent(signed_in, office, everybody_works):
    document = issued("F-012", "207")
    address = draft(office, document, "rectificative")
    page = signed_in.get(address)
    assert "Quantité facturée, ligne 1 (BT-129)" in words(page)
    assert "Déposer sans le modifier" in words(page)
    asked = {"numero": "F-014", "BT-129.0": "0,5"}
    text = words(signed_in.get(address, asked))
    assert "Déposer sans le modifier" not in text
    assert "60,00" in text
    assert signed_in.post(address, asked).status_code == 302
    everybody_works()
    sent = issued("F-014", "203")
    assert (sent.total_with_vat, sent.corrects) == (60, document)
    assert "F-012" in words(signed_in.get(reverse("dossier", args=[office.bakery.pk])))


@pytest.mark.usefixtures("refused")
def test_a_wrong_value_is_not_deposited(signed_in, office):
    before = Flow.objects.count()
    asked = {"numero": "F-014", "BT-129.0": "beaucoup"}
    answer = signed_in.post(draft(office, issued("F-012", "207"), "rectificative"), asked)
    assert "Écrivez un montant" in words(answer)
    assert Flow.objects.count() == before


@pytest.mark.usefixtures("refused")
def test_a_replaced_invoice_is_put_right(signed_in, office, everybody_works):
    document = issued("F-011", "210")
    open_before = todo.sent_back_and_open(Document.objects.filter(dossier=office.bakery))
    assert document in open_before
    asked = {"numero": "F-014", "BT-152.0": "10"}
    signed_in.post(draft(office, document, "nouvelle-facture"), asked)
    everybody_works()
    assert issued("F-014", "203").corrects == document
    assert document not in todo.sent_back_and_open(Document.objects.all())


@pytest.mark.usefixtures("refused")
def test_an_invoice_that_came_back_is_closed_with_a_reason(
    client, signed_in, office, client_person
):
    document = issued("F-013", "213")
    address = reverse("close_document", args=[office.bakery.pk, document.pk])
    assert "Dites pourquoi" in words(signed_in.post(address, {"pourquoi": " "}, follow=True))
    signed_in.post(address, {"pourquoi": "Refaite dans le logiciel de caisse."})
    document.refresh_from_db()
    assert document.closed_why == "Refaite dans le logiciel de caisse."
    assert document not in todo.sent_back_and_open(Document.objects.all())
    register = words(signed_in.get(reverse("controls", args=[office.bakery.pk])))
    assert "Classement de la facture F-013" in register
    client.force_login(client_person)
    assert client.post(address, {"pourquoi": "Non"}).status_code == 403


def test_the_number_of_an_inadmissible_file_is_free_again(
    signed_in, office, deposited, everybody_works
):
    deposited("F-1")
    everybody_works()
    document = Document.objects.get(direction="issued")
    again = Transmission.objects.create(
        dossier=office.bakery, document=document, external_id="ailleurs", platform="afnor"
    )
    history.not_taken(again, reason="IRR_SYNTAX", comment="Illisible.", author="PA")
    address = draft(office, document, "nouvelle-facture")
    assert signed_in.get(address).context["form"].number == "F-1"
    assert signed_in.post(address, {"numero": "F-1"}).status_code == 302
    work_through(office.bakery.pk)
    assert Document.objects.filter(direction="issued", number="F-1", accepted=True).count() == 1


def test_a_missing_datum_is_given_without_another_invoice(
    signed_in, office, deposited, everybody_works
):
    deposited("F-1")
    everybody_works()
    theirs = Transmission.objects.get(document__direction="received")
    history.say(theirs, 208, Side.BUYER, reason="JUSTIF_ABS", comment="Le bon de livraison.")
    everybody_works()
    page = signed_in.get(reverse("clinic", args=[office.bakery.pk])).content.decode()
    assert reverse("say", args=[office.bakery.pk, issued("F-1", "208").pk, 209]) in page
    assert "/preparer/" not in page
