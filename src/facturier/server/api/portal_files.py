"""Files owed to the public portal (flux 1, 6, 10, 13), what it answered, and sending again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status

from facturier.server.api.answers import missing
from facturier.server.api.caller import dossier_of, one_of
from facturier.server.api.changing import CHANGES, READS, as_it_was_seen, once, told
from facturier.server.api.contract import Camel, Error, Instant, Text
from facturier.server.api.documents import TRACED
from facturier.server.api.flows import FAILURES
from facturier.server.api.paging import Key, Page, Paged, matching, page
from facturier.server.api.renditions import FILE, attached
from facturier.server.documents import store
from facturier.server.portal import resending
from facturier.server.portal.models import OPEN, PortalAnswer, PortalFile, is_open

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Router()
FileId = Annotated[Key, Path()]


class Wanted(Paged):
    """What to list; `interface` is a code of AIFE such as ``FFE0111A``."""

    interface: Text | None = None
    state: Literal["pending", "sent", "receivable", "accepted", "refused", "held"] | None = None
    is_open: bool | None = None
    """Refused or held, nothing went in its place and nobody closed it."""
    document_id: Key | None = None
    due_from: date | None = None
    due_to: date | None = None


class Answer(Camel):
    """One status message of the portal."""

    id: int
    code: str | None = None
    reason: str | None = None
    comment: str | None = None
    reference: str | None = None
    at: Instant | None = None
    """When the portal decided it."""


class File(Camel):
    """A file owed to the public portal."""

    id: int
    dossier: str
    interface: str
    interface_label: str
    name: str
    label: str
    reference: str
    document_id: int | None = None
    state: str
    state_label: str
    is_open: bool
    due_at: Instant
    sent_at: Instant | None = None
    flow_name: str | None = None
    last_error: str | None = None
    answer_code: str | None = None
    answer_reason: str | None = None
    answer_at: Instant | None = None
    replaces: int | None = None
    """The id of the file in whose place it goes."""
    closed_why: str | None = None


class FileDetail(File):
    """A file with every answer, the earliest first."""

    answers: list[Answer]


class FileList(Page):
    """Files owed to the portal."""

    results: list[File]


@router.get("/portal-files", response={200: FileList, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def portal_files(request: HttpRequest, wanted: Query[Wanted]) -> FileList:
    """List the files that one dossier owes or owed to the portal, the latest first."""
    rows = matching(
        _files().filter(dossier=dossier_of(request, wanted.dossier)),
        interface=wanted.interface, state=wanted.state, document=wanted.document_id,
        due_at__date__gte=wanted.due_from, due_at__date__lte=wanted.due_to,
    )  # fmt: skip
    if wanted.is_open is not None:
        rows = (
            rows.filter(OPEN)
            if wanted.is_open
            else rows.exclude(pk__in=rows.filter(OPEN).values("pk"))
        )
    kept, following = page(rows, wanted)
    return FileList(next_cursor=following, results=[File(**_summary(one)) for one in kept])


@router.get("/portal-files/{file_id}",
            response={200: FileDetail, 304: None, 404: Error, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=READS)  # fmt: skip
def portal_file(request: HttpRequest, response: HttpResponse, file_id: FileId) -> Any:
    """Tell one file and what the portal answered."""
    return told(request, response, _record(_file(request, file_id)))


@router.get("/portal-files/{file_id}/file", response={200: None, 404: Error, **FAILURES},
            by_alias=True, openapi_extra=TRACED | FILE)  # fmt: skip
def portal_file_bytes(request: HttpRequest, file_id: FileId) -> HttpResponse:
    """Give the file as it went, or is to go, byte for byte."""
    found = _file(request, file_id)
    if found.stored_id is None:
        raise missing("Ce fichier n'a pas pu être fait : « lastError » dit pourquoi.")
    return attached(store.get(str(found.stored_id)), found.name)


@router.get("/portal-answers/{answer_id}/file", response={200: None, 404: Error, **FAILURES},
            by_alias=True, openapi_extra=TRACED | FILE)  # fmt: skip
def portal_answer_bytes(request: HttpRequest, answer_id: FileId) -> HttpResponse:
    """Give an answer of the portal (CDAR), byte for byte."""
    rows = PortalAnswer.objects.all()
    found = one_of(request, rows, answer_id, "Cette réponse n'existe pas.")
    return attached(store.get(str(found.stored_id)), found.name)


@router.post("/portal-files/{file_id}/again",
             response={201: FileDetail, 200: FileDetail, 404: Error, 409: Error, 412: Error,
                       422: Error, **FAILURES},
             by_alias=True, exclude_none=True, openapi_extra=CHANGES)  # fmt: skip
def send_again(request: HttpRequest, file_id: FileId) -> Status[Any] | HttpResponse:
    """Send another file in the place of a refused or held one; 200 when that was done already."""
    found = _file(request, file_id)
    return once(request, found.dossier, lambda: _again(request, found))


def _again(request: HttpRequest, found: PortalFile) -> tuple[int, FileDetail]:
    PortalFile.objects.select_for_update(of=("self",)).get(pk=found.pk)
    known = PortalFile.objects.filter(replaces=found).exists()
    as_it_was_seen(request, lambda: _record(_file(request, found.pk)))
    made = resending.again(found)
    return 200 if known else 201, _record(_files().get(pk=made.pk))


def _files() -> QuerySet[PortalFile]:
    return PortalFile.objects.select_related("dossier", "replaced_by")


def _file(request: HttpRequest, file_id: int) -> PortalFile:
    return one_of(request, _files(), file_id, "Ce fichier n'existe pas.")


def _summary(row: PortalFile) -> dict[str, Any]:
    same = ("id", "interface", "name", "label", "reference", "document_id", "state", "due_at",
            "sent_at", "answer_at")  # fmt: skip
    if_said = ("flow_name", "last_error", "answer_code", "answer_reason", "closed_why")
    return {name: getattr(row, name) for name in same} | {
        name: getattr(row, name) or None for name in if_said
    } | {
        "dossier": row.dossier.siren, "interface_label": row.get_interface_display(),
        "state_label": row.get_state_display(), "is_open": is_open(row),
        "replaces": row.replaces_id,
    }  # fmt: skip


def _record(row: PortalFile) -> FileDetail:
    return FileDetail(
        **_summary(row), answers=[answer_of(one) for one in row.answers.order_by("pk")]
    )


def answer_of(row: PortalAnswer) -> Answer:
    """Return what a program is told of an answer."""
    return Answer(
        id=row.pk, code=row.code or None, reason=row.reason or None, comment=row.comment or None,
        reference=row.reference or None, at=row.at,
    )  # fmt: skip
