"""What proves a document, and the archive of a dossier, by program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import FileResponse, HttpRequest
from ninja import Router
from pydantic import Field

from facturier.server.api.caller import dossier_of
from facturier.server.api.contract import Camel, Error, Instant, Text
from facturier.server.api.documents import TRACED, DocumentId, document_of
from facturier.server.api.flows import FAILURES
from facturier.server.api.renditions import FILE
from facturier.server.archive import export, reading

if TYPE_CHECKING:
    from facturier.server.archive.models import Seal as SealRow

router = Router()


class Seal(Camel):
    """The manifest of a month; without timestamp it is only as good as who keeps it."""

    month: str
    first: int
    last: int
    stamped_at: Instant | None = None
    authority: str | None = None
    is_verified: bool | None = None
    """Whether the authority's signature led to the root that was given."""


class Envelope(Camel):
    """One link of the dossier's chain."""

    sequence: int
    kind: str
    label: str
    recorded_at: Instant
    month: str
    body: str
    """Canonical JSON: exactly the characters whose SHA-256 is `hash`."""
    previous: str
    """The hash of the envelope before; `body` holds it too."""
    hash: str
    altered: list[str]
    """What no longer is what was written, in French; the files are read again for it."""
    seal: Seal | None = None


@router.get("/documents/{document_id}/proof",
            response={200: list[Envelope], 404: Error, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def document_proof(request: HttpRequest, document_id: DocumentId) -> list[Envelope]:
    """List the envelopes of one document, each read again at this moment."""
    return [_told(one) for one in reading.envelopes_of(document_of(request, document_id))]


@router.get(
    "/archive", response={200: None, **FAILURES}, by_alias=True, openapi_extra=TRACED | FILE
)
def archive(
    request: HttpRequest, dossier: Text = "",
    month: Annotated[str | None, Field(pattern="^[0-9]{4}-[0-9]{2}$")] = None,
) -> FileResponse:  # fmt: skip
    """Give the archive of the dossier, or of one month of it, as a zip that verifies itself."""
    found = dossier_of(request, dossier)
    name = f"{export.name_of(found, month or '')}.zip"
    return FileResponse(
        reading.archive_of(found, month or ""), as_attachment=True, filename=name,
        content_type="application/octet-stream",
    )  # fmt: skip


def _told(one: reading.Shown) -> Envelope:
    row = one.envelope
    return Envelope(
        sequence=row.sequence, kind=row.kind, label=row.get_kind_display(),
        recorded_at=row.recorded_at, month=row.month, body=row.body, previous=row.previous,
        hash=row.hash, altered=list(one.altered), seal=_sealed(one.seal) if one.seal else None,
    )  # fmt: skip


def _sealed(row: SealRow) -> Seal:
    stamp = getattr(row, "timestamp", None)
    return Seal(
        month=row.month, first=row.first, last=row.last,
        stamped_at=stamp and stamp.stamped_at, authority=stamp and stamp.authority,
        is_verified=stamp and stamp.is_verified,
    )  # fmt: skip
