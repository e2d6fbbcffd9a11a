"""Entries that no invoice gives, proposed in a dossier: VAT of an import, cut-off of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.ledger import accounts, operations
from facturier.server.books import booking, years
from facturier.server.books.models import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from facturier.ledger.operations import Imported
    from facturier.server.firm.models import Dossier

OF_RESULT = ("6", "7")


def imported(
    dossier: Dossier, declaration: str, parts: Sequence[Imported], on: date, supplier: str = ""
) -> Entry:
    """Propose the entry of a customs declaration.

    Raises `RefusedByUs` for one that is entered already, or a wrong account; Unpostable.
    """
    if not parts:
        raise RefusedByUs("Aucune base n'est dite.", reason="nothing")
    for part in parts:
        if part.account and not accounts.exists(part.account):
            raise _no_account(part.account)
    standing = dossier.entries.exclude(state=Entry.State.WITHDRAWN).exclude(
        state=Entry.State.REVERSED
    )
    there = standing.filter(piece=declaration, lines__rule=operations.IMPORT, reverses=None).first()
    if there is not None:
        raise RefusedByUs(
            f"La déclaration {declaration} est déjà comptabilisée, le {there.date:%d/%m/%Y}.",
            reason="already-imported",
        )
    books = booking.books_of(dossier)
    made = operations.import_vat(declaration, parts, on=on, books=books, supplier=supplier)
    with transaction.atomic():
        return booking.keep(dossier, made)


def cut(
    dossier: Dossier, kind: str, account: str, net: Decimal, *, rate: Decimal, day: date,
    document: str, about: str,
) -> tuple[Entry, Entry]:  # fmt: skip
    """Propose the entry at the end of the year of `day`, and its reversal on the day after.

    Raises `RefusedByUs` for what is no account of charges or products.
    """
    if not (account.startswith(OF_RESULT) and accounts.exists(account)):
        raise _no_account(account)
    closing = years.year_of(day, years.month_of(dossier)).last
    first, back = operations.cut_off(
        kind, account, net, rate=rate, closing=closing, books=booking.books_of(dossier),
        document=document, about=about,
    )  # fmt: skip
    with transaction.atomic():
        return booking.keep(dossier, first), booking.keep(dossier, back)


def _no_account(account: str) -> RefusedByUs:
    return RefusedByUs(
        f"{account or 'Rien'} n'est pas un compte du plan qui convienne ici.", reason="no-account",
        remedy="Un compte de charge (6) ou de produit (7) ; pour un bien immobilisé, la classe 2.",
    )  # fmt: skip
