"""Passkeys and time codes in a real browser, with Chromium's virtual authenticator (CDP)."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from tests.acceptance.firm_for_browser import PASSWORD
from tests.acceptance.installation import ROOT, Running, free_port
from tests.acceptance.test_browser import wait_for_the_server
from tests.acceptance.test_kill import run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
]
SHOTS = os.environ.get("FACTURIER_SHOTS")
"""A folder: the pages are photographed into it."""


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """An installation and a browser; "localhost", for passkeys want a name."""
    folder = tmp_path_factory.mktemp("door")
    environment = {
        **os.environ, "FACTURIER_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip
    (firm,) = run(environment, "tests.acceptance.firm_for_browser")
    port = free_port()
    with (folder / "log").open("wb") as log, sync_playwright() as playwright:
        process = Running(environment, log, "serve", "--port", str(port))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield SimpleNamespace(url=f"http://localhost:{port}", browser=browser, **firm)
        browser.close()
        process.stop()


@pytest.fixture
def page(door):
    """A window whose computer has a passkey store that a finger opens."""
    window = door.browser.new_context(locale="fr-FR", viewport={"width": 1440, "height": 900})
    page = window.new_page()
    page.set_default_timeout(20_000)
    page.trouble = []
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    page.on("console", lambda line: line.type == "error" and page.trouble.append(line.text))
    devtools = window.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    page.store = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }})["authenticatorId"]  # fmt: skip
    page.devtools = devtools
    wait_for_the_server(page, door.url)
    yield page
    assert page.trouble == []
    window.close()


def photograph(page, name):
    """Look at a page at both widths: accessible, not wider than the screen."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        grave = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
        assert grave == [], (name, width, found)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (
            name,
            width,
        )
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def sign_in(page, door, who):
    page.goto(door.url + "/compte/login/")
    page.fill("input[name=login]", door.people[who])
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def test_a_passkey_is_created_and_opens_the_door_alone(door, page):
    photograph(page, "connexion")
    sign_in(page, door, "vendeur")
    page.wait_for_selector("h1:has-text('Portefeuille')")
    page.click("a.qui")
    page.click("text=Ajouter une clé d'accès")
    photograph(page, "confirmer")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector('h1:has-text("Ajouter une clé d\'accès")')
    photograph(page, "cle")
    # the keyboard is enough: the name has the focus
    page.keyboard.type(" du bureau")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Codes de secours')")
    assert page.locator(".codes code").count() == 10
    photograph(page, "codes")
    page.click("text=Je les ai notés")
    assert page.locator("text=du bureau").count() == 1
    photograph(page, "ma-securite")
    kept = page.devtools.send("WebAuthn.getCredentials", {"authenticatorId": page.store})
    (credential,) = kept["credentials"]
    assert credential["isResidentCredential"]
    assert credential["rpId"] == "localhost"

    page.click("header form button")  # sign out
    page.goto(door.url + "/compte/login/")
    page.click("text=Se connecter avec une clé d'accès")
    page.wait_for_selector("h1:has-text('Portefeuille')")
    page.click("header form button")

    # the password alone no longer opens; the key does
    sign_in(page, door, "vendeur")
    page.wait_for_selector("h1:has-text('Second facteur')")
    photograph(page, "second-facteur")
    page.click("text=Présenter une clé d'accès")
    page.wait_for_selector("h1:has-text('Portefeuille')")

    # a finger that is not the owner's
    page.click("header form button")
    page.devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": page.store, "isUserVerified": False}
    )
    page.goto(door.url + "/compte/login/")
    page.click("text=Se connecter avec une clé d'accès")
    page.wait_for_selector("[data-trouble]:has-text('Réessayez')")
    page.goto(door.url + "/")
    assert "/compte/login/" in page.url


def test_the_administrator_looks_at_people_and_journal(door, page):
    sign_in(page, door, "acheteur")
    page.wait_for_selector("h1:has-text('Portefeuille')")
    page.click("nav >> text=Cabinet")
    page.wait_for_selector("text=Anne Cliente")
    photograph(page, "cabinet")
    page.check("text=Clients")
    page.click("text=Enregistrer")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=à enrôler")
    page.click("text=Journal des accès")
    page.wait_for_selector("text=second facteur obligatoire")
    photograph(page, "journal")
    page.click("header form button")

    sign_in(page, door, "client")
    page.wait_for_selector("text=demande un second facteur")
    photograph(page, "enroler")
    page.click("text=Ajouter une application")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("img.qr")
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 100
    photograph(page, "application")
