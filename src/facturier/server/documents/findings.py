"""Findings as rows: what was found about a document, or about a file that made none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.server.documents.models import Document, FindingRow, Flow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.findings import Finding


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
