"""Each step of the tutorial ``premiers-pas.md``, done in a real browser on the demonstration."""

from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.acceptance.test_demo import FIRST_START, start, stop

from facturier.server.demo.companies import CABINETS, PASSWORD

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "premiers-pas.md"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SELLER, BUYER = "Armor Négoce Alimentaire", "Le Comptoir de Jeanne"


def test_the_tutorial_names_accounts_that_exist():
    text = TUTORIAL.read_text(encoding="utf-8")
    known = {someone.email for office in CABINETS for someone in office.people}
    named = set(re.findall(r"`([^`]+@[^`]+)`", text))
    assert named
    assert named <= known
    assert f"`{PASSWORD}`" in text


@pytest.fixture
def cockpit(tmp_path, monkeypatch):
    """Give the address of a demonstration of its own."""
    monkeypatch.setenv("FACTURIER_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo = start(tmp_path, port, FIRST_START)
    yield json.loads((tmp_path / "demo.json").read_text())["address"]
    stop(demo)


@pytest.fixture
def window():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
        ).new_page()
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def sign_in(page, address, email):
    page.goto(f"{address}/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Portefeuille')")


def open_dossier(page, name):
    page.click("nav >> text=Portefeuille")
    page.click(f"a[data-open]:has-text('{name}')")


def open_first_of(page, section, party):
    page.locator(section).locator("tr[data-row]").filter(has_text=party).first.locator("a").click()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
def test_every_step(cockpit, window, tmp_path):
    follow(cockpit, window, tmp_path)


def follow(address, page, folder):
    """Do what the tutorial says, in its order."""
    sign_in(page, address, "karim.benali@cabinet-lenoir.example")
    assert page.locator("th a[data-open]").count() == 8
    approve_one(page)
    refuse_the_other(page)
    validate_an_entry(page)
    understand(page)
    deposit_twice(page, folder)
    look_as_others(page, address)


def approve_one(page):
    open_dossier(page, BUYER)
    open_first_of(page, "#recues-a-traiter", SELLER)
    page.frame_locator("iframe[name=lisible]").locator("text=Légumes de saison").wait_for()
    page.click("[data-actions] >> text=Approuver")
    page.click(".dire button:has-text('Approuver')")
    page.wait_for_selector(".frise >> text=Approuvée")
    assert "Karim Benali" in page.inner_text(".frise")


def refuse_the_other(page):
    page.keyboard.press("l")
    page.click("#onglets >> text=À traiter")
    open_first_of(page, "#recues-a-traiter", SELLER)
    page.click("[data-actions] >> text=Refuser la facture")
    page.select_option("select[name=motif]", "DOUBLE_FACT")
    page.fill("textarea", "Déjà facturée en octobre.")
    page.check("input[name=confirme]")
    page.click(".dire button:has-text('Refuser la facture')")
    page.wait_for_selector(".frise >> text=Refusée")
    open_dossier(page, SELLER)
    open_first_of(page, "#retours", BUYER)
    page.wait_for_selector(".frise >> text=Déjà facturée en octobre.")


def validate_an_entry(page):
    open_dossier(page, BUYER)
    page.click("#onglets >> text=Écritures")
    page.locator(".ligne .nombre a").first.click()
    page.wait_for_selector("#marque")
    page.go_back()
    page.locator('button:has-text("Valider l\'écriture")').first.click()
    page.wait_for_selector("text=Contre-passer")
    page.click("#onglets >> text=Journaux et FEC")
    with page.expect_download() as got:
        page.click("text=Exporter le FEC")
    assert re.fullmatch(r"003\d{6}FEC\d{8}\.txt", got.value.suggested_filename)


def understand(page):
    open_dossier(page, "Atelier Lumignon")
    open_first_of(page, "#retours", "Rejetée")
    page.wait_for_selector(".verdict >> text=À faire :")
    page.locator(".verdict >> text=Voir dans le XML").first.click()
    page.wait_for_selector("#marque")
    page.click("#onglets >> text=Quarantaine")
    page.wait_for_selector("tr:has-text('releve-bancaire.csv')")


def deposit_twice(page, folder):
    open_dossier(page, SELLER)
    page.click("#onglets >> text=Émises")
    page.locator("tr[data-row]").filter(has_text="Approuvée").first.locator("a").click()
    with page.expect_download() as got:
        page.click(".fichiers >> text=Fichier déposé")
    file = folder / got.value.suggested_filename
    got.value.save_as(file)
    page.locator("a:has-text('Déposer')").first.click()
    page.set_input_files("input[type=file]", str(file))
    page.click("form[data-drop] button:has-text('Déposer')")
    page.wait_for_selector("text=la première reste valable")


def look_as_others(page, address):
    open_dossier(page, BUYER)
    theirs = page.url
    sign_out(page, address)
    sign_in(page, address, "jeanne@lecomptoir.example")
    assert page.locator("th a[data-open]").count() == 1
    open_dossier(page, BUYER)
    page.click("#onglets >> text=Écritures")
    page.wait_for_selector(".ecriture")
    assert page.locator('button:has-text("Valider l\'écriture")').count() == 0
    sign_out(page, address)
    sign_in(page, address, "marc.vasseur@cabinet-vasseur.example")
    assert BUYER not in page.inner_text("main")
    assert page.goto(theirs).status == 404


def sign_out(page, address):
    page.locator("[href*='logout'], [action*='logout'] button").first.click()
    if page.locator("form[action*='logout'] button").count():
        page.locator("form[action*='logout'] button").last.click()
    page.goto(f"{address}/")
    page.wait_for_selector("input[name=login]")
