"""Our own part of the API: what happens to documents, and saying it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Path, Query, Status
from pydantic import Field

from facturier.lifecycle.statuses import STATUSES
from facturier.lifecycle.transitions import offered
from facturier.server.api import records
from facturier.server.api.answers import Refusal, speak_the_contract
from facturier.server.api.caller import ByToken, caller_of, dossier_of, one_of
from facturier.server.api.changing import CHANGES, READS, as_it_was_seen, once, told
from facturier.server.api.contract import Error, Text
from facturier.server.api.flows import FAILURES, REQUEST_ID
from facturier.server.api.paging import Key, Paged, matching, page
from facturier.server.api.renditions import FILE, rendition
from facturier.server.documents import history, sides
from facturier.server.documents.models import Document, Event, Transmission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.api.contract import DocType

CLOCKS_DIFFER = timedelta(minutes=5)
_FORMS: dict[str, DocType] = {
    "original": "Original", "readable": "ReadableView", "converted": "Converted",
}  # fmt: skip
TRACED: dict[str, Any] = {"parameters": [REQUEST_ID]}
DocumentId = Annotated[Key, Path()]

api = NinjaAPI(
    title="Facturier",
    version="1",
    urls_namespace="facturier",
    description="Dossiers, documents, statuts, écritures, déclarations, fichiers dus au portail "
    "public, preuve.",
    auth=ByToken(),
    docs_url=None,
)
speak_the_contract(api)


class Wanted(Paged):
    """What to list; dates are of issue, both ends in it."""

    direction: Literal["issued", "received"] | None = None
    status: Annotated[str, Field(pattern="^[0-9]{3}$")] | None = None
    verdict: Literal["valid", "invalid"] | None = None
    number: Text | None = None
    seller_siren: Text | None = None
    buyer_siren: Text | None = None
    date_from: date | None = None
    date_to: date | None = None
    flow_id: Text | None = None
    tracking_id: Text | None = None


@api.get("/documents", response={200: records.DocumentList, **FAILURES}, by_alias=True,
         exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def documents(request: HttpRequest, wanted: Query[Wanted]) -> records.DocumentList:
    """List documents of one dossier, the latest first."""
    dossier = dossier_of(request, wanted.dossier)
    kept, following = page(_matching(_documents().filter(dossier=dossier), wanted), wanted)
    return records.DocumentList(
        next_cursor=following,
        results=[records.DocumentSummary(**records.summary(one)) for one in kept],
    )


def _documents() -> QuerySet[Document]:
    return Document.objects.select_related("dossier", "flow")


def _matching(kept: QuerySet[Document], wanted: Wanted) -> QuerySet[Document]:
    kept = matching(
        kept, direction=wanted.direction, state=wanted.status, number=wanted.number,
        flow__tracking_id=wanted.tracking_id, outcome=wanted.verdict,
        seller_siren=wanted.seller_siren, buyer_siren=wanted.buyer_siren,
        issue_date__gte=wanted.date_from, issue_date__lte=wanted.date_to,
    )  # fmt: skip
    if wanted.flow_id is None:
        return kept
    try:
        flow_id = uuid.UUID(wanted.flow_id)
    except ValueError:
        return kept.none()
    about = Event.objects.filter(flow__flow_id=flow_id)  # the flow of a status about it
    return kept.filter(Q(flow__flow_id=flow_id) | Q(pk__in=about.values("document")))


@api.get("/documents/{document_id}",
         response={200: records.Document, 304: None, 404: Error, **FAILURES},
         by_alias=True, exclude_none=True, openapi_extra=READS)  # fmt: skip
def document(request: HttpRequest, response: HttpResponse, document_id: DocumentId) -> Any:
    """Tell everything about one document."""
    return told(request, response, _record(document_of(request, document_id)))


@api.get("/documents/{document_id}/file", response={200: None, 404: Error, **FAILURES},
         by_alias=True, openapi_extra=TRACED | FILE)  # fmt: skip
def document_file(
    request: HttpRequest, document_id: DocumentId,
    form: Literal["original", "readable", "converted"] = "original",
) -> HttpResponse:  # fmt: skip
    """Give the file: as it came, as a person reads it (PDF), or in the other syntax."""
    return rendition(document_of(request, document_id).flow, _FORMS[form])


@api.post("/documents/{document_id}/statuses",
          response={201: records.Event, 200: records.Event, 404: Error, 409: Error, 412: Error,
                    422: Error, **FAILURES},
          by_alias=True, exclude_none=True, openapi_extra=CHANGES)  # fmt: skip
def say(
    request: HttpRequest, document_id: DocumentId, said: records.StatusIn
) -> Status[Any] | HttpResponse:
    """Say a status of a document in the name of its dossier; the other side is told."""
    found = document_of(request, document_id)
    return once(request, found.dossier, lambda: _said(request, found, said))


def _said(
    request: HttpRequest, found: Document, said: records.StatusIn
) -> tuple[int, records.Event]:
    transmission = _transmission(found)
    if transmission is None or said.code not in STATUSES:
        raise Refusal(409, "unknown-status", "Ce statut ne peut pas être dit de ce document.")
    if said.at is not None and said.at > timezone.now() + CLOCKS_DIFFER:
        raise Refusal(400, "INVALID_FIELD", "Un statut ne se date pas dans le futur (at).")
    # From here on nobody else says anything of it: a repeated request finds the first one.
    Transmission.objects.select_for_update().get(pk=transmission.pk)
    if said.at is not None:
        at = said.at.replace(microsecond=0)  # what a status message can say
        if repeated := _already_said(found, transmission, said.code, at):
            return 200, records.event(repeated)
    as_it_was_seen(request, lambda: _record(found))
    row = history.say(
        transmission, said.code, sides.own_side(found), reason=said.reason, at=said.at,
        comment=said.comment, program=caller_of(request).name,
        amounts=[records.characteristic(one, found.currency) for one in said.amounts],
    )  # fmt: skip
    return 201, records.event(row)


def document_of(request: HttpRequest, document_id: int) -> Document:
    """Return a document of the caller's dossiers. Raises `Refusal` (404)."""
    return one_of(request, _documents(), document_id, "Ce document n'existe pas.")


def _transmission(found: Document) -> Transmission | None:
    """Return the latest attempt to bring the document to the other side."""
    attempts = found.transmissions.select_related("document__flow", "document__dossier")
    return attempts.order_by("pk").last()


def _already_said(
    found: Document, transmission: Transmission, code: int, at: datetime
) -> Event | None:
    own = transmission.events.filter(side=sides.own_side(found).value)
    return own.select_related("flow").filter(code=str(code), at=at).first()


def _record(found: Document) -> records.Document:
    transmission = _transmission(found)
    side = sides.own_side(found)
    actions = offered(history.state_of(transmission), side) if transmission else ()
    entries = found.entries.select_related("journal").prefetch_related("lines").order_by("pk")
    events = found.events.select_related("flow").order_by("pk")
    return records.Document(
        **records.summary(found),
        books=[records.Book(**one) for one in found.books],
        findings=[records.finding(one) for one in found.findings.all()],
        events=[records.event(one) for one in events],
        actions=[records.action(one) for one in actions],
        entries=[records.entry(one) for one in entries],
        why_no_entry=found.unpostable or None,
    )
