"""What is archived, read again: the envelopes of one document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from facturier.server.archive.models import Seal
from facturier.server.documents import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.server.archive.models import ProofEnvelope, Purge
    from facturier.server.documents.models import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An envelope, read again and compared with what it says."""

    envelope: ProofEnvelope
    facts: dict[str, Any]
    seal: Seal | None
    altered: tuple[str, ...]
    """What no longer is what was written, in French."""
    purged: Purge | None
    """The purge that removed a file of it: it is not there, and rightly so."""


def envelopes_of(document: Document) -> list[Shown]:
    """Return the envelopes of `document`, each read again at this moment."""
    kept = Seal.objects.filter(dossier=document.dossier_id).select_related("timestamp")
    seals = {one.month: one for one in kept}
    gone = {one.sha256: one.purge for one in document.purged.select_related(
        "purge__proposed_by", "purge__decided_by")}  # fmt: skip
    is_held = cache(store.holds)  # several envelopes name the same file: it is read once
    envelopes = document.proof_envelopes.order_by("sequence")
    return [_shown(one, seals, is_held, gone) for one in envelopes]


def _shown(
    envelope: ProofEnvelope, seals: dict[str, Seal], is_held: Callable[[str], bool],
    gone: dict[str, Purge],
) -> Shown:  # fmt: skip
    facts = envelope.facts
    faults = [] if envelope.is_intact else [_("L'enveloppe n° %d") % envelope.sequence]
    named = [one["sha256"] for one in facts["files"]]
    faults += [_("Le fichier %s") % one for one in named if one not in gone and not is_held(one)]
    return Shown(
        envelope=envelope, facts=facts, seal=seals.get(envelope.month), altered=tuple(faults),
        purged=next((gone[one] for one in named if one in gone), None),
    )  # fmt: skip
