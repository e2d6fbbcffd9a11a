"""What a dossier knows beside the document: plain values, so that finding stays pure.

Everything has a value that says "nobody knows": a kind that needs it is then silent.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from facturier.invoice.words import folded


class Channel(StrEnum):
    """By which way the dossier came to know an earlier document."""

    E_INVOICE = "facture électronique"
    PAPER = "papier ou PDF"
    BOOKS = "écriture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Another document of the same seller, as far as the dossier knows it."""

    number: str
    issue_date: date | None = None
    type_code: str = "380"
    buyer: str = ""
    """SIREN of its buyer; empty when unknown, or when the dossier is the buyer."""
    gross: Decimal | None = None
    """BT-112."""
    channel: Channel = Channel.E_INVOICE
    account: str = ""
    """IBAN to pay to (BT-84); empty when unknown."""
    order: str = ""
    """BT-13."""
    about: tuple[str, ...] = ()
    """Numbers of the invoices that it cites (BT-25)."""
    place: str = ""
    """Where a person finds it, in French: ``écriture HA 12 du 03/11/2026``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Who may make out invoices in whose name, and when."""

    seller: str
    """SIREN."""
    issuer: str
    """SIREN of who makes them out."""
    start: date
    end: date | None = None
    """The last day; None while it runs."""

    def covers(self, seller: str, issuer: str, day: date) -> bool:
        """Tell whether `issuer` may make out an invoice of `seller` on a day."""
        running = self.start <= day and (self.end is None or day <= self.end)
        return running and (self.seller, self.issuer) == (seller, issuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company whose dossier it is."""

    siren: str
    siret: str = ""
    """Of its head office; empty when unknown."""
    names: tuple[str, ...] = ()
    """Those of today."""
    post_code: str = ""
    """Of its head office; empty when unknown."""
    is_franchise: bool = False
    """Franchise en base (CGI 293 B)."""
    option_for_debits: bool = False
    """VAT on services is due at the invoice, by a choice that somebody made."""
    closed_until: date | None = None
    employees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that is known beside the document."""

    earlier: tuple[Earlier, ...] = ()
    """Other documents of its seller, the document itself not among them, the oldest first."""
    company: Company | None = None
    mandates: tuple[Mandate, ...] | None = None
    """None: no register is kept, nothing is said of mandates."""
    takings: Mapping[date, Decimal] | None = None
    """Day → what the tills took; None: nobody tells takings here."""
    today: date | None = None
    """The day on which it is looked at, or came in."""
    findings: frozenset[str] = field(default_factory=frozenset)
    """Ids of what the verdict says of the document: ``PDF-TOTAL``."""


NOTHING = History()

_GROUP = re.compile(r"[a-z]+|[0-9]+")
_LOOK_ALIKE = str.maketrans("oilsbz", "011582")
"""Letters that a person or a scanner takes for digits."""


@functools.lru_cache(4096)
def number_parts(number: str) -> tuple[str, ...]:
    """Return a number as two people would compare it: ``FA-2026/0012`` is ``fa 2026 12``."""
    return _parts(folded(number))


@functools.lru_cache(4096)
def _as_digits(number: str) -> tuple[str, ...]:
    """Return a number as :func:`number_parts` does, letters that look like digits read as such."""
    return _parts(folded(number).translate(_LOOK_ALIKE))


def _parts(text: str) -> tuple[str, ...]:
    found = _GROUP.findall(text)
    return tuple(part.lstrip("0") or "0" if part.isdecimal() else part for part in found)


def is_same_number(one: str, other: str) -> bool:
    """Tell whether two numbers differ by signs, case and zeros only."""
    return bool(one and other) and number_parts(one) == number_parts(other)


def is_near_number(one: str, other: str) -> bool:
    """Tell whether one number is the other mistyped, misread or cut short.

    Misread: letters for digits. Cut short: ``12`` for ``FA-2026-0012``. Mistyped: two neighbours
    swapped. One digit more or less is the next number, not a mistake.
    """
    first, second = number_parts(one), number_parts(other)
    if not first or not second or first == second:
        return False
    short, long = sorted((first, second), key=len)
    if len(short) < len(long) and long[-len(short) :] == short:
        return True
    return _as_digits(one) == _as_digits(other) or _is_swapped("".join(first), "".join(second))


def _is_swapped(one: str, other: str) -> bool:
    """Tell whether two neighbouring signs of a text changed places."""
    if len(one) != len(other):
        return False
    apart = [place for place in range(len(one)) if one[place] != other[place]]
    if len(apart) != 2 or apart[1] != apart[0] + 1:  # noqa: PLR2004  # a pair
        return False
    here, there = apart
    return one[here] == other[there] and one[there] == other[here]
