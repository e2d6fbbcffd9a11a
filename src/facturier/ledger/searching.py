"""Accounts of the plan comptable général, found by a number or by words."""

from __future__ import annotations

import functools
import re

from facturier.ledger import accounts
from facturier.ledger.books import plain

MOST = 30
"""Accounts that a person looks through."""


def find(words: str) -> list[accounts.Account]:
    """Return at most :data:`MOST` accounts that `words` name, the shortest numbers first.

    A number finds itself and what is below it, zeros at its end aside (``628000`` is 628); words
    are beginnings of words of the label, all of them, whatever their accents and case.
    """
    asked = plain(words).split()
    if not asked:
        return []
    found = (one for one in accounts.chart().values() if len(one.number) > 1)
    kept = [one for one in found if all(_is_named(one, word) for word in asked)]
    return sorted(kept, key=lambda one: (len(one.number), one.number))[:MOST]


def _is_named(one: accounts.Account, word: str) -> bool:
    if word.isdecimal():
        return one.number.startswith(word.rstrip("0") or word)
    return any(part.startswith(word) for part in _words(one.number))


@functools.cache
def _words(number: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", plain(accounts.chart()[number].label)))
