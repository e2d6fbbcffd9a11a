"""The entries of some days, as the comparison needs them: which thing each is about.

An entry is about its document; without one, about the document whose number its voucher bears, or
the day whose takings it books. Sales to private persons are told by day, so is what books them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from facturier.ledger.entries import Fiscal, Line, Timing
from facturier.server.books.models import Entry, EntryLine
from facturier.vat.sides import Booked
from facturier.vat.told import day_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier
    from facturier.vat.sides import Period

COUNTED = (*Entry.IN_THE_BOOKS, Entry.State.PROPOSED)
"""States of an entry that the draft counts."""
_TOLD = Q()
for _account in ("4", "70", "665", "765"):
    _TOLD |= Q(account__startswith=_account)
_FIELDS = (
    "entry_id", "account", "label", "debit", "credit", "auxiliary", "rule", "fiscal", "letter",
    "entry__piece", "entry__date", "entry__label", "entry__state", "entry__document_id",
    "entry__reverses_id", "entry__takings__takings__day", "entry__document__treatment",
    "entry__document__issue_date", "entry__reverses__takings__takings__day",
)  # fmt: skip
TILL = ("Z-VENTES", "Z-TVA")
"""Posting rules of a day's takings."""
BY_DAY = ("B2C", "B2CINT")
"""Treatments of documents that are told by day (flux 10.3)."""


@dataclass(slots=True)
class _Row:
    """An entry under construction."""

    head: dict[str, Any]
    lines: list[Line] = field(default_factory=list)


def of_period(dossier: Dossier, period: Period) -> list[Booked]:
    """Return the entries of the days of `period` that touch third parties, sales or VAT."""
    rows = dossier.entry_lines.filter(entry__date__range=(period.first, period.last))
    return _booked(dossier, rows)


def about(dossier: Dossier, keys: Collection[int], numbers: Collection[str], *,
          but: Period, within: Period) -> list[Booked]:  # fmt: skip
    """Return the entries of other days about some documents, by themselves or by their number."""
    rows = dossier.entry_lines.filter(
        Q(entry__document__in=keys) | Q(entry__document=None, entry__piece__in=numbers),
        entry__date__range=(within.first, within.last),
    ).exclude(entry__date__range=(but.first, but.last))  # fmt: skip
    return _booked(dossier, rows)


def _booked(dossier: Dossier, rows: QuerySet[EntryLine]) -> list[Booked]:
    found: dict[int, _Row] = {}
    wanted = rows.filter(_TOLD, entry__state__in=COUNTED).order_by(
        "entry__date", "entry_id", "rank"
    )
    for row in wanted.values(*_FIELDS):
        found.setdefault(row["entry_id"], _Row(row)).lines.append(_line(row))
    named = _documents(dossier, found.values())
    return [_entry(one, named) for one in found.values()]


def _line(row: dict[str, Any]) -> Line:
    said = row["fiscal"]
    fiscal = said and Fiscal(
        category=said["category"], rate=Decimal(said["rate"]), timing=Timing(said["timing"])
    )
    return Line(
        account=row["account"], label=row["label"], debit=row["debit"], credit=row["credit"],
        auxiliary=row["auxiliary"], rule=row["rule"], letter=row["letter"], fiscal=fiscal or None,
        base=Decimal(said["base"]) if said and "base" in said else None,
    )  # fmt: skip


def _entry(row: _Row, named: dict[str, list[tuple[str, tuple[str, ...]]]]) -> Booked:
    head = row.head
    return Booked(
        key=_key(row, named), entry=head["entry_id"], document=head["entry__piece"],
        day=head["entry__date"], label=head["entry__label"], lines=tuple(row.lines),
        is_draft=head["entry__state"] == Entry.State.PROPOSED,
        cancels=bool(head["entry__reverses_id"]) or head["entry__state"] == Entry.State.REVERSED,
    )  # fmt: skip


def _key(row: _Row, named: dict[str, list[tuple[str, tuple[str, ...]]]]) -> str:
    head = row.head
    if day := _till_day(head):
        return day_key(day)
    if head["entry__document_id"]:
        own = (head["entry__document__treatment"], head["entry__document__issue_date"])
        return document_key(head["entry__document_id"], *own)
    if any(line.rule in TILL for line in row.lines):
        return day_key(head["entry__date"])
    auxiliary = " ".join(line.auxiliary for line in row.lines if line.auxiliary)
    candidates = named.get(head["entry__piece"]) or []
    theirs = [
        key for key, parties in candidates if any(one and one in auxiliary for one in parties)
    ]
    if not theirs and len(candidates) != 1:
        return f"ecriture:{head['entry_id']}"
    key = theirs[0] if theirs else candidates[0][0]
    # What is told by day is told on the day of the payment (10.4), not of the invoice.
    return key if document_of(key) else day_key(head["entry__date"])


def _till_day(head: dict[str, Any]) -> date | None:
    """Return the day whose takings an entry books, or takes out of the books again."""
    own: date | None = head["entry__takings__takings__day"]
    return own or head["entry__reverses__takings__takings__day"]


def document_key(document: int, treatment: str, day: date | None) -> str:
    """Return the key of a document: itself, or its day when it is told by day."""
    if treatment in BY_DAY and day is not None:
        return day_key(day)
    return f"document:{document}"


def document_of(key: str) -> int | None:
    """Return the document that a key names; None for a day, or a voucher of its own."""
    kind, _, number = key.partition(":")
    return int(number) if kind == "document" else None


def _documents(
    dossier: Dossier, rows: Iterable[_Row]
) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return the documents that vouchers without one name: key and SIRENs of the parties."""
    numbers = {
        row.head["entry__piece"] for row in rows
        if not row.head["entry__document_id"] and not _till_day(row.head)
    }  # fmt: skip
    named: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    if numbers - {""}:
        found = dossier.documents.filter(number__in=numbers - {""}).values_list(
            "pk", "number", "treatment", "issue_date", "seller_siren", "buyer_siren"
        )
        for key, number, treatment, day, seller, buyer in found.order_by():
            others = tuple(one for one in (seller, buyer) if one != dossier.siren)
            named[number].append((document_key(key, treatment, day), others))
    return named
