"""Entries of a dossier by program: read them, propose to cancel one, take the FEC.

A program proposes, a person validates: nothing here gives an entry its number.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status
from pydantic import ConfigDict, Field

from facturier.formats.fec import write_fec
from facturier.ledger.fec import file_name
from facturier.server.api import records
from facturier.server.api.caller import dossier_of, one_of
from facturier.server.api.changing import CHANGES, READS, as_it_was_seen, once, told
from facturier.server.api.contract import Camel, Error, Text
from facturier.server.api.documents import TRACED
from facturier.server.api.flows import FAILURES
from facturier.server.api.paging import Key, Page, Paged, matching, page
from facturier.server.api.renditions import FILE, attached
from facturier.server.books import booking
from facturier.server.books.models import Entry

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Router()
EntryId = Annotated[Key, Path()]
Year = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
"""A day of a year that books may be of."""


class Wanted(Paged):
    """What to list; dates are the entries', both ends in it."""

    state: Literal["proposed", "validated", "reversed", "withdrawn"] | None = None
    journal: Text | None = None
    number: Text | None = None
    date_from: date | None = None
    date_to: date | None = None
    document_id: Key | None = None


class EntryList(Page):
    """Entries with their lines."""

    results: list[records.Entry]


class Reversal(Camel):
    """The day of the entry that cancels another; today when it is not said."""

    model_config = ConfigDict(extra="forbid")
    on: Annotated[Year | None, Field(alias="date")] = None


@router.get("/entries", response={200: EntryList, **FAILURES}, by_alias=True, exclude_none=True,
            openapi_extra=TRACED)  # fmt: skip
def entries(request: HttpRequest, wanted: Query[Wanted]) -> EntryList:
    """List entries of one dossier, the latest kept first."""
    rows = matching(
        _entries().filter(dossier=dossier_of(request, wanted.dossier)),
        state=wanted.state, journal__code=wanted.journal, number=wanted.number,
        date__gte=wanted.date_from, date__lte=wanted.date_to, document=wanted.document_id,
    )  # fmt: skip
    kept, following = page(rows, wanted)
    return EntryList(next_cursor=following, results=[records.entry(one) for one in kept])


@router.get("/entries/{entry_id}",
            response={200: records.Entry, 304: None, 404: Error, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=READS)  # fmt: skip
def entry(request: HttpRequest, response: HttpResponse, entry_id: EntryId) -> Any:
    """Tell one entry."""
    return told(request, response, records.entry(_entry(request, entry_id)))


@router.post("/entries/{entry_id}/reversal",
             response={201: records.Entry, 200: records.Entry, 404: Error, 409: Error, 412: Error,
                       422: Error, **FAILURES},
             by_alias=True, exclude_none=True, openapi_extra=CHANGES)  # fmt: skip
def reverse_entry(
    request: HttpRequest, entry_id: EntryId, asked: Reversal
) -> Status[Any] | HttpResponse:
    """Propose the entry that cancels a validated one; 200 when it was proposed already."""
    found = _entry(request, entry_id)
    return once(request, found.dossier, lambda: _reversed(request, found, asked))


def _reversed(request: HttpRequest, found: Entry, asked: Reversal) -> tuple[int, records.Entry]:
    Entry.objects.select_for_update(of=("self",)).get(pk=found.pk)
    known = Entry.objects.filter(reverses=found).exists()
    as_it_was_seen(request, lambda: records.entry(_entry(request, found.pk)))
    made = booking.reverse(found, asked.on)
    return 200 if known else 201, records.entry(_entries().get(pk=made.pk))


@router.get("/fec", response={200: None, **FAILURES}, by_alias=True, openapi_extra=TRACED | FILE)
def fec(request: HttpRequest, closing: Year, dossier: Text = "") -> HttpResponse:
    """Give the FEC of the twelve months that end on `closing`: validated entries only."""
    found = dossier_of(request, dossier)
    content = write_fec(booking.fec_of(found, closing))
    return attached(content, file_name(found.siren, closing))


def _entries() -> QuerySet[Entry]:
    return Entry.objects.select_related("journal", "dossier").prefetch_related("lines")


def _entry(request: HttpRequest, entry_id: int) -> Entry:
    return one_of(request, _entries(), entry_id, "Cette écriture n'existe pas.")
