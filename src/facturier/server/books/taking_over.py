"""The FEC of another program becomes the books of a dossier, when a person confirms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from facturier.errors import MalformedDocument, RefusedByUs
from facturier.formats.fec import read_with_findings
from facturier.ledger.taking_over import TakenOver, take_over
from facturier.server import clock
from facturier.server.archive import keeping
from facturier.server.books import booking
from facturier.server.books.models import Account, Entry, EntryLine, Journal, Takeover
from facturier.server.documents import store
from facturier.server.documents.deposit import remember, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from facturier.ledger.entries import Entry as LedgerEntry
    from facturier.server.firm.models import Dossier, Person

LARGEST = 100 * 1024 * 1024
BATCH = 2000
NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What confirming would do."""

    over: TakenOver | None
    """None when the file is no FEC; `refusal` says why."""
    siren: str = ""
    refusal: str = ""

    @property
    def can_be_taken(self) -> bool:
        """Whether confirming takes the file over."""
        return self.over is not None and self.over.is_possible and not self.refusal


def keep(dossier: Dossier, name: str, data: bytes, by: Person | None) -> Takeover:
    """Keep the file, byte for byte. Raises `RefusedByUs` when it is too big."""
    if len(data) > LARGEST:
        raise RefusedByUs("Ce fichier dépasse 100 Mo.", reason="too-big")
    stored = row_of(data)
    with transaction.atomic():
        return Takeover.objects.create(
            dossier=dossier, name=name[:200] or "sans nom", stored=remember(stored),
            by=by, received_at=clock.now(),
        )  # fmt: skip


def content(row: Takeover) -> bytes:
    """Return the bytes that came in."""
    return store.get(str(row.stored_id))


def preview(row: Takeover) -> Preview:
    """Return what taking `row` over would do."""
    try:
        reading = read_with_findings(content(row), row.name)
    except MalformedDocument as error:
        return Preview(over=None, refusal=error.in_full)
    over = take_over(reading.content, reading.findings)
    siren = reading.content.siren
    return Preview(over=over, siren=siren, refusal=_refusal(row.dossier, over, siren))


def _refusal(dossier: Dossier, over: TakenOver, siren: str) -> str:
    """Say why a readable file is not for these books; empty when it is."""
    if siren and siren != dossier.siren:
        return f"Ce FEC est celui du SIREN {siren}, pas du dossier ({dossier.siren})."
    if over.first is None or over.last is None:
        return "Ce FEC ne contient aucune écriture."
    there = dossier.entries.filter(
        state__in=Entry.IN_THE_BOOKS, date__gte=over.first, date__lte=over.last
    ).count()
    if there:
        return (
            f"Le dossier a déjà {there} écriture(s) entre le {over.first:%d/%m/%Y} et le "
            f"{over.last:%d/%m/%Y} : la période serait comptée deux fois."
        )
    return ""


def set_aside(row: Takeover) -> None:
    """Decide that nothing comes of a file; it stays kept."""
    Takeover.objects.filter(pk=row.pk, state=Takeover.State.WAITING).update(
        state=Takeover.State.ASIDE
    )


def take_in(row: Takeover, by: Person | None) -> int:
    """Make the file the books of its dossier; return how many entries it brought.

    All of it or nothing. Raises `RefusedByUs` when it cannot be, or was already.
    """
    with transaction.atomic():
        locked = Takeover.objects.select_for_update(of=("self",)).select_related(
            "dossier", "stored"
        )
        kept = locked.get(pk=row.pk)
        type(kept.dossier).objects.select_for_update().get(pk=kept.dossier_id)
        if kept.state != Takeover.State.WAITING:
            raise RefusedByUs("Ce fichier est déjà repris ou écarté.", reason="not-waiting")
        seen = preview(kept)
        if not seen.can_be_taken or seen.over is None:
            raise RefusedByUs(
                seen.refusal or "Ce FEC ne peut pas être repris tel quel.", reason="not-possible",
                remedy="Corrigez ce que dit le rapport, puis déposez le fichier de nouveau.",
            )  # fmt: skip
        lines = _write(kept, seen.over)
        kept.state, kept.taken_at, kept.by = Takeover.State.TAKEN, clock.now(), by
        kept.entries = len(seen.over.entries)
        kept.doubts = [
            {"what": one.what, "count": one.count, "where": one.where} for one in seen.over.doubts
        ]
        kept.save()
        keeping.taken_over(kept, lines)
        _count()
    return kept.entries


def _count() -> None:
    """Let the database know at once how many lines there are: its plans depend on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT books_count()")


def _write(row: Takeover, over: TakenOver) -> list[EntryLine]:
    dossier = row.dossier
    _name(dossier, over)
    journals = {one.code: one for one in dossier.journals.all()}
    rows = Entry.objects.bulk_create(
        (_entry(row, journals[one.journal], one) for one in over.entries), batch_size=BATCH
    )
    lines = EntryLine.objects.bulk_create(
        (
            booking.row_of(entry, rank, line)
            for entry, one in zip(rows, over.entries, strict=True)
            for rank, line in enumerate(one.lines)
        ),
        batch_size=BATCH,
    )
    # Born as drafts, so that their lines may be written; numbered and dated already.
    Entry.objects.filter(taken_over=row).update(state=Entry.State.VALIDATED)
    return lines


def _name(dossier: Dossier, over: TakenOver) -> None:
    """Keep the journals and the accounts of the file; what the dossier has already stays."""
    Journal.objects.bulk_create(
        (Journal(dossier=dossier, code=one.code, label=one.label, kind=one.nature)
         for one in over.journals),
        ignore_conflicts=True,
    )  # fmt: skip
    general = [Account(dossier=dossier, number=o.code, label=o.label) for o in over.accounts]
    third: Sequence[Account] = [
        Account(dossier=dossier, number=one.nature, auxiliary=one.code, label=one.label)
        for one in over.third_parties
    ]
    Account.objects.bulk_create([*general, *third], ignore_conflicts=True, batch_size=BATCH)


def _entry(row: Takeover, journal: Journal, one: LedgerEntry) -> Entry:
    return Entry(
        dossier=row.dossier, journal=journal, date=one.date, number=one.number, label=one.label,
        piece=one.document, piece_date=one.document_date, taken_over=row,
        validated_at=_noon(one.validated_on) if one.validated_on else clock.now(),
    )  # fmt: skip


def _noon(day: date) -> datetime:
    """Return an instant that is `day` in Paris; the file says no hour."""
    return datetime.combine(day, NOON, timezone.get_default_timezone()).astimezone(UTC)
