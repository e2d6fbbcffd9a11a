"""Statuses as files: what is said is written as CDAR and checked, what is heard is read from one.

The file is the message: it is kept under its SHA-256, travels byte for byte, and what the other
side understands of it is what stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from facturier import rules
from facturier.errors import RefusedByPeer
from facturier.findings import Severity
from facturier.formats.cdar import read_status, write_status
from facturier.lifecycle.statuses import Side, status
from facturier.server.documents.deposit import row_of
from facturier.server.documents.models import NOT_ISSUED, Transmission

if TYPE_CHECKING:
    from facturier.findings import Finding
    from facturier.formats.cdar import StatusReading
    from facturier.lifecycle.messages import StatusMessage
    from facturier.server.documents.models import StoredBytes

ROLES = {
    "SE": Side.SELLER, "SR": Side.SELLER, "II": Side.SELLER,
    "BY": Side.BUYER, "AB": Side.BUYER, "IV": Side.BUYER, "PR": Side.BUYER,
    "DL": Side.FACTOR, "PE": Side.FACTOR, "DFH": Side.PPF,
}  # fmt: skip
"""Role of who decided (MDT-40, UNCL 3035) to its side; ``WK`` is a platform, of either side."""
PLATFORM_ROLE = "WK"
OPPOSITE = {
    Side.SELLER: (Side.BUYER, Side.BUYER_PLATFORM),
    Side.BUYER: (Side.SELLER, Side.SELLER_PLATFORM),
}
"""Who stands on the other side, by the side of a dossier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFile:
    """A status message, its bytes, and what the rules of the day have against it."""

    message: StatusMessage
    data: bytes
    broken: tuple[Finding, ...]
    """Fatal findings (schema and BR-FR-CDV): with any, the file must not leave."""

    @property
    def why(self) -> str:
        """The first broken rule with its remedy, in French; empty when there is none."""
        if not self.broken:
            return ""
        first = self.broken[0]
        return f"{first.rule} : {first.message} {first.remedy}".strip()

    def stored(self) -> StoredBytes:
        """Put the bytes into the store and return the row to keep for them."""
        return row_of(self.data)


def written(message: StatusMessage) -> StatusFile:
    """Write `message` as CDAR and check the bytes as a stranger would."""
    data = write_status(message)
    return StatusFile(message=message, data=data, broken=broken_rules(data))


def broken_rules(said: bytes | StatusReading) -> tuple[Finding, ...]:
    """Return what makes a status file invalid today: schema, then BR-FR-CDV in force."""
    reading = read_status(said) if isinstance(said, bytes) else said
    findings = rules.check(reading, on=timezone.localdate()).findings
    return tuple(one for one in findings if one.severity in (Severity.FATAL, Severity.INTERNAL))


def speaker(said: StatusMessage, own: Side) -> Side:
    """Return who decided the status that reached us, who are on the side `own`.

    The message hides which platform speaks: it is not ours, since it came from outside. Raises
    `RefusedByPeer` when it claims to be said by ourselves.
    """
    party, platform = OPPOSITE[own]
    known = status(said.status_code)
    if known.by == (Side.VALIDATOR,):
        return Side.VALIDATOR
    side = ROLES.get(said.issuer.role)
    if side is own:
        raise RefusedByPeer(
            f"Ce statut « {said.status_label or known.label} » ({said.status_code}) se dit donné "
            f"par {own.label}, c'est-à-dire par ce dossier.",
            reason="wrong-side",
            remedy="Demandez à l'autre plateforme qui a donné ce statut.",
        )
    if side is not None:
        return side
    by_platforms = platform in known.by or said.issuer.role == PLATFORM_ROLE
    return platform if by_platforms else party


def transmission_of(
    dossier: int, said: StatusMessage, external_id: str = ""
) -> Transmission | None:
    """Return what `said` is about in this dossier: by its transmission, else by the invoice.

    It is locked until the transaction ends.
    Of several transmissions of one invoice it is the latest that is not over: the rejection of a
    duplicate says nothing of the first.
    """
    ours = Transmission.objects.filter(dossier_id=dossier, document__number=said.invoice_number)
    ours = ours.select_related("document__flow", "document__dossier").order_by("-pk")
    ours = ours.select_for_update(of=("self",))
    exact = ours.filter(external_id=external_id).first() if external_id else None
    if exact or not said.invoice_number:
        return exact
    if said.seller.scheme == "0002" and said.seller.identifier:
        ours = ours.filter(document__seller_siren=said.seller.identifier)
    if said.invoice_date:
        ours = ours.filter(document__issue_date=said.invoice_date)
    return ours.exclude(state__in=NOT_ISSUED).first() or ours.first()
