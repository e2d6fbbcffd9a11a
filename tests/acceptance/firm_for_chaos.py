"""Run in a process of its own: the companies of one of two installations that exchange.

Arguments: JSON with ``here`` (0 or 1), ``pairs``, ``address`` (of this server). Each pair has a
seller who lives here, a buyer who lives here, and a guest: the seller of the other installation's
pair, whose books are kept here while it lives there. Prints each one's access (JSON).

With ``connect`` (the other's accesses), the guests are connected instead.
"""

# ruff: noqa: PLC0415, T201 - Django is loaded by the command; what is printed is the result
from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from facturier.invoice.parties import demo_siren, french_vat_number
from facturier.server import commands

FIRST = 9300


def siren(installation: int, pair: int, role: str) -> str:
    """Return the SIREN of a company: the same on both installations."""
    return demo_siren(FIRST + 100 * installation + 2 * pair + ("seller", "buyer").index(role))


def make(here: int, pairs: int, address: str) -> dict[str, dict[str, object]]:
    """Create them; Django is loaded and the database is there."""
    made = {}
    for pair in range(pairs):
        made[f"seller{pair}"] = _company(siren(here, pair, "seller"), address)
        made[f"buyer{pair}"] = _company(siren(here, pair, "buyer"), address)
        made[f"guest{pair}"] = _company(siren(1 - here, pair, "seller"), address)
    return made


def _company(number: str, address: str) -> dict[str, object]:
    from facturier.server import sight
    from facturier.server.api import clients
    from facturier.server.firm.models import Cabinet, Dossier

    cabinet = Cabinet.objects.create(name=f"Cabinet de {number}", siren=number)
    with sight.of([], [cabinet.pk]):
        dossier = Dossier.objects.create(
            cabinet=cabinet, name=f"Société {number}", siren=number, electronic_address=number,
            vat_number=french_vat_number(number), is_simulation=True,
        )  # fmt: skip
        with sight.of([dossier.pk]):
            credentials = clients.register(cabinet, [dossier], name=f"ERP {number}")
    return clients.access_sheet(credentials, [dossier], address) | {"dossier": dossier.pk}


def connect(guests: list[dict], here: str, there: str) -> list[int]:
    """Connect each guest with the access that it has on the other installation."""
    from facturier.server import sight
    from facturier.server.connections.models import Connection
    from facturier.server.firm.sealed import seal

    for guest in guests:
        (dossier,) = sight.dossiers_of_siren(guest["dossiers"][0])
        with sight.of([dossier]):
            row = Connection(
                dossier_id=dossier, name="L'autre installation", address=there,
                token_url=f"{there}/identity/o/api/token", client_id=guest["client_id"],
                secret=seal(guest["client_secret"]), since=datetime.now(UTC) - timedelta(hours=1),
            )  # fmt: skip
            row.callback_url = f"{here}/hooks/{row.hook_id}/"
            row.save()
    return [1]


if __name__ == "__main__":
    with commands.database():
        asked = json.loads(sys.argv[1])
        print(json.dumps(connect(**asked) if "guests" in asked else make(**asked)))
