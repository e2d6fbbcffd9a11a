"""What no invoice gives, on its pages: VAT of an import, cut-off of a year."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.server.test_pages import words

from facturier.server.books import booking
from facturier.server.books.models import Entry

pytestmark = pytest.mark.django_db

IMPORT = {"numero": "26FR0001", "jour": "2026-11-12", "fournisseur": "Uhren AG",
          "base_20": "10000,00", "base_55": "200", "part": "100"}  # fmt: skip
CUT = {"nature": "CCA", "exercice": "2026-11-30", "compte": "616", "montant": "1200",
       "du": "2026-10-01", "au": "2027-09-30", "piece": "ASS-12", "objet": "Assurance"}  # fmt: skip


@pytest.fixture
def page(client, expert, office):
    client.force_login(expert)

    def ask(name, said=None, **more):
        where = reverse(name, args=[office.bakery.pk])
        return client.get(where) if said is None else client.post(where, said, **more)

    return ask


def lines(entry):
    return [(one.account, one.debit - one.credit) for one in entry.lines.order_by("rank")]


def test_a_customs_declaration_is_entered_once(page, office):
    assert "déclaration en douane" in words(page("imports"))
    seen = words(page("imports", IMPORT, follow=True))
    assert "L'écriture de l'importation est proposée" in seen
    entry = Entry.objects.get(dossier=office.bakery)
    assert (entry.piece, entry.date, entry.journal.code) == ("26FR0001", date(2026, 11, 12), "OD")
    assert lines(entry) == [
        ("445663", Decimal(2000)), ("445718", Decimal(-2000)),
        ("445663", Decimal(11)), ("445718", Decimal(-11)),
    ]  # fmt: skip
    assert "est déjà comptabilisée, le 12/11/2026" in words(page("imports", IMPORT))
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [({"base_20": "", "base_55": ""}, "Aucune base"), ({"part": "50"}, "dites le compte"),
     ({"part": "50", "compte": "999"}, "n'est pas un compte")],
)  # fmt: skip
def test_what_cannot_be_imported_says_why(page, said, why):
    assert why in words(page("imports", IMPORT | said))
    assert not Entry.objects.exists()


def test_a_charge_paid_in_advance_goes_over_by_days_and_comes_back(page, office, expert):
    seen = words(page("cut_off", CUT, follow=True))
    assert "L'écriture et son extourne sont proposées" in seen
    first, back = Entry.objects.filter(dossier=office.bakery).order_by("date")
    assert (first.date, back.date) == (date(2026, 12, 31), date(2027, 1, 1))
    assert lines(first) == [("616000", Decimal("-897.53")), ("486000", Decimal("897.53"))]
    assert lines(back) == [("616000", Decimal("897.53")), ("486000", Decimal("-897.53"))]
    assert booking.validate(first, expert).number == "2026-00001"
    assert booking.validate(back, expert).number == "2027-00001"


def test_an_invoice_to_come_bears_its_vat(page, office):
    said = CUT | {"nature": "FNP", "compte": "60611", "montant": "450,50", "taux": "20"}
    page("cut_off", said)
    first = Entry.objects.filter(dossier=office.bakery).earliest("date")
    assert lines(first) == [
        ("606110", Decimal("450.50")), ("445860", Decimal("90.10")), ("408100", Decimal("-540.60")),
    ]  # fmt: skip


def test_a_wrong_account_is_refused_in_words(page):
    assert "charge (6) ou de produit (7)" in words(page("cut_off", CUT | {"compte": "401"}))
    assert not Entry.objects.exists()


def test_a_client_enters_nothing(client, client_person, office):
    client.force_login(client_person)
    for name, said in (("imports", IMPORT), ("cut_off", CUT)):
        assert client.post(reverse(name, args=[office.bakery.pk]), said).status_code == 403
