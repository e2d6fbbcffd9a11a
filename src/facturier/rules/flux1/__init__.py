"""The rules of flux 1: what the public portal checks in the regulatory data of an invoice.

Source: Schematron of flux 1 (AIFE, version 1.0 of 31 July 2026, files ``v0_2``, made after annexe 7
v1.8): four files, 370 assertions, all fatal, 37 rule codes. *Démarrage* is the profile BASE,
*cible* the profile FULL, which has every rule of BASE and those of lines, allowances, charges and
the address of delivery. A code stands for several assertions; here it has one rule for each term.

What the files do by mistake is done here too, so that the verdict is the portal's:

- sums are compared in binary floating point: a gap of one cent may pass or not (G1.53);
- in CII the VAT in euros is compared with breakdowns in the currency of the invoice (G1.53);
- the end of a period must be after its start, not the same day (G6.25 of annexe 7 v1.8).
"""

from dataclasses import replace
from datetime import date, timedelta

from facturier.findings import Layer
from facturier.reporting.extract import FULL_FROM, Profile
from facturier.rules.book import Rulebook
from facturier.rules.flux1.amounts import AMOUNTS
from facturier.rules.flux1.head import HEAD
from facturier.rules.flux1.lines import LINES
from facturier.rules.flux1.references import BASE_REFERENCES, FULL_REFERENCES
from facturier.rules.rule import all_rules

NOT_YET: dict[str, str] = {}
"""Official codes that no rule implements, with the reason."""

BASE = Rulebook(
    id="flux1-base",
    version="1.0",
    layer=Layer.FLUX1,
    rules=all_rules((HEAD, AMOUNTS, BASE_REFERENCES)),
    valid_from=date(2026, 9, 1),
    valid_until=FULL_FROM - timedelta(days=1),
)
FULL = Rulebook(
    id="flux1-full",
    version="1.0",
    layer=Layer.FLUX1,
    rules=all_rules((HEAD, AMOUNTS, LINES, FULL_REFERENCES)),
    valid_from=date(2026, 9, 1),
)
FULL_DUE = replace(FULL, valid_from=FULL_FROM)
"""What a file without lines is checked with from the day on which lines are due."""
BOOKS = {Profile.BASE: BASE, Profile.FULL: FULL}
