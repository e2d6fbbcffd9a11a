"""The code lists of the norms, as data files with their source, version and date.

Each list is a CSV beside this file, written by ``tools/update_codes.py`` from the official rule
files (CEN EN 16931 1.3.16, EXTENDED-CTC-FR and BR-FR-Flux2 1.4.0 fix04); ``README.md`` is the table
of them. Nothing is read before it is asked for: ``codes.CURRENCY`` reads one small file, once.

A constant holds every code of its list. Where the syntaxes admit different codes (``BR-CL-01``,
``BR-CL-06``, ``BR-CL-08``, ``BR-CL-14``), :func:`allowed` gives the exact official set of a rule.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_FOLDER = Path(__file__).parent

DOCUMENT_TYPE: frozenset[str]
CURRENCY: frozenset[str]
COUNTRY: frozenset[str]
VAT_PREFIX: frozenset[str]
TAX_POINT: frozenset[str]
REFERENCE_QUALIFIER: frozenset[str]
NOTE_SUBJECT: frozenset[str]
ICD: frozenset[str]
ICD_EXTENDED: frozenset[str]
CREDITOR_SCHEME: frozenset[str]
ITEM_CLASSIFICATION: frozenset[str]
PAYMENT_MEANS: frozenset[str]
VAT_CATEGORY: frozenset[str]
ALLOWANCE_REASON: frozenset[str]
CHARGE_REASON: frozenset[str]
CHARGE_TAX_REASON: frozenset[str]
CHARGE_REASON_LIST: frozenset[str]
VATEX: frozenset[str]
UNIT: frozenset[str]
MIME: frozenset[str]
MIME_EXTENDED: frozenset[str]
EAS: frozenset[str]
INCOTERMS: frozenset[str]
ITEM_ATTRIBUTE: frozenset[str]
LINE_SUBTYPE: frozenset[str]
FRENCH_DOCUMENT_TYPE: frozenset[str]
BUSINESS_PROCESS: frozenset[str]
FRENCH_VAT_CATEGORY: frozenset[str]
VAT_RATE_FR: frozenset[str]
"""As BR-FR-16 compares them: by their writing, so ``20.000`` is not in it."""
TREATMENT: frozenset[str]
ATTACHMENT_QUALIFIER: frozenset[str]
LANGUAGE: frozenset[str]

NAMES = tuple(name for name in __annotations__ if name.isupper())
"""The constants of this module: one list each."""

# Classes of the sixteen French document types (BR-FR-04); XP Z12-012, BR-FR-CO-03 to CO-08. What
# UBL writes as a CreditNote is a wider class, of all document types: `formats.ubl`.
SELF_BILLED = frozenset({"261", "389", "471", "473", "500", "501", "502"})
"""The buyer makes it out in the seller's name."""
FACTORED = frozenset({"393", "396", "472", "473", "501", "502"})
PREPAYMENT = frozenset({"386", "500", "503"})
CORRECTIVE = frozenset({"384", "471", "472", "473"})
CREDIT_NOTE = frozenset({"261", "262", "381", "396", "502", "503"})
MARGIN_REASONS = frozenset({"VATEX-EU-D", "VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J"})
"""Exemption reasons of margin schemes: travel agents, second-hand goods, art, antiques."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list. A name is empty when we know none."""

    code: str
    name_en: str
    name_fr: str
    where: tuple[str, ...] = ()
    """The syntaxes that admit it (``ubl``, ``ubl-invoice``, ``cii``); empty: wherever it is used"""

    def name(self, language: str = "fr") -> str:
        """Return its name for a person, in the other language or as the code when unknown."""
        names = (self.name_fr, self.name_en) if language == "fr" else (self.name_en, self.name_fr)
        return names[0] or names[1] or self.code


def _lines(file: str) -> list[str]:
    return (_FOLDER / f"{file}.csv").read_text(encoding="utf-8").splitlines()


@functools.cache
def table(name: str) -> Mapping[str, Code]:
    """Return the list behind a constant, by code, in the official order: ``table("CURRENCY")``.

    Raises KeyError when there is no such list.
    """
    if name not in NAMES:
        raise KeyError(name)
    rows = csv.reader(line for line in _lines(name.lower()) if not line.startswith("#"))
    next(rows)
    return {row[0]: Code(row[0], row[1], row[2], tuple("".join(row[3:]).split())) for row in rows}


@functools.cache
def about(name: str) -> Mapping[str, str]:
    """Return what a list says of itself: ``list``, ``rules``, ``source``, ``version``, ``date``."""
    if name not in NAMES:
        raise KeyError(name)
    heads = (line[1:].partition(":") for line in _lines(name.lower()) if line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in heads}


def label(name: str, code: str, language: str = "fr") -> str:
    """Return the name of a code for a person; the code itself when it is unknown."""
    found = table(name).get(code)
    return found.name(language) if found else code


@functools.cache
def _rules() -> Mapping[str, Mapping[str, str]]:
    """Return rule → syntax → list."""
    rules: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(_lines("rules")):
        # The first list of a rule is the unconditional one; CREDITOR_SCHEME comes second.
        rules.setdefault(row["rule"], {}).setdefault(row["where"], row["list"].upper())
    return rules


@functools.cache
def allowed(rule: str, where: str) -> frozenset[str]:
    """Return the codes that an official rule admits in a syntax.

    `rule` is ``BR-CL-01`` …, ``BR-FREXT-CL-…`` or ``BR-FR-…``; `where` is ``ubl``, ``ubl-invoice``,
    ``ubl-credit-note`` or ``cii``. ``ubl`` stands for both roots, and a root for ``ubl`` where the
    rule makes no difference. Raises KeyError when the rule has no list in that syntax.
    """
    lists = _rules()[rule]
    places = [w for w in lists if w == where or w.startswith(f"{where}-") or where.startswith(w)]
    if not places:
        raise KeyError(where)
    return frozenset(
        code.code
        for place in places
        for code in table(lists[place]).values()
        if not code.where or place in code.where
    )


@functools.cache
def vat_rates_fr() -> frozenset[Decimal]:
    """Return the VAT rates of France in percent, as numbers (metropolis, DROM, Corsica, past)."""
    return frozenset(Decimal(rate) for rate in table("VAT_RATE_FR"))


def __getattr__(name: str) -> frozenset[str]:
    if name not in NAMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = frozenset(table(name))
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *NAMES})
