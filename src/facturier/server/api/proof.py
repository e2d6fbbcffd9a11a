"""What proves a document, and the archive of a dossier, by program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Path, Router, Status
from pydantic import Field

from facturier.server.api.answers import missing
from facturier.server.api.caller import caller_of, dossier_of, one_of
from facturier.server.api.contract import Camel, Error, Instant, Text
from facturier.server.api.documents import TRACED, DocumentId, document_of
from facturier.server.api.flows import FAILURES
from facturier.server.api.renditions import FILE
from facturier.server.archive import exporting, reading
from facturier.server.archive.models import ArchiveExport
from facturier.server.web.conservation import streamed

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


class ArchiveExported(Camel):
    """An archive that a worker makes, or made."""

    id: int
    state: str
    """``waiting``, ``running``, ``ready``, ``failed`` or ``expired``."""
    label: str
    """The state in words, in French."""
    month: str | None = None
    """Absent: the whole dossier."""
    done: int
    """Envelopes that are in it, of `total`."""
    total: int
    missing: int
    """Files that the store could not give; the verifier names them."""
    size: int
    """Bytes of the zip."""
    sha256: str | None = None
    asked_at: Instant
    expires_at: Instant | None = None
    """When the zip is removed."""
    why: str | None = None


ExportId = Annotated[int, Path(ge=1, le=2**63 - 1)]
NO_EXPORT = "Cet export n'existe pas."


@router.post(
    "/archive-exports", response={202: ArchiveExported, **FAILURES}, by_alias=True,
    exclude_none=True, openapi_extra=TRACED,
)  # fmt: skip
def ask_archive_export(
    request: HttpRequest, dossier: Text = "",
    month: Annotated[str | None, Field(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")] = None,
) -> Status[ArchiveExported]:  # fmt: skip
    """Have a worker make the archive of the dossier, or of one month: a zip that verifies itself.

    The same asked again while it is made is the same export.
    """
    found = dossier_of(request, dossier)
    row = exporting.ask(found, month=month or "", program=caller_of(request).name)
    return Status(202, _exported(row))


@router.get("/archive-exports/{export_id}", response={200: ArchiveExported, 404: Error, **FAILURES},
            by_alias=True, exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def archive_export(request: HttpRequest, export_id: ExportId) -> ArchiveExported:
    """Tell how far an archive is."""
    return _exported(_export(request, export_id))


@router.get(
    "/archive-exports/{export_id}/file", response={200: None, 404: Error, **FAILURES},
    by_alias=True, openapi_extra=TRACED | FILE,
)  # fmt: skip
def archive_export_file(request: HttpRequest, export_id: ExportId) -> StreamingHttpResponse:
    """Give an archive that is ready; 404 until then, and once its days are over."""
    row = _export(request, export_id)
    if row.state != ArchiveExport.State.READY:
        raise missing(f"Cet export n'a pas de fichier : {row.get_state_display().lower()}.")
    answer = streamed(row)
    answer.headers["Content-Type"] = "application/octet-stream"
    return answer


def _export(request: HttpRequest, pk: int) -> ArchiveExport:
    """Return an export that a program may see: handovers are given to people."""
    return one_of(request, ArchiveExport.objects.filter(is_handover=False), pk, NO_EXPORT)


def _exported(row: ArchiveExport) -> ArchiveExported:
    return ArchiveExported(
        id=row.pk, state=row.state, label=row.get_state_display(), month=row.month or None,
        done=row.done, total=row.total, missing=row.missing, size=row.size,
        sha256=row.sha256 or None, asked_at=row.asked_at, expires_at=row.expires_at,
        why=row.why or None,
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
