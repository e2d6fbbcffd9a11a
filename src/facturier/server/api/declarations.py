"""Declarations of e-reporting by program: what each tells, what was sent, what was answered.

A declaration is sent by a person, or by night when the dossier chose so: a program reads.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from facturier.reporting import figures
from facturier.server.api.caller import dossier_of, one_of
from facturier.server.api.changing import READS, told
from facturier.server.api.contract import Camel, Error, Instant
from facturier.server.api.documents import TRACED
from facturier.server.api.flows import FAILURES
from facturier.server.api.paging import Key, Page, Paged, matching, page
from facturier.server.api.portal_files import Answer, answer_of
from facturier.server.api.records import Money
from facturier.server.api.renditions import FILE, attached
from facturier.server.documents import store
from facturier.server.reporting import periods, transmitting
from facturier.server.reporting.models import OWING, Declaration, Sending

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Router()
DeclarationId = Annotated[Key, Path()]
MOST_LEFT_OUT = 1000


class Wanted(Paged):
    """What to list; dates are those that the periods touch."""

    state: Literal["open", "empty", "ready", "sent", "accepted", "refused", "to-rectify",
                   "rectified"] | None = None  # fmt: skip
    data: Literal["transactions", "payments"] | None = None
    is_owed: bool | None = None
    """Somebody has to send something."""
    date_from: date | None = None
    date_to: date | None = None


class Sum(Camel):
    """What a declaration tells in one currency: base (with VAT, for receipts) and VAT."""

    currency: str
    base: Money
    tax: Money


class DeclarationSummary(Camel):
    """A declaration: one side, one kind of data, one period."""

    id: int
    dossier: str
    role: str
    """``SE`` (sales) or ``BY`` (purchases)."""
    data: str
    start: date
    end: date
    regime: str
    due_on: date
    due_at: Instant
    state: str
    state_label: str
    is_owed: bool
    sums: list[Sum]
    figures: int
    left_out: int
    obstacle: str | None = None


class Figure(Camel):
    """One total of a block (10.1 to 10.4)."""

    block: str
    category: str
    rate: Money
    country: str
    currency: str
    base: Money
    tax: Money


class Change(Figure):
    """How much a total differs from what the tax office holds."""


class LeftOut(Camel):
    """Something that should be declared and cannot be as it stands."""

    document_id: int
    day: date
    reason: str


class Transmission(Camel):
    """One file (IN or RE) that was sent."""

    id: int
    kind: str
    identifier: str
    made_at: Instant
    portal_file_id: int
    """Of the file that stands for it now, sent again or not."""
    state: str
    answers: list[Answer]


class DeclarationDetail(DeclarationSummary):
    """A declaration, all of it."""

    totals: list[Figure]
    changes: list[Change]
    """What a rectification would tell; empty while the tax office holds nothing."""
    left_out_operations: list[LeftOut]
    transmissions: list[Transmission]


class DeclarationList(Page):
    """Declarations."""

    results: list[DeclarationSummary]


@router.get("/declarations", response={200: DeclarationList, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def declarations(request: HttpRequest, wanted: Query[Wanted]) -> DeclarationList:
    """List the declarations of one dossier, the latest opened first."""
    dossier = dossier_of(request, wanted.dossier)
    periods.bring_up_to_date(dossier)
    rows = matching(
        _declarations().filter(dossier=dossier), state=wanted.state, data=wanted.data,
        end__gte=wanted.date_from, start__lte=wanted.date_to,
    )  # fmt: skip
    if wanted.is_owed is not None:
        rows = rows.filter(state__in=OWING) if wanted.is_owed else rows.exclude(state__in=OWING)
    kept, following = page(rows, wanted)
    return DeclarationList(
        next_cursor=following, results=[DeclarationSummary(**_summary(one)) for one in kept]
    )


@router.get("/declarations/{declaration_id}",
            response={200: DeclarationDetail, 304: None, 404: Error, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=READS)  # fmt: skip
def declaration(request: HttpRequest, response: HttpResponse, declaration_id: DeclarationId) -> Any:
    """Tell one declaration: its totals, what is left out, what was sent and answered."""
    periods.bring_up_to_date(_declaration(request, declaration_id).dossier)
    return told(request, response, _record(_declaration(request, declaration_id)))


@router.get("/declarations/{declaration_id}/draft", response={200: None, 404: Error, **FAILURES},
            by_alias=True, openapi_extra=TRACED | FILE)  # fmt: skip
def declaration_draft(request: HttpRequest, declaration_id: DeclarationId) -> HttpResponse:
    """Give the file (flux 10) as it would leave now."""
    made = transmitting.draft(_declaration(request, declaration_id))
    return attached(made.content, f"apercu-{made.identifier}.xml")


@router.get("/transmissions/{sending_id}/file", response={200: None, 404: Error, **FAILURES},
            by_alias=True, openapi_extra=TRACED | FILE)  # fmt: skip
def transmission_file(request: HttpRequest, sending_id: DeclarationId) -> HttpResponse:
    """Give a file that was sent, byte for byte."""
    rows = Sending.objects.select_related("file")
    found = one_of(request, rows, sending_id, "Cette transmission n'existe pas.")
    return attached(store.get(str(found.file.stored_id)), f"{found.identifier}.xml")


def _declarations() -> QuerySet[Declaration]:
    return Declaration.objects.select_related("dossier")


def _declaration(request: HttpRequest, declaration_id: int) -> Declaration:
    return one_of(request, _declarations(), declaration_id, "Cette déclaration n'existe pas.")


def _summary(row: Declaration) -> dict[str, Any]:
    same = ("id", "role", "data", "start", "end", "regime", "due_on", "due_at", "state", "left_out")
    return {name: getattr(row, name) for name in same} | {
        "dossier": row.dossier.siren, "state_label": row.get_state_display(),
        "is_owed": row.state in OWING, "figures": row.count, "obstacle": row.obstacle or None,
        "sums": [Sum(**one) for one in row.sums],
    }  # fmt: skip


def _record(row: Declaration) -> DeclarationDetail:
    current = periods.current_figures(row)
    sendings = list(row.sendings.select_related("file"))
    held = periods.latest_accepted(sendings)
    changes = figures.compare(periods.told_by(held), current) if held is not None else ()
    return DeclarationDetail(
        **_summary(row),
        totals=[Figure(**_figure(one, one.base, one.tax)) for one in figures.totals(current)],
        changes=[Change(**_figure(one.about, one.base, one.tax)) for one in changes],
        left_out_operations=[
            LeftOut(document_id=one.document_id, day=one.day, reason=one.reason)
            for one in periods.left_out_of(row)[:MOST_LEFT_OUT]
        ],
        transmissions=[_transmission(one) for one in sendings],
    )


def _figure(one: figures.Figure, base: Decimal, tax: Decimal) -> dict[str, Any]:
    same = ("block", "category", "rate", "country", "currency")
    return {name: getattr(one, name) for name in same} | {"base": base, "tax": tax}


def _transmission(row: Sending) -> Transmission:
    file = periods.file_of(row)
    return Transmission(
        id=row.pk, kind=row.kind, identifier=row.identifier, made_at=row.made_at,
        portal_file_id=file.pk, state=file.state,
        answers=[answer_of(one) for one in file.answers.order_by("pk")],
    )  # fmt: skip
