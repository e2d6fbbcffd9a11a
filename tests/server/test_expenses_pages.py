"""Employee expenses on the pages: entered on a phone, decided and booked by the cabinet."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.expensed import PHOTO, employee, invoice, received, ticket

from facturier.server import clock
from facturier.server.expenses import claiming
from facturier.server.expenses.models import (
    Claim,
    ClaimLine,
    Employee,
    ExpenseChoice,
    PaidInvoice,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _day():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def bakery(office):
    return office.bakery


@pytest.fixture
def alice(bakery):
    return employee(bakery)


@pytest.fixture
def frais(bakery):
    return f"/dossiers/{bakery.pk}/frais/"


def photo():
    return SimpleUploadedFile("ticket.jpg", PHOTO.data, content_type="image/jpeg")


def words(answer):
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.replace("\u202f", " ").replace("&#x27;", "'").split())


def test_a_client_enters_an_expense_on_a_phone_with_four_answers(
    client, client_person, alice, frais
):
    client.force_login(client_person)
    page = client.get(f"{frais}telephone/").content.decode()
    assert 'capture="environment"' in page
    assert "Choisissez le collaborateur" in page, "what the owner paid is no employee's unasked"
    answer = client.post(
        f"{frais}telephone/",
        {"photo": photo(), "collaborateur": alice.pk, "nature": "restaurant",
         "montant": "132,00", "tva_10": "12", "fournisseur": "Brasserie du Port",
         "jour": "2026-11-26", "justificatif": "ticket"},
        follow=True,
    )  # fmt: skip
    assert "Restaurant, 132,00 € : dans la note NDF-2026-11-0042." in words(answer)
    line = ClaimLine.objects.get()
    assert (line.gross, line.taxes, line.label) == (
        Decimal("132.00"), [["10", "12.00"]], "Restaurant"
    )  # fmt: skip
    kept = client.get(f"{frais}lignes/{line.pk}/justificatif/")
    assert kept.content == PHOTO.data
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert kept.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"montant": ""}, "Écrivez le montant payé"),
        ({"montant": "douze"}, "n'est pas un montant"),
        ({"nature": "kilometres", "montant": ""}, "Écrivez les kilomètres"),
        ({"siren": "123456789"}, "Ce SIREN n'existe pas"),
        ({"tva_10": "500"}, "plus que les 132,00"),
        ({"jour": "2026-12-24"}, "pas encore passé"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(client, client_person, alice, frais, more, said):
    client.force_login(client_person)
    good = {
        "collaborateur": alice.pk, "nature": "restaurant", "montant": "132,00",
        "jour": "2026-11-26", "justificatif": "ticket",
    }  # fmt: skip
    assert said in words(client.post(f"{frais}saisir/", good | more))
    assert not ClaimLine.objects.exists()


def test_a_receipt_that_is_a_page_is_refused(client, client_person, alice, frais):
    client.force_login(client_person)
    bad = SimpleUploadedFile("x.jpg", b"<html><script>", content_type="image/jpeg")
    answer = client.post(
        f"{frais}saisir/",
        {"collaborateur": alice.pk, "nature": "autre", "montant": "1", "jour": "2026-11-26",
         "justificatif": "ticket", "photo": bad},
    )  # fmt: skip
    assert "ni une photo" in words(answer)


def test_the_client_sends_the_cabinet_approves_and_books(
    client, client_person, expert, alice, frais
):
    line = ticket(alice)
    note = f"{frais}notes/{line.claim_id}/"
    client.force_login(client_person)
    assert "la note est envoyée" in words(client.post(f"{note}envoyer/", follow=True)).lower()
    for step in ("approuver", "comptabiliser", "rembourser", "renvoyer"):
        assert client.post(f"{note}{step}/").status_code == 403, step
    assert Claim.objects.get().state == "submitted"
    client.force_login(expert)
    for step, said in (
        ("approuver", "La note est approuvée"),
        ("comptabiliser", "L'écriture est proposée"),
        ("rembourser", "L'écriture de banque est proposée"),
    ):
        assert said in words(client.post(f"{note}{step}/", follow=True)), step
    claim = Claim.objects.get()
    assert (claim.state, claim.approved_by, claim.submitted_by) == (
        "reimbursed", expert, client_person
    )  # fmt: skip
    assert client.post(f"{note}inventer/").status_code == 404


def test_a_claim_shows_what_is_done_with_each_vat(client, client_person, alice, frais):
    line = ticket(alice, "198.00", taxes=[["10", "18.00"]])
    ticket(alice, "132.00", taxes=[["10", "12.00"]])
    client.force_login(client_person)
    page = words(client.get(f"{frais}notes/{line.claim_id}/"))
    assert "TVA perdue sauf facture. Demander la facture" in page
    assert "Note de restaurant, au nom de l'entreprise écrit par le client. NDF-TVA" in page
    assert "330,00 € 30,00 12,00 € 18,00 € de TVA perdue sans facture" in page


def test_the_letter_is_ready_and_noted_as_sent(client, client_person, alice, frais, bakery):
    line = ticket(alice, "198.00", taxes=[["10", "18.00"]], ticket="T-77")
    client.force_login(client_person)
    where = f"{frais}lignes/{line.pk}/demande/"
    page = client.get(where).content.decode()
    assert bakery.siren in page
    assert "T-77" in page
    assert "mailto:?subject=Demande%20de%20facture" in page
    client.post(where)
    line.refresh_from_db()
    assert line.asked_at == NOW


def test_one_click_makes_a_claim_and_an_invoice_one_purchase(
    client, expert, client_person, alice, frais, bakery
):
    document, line = received(bakery, invoice(ahk="")), ticket(alice)
    asked = {"document": document.pk, "reponse": "meme"}
    where = f"{frais}lignes/{line.pk}/rapprocher/"
    client.force_login(client_person)
    assert client.post(where, asked).status_code == 403
    client.force_login(expert)
    page = words(client.get(frais))
    assert "Le même achat ?" in page
    assert "Même montant TTC : 88,00 €. Même jour. Même nom : « port »." in page
    assert "sont un seul achat" in words(client.post(where, asked, follow=True))
    assert "par la facture" in words(client.get(f"{frais}notes/{line.claim_id}/"))
    client.post(where, {"reponse": "defaire"})
    client.post(where, asked | {"reponse": "deux"})
    line.refresh_from_db()
    assert (line.document, line.others) == (None, [document.pk])


def test_an_unknown_payer_is_asked_on_the_page(client, expert, client_person, alice, frais, bakery):
    first = received(bakery, invoice("FA-1", ahk="7777")).paid_by
    second = received(bakery, invoice("FA-2", ahk="8888")).paid_by
    client.force_login(client_person)
    where = f"{frais}factures/{first.pk}/payeur/"
    assert client.post(where, {"collaborateur": alice.pk}).status_code == 403
    client.force_login(expert)
    assert "Factures dont il faut dire le payeur" in words(client.get(frais))
    client.post(where, {"collaborateur": alice.pk})
    client.post(f"{frais}factures/{second.pk}/payeur/", {"collaborateur": "personne"})
    states = dict(PaidInvoice.objects.values_list("document__number", "state"))
    assert states == {"FA-1": "cleared", "FA-2": "nobody"}
    assert client.post(where, {"collaborateur": "0"}).status_code == 404


def test_an_invoice_goes_into_the_claim_of_its_month(client, expert, alice, frais, bakery):
    document = received(bakery)
    client.force_login(expert)
    assert "dans aucune note" in words(client.get(frais))
    client.post(f"{frais}factures/{document.paid_by.pk}/ajouter/")
    line = ClaimLine.objects.get()
    assert (line.document, line.claim.employee, line.gross) == (document, alice, Decimal("88.00"))
    assert "dans aucune note" not in words(client.get(frais))


def test_advice_says_the_hours_and_the_minutes(client, client_person, alice, frais, bakery):
    ExpenseChoice.objects.create(dossier=bakery, most=2, minutes=10)
    for n in range(3):
        ticket(alice, day=date(2026, 11, n + 1))
    client.force_login(client_person)
    page = words(client.get(frais))
    assert "Brasserie du Port : 3 pièces en novembre , soit environ 0,5 h (10 minutes" in page
    assert "facture de synthèse" in page


def test_only_the_cabinet_changes_employees(client, expert, client_person, frais, bakery):
    asked = {"name": "Paul", "matricule": "0007", "account": "467", "is_active": "on",
             "card": "4242", "horsepower": "5"}  # fmt: skip
    client.force_login(client_person)
    assert client.post(f"{frais}collaborateurs/nouveau/", asked).status_code == 403
    assert client.post(f"{frais}collaborateurs/", {"pieces": 9, "minutes": 9}).status_code == 403
    client.force_login(expert)
    client.post(f"{frais}collaborateurs/nouveau/", asked)
    kept = Employee.objects.get()
    assert (kept.dossier, kept.account, kept.party) == (bakery, "467", ("S0007", "Paul"))
    again = client.post(f"{frais}collaborateurs/nouveau/", asked)
    assert "Un autre collaborateur a ce matricule" in words(again)
    client.post(f"{frais}collaborateurs/{kept.pk}/", asked | {"name": "Paul B.", "card": "12"})
    assert Employee.objects.get().name == "Paul", "two digits are no card"
    client.post(f"{frais}collaborateurs/", {"pieces": 9, "minutes": 4})
    assert (bakery.expense_choice.most, bakery.expense_choice.minutes) == (9, 4)


def test_an_employee_meets_the_own_claims_alone(client, client_person, alice, frais, bakery):
    Employee.objects.filter(pk=alice.pk).update(person=client_person)
    other = employee(bakery, "0007", name="Paul Autre")
    line = ticket(other)
    client.force_login(client_person)
    assert "Paul Autre" not in words(client.get(frais))
    for where in (f"notes/{line.claim_id}/", f"lignes/{line.pk}/",
                  f"lignes/{line.pk}/justificatif/", f"collaborateurs/{other.pk}/"):  # fmt: skip
        assert client.get(frais + where).status_code == 404, where
    made = client.post(
        f"{frais}saisir/",
        {"collaborateur": other.pk, "nature": "autre", "montant": "5", "jour": "2026-11-26",
         "justificatif": "ticket"},
    )  # fmt: skip
    assert "Note de frais" not in words(made)
    assert ClaimLine.objects.filter(claim__employee=other).count() == 1


def test_the_short_address_leads_to_the_phone_page(client, client_person, office, frais):
    client.force_login(client_person)
    assert "Aucune entreprise" in words(client.get("/frais/"))
    employee(office.bakery)
    assert client.get("/frais/").url == f"{frais}telephone/"


def test_an_expense_is_changed_and_removed_until_it_is_sent(client, client_person, alice, frais):
    line = ticket(alice)
    where = f"{frais}lignes/{line.pk}/"
    client.force_login(client_person)
    assert 'value="88,00"' in client.get(where).content.decode()
    asked = {"nature": "restaurant", "montant": "99", "jour": "2026-11-03",
             "justificatif": "ticket", "tva_10": "9", "objet": "Repas"}  # fmt: skip
    client.post(where, asked)
    line.refresh_from_db()
    assert (line.gross, line.label, line.receipt_name) == (Decimal(99), "Repas", "ticket.jpg")
    claiming.submit(line.claim, client_person)
    assert "ne se change plus" in words(client.post(where, asked))
    assert "ne se change plus" in words(client.post(f"{where}retirer/", follow=True))
    claiming.send_back(line.claim, "Encore")
    client.post(f"{where}retirer/")
    assert not Claim.objects.exists()


def test_pages_ask_the_same_however_many_rows(client, expert, alice, frais, bakery):
    client.force_login(expert)
    counts = {}
    for n in range(6):
        received(bakery, invoice(f"FA-{n}", ahk="" if n % 2 else "0042"))
        received(bakery, invoice(f"FB-{n}", ahk="7777"))
        line = ticket(alice, day=date(2026, 11, 3 + n % 3))
        note = f"{frais}notes/{line.claim_id}/"
        for where in (frais, note, f"{frais}telephone/", f"{frais}collaborateurs/"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(where).status_code == 200
            counts.setdefault(where, []).append(len(asked))
    for where, many in counts.items():
        assert many[-1] <= many[1] <= 40, (where, many)
