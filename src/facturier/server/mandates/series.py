"""The series of numbers of a mandate: the next one, the burnt ones, the missing ones.

One series a seller and mandate, chronological and without gap (CGI annexe II, art. 242 nonies A;
BOI-TVA-DECLA-30-20-10). A number that a rejection (213) or a refusal (210) burnt is not used again:
it stays in the series, with the status that explains it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import connection

from facturier.server.mandates.models import Mandate, MandatedDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

WIDTH = 4
"""Digits of a number, filled with zeros."""
BURNT = ("213", "210")
MOST_MISSING = 50
"""Missing numbers that are named."""
_DIGITS = re.compile(r"[0-9]{1,15}")


def write(mandate: Mandate, counter: int) -> str:
    """Return the number of this rank: prefix and digits."""
    return f"{mandate.prefix}{counter:0{WIDTH}d}"


def rank(mandate: Mandate, number: str) -> int | None:
    """Return the rank of `number` in the series of `mandate`; None when it is not of it."""
    if not mandate.prefix or not number.startswith(mandate.prefix):
        return None
    digits = number[len(mandate.prefix) :]
    return int(digits) if _DIGITS.fullmatch(digits) else None


def own_series_first(mandates: Sequence[Mandate], number: str) -> Mandate:
    """Return the mandate to whose series `number` belongs, else the first."""
    return next((one for one in mandates if rank(one, number) is not None), mandates[0])


def upcoming(mandate: Mandate) -> str:
    """Return the number that comes next; nobody has it yet."""
    return write(mandate, mandate.last_number + 1)


def alone(mandate: Mandate) -> Mandate:
    """Let one transaction at a time write in the series; return its row as it stands now."""
    assert connection.in_atomic_block, "a number is taken with what it is written on"
    return Mandate.objects.select_for_update().get(pk=mandate.pk)


def take(mandate: Mandate) -> str:
    """Take the next number for good, in the current transaction.

    Others wait until it ends; when it is rolled back the number was never taken. So there is no gap
    and no number twice, however many ask at the same time.
    """
    row = alone(mandate)
    row.last_number += 1
    row.save(update_fields=["last_number"])
    mandate.last_number = row.last_number
    return write(row, row.last_number)


def reach(mandate: Mandate, counter: int) -> None:
    """Note that the series goes as far as `counter`: a program wrote this number itself."""
    Mandate.objects.filter(pk=mandate.pk, last_number__lt=counter).update(last_number=counter)


def burnt(mandate: Mandate) -> QuerySet[MandatedDocument]:
    """Return the invoices whose number is lost: rejected or refused."""
    return (
        mandate.covered.filter(document__state__in=BURNT)
        .select_related("document")
        .order_by("counter", "pk")
    )


def missing(mandate: Mandate) -> list[str]:
    """Return the numbers of the series that no invoice of the dossier has, the first of them."""
    rows = mandate.covered.filter(counter__gt=mandate.used_before)
    known = set(rows.values_list("counter", flat=True))
    lacking = (
        one for one in range(mandate.used_before + 1, mandate.last_number + 1) if one not in known
    )
    return [write(mandate, one) for _, one in zip(range(MOST_MISSING), lacking, strict=False)]
