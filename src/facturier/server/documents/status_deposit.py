"""A status deposited as a file (CDAR) by the party who may say it.

The acknowledgement of the flow tells what became of it: accepted, or refused with each broken rule
named. An accepted file travels to the other side as it was deposited.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from facturier.errors import MalformedDocument, RefusedByUs
from facturier.findings import Finding, Layer, Severity
from facturier.formats.cdar import read_status
from facturier.lifecycle.messages import GUIDELINE_PEER, heard
from facturier.lifecycle.statuses import Side, status
from facturier.server.documents import history, sides, status_files
from facturier.server.documents.findings import set_aside
from facturier.server.documents.models import CDAR, Flow, Transmission

if TYPE_CHECKING:
    from facturier.lifecycle.messages import Event, StatusMessage
    from facturier.server.documents.models import Document

CLOCKS_DIFFER = timedelta(minutes=5)
ROOT_ELEMENT = b"CrossDomainAcknowledgementAndResponse"
_LOOKED_AT = 4096
"""Bytes in which the root element of a file stands."""

RULE, STATUS, ACCESS, AMOUNT = (
    "InvoiceLCRuleError", "InvoiceLCInvalidStatus", "InvoiceLCAccessDenied", "InvoiceLCAmountError",
)  # fmt: skip
"""Reason codes of XP Z12-013 for a status that is not taken."""
_REASON_CODES = {
    "wrong-side": ACCESS, "amount-incomplete": AMOUNT, "amount-format": AMOUNT,
    "data-missing": AMOUNT, "status-rule": RULE,
}  # fmt: skip


def is_status(data: bytes, declared_syntax: str) -> bool:
    """Whether a deposited file is a status, as declared; where nothing is, by its root element."""
    if declared_syntax:
        return declared_syntax == CDAR
    return ROOT_ELEMENT in data[:_LOOKED_AT]


def take_in(flow: Flow, data: bytes) -> None:
    """Say what the file says, in the name of the dossier, or refuse it with the reason.

    Raises `UnreadableDocument` when it is no readable status message.
    """
    reading = read_status(data)
    flow.declared_syntax = CDAR
    broken = status_files.broken_rules(reading)
    if broken:
        set_aside(flow, RULE, broken, _told)
        return
    said = reading.message
    if said is None:
        first = reading.findings[0]
        raise MalformedDocument(first.message, reason="status-incomplete", remedy=first.remedy)
    try:
        _say(flow, _transmission(flow, said), said)
    except RefusedByUs as error:
        code = _REASON_CODES.get(error.reason, STATUS)
        set_aside(flow, code, [_finding(error)], _told)


def _transmission(flow: Flow, said: StatusMessage) -> Transmission:
    found = status_files.transmission_of(flow.dossier_id, said)
    if found is None:
        raise RefusedByUs(
            f"Ce dossier n'a pas de facture {said.invoice_number}.", reason="wrong-side",
            remedy="Vérifiez son numéro (MDT-87), sa date (MDT-100) et le SIREN du vendeur "
            "(MDT-129).",
        )  # fmt: skip
    return found


def _say(flow: Flow, transmission: Transmission, said: StatusMessage) -> None:
    document = transmission.document
    side = sides.own_side(document)
    event = heard(said, side, author=_author(flow))
    _check_who(flow, said, side, event)
    locked = Transmission.objects.select_for_update().get(pk=transmission.pk)
    if not history.is_kept(history.state_of(locked), event):
        is_for_peer = said.guideline == GUIDELINE_PEER
        history.say(
            transmission, event.code, side, reason=event.reason, comment=event.comment,
            action=event.action, amounts=event.amounts, attachments=said.attachments, at=event.at,
            author=flow.submitted_by, program=event.author,
            source=flow.stored if is_for_peer else None, flow=flow,
        )  # fmt: skip
    _name(flow, document)
    flow.finish()


def _check_who(flow: Flow, said: StatusMessage, side: Side, event: Event) -> None:
    """Refuse what another party, or a platform, would have to say."""
    words = f"« {status(event.code).label} » ({event.code})"
    issuer = said.issuer
    if status_files.ROLES.get(issuer.role) is not side:
        raise RefusedByUs(
            f"{words} est donné au nom d'un autre (rôle {issuer.role or 'absent'}, MDT-40) que "
            f"{side.label}, que ce dossier est pour cette facture.",
            reason="wrong-side",
            remedy="Ce que dit la plateforme, elle le dit elle-même ; déposez les statuts de "
            "votre entreprise seulement.",
        )
    if issuer.scheme == "0002" and issuer.identifier != flow.dossier.siren:
        raise RefusedByUs(
            f"{words} est donné au nom du SIREN {issuer.identifier} (MDT-38), qui n'est pas celui "
            f"du dossier.", reason="wrong-side", remedy="Corrigez MDT-38, ou changez de dossier.",
        )  # fmt: skip
    if event.at > timezone.now() + CLOCKS_DIFFER:
        raise RefusedByUs(
            f"{words} est daté dans le futur (MDT-78).", reason="future",
            remedy="Datez-le du moment de la décision, à l'heure de Paris.",
        )  # fmt: skip


def _author(flow: Flow) -> str:
    return str(flow.submitted_by) if flow.submitted_by else "Statut déposé en fichier"


def _name(flow: Flow, document: Document) -> None:
    side = "Customer" if sides.own_side(document) is Side.SELLER else "Supplier"
    flow.flow_type = f"{side}InvoiceLC"
    flow.declared_profile = flow.declared_profile or "Undefined"
    flow.processing_rule = flow.processing_rule or document.flow.processing_rule


def _finding(error: RefusedByUs) -> Finding:
    return Finding(
        rule=error.reason or error.code, layer=Layer.CDAR, severity=Severity.FATAL,
        message=error.message, remedy=error.remedy,
    )  # fmt: skip


def _told(finding: Finding) -> str:
    return f"{finding.rule} : {finding.message} {finding.remedy}".strip()
