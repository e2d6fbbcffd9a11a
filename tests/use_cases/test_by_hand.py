"""The entries of the everyday cases are those of a hand computation."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from facturier.use_cases import sheet

TEXT = Path(__file__).with_name("by_hand.txt").read_text(encoding="utf-8")


def computed():
    """Yield (number, role, entries); an entry is a day, a journal and its sorted amounts."""
    found = {}
    for line in TEXT.splitlines():
        if line.startswith("=="):
            _, number, role = line.split(maxsplit=2)
            found[number, role] = []
        elif line.strip() and not line.startswith("#"):
            day, journal, *words = line.split()
            amounts = zip(words[::2], words[1::2], strict=True)
            lines = sorted((account.ljust(6, "0"), Decimal(amount)) for account, amount in amounts)
            found[number, role].append((day, journal, lines))
    return found


@pytest.mark.parametrize(("number", "role"), computed())
def test_the_entries_are_those_computed_by_hand(number, role):
    story = sheet(number).example()
    (actor,) = [one for one in story.actors if one.role == role]

    made = [
        (
            f"{one.entry.date:%d/%m}",
            one.entry.journal,
            sorted((line.account, line.balance) for line in one.entry.lines),
        )
        for one in story.entries_of(actor)
    ]

    assert made == computed()[number, role]


@pytest.mark.parametrize("number", sorted({number for number, _ in computed()}))
def test_each_company_of_a_computed_case_is_computed(number):
    roles = {actor.role for actor in sheet(number).example().actors}

    assert roles == {role for known, role in computed() if known == number}


def test_hand_computed_entries_are_balanced():
    for entries in computed().values():
        for _, _, lines in entries:
            assert sum(amount for _, amount in lines) == 0
