"""What is archived, read again: the envelopes of one document, the archive of a dossier."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from facturier.server.archive import export
from facturier.server.archive.models import Seal
from facturier.server.documents import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.server.archive.models import ProofEnvelope
    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An envelope, read again and compared with what it says."""

    envelope: ProofEnvelope
    facts: dict[str, Any]
    seal: Seal | None
    altered: tuple[str, ...]
    """What no longer is what was written, in French."""


def envelopes_of(document: Document) -> list[Shown]:
    """Return the envelopes of `document`, each read again at this moment."""
    kept = Seal.objects.filter(dossier=document.dossier_id).select_related("timestamp")
    seals = {one.month: one for one in kept}
    is_held = cache(store.holds)  # several envelopes name the same file: it is read once
    return [_shown(one, seals, is_held) for one in document.proof_envelopes.order_by("sequence")]


def _shown(
    envelope: ProofEnvelope, seals: dict[str, Seal], is_held: Callable[[str], bool]
) -> Shown:
    facts = envelope.facts
    faults = [] if envelope.is_intact else [_("L'enveloppe n° %d") % envelope.sequence]
    named = [one["sha256"] for one in facts["files"]]
    faults += [_("Le fichier %s") % one for one in named if not is_held(one)]
    return Shown(
        envelope=envelope, facts=facts, seal=seals.get(envelope.month), altered=tuple(faults)
    )


def archive_of(dossier: Dossier, month: str = "") -> IO[bytes]:
    """Return the archive of `dossier`, or of one `month` (``2026-11``), as an open zip.

    Closing it, as a response does, removes it.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115
    with export.zipped(file, export.name_of(dossier, month)) as writer:
        export.export(dossier, writer, month=month)
    file.seek(0)
    return file
