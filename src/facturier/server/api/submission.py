"""A deposit by program: the two parts of the request, in whatever way they were put together.

Clients differ: parts in either order, any content type or none, a file without a file name, keys
that the contract does not know. All of that is understood; what is missing or wrong is said.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, transaction
from django.http.multipartparser import MultiPartParserError
from pydantic import ValidationError

from facturier.findings import Finding, Layer, Severity
from facturier.server.api.answers import Refusal, sentence
from facturier.server.api.contract import FlowInfo
from facturier.server.api.models import Asked
from facturier.server.documents.deposit import LARGEST, deposit
from facturier.server.documents.findings import set_aside
from facturier.server.documents.models import Flow
from facturier.server.security.attempts import key_of

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest

    from facturier.server.firm.models import Dossier

NOT_TAKEN = {
    "FRR": (
        "Une déclaration (flux 10) ne se dépose pas encore sur cette plateforme.",
        "Déposez les factures : la déclaration en sera tirée.",
    ),
}
"""Syntaxes of the contract that are not taken in yet: why, and what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was sent: the sender's words about the file, and the file."""

    info: FlowInfo
    data: bytes


def read(request: HttpRequest) -> Submission:
    """Return what `request` holds. Raises `Refusal` (400, 413)."""
    if request.content_type != "multipart/form-data":
        raise Refusal(400, "INVALID_REQUEST", "Le dépôt se fait en multipart/form-data.")
    info, data = _part(request, "flowInfo"), _part(request, "file")
    if len(data) > LARGEST:
        raise _too_big()
    return Submission(info=_understood(info), data=data)


def take_in_once(dossier: Dossier, sent: Submission, client: str, request_id: str) -> Flow:
    """Keep what `client` sent, unless it is a repetition: same request id and same bytes.

    A client that did not get the answer asks again, and must not make a second flow. What comes
    with the id of another deposit is a deposit of its own.
    """
    if not request_id:
        return take_in(dossier, sent)
    request_id = key_of("request", request_id)
    asked = Asked.objects.filter(dossier=dossier, client=client, request_id=request_id)
    try:
        with transaction.atomic():
            first = asked.select_related("flow").first()
            if first is None:
                flow = take_in(dossier, sent)
                Asked.objects.create(
                    dossier=dossier, client_id=client, request_id=request_id, flow=flow
                )
                return flow
    except IntegrityError:  # it was being written while we looked
        first = asked.select_related("flow").get()
    is_same = first.flow.sha256 == hashlib.sha256(sent.data).hexdigest()
    return first.flow if is_same else take_in(dossier, sent)


def take_in(dossier: Dossier, sent: Submission) -> Flow:
    """Keep what was sent as a flow of `dossier`; refuse at once what can be told at once."""
    info = sent.info
    flow = deposit(
        dossier,
        sent.data,
        name=info.name,
        channel=Flow.Channel.API,
        tracking_id=info.tracking_id or "",
        declared_syntax=info.flow_syntax,
        declared_profile=_said(info.flow_profile),
        processing_rule=_said(info.processing_rule),
    )
    if info.sha256 and info.sha256.lower() != hashlib.sha256(sent.data).hexdigest():
        message = "L'empreinte annoncée (sha256) n'est pas celle du fichier reçu."
        _refuse(flow, "ChecksumMismatch", message, "Déposez le fichier de nouveau.")
    elif info.flow_syntax in NOT_TAKEN:
        _refuse(flow, "FlowTypeError", *NOT_TAKEN[info.flow_syntax])
    return flow


def _said(word: str | None) -> str:
    """Return what the sender says, empty when that is nothing: we then work it out."""
    return "" if word is None or word == "Undefined" else word


def _too_big() -> Refusal:
    return Refusal(413, "FILE_SIZE_EXCEEDED", "Ce fichier dépasse la taille admise (100 Mo).")


def _part(request: HttpRequest, name: str) -> bytes:
    """Return the bytes of one part, sent as a file or as a field."""
    # A field is decoded by Django: in this encoding every byte comes back as it was.
    if request.encoding != "latin-1":
        request.encoding = "latin-1"
    try:
        fields, files = request.POST.getlist(name), request.FILES.getlist(name)
    except RequestDataTooBig as error:
        message = "Sans nom de fichier, une partie ne dépasse pas 10 Mo : donnez un « filename »."
        raise Refusal(413, "FILE_SIZE_EXCEEDED", message) from error
    except (MultiPartParserError, BadRequest, SuspiciousOperation) as error:
        raise Refusal(400, "INVALID_REQUEST", "Cette demande multipart est mal formée.") from error
    if len(fields) + len(files) > 1:
        raise Refusal(400, "INVALID_REQUEST", f"La partie « {name} » est donnée plusieurs fois.")
    if files:
        if (files[0].size or 0) > LARGEST:
            raise _too_big()
        return cast("bytes", files[0].read())
    if fields:
        return fields[0].encode("latin-1")
    raise Refusal(400, "MISSING_REQUIRED_FIELD", f"La partie « {name} » manque.")


def _understood(data: bytes) -> FlowInfo:
    try:
        return FlowInfo.model_validate_json(data.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as found:
        code, message = sentence(cast("list[dict[str, Any]]", found.errors()))
        raise Refusal(400, code, f"flowInfo : {message}") from found


def _refuse(flow: Flow, reason_code: str, message: str, remedy: str) -> None:
    """Acknowledge `flow` with an error, and show it in quarantine."""
    finding = Finding(
        rule=reason_code, layer=Layer.INTERNAL, severity=Severity.FATAL,
        message=message, remedy=remedy,
    )  # fmt: skip
    set_aside(flow, reason_code, [finding], lambda one: f"{one.message} {one.remedy}")
