"""The entries of every company of every case make a FEC that the law's checks accept."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from facturier.findings import Severity
from facturier.ledger import fec
from facturier.ledger.entries import validate
from facturier.use_cases import numbers, sheet

CLOSING = date(2026, 12, 31)
JOURNALS = {"HA": "Achats", "VE": "Ventes", "BQ": "Banque", "OD": "Opérations diverses"}


def validated(entries):
    """Number the entries of each journal in the order of their days."""
    counters = Counter()
    for entry in sorted(entries, key=lambda one: one.date):
        counters[entry.journal] += 1
        number = f"{entry.journal}-{counters[entry.journal]:04d}"
        yield validate(entry, number=number, on=CLOSING)


@pytest.mark.parametrize("number", numbers())
def test_the_entries_of_a_case_make_a_sound_fec(number):
    story = sheet(number).example()
    for actor in story.actors:
        year = [one.entry for one in story.entries_of(actor) if one.entry.date <= CLOSING]
        if not year:
            continue
        made = fec.from_entries(
            validated(year), siren=actor.siren, closing=CLOSING, journals=JOURNALS
        )
        wrong = [one for one in fec.check(made) if one.severity is Severity.FATAL]
        assert (actor.role, wrong) == (actor.role, [])
