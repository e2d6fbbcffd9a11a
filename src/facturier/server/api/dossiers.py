"""The dossiers that a token opens."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from facturier.server.api import records
from facturier.server.api.caller import caller_of, dossier_of
from facturier.server.api.changing import READS, told
from facturier.server.api.contract import Camel, Text
from facturier.server.api.documents import TRACED
from facturier.server.api.flows import FAILURES
from facturier.server.books.models import Entry
from facturier.server.firm.models import Dossier
from facturier.server.portal.models import OPEN
from facturier.server.reporting import periods
from facturier.server.reporting.models import OWING

router = Router()


class Journal(Camel):
    """A journal of a dossier."""

    code: str
    label: str
    kind: str


class Counts(Camel):
    """How much there is of everything, and how much of it waits for somebody."""

    documents: int
    entries: int
    entries_to_validate: int
    declarations_owed: int
    portal_files_open: int


class DossierDetail(records.Dossier):
    """A dossier: how it keeps its books, how it declares, what waits."""

    activity: str
    vat_regime: str
    vat_on_receipts: bool
    declares_from: str
    declares_automatically: bool
    journals: list[Journal]
    counts: Counts


@router.get("", response={200: list[records.Dossier], **FAILURES}, by_alias=True,
            openapi_extra=TRACED)  # fmt: skip
def dossiers(request: HttpRequest) -> list[records.Dossier]:
    """List the dossiers that the token opens."""
    return [records.dossier_record(one) for one in caller_of(request).dossiers]


@router.get("/{organization}", response={200: DossierDetail, 304: None, **FAILURES}, by_alias=True,
            openapi_extra=READS)  # fmt: skip
def one_dossier(
    request: HttpRequest, response: HttpResponse,
    organization: Annotated[Text, Path(max_length=125, pattern="^[^/]+$")],
) -> Any:  # fmt: skip
    """Tell one dossier, named by its SIREN or its electronic address."""
    return told(request, response, _record(dossier_of(request, organization)))


def _record(row: Dossier) -> DossierDetail:
    choice = periods.choice_of(row)
    return DossierDetail(
        **records.dossier_record(row).model_dump(), activity=row.activity,
        vat_regime=row.vat_regime, vat_on_receipts=row.vat_on_receipts,
        declares_from=choice.starts_on.isoformat(), declares_automatically=choice.is_automatic,
        journals=[Journal(code=one.code, label=one.label, kind=one.kind)
                  for one in row.journals.all()],
        counts=_counts(row),
    )  # fmt: skip


def _counts(row: Dossier) -> Counts:
    booked = row.entries.aggregate(
        all=Count("pk"), proposed=Count("pk", filter=Q(state=Entry.State.PROPOSED))
    )
    return Counts(
        documents=row.documents.count(), entries=booked["all"],
        entries_to_validate=booked["proposed"],
        declarations_owed=row.declarations.filter(state__in=OWING).count(),
        portal_files_open=row.portal_files.filter(OPEN).count(),
    )  # fmt: skip
