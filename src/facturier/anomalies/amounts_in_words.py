"""Amounts written out in French: « mille deux cent quarante euros et cinquante centimes »."""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6,
    "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
    "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "vingts": 20, "trente": 30,
    "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "octante": 80,
    "huitante": 80, "nonante": 90,
}  # fmt: skip
_HUNDRED = frozenset({"cent", "cents"})
_SCALES = {"mille": 1000, "million": 1_000_000, "millions": 1_000_000}
_FOUR, _SCORE = 4, 20
_SUM = re.compile(
    r"\barrete\w*\b[^|]*?\b(?:somme|montant|total)\b(?: totale?)?(?: ttc)? (?:de|a)\s*:?\s*([^|]*)"
)
_DIGITS = re.compile(r"(\d[\d \u202f\u00a0.]*\d|\d)(?:,(\d{1,2}))?\s*(?:€|eur)")
_WORDS = re.compile(
    r"([a-z' -]+?)\s*euros?\b(?:[\s,]*(?:et\s*)?([a-z' -]+?)\s*(?:centimes?|cts?)\b)?"
)


def amount_said(text: str) -> Decimal | None:
    """Return the sum at which a document says it is closed; None when it says none, or unclearly.

    `text` is folded (:func:`facturier.anomalies.look.words`).
    """
    found = _SUM.search(text)
    if found is None:
        return None
    said = found[1]
    digits = _DIGITS.match(said)
    if digits:
        whole = re.sub(r"[^\d]", "", digits[1])
        return Decimal(f"{whole}.{(digits[2] or '0').ljust(2, '0')}")
    in_words = _WORDS.match(said)
    if in_words is None:
        return None
    euros, cents = number_said(in_words[1]), number_said(in_words[2]) if in_words[2] else 0
    return None if euros is None or cents is None else Decimal(f"{euros}.{cents:02d}")


def number_said(text: str) -> int | None:
    """Read a whole number in French words, without accents; None when a word is no number."""
    whole = part = 0
    read = 0
    for word in re.split(r"[\s'-]+", text.strip()):
        if word in ("et", "d", "de", ""):
            continue
        read += 1
        if word in _SCALES:
            whole += (part or 1) * _SCALES[word]
            part = 0
        elif word in _HUNDRED:
            part = (part or 1) * 100
        elif word not in _UNITS:
            return None
        elif _UNITS[word] == _SCORE and part % 100 == _FOUR:
            part += _FOUR * _SCORE - _FOUR
        else:
            part += _UNITS[word]
    return whole + part if read else None
