"""A firm that starts: its cabinet from the command line, its dossiers from the pages."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from facturier.errors import BadUsage
from facturier.invoice.parties import demo_siren, french_vat_number
from facturier.server import sight
from facturier.server.firm import opening
from facturier.server.firm.models import Cabinet, Dossier, Membership, Person
from facturier.server.firm.portfolio_list import read

pytestmark = pytest.mark.django_db

SIREN = demo_siren(9100)


def test_the_first_expert_chooses_a_password_and_sees_an_empty_portfolio(wide_sight):  # noqa: ARG001
    lead = opening.open_cabinet("Cabinet Neuf", SIREN, "claire@neuf.example", "Claire Neuf")
    door = opening.door_of(lead)
    client = Client()
    page = client.get(door, follow=True)
    assert "Bienvenue, Claire Neuf" in page.content.decode()
    chosen = {"password1": "phare-breton-1912", "password2": "phare-breton-1912"}
    client.post(page.redirect_chain[-1][0], chosen)
    client = Client()
    signed = client.post(
        reverse("account_login"), {"login": "claire@neuf.example", "password": "phare-breton-1912"}
    )
    assert signed.status_code == 302
    assert "Ouvrez le premier" in client.get("/").content.decode()
    assert "Ce lien ne vaut plus" in Client().get(door, follow=True).content.decode()


def test_opening_a_cabinet_again_changes_nothing(wide_sight):  # noqa: ARG001
    for _ in range(2):
        opening.open_cabinet("Cabinet Neuf", SIREN, "claire@neuf.example", "Claire Neuf")
    assert Cabinet.objects.filter(siren=SIREN).count() == 1
    assert Membership.objects.filter(cabinet__siren=SIREN).count() == 1


@pytest.mark.parametrize(
    ("siren", "email", "word"), [("123456789", "a@b.example", "SIREN"), (SIREN, "a@", "adresse")]
)
def test_what_cannot_be_is_refused(wide_sight, siren, email, word):  # noqa: ARG001
    with pytest.raises(BadUsage) as refused:
        opening.open_cabinet("Cabinet Neuf", siren, email, "Claire Neuf")
    assert word in refused.value.in_full
    assert not Cabinet.objects.filter(name="Cabinet Neuf").exists()


@pytest.fixture
def signed_in():
    """Return a browser in which a person has signed in."""

    def of(person):
        client = Client()
        client.force_login(person)
        return client

    return of


def filled(**more):
    return {
        "siren": "", "name": "Garage Neuf", "vat_regime": "reel_mensuel",
    } | more  # fmt: skip


def spaced(siren):
    return f"{siren[:3]} {siren[3:6]} {siren[6:]}"


def test_a_dossier_is_opened_with_its_siren_alone(office, signed_in, expert):
    siren = demo_siren(9101)
    client = signed_in(expert)
    answer = client.post(
        reverse("dossier_new", args=[office.cabinet.pk]), filled(siren=spaced(siren))
    )
    opened = Dossier.objects.get(siren=siren)
    assert answer.headers["Location"] == reverse("settings", args=[opened.pk])
    assert (opened.cabinet, opened.electronic_address) == (office.cabinet, siren)
    assert opened.vat_number == french_vat_number(siren)
    assert sight.dossier_at(siren) == opened.pk
    assert "Garage Neuf" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"siren": "111111112"}, "est faux"),
        ({"electronic_address": "99"}, "commence par le SIREN"),
        ({"siret": demo_siren(9102) + "00017"}, "pas de ce SIREN"),
        ({"vat_number": "FR00123456789"}, "est faux"),
        ({"name": ""}, "obligatoire"),
    ],
)
def test_a_wrong_field_is_told_beside_it(office, signed_in, expert, wrong, told):
    client = signed_in(expert)
    answer = client.post(
        reverse("dossier_new", args=[office.cabinet.pk]), filled(siren=demo_siren(9101)) | wrong
    )
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Dossier.objects.filter(name="Garage Neuf").exists()


def test_the_address_of_another_cabinet_cannot_be_taken(office, signed_in, expert):
    taken = office.florist.siren
    answer = signed_in(expert).post(
        reverse("dossier_new", args=[office.cabinet.pk]), filled(siren=taken)
    )
    assert answer.status_code == 422
    assert "déjà l&#x27;adresse" in answer.content.decode()
    assert "Fleuriste" not in answer.content.decode()


def test_who_answers_for_it_sees_it(office, signed_in, expert, collaborateur):
    siren = demo_siren(9103)
    signed_in(expert).post(
        reverse("dossier_new", args=[office.cabinet.pk]),
        filled(siren=siren, responsible=collaborateur.pk),
    )
    assert "Garage Neuf" in signed_in(collaborateur).get("/").content.decode()


def test_what_invoices_were_routed_by_is_not_corrected(office, signed_in, expert, deposited):
    client, before = signed_in(expert), office.bakery.siren
    where = reverse("dossier_change", args=[office.bakery.pk])
    said = filled(siren=demo_siren(9104), name="Boulangerie Changée", vat_regime="simplifie")
    deposited("F-1")
    assert client.post(where, said).status_code == 302
    office.bakery.refresh_from_db()
    assert office.bakery.siren == office.bakery.electronic_address == before
    assert office.bakery.name == "Boulangerie Changée"
    assert office.bakery.vat_regime == "simplifie"


def test_only_who_leads_changes_a_dossier(office, signed_in, collaborateur):
    where = reverse("dossier_change", args=[office.bakery.pk])
    assert signed_in(collaborateur).get(where).status_code == 404


LIST = """Client\tN° SIREN\tRégime TVA\tVille\tColonne inconnue
Garage Neuf\t{one}\tréel normal\tNantes\tx
Bar Neuf\t{two}\tCA12\tRennes\tx
Bar Neuf\t{two}\tCA12\tRennes\tx
Sans clé\t111 111 112\tmensuel\tBrest\tx
Forain\t{three}\tforfait\tBrest\tx

"""


def test_a_list_is_shown_before_anything_is_opened(office, signed_in, expert):
    text = LIST.format(one=spaced(demo_siren(9105)), two=demo_siren(9106), three=demo_siren(9107))
    client, where = signed_in(expert), reverse("dossier_list", args=[office.cabinet.pk])
    before = Dossier.objects.count()
    shown = client.post(where, {"lignes": text}).content.decode()
    assert Dossier.objects.count() == before
    assert "2 dossiers à ouvrir" in shown
    assert "Réel simplifié" in shown
    for said in ("Déjà à la ligne 3.", "est faux", "« forfait » inconnu"):
        assert said in shown
    client.post(where, {"lignes": text, "ouvrir": "1"})
    assert Dossier.objects.count() == before + 2
    bar = Dossier.objects.get(siren=demo_siren(9106))
    assert (bar.vat_regime, bar.city) == ("simplifie", "Rennes")
    assert bar.vat_on_receipts, "the regime of services, unless the list says otherwise"


def test_a_list_opened_twice_opens_nothing_twice(office, signed_in, expert):
    text = f"SIREN;Nom\n{demo_siren(9105)};Garage Neuf\n"
    client, where = signed_in(expert), reverse("dossier_list", args=[office.cabinet.pk])
    for _ in range(2):
        client.post(where, {"lignes": text, "ouvrir": "1"})
    assert Dossier.objects.filter(siren=demo_siren(9105)).count() == 1


def test_a_list_without_titles_is_refused_with_the_remedy(office, signed_in, expert):
    client = signed_in(expert)
    answer = client.post(
        reverse("dossier_list", args=[office.cabinet.pk]), {"lignes": "Garage;123\n"}
    )
    assert answer.status_code == 422
    assert "ligne des titres" in answer.content.decode()


def test_the_siret_serves_when_there_is_no_siren():
    (line,) = read("SIRET,Raison sociale\n123 456 782 00019,Garage\n")
    assert line.said["siren"] == "123456782"


def test_the_vat_number_of_a_siren_has_the_right_key():
    found = french_vat_number("732829320")  # an example of the tax office's own page
    assert found == "FR44732829320"
    assert re.fullmatch(r"FR\d{11}", french_vat_number(SIREN))


def test_people_are_not_shown_to_other_cabinets(office, signed_in, expert):
    Person.objects.create_user("seule@autre.example", name="Seule Ailleurs")
    page = signed_in(expert).get(reverse("dossier_new", args=[office.cabinet.pk]))
    assert "Seule Ailleurs" not in page.content.decode()


def test_the_directory_completes_what_was_typed(office, signed_in, expert):
    client, where = signed_in(expert), reverse("dossier_new", args=[office.cabinet.pk])
    said = {"siren": office.florist.siren, "city": "Brest", "completer": "1"}
    page = client.post(where, said).content.decode()
    assert 'value="Fleuriste Simulé"' in page
    assert 'value="Brest"' in page
    assert not re.search(r'name="vat_on_receipts"[^>]* checked', page), "as it was left"
    said["siren"] = demo_siren(9108)
    assert "ne connaît pas ce SIREN" in client.post(where, said).content.decode()
    assert not Dossier.objects.filter(siren=demo_siren(9108)).exists()


def test_the_option_for_debits_is_chosen_never_supposed(office, signed_in, expert):
    client, where = signed_in(expert), reverse("dossier_new", args=[office.cabinet.pk])
    assert re.search(r'name="vat_on_receipts"[^>]* checked', client.get(where).content.decode())
    client.post(where, filled(siren=demo_siren(9109)))
    assert not Dossier.objects.get(siren=demo_siren(9109)).vat_on_receipts, "it was unticked"
    many = reverse("dossier_list", args=[office.cabinet.pk])
    text = f"SIREN;Nom;Exigibilité\n{demo_siren(9110)};Garage;débits\n"
    client.post(many, {"lignes": text, "ouvrir": "1"})
    assert not Dossier.objects.get(siren=demo_siren(9110)).vat_on_receipts
