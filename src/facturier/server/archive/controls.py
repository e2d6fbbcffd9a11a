"""The register of controls: who checked what and when, read from the chain of proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from facturier.lifecycle.statuses import Side, status
from facturier.server.archive.models import ProofEnvelope

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier

Kind = ProofEnvelope.Kind
OF_CONTROLS = (
    Kind.DOCUMENT, Kind.STATUS, Kind.ENTRY_VALIDATED, Kind.ENTRY_WITHDRAWN, Kind.FILED,
    Kind.CERTIFICATE, Kind.TAKEN_OVER,
)  # fmt: skip
MACHINE = "Facturier, automatique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control, as the register shows it."""

    envelope: ProofEnvelope
    at: datetime
    who: str
    what: str
    result: str
    about: str
    """Number of the document."""


def of_dossier(dossier: Dossier, month: str = "") -> QuerySet[ProofEnvelope]:
    """Return the envelopes of controls of `dossier`, or of one month of it, the latest first."""
    kept = ProofEnvelope.objects.filter(dossier=dossier, kind__in=OF_CONTROLS)
    return (kept.filter(month=month) if month else kept).order_by("-sequence")


def shown(envelope: ProofEnvelope) -> Control:
    """Return what `envelope` says of a control."""
    facts = envelope.facts
    who, what, result = _said(envelope.kind, facts)
    return Control(
        envelope=envelope, at=datetime.fromisoformat(facts["at"]), who=who, what=what,
        result=result, about=(facts["document"] or {}).get("number") or "",
    )  # fmt: skip


def said_by(said: dict[str, Any]) -> str:
    """Return who said a status: a person or program, else the party, in French."""
    return said["author"] or Side(said["side"]).label


def _said(kind: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """Return who, what and with which result."""
    match kind:
        case Kind.DOCUMENT:
            verdict = facts["verdict"]
            checked = [one for one in verdict["books"] if one["state"] == "checked"]
            books = [f"{one['id']} {one['version']}" for one in checked]
            outcome = "conforme" if verdict["outcome"] == "valid" else "non conforme"
            found = len(verdict["findings"])
            result = f"{outcome}, {found} constat(s)" if found else outcome
            return MACHINE, f"Conformité du fichier ({', '.join(books)})", result
        case Kind.STATUS:
            said = facts["status"]
            label = status(int(said["code"])).label
            result = " ".join(filter(None, (label, said["reason"])))
            return said_by(said), f"Statut {said['code']}", result
        case Kind.ENTRY_VALIDATED:
            said = facts["entry"]
            return said["validated_by"] or "", "Validation de l'écriture", (
                f"{said['journal']} {said['number']}"
            )  # fmt: skip
        case Kind.ENTRY_WITHDRAWN:
            said = facts["entry"]
            return MACHINE, "Retrait de l'écriture proposée", (
                f"{said['label']}, après le statut {said['cause']['code']}"
            )  # fmt: skip
    return _said_of_files(kind, facts)


def _said_of_files(kind: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """Return who, what and with which result, of what a person or the machine did with a file."""
    match kind:
        case Kind.TAKEN_OVER:
            said = facts["taken_over"]
            return said["by"] or "", f"Reprise du FEC « {said['name']} »", (
                f"{said['entries']} écriture(s), {len(said['doubts'])} doute(s)"
            )  # fmt: skip
        case Kind.FILED:
            said = facts["filed"]
            return said["by"], f"Classement de {said['what']}", said["why"]
    said = facts["certificate"]
    return MACHINE, f"Exhaustivité de {said['month']}", f"{said['gaps']} écart(s)"
