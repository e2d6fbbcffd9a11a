"""Findings as rows: what was found about a document, or about a file that made none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.server.documents.models import Document, FindingRow, Flow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from facturier.findings import Finding


def set_aside(
    flow: Flow, code: str, findings: Iterable[Finding], told: Callable[[Finding], str]
) -> None:
    """Acknowledge `flow` with an error for each finding, and show it in quarantine.

    `code` is the reason code of XP Z12-013; `told` words a finding for who deposited it.
    """
    found = list(findings)
    first = found[0]
    flow.state, flow.ack_status = Flow.State.QUARANTINED, Flow.Acknowledgement.ERROR
    flow.last_error = f"{first.message} {first.remedy}".strip()
    flow.last_error_reason = first.rule[:60]
    flow.ack_details = [
        {
            "level": "Error", "item": one.where or one.path or flow.name, "reasonCode": code,
            "reasonMessage": told(one),
        }
        for one in found
    ]  # fmt: skip
    flow.save()
    keep_findings(flow, None, found)


def keep_findings(flow: Flow, document: Document | None, findings: Iterable[Finding]) -> None:
    """Keep `findings` in their order."""
    FindingRow.objects.bulk_create(
        FindingRow(
            dossier_id=flow.dossier_id, flow=flow, document=document, rank=rank, rule=one.rule,
            layer=one.layer.value, severity=one.severity.value, message=one.message,
            where=one.where[:300], path=one.path, remedy=one.remedy,
        )
        for rank, one in enumerate(findings)
    )  # fmt: skip
