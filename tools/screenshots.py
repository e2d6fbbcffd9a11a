"""Photograph the cockpit: each page, wide (1440) and narrow (390), from a running installation.

The pictures of the README come from the demonstration, so that they show what a reader will see::

    make demo                                       # in another window
    .venv/bin/python tools/screenshots.py           # writes docs/images/portefeuille.png, piece.png
    .venv/bin/python tools/screenshots.py --all DIR # every page, to look at them

Without ``--demo`` the address and an account are read from ``var/demo.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent
WIDE, NARROW = 1440, 390
README = {"portefeuille": "portefeuille", "piece": "piece"}
"""Page → name of the picture that the README shows."""


def main() -> int:
    """Take the pictures; return 0."""
    options = _options()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            env={**os.environ, "LANGUAGE": "fr"},
            args=["--no-sandbox", "--lang=fr-FR"],
        )
        if options.all:
            for width in (WIDE, NARROW):
                photograph(browser, options, width, options.all, everything=True)
        else:
            photograph(browser, options, WIDE, ROOT / "docs/images", everything=False)
        browser.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--demo", type=Path, default=ROOT / "var/demo.json")
    parser.add_argument("--url")
    parser.add_argument("--email")
    parser.add_argument("--password")
    parser.add_argument("--dossier", help="name of the dossier to open; by default the busiest")
    parser.add_argument("--all", type=Path, metavar="DIR")
    options = parser.parse_args()
    if not options.url:
        told = json.loads(options.demo.read_text())
        account = told["accounts"][0]
        options.url, options.email, options.password = (
            told["address"], account["email"], account["password"],
        )  # fmt: skip
    return options


def photograph(
    browser: Browser, options: argparse.Namespace, width: int, folder: Path, *, everything: bool
) -> None:
    """Sign in and take the pictures of this `width` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    window = browser.new_context(
        viewport={"width": width, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    page = window.new_page()
    page.goto(f"{options.url}/")
    if everything:
        page.screenshot(path=folder / f"{width}-connexion.png")
    page.fill("input[name=login]", options.email)
    page.fill("input[name=password]", options.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Portefeuille')")
    for name, address in _pages(page, options):
        if not everything and name not in README:
            continue
        page.goto(address)
        page.wait_for_load_state("networkidle")
        shown = folder / (f"{width}-{name}.png" if everything else f"{README[name]}.png")
        page.screenshot(path=shown, full_page=everything and width == NARROW)
    window.close()


def _pages(page: Page, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield name and address of each page, on a dossier and documents that the portfolio shows."""
    yield "portefeuille", f"{options.url}/"
    page.goto(f"{options.url}/?tri=emises")
    wanted = f"a[data-open]:has-text('{options.dossier}')" if options.dossier else "a[data-open]"
    dossier = options.url + str(page.locator(wanted).first.get_attribute("href"))
    for tab in (
        "", "recues", "emises", "quarantaine", "ecritures", "journaux", "reglages", "depot"
    ):  # fmt: skip
        yield tab or "a-traiter", f"{dossier}{tab}/" if tab else dossier
    for name, query in (("piece", "verdict=valid"), ("rejetee", "statut=213")):
        page.goto(f"{dossier}emises/?{query}")
        links = page.locator("a[data-open]")
        if links.count():
            document = options.url + str(links.first.get_attribute("href"))
            yield name, document
            yield f"{name}-xml", f"{document}xml/"
            yield f"{name}-preuve", f"{document}preuve/"
            yield f"{name}-encaissement", f"{document}statut/212/"
    page.goto(f"{dossier}recues/?statut=203")
    links = page.locator("a[data-open]")
    if links.count():
        document = options.url + str(links.first.get_attribute("href"))
        yield "recue", document
        yield "refus", f"{document}statut/210/"
    yield "introuvable", f"{options.url}/nulle-part/"


if __name__ == "__main__":
    sys.exit(main())
