"""The files that a flow can be downloaded as."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.http import HttpResponse

from facturier import formats
from facturier.errors import FacturierError
from facturier.formats import readable
from facturier.formats.carried import with_files
from facturier.formats.detect import Syntax
from facturier.server.api.answers import Refusal, missing
from facturier.server.archive.models import PurgedBytes
from facturier.server.documents import store

if TYPE_CHECKING:
    from facturier.server.api.contract import DocType
    from facturier.server.documents.models import Flow

FILE: dict[str, Any] = {
    "responses": {
        200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}},
    }
}
"""For ``openapi_extra``: the answer is a file."""


def rendition(flow: Flow, wanted: DocType) -> HttpResponse:
    """Return `flow` as a file. Raises `Refusal` (404) when there is no such file of it."""
    if flow.stored_id is None:
        raise missing("Ce flux n'a pas de fichier : voyez l'historique du document.")
    if PurgedBytes.objects.filter(dossier=flow.dossier_id, sha256=flow.sha256).exists():
        raise store.MissingBytes(flow.sha256)  # by this dossier: another may still keep it
    data = store.get(flow.sha256)
    if wanted == "Original":
        return attached(data, flow.name)
    try:
        content, suffix = _readable(data) if wanted == "ReadableView" else _converted(data)
    except FacturierError as error:
        raise missing(f"Ce flux n'a pas de forme « {wanted} » : {error.message}") from error
    stem = flow.name.rsplit(".", 1)[0] or str(flow.flow_id)
    return attached(content, f"{stem}{suffix}")


def _readable(data: bytes) -> tuple[bytes, str]:
    return readable.pdf(formats.read(data).invoice), "-copie-lisible.pdf"


def _converted(data: bytes) -> tuple[bytes, str]:
    """Return the invoice in the other syntax: CII for UBL, UBL for CII and Factur-X."""
    reading = formats.read(data)
    other = "ubl" if reading.detected.syntax is Syntax.CII else "cii"
    carried = with_files(reading)
    written = formats.write(carried.invoice, "ubl" if other == "ubl" else "cii")
    lost = (*written.lost, *carried.dropped)
    if lost:
        message = f"La conversion en {other.upper()} perdrait des informations."
        raise Refusal(404, "MISSING_RESOURCE", message, details=", ".join(lost))
    return written.xml, f"-{other}.xml"


def attached(content: bytes, name: str) -> HttpResponse:
    """Return a file to keep, never to show."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = _disposition(name)
    return response


def _disposition(name: str) -> str:
    """Return the header of RFC 6266, spaced as the contract's pattern has it."""
    safe = "".join(c if c.isprintable() and c not in '/\\"' else "_" for c in name) or "fichier"
    plain = unicodedata.normalize("NFKD", safe).encode("ascii", "ignore").decode() or "fichier"
    header = f'attachment;filename="{plain}"'
    return header if plain == safe else f"{header};filename*=UTF-8''{quote(safe)}"
