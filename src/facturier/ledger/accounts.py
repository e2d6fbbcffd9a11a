"""The plan comptable général as data.

Source of the labels: règlement ANC 2014-03 as modified by 2022-06 and later, state of 1 January
2026 (``pcg``). A few sub-accounts that the règlement leaves to practice are marked ``usage``.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

COLLECTIVE = ("40", "41", "42", "43", "45", "46")
"""Beginnings of the accounts that may be kept by third party (comptes collectifs)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the chart."""

    number: str
    """Digits as the chart writes them, without padding: ``401``, ``44566``."""
    label: str
    source: str
    """``pcg`` for an account of the règlement, ``usage`` for a sub-account of practice."""


@functools.cache
def chart() -> Mapping[str, Account]:
    """Return the accounts of the PCG by number, in the order of the chart."""
    file = importlib.resources.files("facturier.ledger") / "pcg.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter=";")
    accounts = [Account(number=r["number"], label=r["label"], source=r["source"]) for r in rows]
    return MappingProxyType({account.number: account for account in accounts})


def account(number: str) -> Account:
    """Return the account of the chart that `number` belongs to: itself or its nearest ancestor.

    ``401000`` and ``401DUPONT`` are both 401. Raises KeyError for what is no account.
    """
    for length in range(len(number), 0, -1):
        if found := chart().get(number[:length]):
            return found
    raise KeyError(number)


def exists(number: str) -> bool:
    """Tell whether `number` is, or is below, an account of at least two digits of the chart."""
    try:
        return len(account(number).number) > 1
    except KeyError:
        return False


def label(number: str) -> str:
    """Return the French label of `number` or of its nearest ancestor; raises KeyError."""
    return account(number).label


def pad(number: str, width: int) -> str:
    """Complete `number` with zeros on the right to `width` digits; never shortens it."""
    return number.ljust(width, "0")


def is_collective(number: str) -> bool:
    """Tell whether the account may carry an auxiliary (third-party) account."""
    return number.startswith(COLLECTIVE)
