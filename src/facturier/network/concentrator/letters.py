"""What the portal writes: one CDAR about a flow, or about one object of a flow.

Source: DGFiP external specifications v3.2, annexe 2 (column PPF) and annexe 7, G1.114, G7.14,
G7.15, G7.17, G7.23, G7.29, G7.31, G7.32. The phase (MDT-77) is left out: annexe 2 calls it
informative. MDT-100 is written as a day (format 102), where the portal may write an instant.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from facturier.formats.cdar import write_status
from facturier.invoice.parties import PLATFORM, SIREN
from facturier.lifecycle.messages import GUIDELINE_PPF, PPF, Party, StatusDetail, StatusMessage
from facturier.lifecycle.statuses import Subject, reason, status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from facturier.network.concentrator.known import Application, Judged, Objection

OBJECT_TYPES = {
    Subject.FLOW: "303",
    Subject.F1: "304",
    Subject.F10: "304",
    Subject.STATUS: "305",
    Subject.DIRECTORY: "306",
}
"""MDT-91 by what the message is about (G7.15)."""
NO_NUMBER, NO_DAY, NO_SIREN = "X" * 20, date(1900, 1, 1), "0" * 9
"""What stands for a key that cannot be used (G1.114)."""
LONGEST_MESSAGE, LONGEST_PLACE, LONGEST_RULE = 2000, 200, 30
MOST_DETAILS = 100
_SELLER = frozenset({Subject.F1, Subject.STATUS})
"""Whose seller must be named (G7.17)."""
NOT_BETWEEN_PLATFORMS = {
    "BR-FR-CDV-CL-01_MDT-2": "le portail n'écrit pas de cadre (annexe 2)",
    "BR-FR-CDV-02_MDT-3": "le profil est celui de l'objet (G7.14)",
    "BR-FR-CDV-08_MDT-73": "le destinataire d'un cycle de vie de flux n'est pas nommé (G7.32)",
    "BR-FR-04_MDT-91": "l'objet n'est pas une facture : 303 à 306 (G7.15)",
    "BR-FR-CDV-CL-09_MDT-113": "le portail a ses propres motifs (G7.18, G7.19)",
    "BR-FR-CDV-CL-09_MDT-113_501": "le portail a ses propres motifs (G7.18)",
}
"""Rules of BR-FR-CDV, made for messages between platforms, that annexes 2 and 7 contradict."""


def about_flow(
    flow: str,
    objections: Sequence[Objection],
    *,
    application: Application,
    received_at: datetime,
    now: datetime,
) -> bytes:
    """Write the cycle of life of a flow: 500, or 501 with its reasons.

    `flow` is its name without the extension. The recipient, which the schema wants, has neither
    identifier nor role (G7.32).
    """
    code = 501 if objections else 500
    return write_status(
        StatusMessage(
            process="",
            guideline=GUIDELINE_PPF[Subject.FLOW],
            document_id=f"C{flow[1:]}"[:50],
            name=f"{flow} {code} {status(code).label}"[:150],
            issued_at=now,
            sender=PPF,
            issuer=PPF,
            recipients=(Party(role="", name=application.code),),
            phase="",
            decided_at=now,
            invoice_number=flow[:100],
            invoice_type=OBJECT_TYPES[Subject.FLOW],
            received_at=received_at,
            reference_type=GUIDELINE_PPF[Subject.FLOW],
            invoice_date=received_at.date(),
            status_code=code,
            status_label=status(code).label,
            seller=Party(role=""),
            details=_details(objections),
        )
    )


def about_object(
    judged: Judged,
    identifier: str,
    *,
    application: Application,
    received_at: datetime,
    now: datetime,
) -> bytes:
    """Write the cycle of life of one object. `identifier` is that of the message (MDT-4)."""
    guideline = GUIDELINE_PPF[judged.subject]
    said = status(judged.code)
    party = Party(role="WK", identifier=application.platform, scheme=PLATFORM)
    named = judged.subject in _SELLER
    return write_status(
        StatusMessage(
            process="",
            guideline=guideline,
            document_id=identifier,
            name=f"{judged.number} {judged.code} {said.label}"[:150],
            issued_at=now,
            sender=PPF,
            issuer=PPF,
            recipients=(party,),
            phase="",
            decided_at=now,
            invoice_number=judged.number or NO_NUMBER,
            invoice_type=OBJECT_TYPES[judged.subject],
            received_at=received_at,
            reference_type=guideline,
            invoice_date=judged.day or NO_DAY,
            status_code=judged.code,
            status_label=said.label,
            seller=Party(role="SE", identifier=judged.siren or NO_SIREN, scheme=SIREN)
            if named
            else Party(role=""),
            details=_details(judged.objections),
        )
    )


def _details(objections: Sequence[Objection]) -> tuple[StatusDetail, ...]:
    return tuple(
        StatusDetail(
            sequence=number,
            reason_code=one.reason,
            reason_label=reason(one.reason).label,
            rule=one.rule[:LONGEST_RULE],
            comment=one.message[:LONGEST_MESSAGE],
            location=one.place[:LONGEST_PLACE],
        )
        for number, one in enumerate(objections[:MOST_DETAILS], 1)
    )
