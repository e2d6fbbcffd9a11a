"""The pages of takings: the month, one day, the phone, files of tills, choices, the drill-down."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.server import test_takings
from tests.server.test_pages import words
from tests.server.test_takings import FORM, choose, day

from facturier.server.books.models import Entry
from facturier.server.reporting import periods
from facturier.server.reporting.models import Declaration
from facturier.server.takings import keeping, told
from facturier.server.takings.models import Closure, DayTakings, TakingsChoice, TillFile

pytestmark = pytest.mark.django_db
bakery, _day = test_takings.bakery, test_takings._day


def plain(answer):
    return words(answer).replace("\u202f", " ")


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert)
    return client


def at(bakery, name, *more):
    return reverse(name, args=[bakery.pk, *more])


def test_the_month_shows_days_and_marks_those_that_miss(signed_in, bakery):
    choose(bakery)
    keeping.record(bakery, day(9), origin=FORM)
    text = plain(signed_in.get(at(bakery, "takings")))
    for expected in ("985,50 €", "900,00 €", "85,50 €", "10 jours manquent", "10/11/2026", "Manque",
                     "fermé"):  # fmt: skip
        assert expected in text, expected
    assert "10 jours de recettes manquent" in plain(signed_in.get(at(bakery, "dossier")))
    assert "Ce mois" in plain(signed_in.get(at(bakery, "takings") + "?mois=2027-01"))


def test_a_day_is_typed_refused_twice_and_corrected(signed_in, bakery, expert):
    choose(bakery)
    typed = {"jour": "2026-11-10", "caisse": "Caisse", "rayon0": "880,00", "rayon2": "105.50",
             "tickets": "12"}  # fmt: skip
    assert signed_in.post(at(bakery, "takings_new"), typed).status_code == 302
    row = told.standing(bakery).get()
    assert (row.gross, row.net, row.count, row.by) == (D("985.50"), D("900.00"), 12, expert)
    again = signed_in.post(at(bakery, "takings_new"), typed)
    assert "est déjà enregistrée : 985,50 €" in plain(again)
    assert DayTakings.objects.count() == 1
    fix = {"rayon0": "770,00", "rayon2": "105,50", "motif": ""}
    assert "pourquoi" in plain(signed_in.post(at(bakery, "takings_correct", row.pk), fix))
    signed_in.post(at(bakery, "takings_correct", row.pk), fix | {"motif": "Addition annulée"})
    text = plain(signed_in.get(at(bakery, "takings_day", row.pk)))
    for expected in ("875,50 € TTC", "En vigueur", "985,50 € TTC", "Remplacé", "Addition annulée"):
        assert expected in text, expected


D = Decimal


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "au moins un montant"),
        ({"rayon0": "12,5O"}, "n'est pas un montant"),
        ({"rayon0": "1,234"}, "Deux chiffres"),
        ({"rayon0": "10", "ferme": "on"}, "Un jour fermé"),
        ({"rayon0": "10", "paye_carte": "9"}, "écart de -1,00"),
        ({"rayon0": "10", "jour": "2026-11-30"}, "pas encore passé"),
        ({"rayon0": "10", "caisse": "Autre"}, "Autre"),
    ],
)
def test_what_cannot_be_a_day_comes_back_with_the_reason(signed_in, bakery, typed, said):
    choose(bakery)
    sent = {"jour": "2026-11-10", "caisse": "Caisse"} | typed
    assert said in plain(signed_in.post(at(bakery, "takings_new"), sent))
    assert not DayTakings.objects.exists()


def test_a_client_sends_the_days_that_miss_from_the_phone(client, client_person, bakery):
    choose(bakery)
    client.force_login(client_person)
    assert client.get("/caisse/").url == at(bakery, "takings_phone")
    page = client.get(at(bakery, "takings_phone")).content.decode()
    assert len(re.findall(r'name="rayon\d"', page)) == 3
    assert page.count('inputmode="decimal"') == 3
    assert 'value="2026-11-09"' in page, "the oldest missing day first"
    sent = {"jour": "2026-11-09", "caisse": "Caisse", "rayon0": "110"}
    assert client.post(at(bakery, "takings_phone"), sent).status_code == 302
    client.post(at(bakery, "takings_phone"),
                {"jour": "2026-11-10", "caisse": "Caisse", "ferme": "on"})  # fmt: skip
    rows = list(told.standing(bakery).order_by("day").values_list("origin", "gross", "by"))
    assert rows == [
        ("phone", D("110.00"), client_person.pk),
        ("phone", D("0.00"), client_person.pk),
    ]
    assert 'value="2026-11-12"' in client.get(at(bakery, "takings_phone")).content.decode()


def test_a_client_neither_books_nor_changes_choices(client, client_person, bakery):
    choose(bakery)
    row = keeping.record(bakery, day(), origin=FORM)
    client.force_login(client_person)
    assert client.post(at(bakery, "takings_entry", row.pk)).status_code == 403
    assert client.post(at(bakery, "takings_choices"), {"actif": "on"}).status_code == 403
    assert not Entry.objects.exists()


def test_the_cabinet_proposes_the_entry(signed_in, bakery):
    row = keeping.record(bakery, day(), origin=FORM)
    signed_in.post(at(bakery, "takings_entry", row.pk))
    assert Entry.objects.get().piece == "Z 03/11/2026 Caisse"
    text = plain(signed_in.get(at(bakery, "takings_day", row.pk)))
    assert "Proposée" in text
    assert "déjà proposée" in plain(
        signed_in.post(at(bakery, "takings_entry", row.pk), follow=True)
    )


def uploaded(client, bakery, content, name="z.csv"):
    file = SimpleUploadedFile(name, content, "text/csv")
    answer = client.post(at(bakery, "till_upload"), {"fichier": file}, follow=True)
    return plain(answer), TillFile.objects.latest("pk")


def test_a_file_is_shown_then_confirmed(signed_in, bakery):
    choose(bakery)
    text, file = uploaded(
        signed_in, bakery, b"Date;TTC 10 %;TTC 20 %\n02/11/2026;110,00;24,00\n03/11/2026;x;1,00\n"
    )
    for expected in ("Nouveaux jours : 1", "134,00 €", "« x » n'est pas un montant", "Ligne 3"):
        assert expected in text, expected
    assert not DayTakings.objects.exists()
    signed_in.post(at(bakery, "till_take", file.pk))
    assert told.standing(bakery).get().gross == D("134.00")
    assert "Importé en partie" in plain(signed_in.get(at(bakery, "takings")))
    given = signed_in.get(at(bakery, "till_content", file.pk))
    assert given.content.startswith(b"Date;TTC 10 %")


def test_a_person_corrects_how_a_file_is_read(signed_in, bakery):
    choose(bakery)
    text, file = uploaded(signed_in, bakery, b"2026-11-02;36,00\n2026-11-03;48,00\n")
    assert "ne dit pas où sont" in text
    chosen = {"codage": "utf-8", "separateur": ";", "entete": "0", "decimale": ",",
              "dates": "%Y-%m-%d", "forme": "colonnes", "caisse": "Stand", "colonne0": "jour",
              "colonne1": "ttc:20"}  # fmt: skip
    text = plain(signed_in.post(at(bakery, "till_file", file.pk), chosen, follow=True))
    assert "Nouveaux jours : 2" in text
    signed_in.post(at(bakery, "till_take", file.pk))
    assert {(one.till, one.net) for one in told.standing(bakery)} == {
        ("Stand", D("30.00")), ("Stand", D("40.00")),
    }  # fmt: skip
    second, _file = uploaded(signed_in, bakery, b"2026-11-05;12,00\n2026-11-06;6,00\n")
    assert "Nouveaux jours : 2" in second, "what was confirmed is used again"


def test_a_file_may_be_set_aside_and_stays(signed_in, bakery):
    text, file = uploaded(signed_in, bakery, b"\x89PNG\r\n")
    assert "tableau" in text
    signed_in.post(at(bakery, "till_take", file.pk), {"ecarter": "1"})
    file.refresh_from_db()
    assert file.state == "aside"


def test_choices_are_kept_with_closures(signed_in, bakery):
    sent = {
        "actif": "on", "debut": "2026-11-01", "jours": ["0", "1"], "caisses": "Bar, Salle , Bar",
        "nom0": "Repas", "taux0": "10", "categorie0": "TPS1", "ferme_du": "2026-11-02",
        "ferme_au": "2026-11-03", "ferme_motif": "Travaux",
    }  # fmt: skip
    answer = signed_in.post(at(bakery, "takings_choices"), sent)
    assert answer.status_code == 302, plain(answer)
    choice = TakingsChoice.objects.get()
    assert (choice.weekdays, choice.tills) == ([0, 1], ["Bar", "Salle"])
    assert choice.departments == [{"label": "Repas", "rate": "10", "category": "TPS1"}]
    closure = Closure.objects.get()
    sent |= {"ferme_du": "", "ferme_au": "", "rouvrir": [str(closure.pk)]}
    signed_in.post(at(bakery, "takings_choices"), sent)
    assert not Closure.objects.exists()
    twice = sent | {"nom1": "Boissons", "taux1": "10", "categorie1": "TPS1", "rouvrir": []}
    assert "Deux rayons" in plain(signed_in.post(at(bakery, "takings_choices"), twice))


def test_a_declared_figure_leads_to_the_day_and_the_line_of_its_file(signed_in, bakery):
    choose(bakery)
    _text, file = uploaded(signed_in, bakery, b"Date;TTC 10 %\n02/11/2026;110,00\n")
    signed_in.post(at(bakery, "till_take", file.pk))
    periods.bring_up_to_date(bakery)
    for data, block, category in (("transactions", "10.3", "TPS1"), ("paiements", "10.4", "")):
        one = Declaration.objects.get(dossier=bakery, data=data, start=date(2026, 11, 1))
        where = at(bakery, "declaration_figure", one.pk)
        answer = signed_in.get(f"{where}?bloc={block}&categorie={category}&taux=10&devise=EUR")
        assert "z.csv, ligne 2" in plain(answer)
        assert at(bakery, "takings_day", told.standing(bakery).get().pk) in answer.content.decode()


def test_a_month_asks_the_database_as_little_as_a_day(
    signed_in, bakery, django_assert_max_num_queries
):
    choose(bakery)
    for number in range(1, 21):
        keeping.record(bakery, day(number), origin=FORM)
    with django_assert_max_num_queries(31):
        signed_in.get(at(bakery, "takings"))
