"""Records the takings of a day, corrects them without losing what was said, and books them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from facturier.errors import RefusedByUs
from facturier.ledger import tills
from facturier.ledger.books import Nature, VatRegime
from facturier.ledger.tills import Sold
from facturier.reporting import takings
from facturier.reporting.periods import Data
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z
from facturier.server import clock
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.reporting import periods
from facturier.server.takings import told
from facturier.server.takings.models import (
    LONGEST_TILL,
    DayEntry,
    DayTakings,
    TakingsLine,
    TillFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from facturier.server.firm.models import Dossier, Person

Origin = DayTakings.Origin
_LOCK = 0x7A7A


def record(
    dossier: Dossier, z: Z, *, origin: Origin, by: Person | None = None,
    file: TillFile | None = None,
) -> DayTakings:  # fmt: skip
    """Keep what a till took in a day. Raises RefusedByUs when that day is kept already."""
    with transaction.atomic():
        alone(dossier)
        there = told.standing(dossier).filter(day=z.day, till=z.till).first()
        if there is not None:
            raise RefusedByUs(
                f"La recette du {z.day:%d/%m/%Y} ({z.till}) est déjà enregistrée : "
                f"{takings.euros(there.gross)} TTC, {_whence(there)}.",
                reason="twice",
                remedy="Rien n'a été ajouté. Pour la changer, ouvrez ce jour et corrigez-le.",
            )
        return _keep(dossier, z, None, "", origin=origin, by=by, file=file)


def correct(
    row: DayTakings, z: Z, reason: str, *, origin: Origin, by: Person | None = None,
    file: TillFile | None = None,
) -> DayTakings:  # fmt: skip
    """Replace the standing record `row` by another of the same day and till; both stay readable.

    Raises RefusedByUs when `row` was replaced meanwhile, or when nothing says why.
    """
    assert (z.day, z.till) == (row.day, row.till), "a correction is of the same day and till"
    if not reason.strip():
        raise RefusedByUs(
            "Une correction dit pourquoi.", reason="no-reason", remedy="Écrivez le motif."
        )
    with transaction.atomic():
        alone(row.dossier)
        if DayTakings.objects.filter(replaces=row).exists():
            raise RefusedByUs(
                "Ce jour vient d'être corrigé par quelqu'un d'autre.", reason="replaced",
                remedy="Relisez-le, puis corrigez ce qui est encore faux.",
            )  # fmt: skip
        return _keep(row.dossier, z, row, reason.strip(), origin=origin, by=by, file=file)


def alone(dossier: Dossier) -> None:
    """Let one transaction at a time record days, or invoice tickets, of a dossier."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, dossier.pk])


def _keep(
    dossier: Dossier, z: Z, replaces: DayTakings | None, reason: str, *,
    origin: Origin, by: Person | None, file: TillFile | None,
) -> DayTakings:  # fmt: skip
    _sayable(z)
    row = DayTakings.objects.create(
        dossier=dossier, day=z.day, till=z.till, count=z.count, gross=z.gross, net=z.net, tax=z.tax,
        payments={means.value: str(amount) for means, amount in z.payments}, replaces=replaces,
        reason=reason, origin=origin, file=file, line=z.line, by=by, at=clock.now(),
    )  # fmt: skip
    TakingsLine.objects.bulk_create(
        TakingsLine(
            dossier=dossier, takings=row, category=one.category.value, rate=one.rate,
            gross=one.gross, net=one.net, tax=one.tax, line=one.line,
        )
        for one in z.parts
    )  # fmt: skip
    for data in Data:
        periods.touch(dossier.pk, data, [z.day])
    return row


def _sayable(z: Z) -> None:
    """Raise RefusedByUs for a day that cannot be told."""
    takings.check(z)
    if z.day > periods.today():
        raise RefusedByUs(
            f"Le {z.day:%d/%m/%Y} n'est pas encore passé.", reason="future",
            remedy="Vérifiez la date.",
        )  # fmt: skip
    if not z.till or len(z.till) > LONGEST_TILL:
        raise RefusedByUs(
            f"Une caisse a un nom de {LONGEST_TILL} caractères au plus.", reason="till",
            remedy="Donnez-lui un nom court, comme « Salle ».",
        )  # fmt: skip


def _whence(row: DayTakings) -> str:
    if row.file is not None:
        return f"fichier « {row.file.name} », ligne {row.line}"
    who = f" de {row.by}" if row.by else ""
    return f"{row.get_origin_display().lower()}{who} du {row.at:%d/%m/%Y}"


def history(row: DayTakings) -> list[DayTakings]:
    """Return all that was said of the day and till of `row`, the newest first."""
    rows = DayTakings.objects.filter(dossier=row.dossier_id, day=row.day, till=row.till)
    return list(rows.select_related("by", "file").prefetch_related("lines").order_by("-pk"))


# --- the entry -----------------------------------------------------------------------------------


def propose_entry(row: DayTakings) -> Entry:
    """Propose the entry of a day that stands.

    Raises RefusedByUs when it was replaced, says nothing, has an entry, or is of a margin scheme;
    or when what it replaced was booked: the entry of before is then to be reversed first.
    """
    with transaction.atomic():
        alone(row.dossier)
        refusal = _why_not(row)
        if refusal:
            raise RefusedByUs(refusal[0], reason="not-bookable", remedy=refusal[1])
        books = booking.books_of(row.dossier)
        sold = [_sold(line, exempt=books.vat_regime is VatRegime.FRANCHISE)
                for line in row.z().parts]  # fmt: skip
        paid = {means.value: amount for means, amount in row.z().payments}
        entry = booking.keep(row.dossier, tills.propose(row.day, row.till, sold, paid, books))
        DayEntry.objects.create(dossier=row.dossier, takings=row, entry=entry)
        return entry


def _why_not(row: DayTakings) -> tuple[str, str] | None:
    if DayTakings.objects.filter(replaces=row).exists():
        return "Ce jour a été corrigé depuis.", "Comptabilisez la version en vigueur."
    if DayEntry.objects.filter(takings=row).exists():
        return "L'écriture de ce jour est déjà proposée.", "Voyez l'onglet Écritures."
    if not row.gross:
        return "Ce jour n'a pas de recette.", "Rien n'est à comptabiliser."
    if any(line.category == Category.MARGIN for line in row.z().parts):
        return (
            "Une recette sous le régime de la marge ne dit pas le prix de vente.",
            "Saisissez l'écriture d'après le livre de police ou les dossiers de voyage.",
        )
    if _booked_before(row):
        return (
            "Une version antérieure de ce jour est comptabilisée.",
            "Contre-passez d'abord son écriture, puis proposez celle-ci.",
        )
    return None


def _booked_before(row: DayTakings) -> bool:
    """Whether an earlier record of the day has an entry that counts."""
    earlier = DayEntry.objects.filter(
        takings__dossier=row.dossier, takings__day=row.day, takings__till=row.till
    )
    return earlier.exclude(entry__state=Entry.State.REVERSED).exists()


def _sold(line: takings.Part, *, exempt: bool) -> Sold:
    nature = Nature.SERVICES if line.category is Category.SERVICES else Nature.GOODS
    category = "O" if line.category is Category.NOT_TAXED_IN_FRANCE else "S"
    if not line.rate and category == "S":
        category = "E" if exempt else "Z"
    return Sold(nature=nature, category=category, rate=line.rate, net=line.net, tax=line.tax)


def paid_by(amounts: Iterable[tuple[Means, Decimal | None]]) -> tuple[tuple[Means, Decimal], ...]:
    """Return the means of payment that a person filled in."""
    return tuple((means, amount) for means, amount in amounts if amount)
