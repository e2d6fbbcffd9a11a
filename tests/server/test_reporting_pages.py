"""The pages of e-reporting: what is declared and where it comes from, sending, the calendar."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from tests.server import test_reporting
from tests.server.declared import abroad, french, sent_and_answered
from tests.server.test_pages import words
from tests.server.test_reporting import sold, the

from facturier.server import clock
from facturier.server.reporting import periods, transmitting
from facturier.server.reporting.models import ReportingChoice, Sending

pytestmark = pytest.mark.django_db
bakery, take_in = test_reporting.bakery, test_reporting.take_in
portal, exchange = test_reporting.portal, test_reporting.exchange
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _day():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert)
    return client


@pytest.fixture
def september(bakery, take_in):
    """A goods sale of 100.10 and 50.00, one of 10.05, and one to Germany of 1000.00."""
    return take_in(
        sold(bakery, "F-1", ("100.10", "S", "20"), ("50.00", "S", "10"), day="2026-09-03"),
        sold(bakery, "F-2", ("10.05", "S", "20"), day="2026-09-03"),
        abroad("X-1", "1000.00", day="2026-09-04", seller=french(bakery)),
    )


def declaration(bakery, name="declaration"):
    return reverse(name, args=[bakery.pk, the(bakery, "2026-09-01").pk])


def plain(answer):
    return words(answer).replace("\u202f", " ")


@pytest.mark.usefixtures("september")
def test_the_list_says_state_limit_and_amounts(signed_in, bakery):
    text = plain(signed_in.get(reverse("declarations", args=[bakery.pk])))
    for expected in (
        "01/09/2026 – 10/09/2026", "À transmettre", "20/09/2026 · en retard", "1 160,15 €",
        "27,03 €", "Rien à déclarer", "Ouverte",
    ):  # fmt: skip
        assert expected in text, expected
    kept = plain(signed_in.get(reverse("declarations", args=[bakery.pk]) + "?etat=ready"))
    assert "01/09/2026 – 10/09/2026" in kept
    assert "11/09/2026 – 20/09/2026" not in kept


@pytest.mark.usefixtures("september")
def test_each_total_leads_to_the_invoices_that_make_it(signed_in, bakery):
    text = plain(signed_in.get(declaration(bakery)))
    for expected in (
        "10.1 · Factures internationales", "Livraisons intracommunautaires", "DE", "1 000,00 €",
        "10.3 · Ventes aux particuliers", "TLB1", "110,15 €", "22,03 €", "50,00 €", "5,00 €",
    ):  # fmt: skip
        assert expected in text, expected
    asked = {"bloc": "10.3", "categorie": "TLB1", "taux": "20", "devise": "EUR"}
    where = declaration(bakery, "declaration_figure")
    found = plain(signed_in.get(f"{where}?{urlencode(asked)}"))
    for expected in ("F-1", "100,10", "20,02", "F-2", "10,05", "2,01", "110,15", "22,03"):
        assert expected in found, expected
    assert "X-1" not in found


@pytest.mark.usefixtures("september")
@pytest.mark.parametrize(
    "query", ["bloc=9", "taux=x", "taux=1e999999", "categorie=%00", "pays=%00", "taux=NaN",
              "devise=é"]
)  # fmt: skip
def test_a_figure_that_cannot_be_is_not_found(signed_in, bakery, query):
    where = declaration(bakery, "declaration_figure")
    assert signed_in.get(f"{where}?{query}").status_code == 404


@pytest.mark.usefixtures("september")
def test_a_person_reads_the_preview_then_sends(signed_in, bakery, exchange):
    where = declaration(bakery, "declaration_send")
    text = plain(signed_in.get(where))
    assert "Aperçu de ce qui part : rien n'est encore transmis." in text
    assert "respecte le schéma et les règles" in text
    assert not Sending.objects.exists()
    xml = signed_in.get(declaration(bakery, "declaration_draft"))
    assert b"<TypeCode>IN</TypeCode>" in xml.content
    done = signed_in.post(where, follow=True)
    assert "Déclaration transmise" in plain(done)
    sent = Sending.objects.get()
    file = signed_in.get(reverse("declaration_file", args=[bakery.pk, sent.pk]))
    assert sent.identifier in file.content.decode()
    assert "attend la réponse" in plain(signed_in.post(where, follow=True))
    assert Sending.objects.count() == 1
    exchange()
    assert "Acceptée" in plain(signed_in.get(declaration(bakery)))


@pytest.mark.usefixtures("september")
def test_a_rectification_says_before_and_after(signed_in, bakery, exchange, take_in):
    transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    take_in(sold(bakery, "F-9", ("7.77", "S", "20"), day="2026-09-03"))
    text = plain(signed_in.get(declaration(bakery)))
    for expected in ("À rectifier", "1 montant a changé", "110,15 €", "117,92 €", "+7,77 €",
                     "+1,55 €"):  # fmt: skip
        assert expected in text, expected
    preview = plain(signed_in.get(declaration(bakery, "declaration_send")))
    assert "Transmettre la rectification" in preview


def test_a_refusal_says_why_and_what_next(signed_in, bakery, take_in):
    take_in(sold(bakery, "F-1", ("1.00", "S", "20"), day="2026-09-03"))
    row, _, answer = sent_and_answered(bakery)
    text = plain(signed_in.get(reverse("declaration", args=[bakery.pk, row.pk])))
    for expected in ("refusé la dernière transmission", "Données incohérentes", "G1.53",
                     "Comparez les totaux", "F10 rejetée"):  # fmt: skip
        assert expected in text, expected
    where = reverse("declaration_answer", args=[bakery.pk, answer.pk])
    assert signed_in.get(where).content == b"<Report/>"


@pytest.mark.usefixtures("september")
def test_a_client_reads_and_does_not_send(client, client_person, bakery):
    client.force_login(client_person)
    where = declaration(bakery, "declaration_send")
    assert "Le cabinet transmet" in plain(client.get(where))
    assert client.post(where).status_code == 403
    choices = reverse("declaration_choices", args=[bakery.pk])
    assert client.post(choices, {"regime": "franchise", "debut": "2026-09-01"}).status_code == 403
    assert not Sending.objects.exists()
    assert not ReportingChoice.objects.exists()


@pytest.mark.usefixtures("september")
def test_the_choices_change_regime_and_periods(signed_in, bakery):
    where = reverse("declaration_choices", args=[bakery.pk])
    early = signed_in.post(where, {"regime": "franchise", "debut": "2026-08-01"})
    assert "Rien ne se déclare avant" in plain(early)
    said = {"regime": "franchise", "debut": "2026-09-01", "automatique": "on"}
    text = plain(signed_in.post(where, said, follow=True))
    assert "01/09/2026 – 31/10/2026" in text
    assert "transmission automatique" in text
    bakery.refresh_from_db()
    assert bakery.vat_regime == "franchise"


@pytest.mark.usefixtures("september")
def test_a_document_says_how_it_is_declared(signed_in, bakery, september, deposited,
                                            everybody_works):  # fmt: skip
    deposited("B-1")
    everybody_works()
    documents = {one.number: one for one in bakery.documents.all()}
    for number, expected in (
        ("X-1", "E-reporting 10.1, facture internationale"),
        ("F-1", "E-reporting 10.3, vente à un non-assujetti"),
        ("B-1", "Déclarée à l'administration par le flux 1"),
    ):
        text = plain(signed_in.get(reverse("document", args=[bakery.pk, documents[number].pk])))
        assert expected in text, number
    assert "L'acheteur est une entreprise établie hors de France" in plain(
        signed_in.get(reverse("document", args=[bakery.pk, september["X-1"].pk]))
    )


@pytest.mark.usefixtures("september")
def test_the_calendar_shows_late_in_words_and_filters(signed_in, bakery, office):
    periods.bring_up_to_date(bakery)
    text = plain(signed_in.get(reverse("agenda")))
    for expected in ("En retard de 63 jours", "Boulangerie Simulée", "Maçonnerie Simulée",
                     "À venir", "Flux 10, transactions"):  # fmt: skip
        assert expected in text, expected
    assert office.florist.name not in text
    late = plain(signed_in.get(reverse("agenda") + "?montrer=retard"))
    assert "En retard de 63 jours" in late
    assert "À venir" not in late
    assert "Aucune échéance" in plain(signed_in.get(reverse("agenda") + "?q=introuvable"))


def test_pages_ask_as_often_for_much_as_for_little(
    signed_in, bakery, take_in, django_assert_max_num_queries
):
    for number in range(8):
        take_in(sold(bakery, f"F-{number}", ("1.00", "S", "20"), day=f"2026-09-{number + 3:02}"))
    periods.bring_up_to_date(bakery)
    for name in ("declaration", "declaration_figure"):
        with django_assert_max_num_queries(36):
            signed_in.get(declaration(bakery, name))
    with django_assert_max_num_queries(28):
        signed_in.get(reverse("declarations", args=[bakery.pk]))
    with django_assert_max_num_queries(14):
        signed_in.get(reverse("agenda"))
