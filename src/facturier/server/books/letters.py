"""Lettering (lettrage) of the third parties of a dossier: the letters that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.ledger import lettering
from facturier.ledger.figures import french
from facturier.ledger.lettering import Open
from facturier.server import clock
from facturier.server.books import booking
from facturier.server.books.models import Entry, EntryLine, Journal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier, Person


def of_party(dossier: Dossier, account: str, auxiliary: str) -> QuerySet[EntryLine]:
    """Return the lines in the books of one third party, oldest first."""
    rows = dossier.entry_lines.filter(
        account=account, auxiliary=auxiliary, entry__state__in=Entry.IN_THE_BOOKS
    )
    return rows.select_related("entry__journal").order_by("entry__date", "entry__pk", "rank")


def letter(
    dossier: Dossier, account: str, auxiliary: str, keys: Iterable[int], person: Person,
    *, partial: bool = False, writing_off: bool = False,
) -> str:  # fmt: skip
    """Put one letter on the lines `keys` of a third party; return it.

    `partial` ties lines that do not balance yet, by a small letter; `writing_off` books a small
    difference to 658 or 758 in the name of `person`, and letters it too. Raises `RefusedByUs` for
    lines that are lettered already, or all on one side, or do not balance.
    """
    with transaction.atomic():
        rows, chosen = _locked(dossier, account, auxiliary), set(keys)
        wanted = [row for row in rows if row.pk in chosen]
        if any(row.letter.isupper() for row in wanted):
            raise RefusedByUs("Une de ces lignes est déjà lettrée.", reason="lettered")
        gap = lettering.gap_of([_open(row) for row in wanted])
        if gap and writing_off:
            wanted.append(_written_off(dossier, wanted[0], gap, person))
        elif gap and not partial:
            raise RefusedByUs(
                f"Ces lignes ne s'équilibrent pas : écart de {french(gap)} €.",
                reason="gap",
                remedy="Lettrez partiellement, ou passez un petit écart en écart de règlement.",
            )
        said = lettering.next_letter(row.letter for row in rows if row.letter)
        whole = not gap or writing_off
        return _put(wanted, said if whole else said.lower(), clock.now().date())


def _written_off(dossier: Dossier, row: EntryLine, gap: Decimal, person: Person) -> EntryLine:
    entry = lettering.write_off(
        gap, booking.line_of(row), on=clock.now().date(), document=row.entry.piece,
        books=booking.books_of(dossier),
    )  # fmt: skip
    done = booking.validate(booking.keep(dossier, entry), person)
    return done.lines.get(account=row.account, auxiliary=row.auxiliary)


def unletter(dossier: Dossier, account: str, auxiliary: str, said: str) -> int:
    """Take a letter away from all its lines; return how many there were."""
    with transaction.atomic():
        rows = [row for row in _locked(dossier, account, auxiliary) if row.letter == said]
        _put(rows, "", None)
    return len(rows)


def letter_surely(dossier: Dossier, account: str, auxiliary: str) -> int:
    """Letter what surely clears itself; return how many letters were put."""
    with transaction.atomic():
        rows = _locked(dossier, account, auxiliary)
        by_key = {row.pk: row for row in rows}
        used = {row.letter for row in rows if row.letter}
        groups = lettering.proposals(_open(row) for row in rows if not row.letter)
        for group in groups:
            said = lettering.next_letter(used)
            used.add(_put([by_key[key] for key in group], said, clock.now().date()))
    return len(groups)


def letter_all_surely(dossier: Dossier) -> int:
    """Letter what surely clears itself, for every third party; return how many letters were put."""
    parties = dossier.entry_lines.filter(
        entry__state__in=Entry.IN_THE_BOOKS, letter="", account__regex="^4[01]"
    ).exclude(auxiliary="")  # fmt: skip
    named = parties.order_by("account", "auxiliary").values_list("account", "auxiliary").distinct()
    return sum(letter_surely(dossier, account, auxiliary) for account, auxiliary in named)


def _locked(dossier: Dossier, account: str, auxiliary: str) -> list[EntryLine]:
    """Return the lines of a third party; nobody else letters them meanwhile."""
    return list(of_party(dossier, account, auxiliary).select_for_update(of=("self",)))


def _open(row: EntryLine) -> Open:
    if row.entry.journal.kind == Journal.Kind.OPENING:
        document = ""  # an opening balance gathers many vouchers
    else:
        document = row.piece or row.entry.piece
    return Open(key=row.pk, amount=row.debit - row.credit, document=document, on=row.entry.date)


def _put(rows: list[EntryLine], said: str, on: date | None) -> str:
    EntryLine.objects.filter(pk__in=[row.pk for row in rows]).update(letter=said, lettered_on=on)
    return said
