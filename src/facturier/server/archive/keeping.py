"""Which events get an envelope, and what it says of them."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier.server import clock
from facturier.server.archive import chain
from facturier.server.archive.models import ProofEnvelope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from facturier.findings import Verdict
    from facturier.server.archive.models import LegalHold, Purge
    from facturier.server.books.models import Entry, EntryLine, Takeover
    from facturier.server.completeness.models import Certificate
    from facturier.server.documents.models import Document, Event, Message
    from facturier.server.firm.models import Dossier, Person

Kind = ProofEnvelope.Kind


def document_taken_in(document: Document, verdict: Verdict) -> ProofEnvelope:
    """Keep that a file was taken in: its bytes, how it came, and the verdict with its books."""
    flow = document.flow
    facts = {
        "deposit": {
            "flow": str(flow.flow_id), "channel": str(flow.channel),
            "submitted_at": flow.submitted_at.isoformat(),
            "submitted_by": str(flow.submitted_by) if flow.submitted_by else None,
        },
        "verdict": {
            "outcome": verdict.outcome.value,
            "books": [{"id": b.id, "version": b.version, "state": b.state} for b in verdict.books],
            "findings": [_finding(asdict(one)) for one in verdict.findings],
        },
    }  # fmt: skip
    return chain.append(
        document.dossier, Kind.DOCUMENT, facts, at=flow.submitted_at, document=document,
        files=[_file("source", document.sha256, document.stored.size, flow.name)],
    )  # fmt: skip


def _finding(finding: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in finding.items()}


def delivered(message: Message) -> ProofEnvelope:
    """Keep that an invoice was handed over to the other side."""
    document = message.transmission.document
    facts = {
        "delivery": {
            "key": message.key, "recipient": message.recipient_address,
            "platform": message.transmission.platform,
            "transmission": message.transmission.external_id,
        }
    }  # fmt: skip
    return chain.append(
        message.dossier, Kind.DELIVERED, facts, at=message.sent_at or clock.now(),
        document=document,
        files=[_file("source", document.sha256, _size(message), document.flow.name)],
    )  # fmt: skip


def _size(message: Message) -> int:
    assert message.stored is not None, "an invoice leaves as the file that it is"
    return message.stored.size


def status_kept(row: Event) -> ProofEnvelope:
    """Keep a status, and the CDAR that says it (there is none about an invoice without number)."""
    facts = {
        "status": {
            "code": row.code, "side": str(row.side), "reason": row.reason, "comment": row.comment,
            "amounts": row.amounts, "author": row.author_label,
            "transmission": row.transmission.external_id, "message_key": row.message_key,
        }
    }  # fmt: skip
    cdar = row.source
    return chain.append(
        row.document.dossier, Kind.STATUS, facts, at=row.at, document=row.document,
        files=[_file("cdar", cdar.sha256, cdar.size, "")] if cdar else [],
    )  # fmt: skip


def entry_proposed(entry: Entry, lines: Iterable[EntryLine]) -> ProofEnvelope:
    """Keep the entry as the machine proposed it, with its `lines` in their order."""
    return _entry(entry, Kind.ENTRY_PROPOSED, lines)


def entry_validated(entry: Entry) -> ProofEnvelope:
    """Keep the entry as a person validated it, with its number."""
    return _entry(entry, Kind.ENTRY_VALIDATED, entry.lines.order_by("rank"))


def entry_withdrawn(entry: Entry) -> ProofEnvelope:
    """Keep that a proposal was withdrawn, and for which status."""
    return _entry(entry, Kind.ENTRY_WITHDRAWN, entry.lines.order_by("rank"))


def taken_over(row: Takeover, lines: Iterable[EntryLine]) -> ProofEnvelope:
    """Keep that the FEC of another program became the books: its bytes, and what it came to."""
    kept = list(lines)
    facts = {
        "taken_over": {
            "name": row.name, "entries": row.entries, "lines": len(kept),
            "debit": f"{sum((one.debit for one in kept), Decimal(0)):.2f}",
            "credit": f"{sum((one.credit for one in kept), Decimal(0)):.2f}",
            "doubts": row.doubts, "by": str(row.by) if row.by else None,
        }
    }  # fmt: skip
    file = _file("fec", row.stored.sha256, row.stored.size, row.name)
    at = row.taken_at or clock.now()
    return chain.append(row.dossier, Kind.TAKEN_OVER, facts, at=at, files=[file])


def filed(
    dossier: Dossier, what: str, *, why: str, by: Person, document: Document | None = None
) -> ProofEnvelope:
    """Keep that a person decided that nothing comes of a file, or of an invoice that came back."""
    facts = {"filed": {"what": what, "why": why, "by": str(by)}}
    return chain.append(dossier, Kind.FILED, facts, at=clock.now(), document=document)


def routed(
    document: Document, why: str, *, at: datetime, label: str, problem: str
) -> ProofEnvelope:
    """Keep by which rule a received invoice came here, and into which queue."""
    facts = {"routing": {"why": why, "label": label, "problem": problem}}
    return chain.append(document.dossier, Kind.ROUTED, facts, at=at, document=document)


def certified(row: Certificate, size: int) -> ProofEnvelope:
    """Keep that a month was certified: the signed file, and what it came to."""
    name = f"certificat-{row.dossier.siren}-{row.month}.json"
    facts = {"certificate": {"month": row.month, "verdict": str(row.verdict), "gaps": row.gaps}}
    return chain.append(
        row.dossier, Kind.CERTIFICATE, facts, at=row.made_at,
        files=[_file("certificate", str(row.stored_id), size, name)],
    )  # fmt: skip


def held(row: LegalHold) -> ProofEnvelope:
    """Keep that nothing of the dossier may be purged from now on, or that it may again."""
    is_lifted = row.lifted_at is not None
    by, at = (row.lifted_by, row.lifted_at) if is_lifted else (row.placed_by, row.placed_at)
    why = row.lifted_why if is_lifted else row.reason
    facts = {"hold": {"id": row.pk, "why": why, "by": str(by)}}
    kind = Kind.RELEASED if is_lifted else Kind.HELD
    return chain.append(row.dossier, kind, facts, at=at or clock.now())


def purged(row: Purge, size: int) -> ProofEnvelope:
    """Keep that two people had files removed, and the certificate that names each."""
    facts = {
        "purge": {
            "documents": len(row.listing), "files": row.files,
            "proposed_by": str(row.proposed_by), "confirmed_by": str(row.decided_by),
        }
    }  # fmt: skip
    name = f"purge-{row.dossier.siren}-{row.pk}.json"
    return chain.append(
        row.dossier, Kind.PURGED, facts, at=clock.now(),
        files=[_file("purge", str(row.stored_id), size, name)],
    )  # fmt: skip


def _entry(entry: Entry, kind: ProofEnvelope.Kind, lines: Iterable[EntryLine]) -> ProofEnvelope:
    validated = entry.validated_at
    facts: dict[str, Any] = {
        "entry": {
            "id": entry.pk, "journal": entry.journal.code, "number": entry.number,
            "date": entry.date.isoformat(), "label": entry.label, "piece": entry.piece,
            "piece_date": entry.piece_date.isoformat() if entry.piece_date else None,
            "reverses": entry.reverses.number if entry.reverses else None,
            "validated_by": str(entry.validated_by) if entry.validated_by else None,
            "validated_at": validated.isoformat() if validated else None,
            "lines": [_line(one) for one in lines],
        }
    }  # fmt: skip
    if entry.cause:
        facts["entry"]["cause"] = {
            "code": entry.cause.code, "reason": entry.cause.reason,
            "at": entry.cause.at.isoformat(),
        }  # fmt: skip
    return chain.append(
        entry.dossier, kind, facts, at=validated or clock.now(), document=entry.document
    )


def _line(line: EntryLine) -> dict[str, str]:
    return {
        "account": line.account, "auxiliary": line.auxiliary, "label": line.label,
        "debit": f"{line.debit:.2f}", "credit": f"{line.credit:.2f}",
        "term": line.term, "rule": line.rule,
    }  # fmt: skip


def _file(role: str, sha256: str, size: int, name: str) -> dict[str, Any]:
    return {"role": role, "sha256": sha256, "size": size, "name": name}
