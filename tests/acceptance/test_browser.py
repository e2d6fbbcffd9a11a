"""A seller and a buyer at work in a real browser, on real processes: server, worker, database."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, sync_playwright
from tests.acceptance.firm_for_browser import PASSWORD
from tests.acceptance.installation import ROOT, Running, free_port
from tests.acceptance.test_kill import run
from tests.server.invoices import ubl

FAILED = 400
MISSING = "nulle-part"
"""An address that is asked for to see the page of a missing address."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory):
    """An installation of its own: the firm, a server and a worker."""
    folder = tmp_path_factory.mktemp("cockpit")
    environment = {
        **os.environ, "FACTURIER_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip
    (firm,) = run(environment, "tests.acceptance.firm_for_browser")
    port = free_port()
    with (folder / "log").open("wb") as log:
        processes = [
            Running(environment, log, "serve", "--port", str(port)),
            Running(environment, log, "work"),
        ]
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", folder=folder, **firm)
        for process in processes:
            process.stop()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def sign_in(cockpit, chromium):
    """Open a window in which a person is signed in; whatever goes wrong in it fails the test."""
    windows, trouble = [], []

    def open_as(name, width=1440):
        window = chromium.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
        )
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "console",
            lambda line: line.type == "error" and trouble.append(f"{line.text} {line.location}"),
        )
        page.on("response", lambda got: got.status >= FAILED and trouble.append(got.url))
        wait_for_the_server(page, cockpit.url)
        page.fill("input[name=login]", cockpit.people[name])
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Portefeuille')")
        return page

    yield open_as
    for window in windows:
        window.close()
    assert [one for one in trouble if MISSING not in one] == []


def wait_for_the_server(page, url):
    deadline = time.monotonic() + 60
    while True:
        try:
            page.goto(url + "/")
        except Error:
            assert time.monotonic() < deadline, "no server"
            time.sleep(0.3)
        else:
            return


@pytest.fixture
def invoice(cockpit):
    """Write an invoice of the seller to the buyer into a file."""

    def write(number, **asked):
        path = cockpit.folder / f"{number}.xml"
        path.write_bytes(ubl(number, cockpit.seller_siren, cockpit.buyer_siren, **asked))
        return path

    return write


def deposit(page, cockpit, *paths):
    page.goto(f"{cockpit.url}/dossiers/{cockpit.seller}/depot/")
    page.set_input_files("input[type=file]", [str(path) for path in paths])
    page.click("form[data-drop] button")
    page.wait_for_url("**/depot/resultats/**")
    page.wait_for_selector(f"text={'1 fichier traité' if len(paths) == 1 else 'fichiers traités'}")


def test_an_invoice_is_deposited_refused_and_its_seller_knows(cockpit, sign_in, invoice):
    seller, buyer = sign_in("vendeur"), sign_in("acheteur")
    # the buyer looks at the list and touches nothing
    buyer.goto(f"{cockpit.url}/dossiers/{cockpit.buyer}/recues/")
    assert buyer.locator("text=B-100").count() == 0
    deposit(seller, cockpit, invoice("B-100"))
    appeared = time.monotonic()
    buyer.wait_for_selector("a:has-text('B-100')")
    # the worker took it before the page of results said so; the list asks every two seconds
    assert time.monotonic() - appeared < 5
    buyer.click("a:has-text('B-100')")
    buyer.wait_for_selector(".frise >> text=Mise à disposition")
    copy = buyer.frame_locator("iframe[name=lisible]")
    copy.locator("text=Cent croissants").wait_for()
    buyer.click("[data-actions] >> text=Refuser")
    buyer.select_option("select[name=motif]", "TX_TVA_ERR")
    buyer.fill("textarea", "Le taux est de 10 %.")
    buyer.click(".dire button")
    assert buyer.locator(".erreur").count() == 1, "a refusal is confirmed"
    buyer.check("input[name=confirme]")
    buyer.click(".dire button")
    buyer.wait_for_selector(".frise >> text=Refusée")
    # the seller's page learns of it by itself
    seller.goto(f"{cockpit.url}/dossiers/{cockpit.seller}/")
    seller.wait_for_selector("section#retours >> a:has-text('B-100')")
    seller.click("a:has-text('B-100')")
    words = seller.inner_text(".histoire")
    for expected in ("Refusée", "Taux de TVA erroné", "Le taux est de 10 %.", "L'acheteur"):
        assert expected in words, expected
    assert "Rejetée" not in words
    assert re.search(r"\d\d/\d\d/\d{4} à \d\d:\d\d", words)
    assert "411" in seller.inner_text(".ecriture-bloc")


def test_an_amount_is_followed_to_the_file_and_back(cockpit, sign_in, invoice):
    page = sign_in("vendeur")
    deposit(page, cockpit, invoice("B-200"))
    page.click("a:has-text('B-200')")
    amount = page.locator(".ligne .nombre a").first
    shown = amount.inner_text().replace(",", ".")
    amount.click()
    mark = page.locator("#marque")
    assert f">{shown}<" in mark.inner_text().replace("\n", "")
    assert mark.is_visible()
    mark.locator("a.vers").first.click()
    assert page.locator("tr.choisie").count() == 1
    page.keyboard.press("l")
    page.wait_for_selector(".ecriture-bloc >> text=Valider l'écriture")
    page.click("text=Valider l'écriture")
    page.wait_for_selector(".avis-success >> text=validée")
    page.wait_for_selector(".ecriture-bloc >> text=Contre-passer")


def test_a_batch_tells_the_fate_of_each_file(cockpit, sign_in, invoice):
    page = sign_in("vendeur")
    rubbish = cockpit.folder / "note.txt.xml"
    rubbish.write_text("rien")
    deposit(page, cockpit, invoice("B-300"), invoice("B-301", total="121.00"), rubbish)
    deposit(page, cockpit, invoice("B-300", date="2026-11-21"))
    assert "la première reste valable" in page.inner_text("#resultats")
    page.goto(f"{cockpit.url}/dossiers/{cockpit.seller}/emises/?q=B-30")
    states = page.locator("tbody .statut").all_inner_texts()
    assert sorted(states) == ["Mise à disposition", "Rejetée", "Rejetée"]
    page.goto(f"{cockpit.url}/dossiers/{cockpit.seller}/quarantaine/")
    assert "note.txt.xml" in page.inner_text("table")


def test_files_can_be_dropped(cockpit, sign_in, invoice):
    page = sign_in("vendeur")
    page.goto(f"{cockpit.url}/dossiers/{cockpit.seller}/depot/")
    content = invoice("B-400").read_text()
    held = page.evaluate_handle(
        """content => { const held = new DataTransfer();
        held.items.add(new File([content], "B-400.xml", {type: "application/xml"}));
        return held; }""",
        content,
    )
    page.dispatch_event(".zone", "dragover", {"dataTransfer": held})
    assert page.locator(".zone.survol").count() == 1
    page.dispatch_event(".zone", "drop", {"dataTransfer": held})
    assert "B-400.xml" in page.inner_text("[data-chosen]")
    page.click("form[data-drop] button")
    page.wait_for_selector("#resultats >> a:has-text('B-400')")


def test_the_keyboard_is_enough(cockpit, sign_in, invoice):
    sender = sign_in("vendeur")
    deposit(sender, cockpit, invoice("B-500"), invoice("B-501", date="2026-11-19"))
    page = sign_in("acheteur")
    press = page.keyboard.press
    press("/")
    page.keyboard.type("hotel")
    press("Enter")
    page.wait_for_url("**q=hotel**")
    press("j")
    assert page.evaluate("document.activeElement.textContent") == "Hôtel Simulé"
    press("Enter")
    page.wait_for_selector("nav#onglets")
    press("2")
    page.wait_for_url("**/recues/")
    press("/")
    page.keyboard.type("B-50")
    press("Enter")
    page.wait_for_url("**q=B-50**")
    press("j")
    press("j")
    press("k")
    assert page.evaluate("document.activeElement.textContent") == "B-500"
    press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "B-501"
    press("Enter")
    page.wait_for_selector("[data-actions]")
    press("?")
    assert page.locator("dialog[open]").count() == 1
    press("Escape")
    assert page.locator("dialog[open]").count() == 0
    here = page.url
    press("Shift+E")
    page.wait_for_url(lambda url: url != here)
    press("e")
    page.wait_for_selector("h2:has-text('B-501')")
    press("a")
    while page.evaluate("document.activeElement.textContent") != "Refuser la facture":
        press("Tab")
    press("Enter")
    page.wait_for_selector(".dire")
    fill_the_refusal(page)
    page.wait_for_selector(".frise >> text=Refusée")


def fill_the_refusal(page):
    """Choose, write, agree and send with Tab, letters, blank and Enter only."""
    press = page.keyboard.press

    def tab_to(name):
        for _ in range(40):
            if page.evaluate("document.activeElement.name") == name:
                return
            press("Tab")
        raise AssertionError(name)

    tab_to("motif")
    page.keyboard.type("Taux")
    tab_to("commentaire")
    page.keyboard.type("Le taux ?")
    tab_to("confirme")
    press("Space")
    press("Enter")


def test_browser_shortcuts_stay_the_browsers(sign_in):
    page = sign_in("vendeur")
    for keys in ("Control+f", "Control+p", "Control+k", "Alt+d", "Meta+j"):
        page.evaluate(
            """() => { window.kept = null; addEventListener("keydown",
            e => { window.kept = e.defaultPrevented; }, {once: true}); }"""
        )
        page.keyboard.press(keys)
        assert page.evaluate("window.kept") is False, keys


def addresses(cockpit, page):
    """Each kind of page, on things that exist."""
    own = f"{cockpit.url}/dossiers/{cockpit.seller}"
    page.goto(f"{own}/emises/")
    document = page.locator("a[data-open]").first.get_attribute("href")
    return [
        f"{cockpit.url}/", f"{own}/", f"{own}/recues/", f"{own}/emises/", f"{own}/quarantaine/",
        f"{own}/ecritures/", f"{own}/journaux/?cloture=2026-12-31", f"{own}/reglages/",
        f"{own}/depot/", cockpit.url + document, f"{cockpit.url}{document}xml/",
        f"{cockpit.url}{document}statut/212/", f"{cockpit.url}/{MISSING}/",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_accessible_and_never_wider_than_the_screen(cockpit, sign_in, invoice, width):
    page = sign_in("vendeur", width=width)
    rubbish = cockpit.folder / "illisible.xml"
    rubbish.write_text("rien")
    number = f"B-6{width}"
    deposit(page, cockpit, rubbish, invoice(f"{number}-A", total="121.00"), invoice(number))
    page.on("console", lambda _line: None)
    problems = []
    for address in addresses(cockpit, page):
        page.goto(address)
        found = Axe().run(page, options={"iframes": False}).response["violations"]
        problems += [
            (address, one["id"], [node["html"] for node in one["nodes"]][:3])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            problems.append((address, "wider than the screen", wide))
    assert problems == [], json.dumps(problems, indent=1, ensure_ascii=False)


def test_nothing_comes_from_elsewhere(cockpit, sign_in):
    page = sign_in("vendeur")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for address in addresses(cockpit, page):
        if MISSING not in address:
            page.goto(address)
    assert [one for one in asked if not one.startswith((cockpit.url, "data:", "about:"))] == []
