"""The whole story of one document, on both sides when both are here: ``facturier trace FLOWID``.

It is read from the rows, not from the log: what is told is what is true, however long ago.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from facturier.errors import BadUsage
from facturier.server import commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from facturier.server.documents.models import Document, Flow, Message, Transmission


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One thing that happened."""

    at: datetime
    dossier: str
    what: str


def run(wanted: str) -> int:
    """Print the story of the flow with this ``flowId``; return 0.

    Raises `BadUsage` when there is none.
    """
    try:
        name = uuid.UUID(wanted)
    except ValueError:
        raise BadUsage(
            f"« {wanted} » n'est pas un flowId.",
            remedy="L'en-tête Trace-Id de la réponse au dépôt le donne, et le journal.",
        ) from None
    with commands.database():
        lines = story(name)
        width = max(len(line.dossier) for line in lines)
        for line in lines:
            at = timezone.localtime(line.at)
            sys.stdout.write(f"{at:%d/%m/%Y %H:%M:%S}  {line.dossier:{width}}  {line.what}\n")
    return 0


def story(name: uuid.UUID) -> list[Line]:
    """Return everything that happened to the flow of this name and its document, oldest first.

    Raises `BadUsage` when there is no such flow.
    """
    from facturier.server import sight  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT dossier_of_flow(%s)", [name])
        (dossier,) = cursor.fetchone()
    if dossier is None:
        raise BadUsage(f"Aucun flux {name} dans cette installation.")
    with sight.of([dossier]):
        lines, others = _of_flow(dossier, name)
    for other, transmission in others:
        with sight.of([other]):
            lines += _of_transmission(other, transmission)
    return sorted(set(lines))


def _of_flow(dossier: int, name: uuid.UUID) -> tuple[list[Line], list[tuple[int, str]]]:
    """Return what one side knows, and where else to look: dossier and transmission."""
    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.documents.models import Document, Flow  # noqa: PLC0415

    flow = Flow.objects.select_related("dossier", "stored").get(dossier_id=dossier, flow_id=name)
    document = Document.objects.filter(Q(flow=flow) | Q(events__flow=flow), dossier=dossier).first()
    if document is None:
        return list(_flow(flow)), []
    others = []
    for one in document.transmissions.all():
        found = sight.dossier_at(one.peer_address) if one.peer_address else None
        if found is not None and found != dossier:
            others.append((found, one.external_id))
    return [*_flow(flow), *_document(document)], others


def _of_transmission(dossier: int, external_id: str) -> list[Line]:
    from facturier.server.documents.models import Transmission  # noqa: PLC0415

    found = Transmission.objects.filter(dossier_id=dossier, external_id=external_id).first()
    return list(_document(found.document)) if found else []


def _flow(flow: Flow) -> Iterator[Line]:
    who = flow.dossier.name
    size = f", {flow.stored.size} octets, SHA-256 {flow.sha256}" if flow.stored else ""
    yield Line(
        flow.submitted_at, who,
        f"reçu : {flow.name} ({flow.get_channel_display()}{size})",
    )  # fmt: skip
    said = f"{flow.get_state_display().lower()}, {flow.attempts} tentative(s)"
    why = f" : {flow.last_error}" if flow.last_error else ""
    yield Line(flow.updated_at, who, f"traitement : {said}{why}")


def _document(document: Document) -> Iterator[Line]:
    who = document.dossier.name
    yield from _flow(document.flow)
    books = ", ".join(f"{book['id']} {book['version']}" for book in document.books)
    yield Line(
        document.created_at, who,
        f"contrôlé : {document.number or 'sans numéro'}, {document.outcome} ({books})",
    )  # fmt: skip
    for finding in document.findings.filter(severity="fatal"):
        yield Line(document.created_at, who, f"constat {finding.rule} : {finding.message}")
    for transmission in document.transmissions.all():
        yield from _transmission(who, transmission)
    for file in document.portal_files.all():
        sent = f", transmis dans {file.flow_name}" if file.flow_name else ""
        answer = f", réponse {file.answer_code} {file.answer_reason}" if file.answer_code else ""
        what = f"portail public : {file.get_interface_display()}, {file.get_state_display()}"
        yield Line(file.created_at, who, f"{what}{sent}{answer} {file.last_error}".rstrip())
    for entry in document.entries.all():
        yield Line(document.created_at, who, f"écriture : {entry}")
    for envelope in document.proof_envelopes.all():
        yield Line(
            envelope.recorded_at, who,
            f"preuve n° {envelope.sequence} : {envelope.get_kind_display()}, {envelope.hash[:12]}…",
        )  # fmt: skip


def _transmission(who: str, transmission: Transmission) -> Iterator[Line]:
    for event in transmission.events.all():
        reason = f" {event.reason}" if event.reason else ""
        comment = f" « {event.comment} »" if event.comment else ""
        said = f"statut {event.code}{reason}, dit par {event.author_label}{comment}"
        yield Line(event.recorded_at, who, said)
    for message in transmission.messages.all():
        yield from _message(who, message)


def _message(who: str, message: Message) -> Iterator[Line]:
    kind = message.get_kind_display().lower()
    yield Line(
        message.sent_at or message.created_at, who,
        f"{kind} pour {message.recipient_address} : {message.get_state_display().lower()}"
        + (f" ({message.last_error})" if message.last_error else ""),
    )  # fmt: skip
