"""An invoice written on the page: what is sent is what was shown, and it arrives."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from facturier.formats import read
from facturier.invoice import drafting
from facturier.server.documents import store
from facturier.server.documents.models import Document, Flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def bakery(office):
    office.bakery.vat_number = ""
    office.bakery.post_code, office.bakery.city = "29200", "Brest"
    office.bakery.address_line = "1 rue du Port"
    office.bakery.save()
    return office.bakery


@pytest.fixture
def where(bakery):
    return reverse("writing", args=[bakery.pk])


@pytest.fixture
def browser(expert):
    client = Client()
    client.force_login(expert)
    return client


def typed(office, **more):
    lines = {
        "l0-designation": "Plateau de viennoiseries", "l0-quantite": "3", "l0-prix": "41,50",
        "l0-unite": "C62", "l0-taux": "5.5", "l0-nature": "bien",
        "l1-designation": "Livraison", "l1-quantite": "1", "l1-prix": "1 012,3375",
        "l1-unite": "C62", "l1-taux": "20", "l1-nature": "service",
    }  # fmt: skip
    return lines | {
        "acheteur": office.florist.siren, "nom": "Fleuriste Simulé", "code_postal": "35000",
        "ville": "Rennes", "numero": "F2026-0001", "date": "2026-11-22",
        "echeance": "2026-12-22", "iban": "FR76 3000 6000 0112 3456 7890 189",
        "penalites": drafting.PENALTIES, "recouvrement": drafting.RECOVERY,
        "escompte": drafting.DISCOUNT,
    } | more  # fmt: skip


def test_what_is_shown_is_checked_and_nothing_leaves(office, where, browser):
    page = browser.post(where, typed(office)).content.decode()
    assert "Conforme" in page
    assert "1 136,84" in page.replace("\u202f", " ").replace("\xa0", " ")  # 124,50 + 1 012,34
    assert not Flow.objects.exists()


def test_it_is_sent_and_received(office, where, browser, everybody_works):
    answer = browser.post(where, typed(office, envoyer="1"))
    assert answer.status_code == 302
    everybody_works()
    got = Document.objects.get(dossier=office.florist)
    assert (got.number, got.state) == ("F2026-0001", "203")
    invoice = read(store.get(got.sha256)).invoice
    assert invoice.process.business_process == drafting.MIXED
    assert invoice.totals.with_vat == Decimal("1346.16")  # 131,35 + 1 214,81
    again = browser.get(where).content.decode()
    assert "F2026-0002" in again
    assert "FR7630006000011234567890189" in again


def test_a_second_click_sends_nothing_more(office, where, browser):
    for _ in range(2):
        browser.post(where, typed(office, envoyer="1"))
    assert Flow.objects.count() == 1


def test_a_small_business_charges_no_vat(office, bakery, where, browser):
    bakery.vat_regime = "franchise"
    bakery.save()
    page = browser.post(where, typed(office)).content.decode()
    assert "Conforme" in page
    pdf = browser.post(where, typed(office, pdf="1"))
    (group,) = read(pdf.content).invoice.vat_breakdown
    assert (group.category, group.exemption_code) == ("E", "VATEX-FR-FRANCHISE")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"acheteur": "123"}, "est faux"),
        ({"iban": "FR7630006000011234567890188"}, "Cet IBAN est faux"),
        ({"echeance": "2026-11-01"}, "précède la facture"),
        ({"l0-prix": "gratuit"}, "n&#x27;est pas un montant"),
        ({"l0-prix": ""}, "prix unitaire hors taxe"),
        ({"l0-prix": "1,00001"}, "Quatre chiffres"),
        ({"nom": "", "ville": ""}, "L&#x27;annuaire ne le connaît pas"),
        (
            {"l0-designation": "", "l0-prix": "", "l1-designation": "", "l1-prix": ""},
            "au moins une",
        ),
    ],
)
def test_what_cannot_be_sent_is_told_in_place(office, where, browser, wrong, told):
    answer = browser.post(where, typed(office, envoyer="1") | wrong)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Flow.objects.exists()


def test_a_number_serves_once(office, where, browser, everybody_works):
    browser.post(where, typed(office, envoyer="1"))
    everybody_works()
    answer = browser.post(where, typed(office, envoyer="1", date="2026-11-23"))
    assert "existe déjà" in answer.content.decode()


@pytest.mark.parametrize(
    ("services", "receipts", "process", "told"),
    [((False,), False, "B1", None), ((True,), False, "S1", "5"), ((True,), True, "S1", None),
     ((True, False), False, "M1", "5")],
)  # fmt: skip
def test_the_frame_and_the_option_follow_from_what_is_sold(services, receipts, process, told):
    sold = [
        drafting.Sold(name="x", quantity=Decimal(1), unit="C62", price=Decimal(10),
                      rate=Decimal(20), is_service=one) for one in services
    ]  # fmt: skip
    terms = drafting.Terms(
        number="1", issued=date(2026, 11, 22), due=date(2026, 12, 22), vat_on_receipts=receipts
    )
    made = drafting.draft(drafting.Party(name="a"), drafting.Party(name="b"), sold, terms)
    assert made.process.business_process == process
    assert made.vat_point_date_code == told


def test_more_lines_are_asked_for_and_none_is_lost(office, where, browser):
    page = browser.post(where, typed(office, rangs="4", plus="1")).content.decode()
    assert 'name="l7-designation"' in page
    assert "Plateau de viennoiseries" in page


def test_a_client_of_the_firm_is_known_without_the_directory(office, where, browser):
    office.mason.post_code, office.mason.city = "56000", "Vannes"
    office.mason.save()
    asked = typed(office, acheteur=office.mason.siren, nom="", code_postal="", ville="", pdf="1")
    buyer = read(browser.post(where, asked).content).invoice.buyer
    del asked["pdf"]
    assert 'value="Vannes"' in browser.post(where, asked).content.decode()
    assert (buyer.name, buyer.postal_address.city) == ("Maçonnerie Simulée", "Vannes")
