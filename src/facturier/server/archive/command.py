"""What ``facturier archive`` runs; called lazily by the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from facturier.server import commands

if TYPE_CHECKING:
    from pathlib import Path


def archive(dossier: str, output: Path, month: str = "") -> int:
    """Export the archive of the dossier of this SIREN (or address) to `output`; return 0.

    1 when the store could not give bytes that the chain names. Raises `ConfigurationError` when
    no dossier answers to the name, `BadUsage` when `output` exists.
    """
    with commands.database():
        from facturier.server import sight  # noqa: PLC0415
        from facturier.server.archive import export  # noqa: PLC0415
        from facturier.server.firm.models import Dossier  # noqa: PLC0415

        pk = commands.dossier_named(dossier)
        with sight.of([pk]):
            found = Dossier.objects.get(pk=pk)
        with export.writer_to(output, export.name_of(found, month)) as writer:
            done = export.export(found, writer, month=month)
    sys.stdout.write(f"{output} : {done.envelopes} enveloppe(s), {done.files} fichier(s)\n")
    if done.purged:
        sys.stdout.write(f"{done.purged} fichier(s) purgé(s), nommés par leurs certificats\n")
    for name in done.missing:
        sys.stderr.write(f"manquant ou altéré dans le stockage : {name}\n")
    return 1 if done.missing else 0
