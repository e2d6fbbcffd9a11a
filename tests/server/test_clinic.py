"""The clinic of rejections: each trouble explained, and its next document ready."""

import pytest
from django.urls import reverse
from tests.server.test_pages import words

from facturier import formats
from facturier.lifecycle.statuses import Side
from facturier.server.documents import history
from facturier.server.documents.models import Document, Flow, Transmission

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
    with django_assert_max_num_queries(28):
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
