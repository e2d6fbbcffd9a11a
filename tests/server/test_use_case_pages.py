"""The sheets in the cockpit: the list, a replay step by step, what a document is of."""

import dataclasses
import re

import pytest
from django.urls import reverse

from facturier.formats import read, write
from facturier.server.documents.models import Document
from facturier.server.web.templatetags.francais import fiche
from facturier.use_cases import NONE, WIDTH, named, numbers, recognise, sheet, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, expert):
    client.force_login(expert)
    return client


def text(response):
    found = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("&#x27;", "'")
    return re.sub(r"\s+", " ", found)


def test_every_sheet_is_listed_with_its_proof(browser):
    page = text(browser.get(reverse("use_cases")))
    assert f"{len(numbers())} couverts sur {len(numbers())} fiches" in page
    assert "identique aux étalons des tests" in page
    found = text(browser.get(reverse("use_cases"), {"q": "acompte"}))
    assert "Facture d'acompte" in found
    assert "Affacturage" not in found


@pytest.mark.parametrize("number", numbers())
def test_every_sheet_plays(browser, number):
    page = text(browser.get(reverse("use_case", args=[number])))
    story = sheet(number).example()
    assert story.scenes[-1].title in page
    for actor in story.actors:
        assert actor.name in page


def test_a_step_shows_what_it_does_and_nothing_of_what_follows(browser):
    first = browser.get(reverse("use_case", args=["20"]), {"etape": "1"}).content.decode()
    assert "AC-2026-2001" in first
    assert "AC-2026-2002" not in first
    assert 'href="?etape=2#etape-2"' in first
    last = len(sheet("20").example().scenes)
    whole = text(browser.get(reverse("use_case", args=["20"]), {"etape": str(last)}))
    assert "CA3 de toute l'histoire" in whole
    assert "Les erreurs que l'on fait" in whole


@pytest.mark.parametrize("step", ["0", "999", "-1", "x", "²"])
def test_a_step_that_is_none_is_the_nearest(browser, step):
    assert browser.get(reverse("use_case", args=["20"]), {"etape": step}).status_code == 200


def test_the_files_of_a_story_are_given(browser):
    where = reverse("use_case", args=["20"])
    answer = browser.get(where, {"fichier": "ubl.xml"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert read(answer.content).invoice.number == "AC-2026-2001"
    assert browser.get(where, {"fichier": "../settings.py"}).status_code == 404
    assert browser.get(reverse("use_case", args=["99"])).status_code == 404


def test_a_document_says_which_case_it_is_of(browser, office, deposited, everybody_works):
    deposited("F-1")
    everybody_works()
    document = Document.objects.get(dossier=office.bakery)
    page = text(browser.get(reverse("document", args=[office.bakery.pk, document.pk])))
    assert "Cas n°" not in page
    story = sheet("20").example()
    deposit = dataclasses.replace(
        story.documents[0].invoice, seller=read_invoice(document).seller,
        buyer=read_invoice(document).buyer,
    )  # fmt: skip
    deposited(data=write(deposit, "ubl").xml)
    everybody_works()
    other = Document.objects.get(dossier=office.bakery, number=deposit.number)
    page = text(browser.get(reverse("document", args=[office.bakery.pk, other.pk])))
    assert "Cas n° 20 · Facture d'acompte" in page
    assert (document.use_case, other.use_case) == (NONE, "20")
    listed = reverse("issued", args=[office.bakery.pk])
    found = text(browser.get(listed, {"cas": "20"}))
    assert deposit.number in found
    assert "F-1 " not in found
    assert "F-1" in text(browser.get(listed, {"cas": "99"})), "what is no case filters nothing"


def test_an_older_document_is_recognised_once_then_nobody_reads_its_file(
    browser, office, deposited, everybody_works
):
    deposited("F-1")
    everybody_works()
    rows = Document.objects.filter(dossier=office.bakery)
    where = reverse("document", args=[office.bakery.pk, rows.get().pk])
    rows.update(use_case="")
    assert "Cas n°" not in text(browser.get(where))
    assert rows.get().use_case == NONE
    rows.update(use_case="19b 20 99")  # as if it had been recognised so
    page = text(browser.get(where))
    assert "Cas n° 19b" in page
    assert "Cas n° 20" in page
    rows.update(use_case="")
    browser.get(reverse("issued", args=[office.bakery.pk]), {"cas": "20"})
    assert rows.get().use_case == NONE


def test_what_is_told_of_an_invoice_fits_its_column():
    for one in numbers():
        for document in sheet(one).example().documents:
            said = told(document.invoice)
            assert len(said) <= WIDTH
            found = [case.number for case in recognise(document.invoice)]
            assert [case.number for case in named(said)] == found


def read_invoice(document):
    from facturier.server.documents import store  # noqa: PLC0415

    return read(store.get(document.sha256)).invoice


def test_the_text_of_a_sheet_is_written_as_html():
    shown = fiche("Un <b> :\n\n1. **La bonne** : oui\n   et non.\n2. **L'autre**.")
    assert shown.splitlines() == [
        "<p>Un &lt;b&gt; :</p>",
        "<p>1. <strong>La bonne</strong> : oui et non.</p>",
        "<p>2. <strong>L&#x27;autre</strong>.</p>",
    ]
