"""The closing of a financial year: its opening entry in the next, then a lock for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from facturier.errors import RefusedByUs
from facturier.ledger.closing import Balance, opening_entry, result_of
from facturier.server.books import booking, reading, years
from facturier.server.books.models import Entry, Journal
from facturier.server.books.reading import Asked

if TYPE_CHECKING:
    from facturier.server.books.years import Year
    from facturier.server.firm.models import Dossier, Person


SHOWN = 4
"""Years that a page shows, the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearState:
    """A financial year, and what stands between it and its closing."""

    year: Year
    result: Decimal
    drafts: int
    opened_next: bool
    """Whether the opening entry of the next year is there."""


def balances_of(dossier: Dossier, year: Year) -> list[Balance]:
    """Return the balances of `year` by account and third party."""
    rows = reading.lines(dossier, Asked(first=year.first, last=year.last))
    summed = rows.values_list("account", "auxiliary").annotate(
        net=reading.NET, said=Max("auxiliary_label")
    )
    return [
        Balance(account=account, auxiliary=auxiliary, amount=net, auxiliary_label=said)
        for account, auxiliary, net, said in summed.order_by("account", "auxiliary")
    ]


def states_of(dossier: Dossier) -> list[YearState]:
    """Return the years of `dossier`, the latest first."""
    return [
        YearState(
            year=year, result=result_of(balances_of(dossier, year)),
            drafts=_drafts(dossier, year), opened_next=_opening_after(dossier, year) is not None,
        )
        for year in years.years_of(dossier)[:SHOWN]
    ]  # fmt: skip


def _drafts(dossier: Dossier, year: Year) -> int:
    return dossier.entries.filter(
        state=Entry.State.PROPOSED, date__range=(year.first, year.last)
    ).count()


def _opening_after(dossier: Dossier, year: Year) -> Entry | None:
    first = year.last + years.ONE_DAY
    there = dossier.entries.filter(
        journal__kind=Journal.Kind.OPENING, date__gte=first, state=Entry.State.VALIDATED,
        reverses=None,
    )  # fmt: skip
    return there.filter(date__lte=years.year_of(first, years.month_of(dossier)).last).first()


def close(dossier: Dossier, day: date, person: Person) -> Entry:
    """Close the financial year of `day` in the name of `person`; return its opening entry.

    The entry is validated, the year locked for good. Raises `RefusedByUs` while drafts wait in the
    year, or when the next one has its opening entry already; UnbalancedEntry for an empty year.
    """
    with transaction.atomic():
        type(dossier).objects.select_for_update().get(pk=dossier.pk)
        year = years.year_of(day, years.month_of(dossier))
        if (drafts := _drafts(dossier, year)) > 0:
            raise RefusedByUs(
                f"{drafts} écriture(s) de l'exercice sont encore au brouillard.", reason="drafts",
                remedy="Validez-les ou écartez-les, puis clôturez.",
            )  # fmt: skip
        if _opening_after(dossier, year) is not None:
            raise RefusedByUs(
                "Les à-nouveaux de l'exercice suivant sont déjà passés.", reason="opened",
                remedy="Contre-passez-les d'abord, si un solde a changé.",
            )  # fmt: skip
        first, books = year.last + years.ONE_DAY, booking.books_of(dossier)
        opening = opening_entry(balances_of(dossier, year), on=first, books=books)
        entry = booking.validate(booking.keep(dossier, opening), person)
        years.lock(dossier, year.last, person, is_year=True)
        return entry
