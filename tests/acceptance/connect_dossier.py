"""Run in a process of its own: the seller's dossier of this installation lives on another one.

Arguments: address of this server, address by which the other one is called, its accesses (JSON).
Prints the dossier's id.
"""

# ruff: noqa: PLC0415, T201 - Django is loaded by the command; what is printed is the result
from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from facturier.server import commands


def connect(here: str, there: str, access: dict[str, str]) -> int:
    """Connect it; Django is loaded and the database is there."""
    from facturier.server import sight
    from facturier.server.connections.models import Connection
    from facturier.server.firm.sealed import seal

    (dossier,) = sight.dossiers_of_siren(access["dossiers"][0])
    with sight.of([dossier]):
        row = Connection(
            dossier_id=dossier, name="L'autre installation", address=there,
            token_url=f"{there}/identity/o/api/token", client_id=access["client_id"],
            secret=seal(access["client_secret"]), since=datetime.now(UTC) - timedelta(hours=1),
        )  # fmt: skip
        row.callback_url = f"{here}/hooks/{row.hook_id}/"
        row.save()
    return dossier


if __name__ == "__main__":
    with commands.database():
        print(json.dumps(connect(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))
