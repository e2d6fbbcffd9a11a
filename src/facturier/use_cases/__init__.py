"""What people do with invoices: the use cases (cas d'usage) of XP Z12-014, one module each.

A module ``case_NN_words.py`` is a sheet: ``CASE`` (number, title, text), ``applies`` (how a
document of it is recognised), ``example`` (the smallest story that shows it, played by the real
engine), ``EXPECT`` (what it must give). Nothing else lists them: the package finds its own modules,
which never import each other.

Source: XP Z12-014 annexe A V1.3 (26 February 2026) for the cases, annexe B V1.4 and the Schematrons
BR-FR 1.4.0 for what changed since; the entries are our reading of the PCG. 44 numbers, 49 sheets
with their variants. To add one: write its module, ``make golden``, read the difference.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

from facturier.errors import BadUsage
from facturier.use_cases.case import Sheet, UseCase, sheet_of

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

__all__ = [
    "NONE", "OFFICIAL", "UseCase", "named", "numbers", "recognise", "sheet", "sheets", "stem",
    "told",
]  # fmt: skip

_VARIANTS = {17: "ab", 19: "ab", 22: "ab"}
OFFICIAL = (
    *(
        f"{number}{variant}"
        for number in range(1, 44)
        for variant in _VARIANTS.get(number, " ").replace(" ", "") or ("",)
    ),
    "43a",
    "43b",
    "44",
)
"""The 49 sheets: 44 numbers and their variants."""
_PREFIX = "case_"
_NUMBER = re.compile(r"(\d+)([a-z]?)")


@functools.cache
def sheets() -> tuple[Sheet, ...]:
    """Return all sheets in the order of their numbers."""
    found = [
        sheet_of(importlib.import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
        if module.name.startswith(_PREFIX)
    ]
    return tuple(sorted(found, key=lambda one: _order(one.CASE.number)))


def numbers() -> tuple[str, ...]:
    """Return the numbers of all sheets: ``1``, ``2`` … ``17a``."""
    return tuple(one.CASE.number for one in sheets())


def sheet(number: str) -> Sheet:
    """Return the sheet of a number. Raises BadUsage for one that does not exist."""
    wanted = number.lower().lstrip("n°0 ")
    for one in sheets():
        if one.CASE.number == wanted:
            return one
    raise BadUsage(
        f"Il n'y a pas de cas d'usage n° {number}.",
        remedy=f"Cas connus : {', '.join(numbers())}.",
    )


def recognise(invoice: Invoice) -> tuple[UseCase, ...]:
    """Return the cases that an invoice is of, the most particular first; none for a plain one."""
    found = [one.CASE for one in sheets() if one.applies(invoice)]
    return tuple(sorted(found, key=lambda case: (case.order, _order(case.number))))


NONE = "-"
"""What :func:`told` says of an invoice that is of no case."""
WIDTH = 10
"""Characters of what :func:`told` says: three numbers, at least, but for the longest."""


def told(invoice: Invoice) -> str:
    """Return the numbers of the cases of an invoice, to be kept with it: ``28 5 2``.

    The most particular first, as many as there is room for; :data:`NONE` for a plain invoice.
    """
    said = ""
    for case in recognise(invoice):
        more = f"{said} {case.number}".strip()
        said = more if len(more) <= WIDTH else said
    return said or NONE


def named(said: str) -> tuple[UseCase, ...]:
    """Return the cases that :func:`told` told; a number that no sheet has any more is left out."""
    known = {one.CASE.number: one.CASE for one in sheets()}
    return tuple(known[number] for number in said.split() if number in known)


def stem(number: str) -> str:
    """Return a number as names of files have it: ``02``, ``19b``."""
    digits, variant = _order(number)
    return f"{digits:02d}{variant}"


def _order(number: str) -> tuple[int, str]:
    digits = _NUMBER.fullmatch(number)
    assert digits, number
    return int(digits[1]), digits[2]
