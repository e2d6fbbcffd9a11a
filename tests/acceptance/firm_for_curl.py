"""Run in a process of its own: a seller and a buyer in two cabinets, each with a program.

Prints what ``var/demo.json`` holds for a program; the argument is the address of the server.
"""

# ruff: noqa: PLC0415, T201 - Django is loaded by the command; what is printed is the result
from __future__ import annotations

import json
import sys

from facturier.invoice.parties import demo_siren, french_vat_number
from facturier.server import commands


def make(address: str) -> dict[str, object]:
    """Create them; Django is loaded and the database is there."""
    from facturier.server import sight
    from facturier.server.api import clients
    from facturier.server.firm.models import Cabinet, Dossier

    made = {}
    for number, (key, name) in enumerate((("api", "Papeterie"), ("api_buyer", "Imprimerie"))):
        cabinet = Cabinet.objects.create(name=f"Cabinet {name}", siren=demo_siren(9200 + number))
        siren = demo_siren(9210 + number)
        with sight.of([], [cabinet.pk]):
            dossier = Dossier.objects.create(
                cabinet=cabinet, name=f"{name} Simulée", siren=siren, electronic_address=siren,
                vat_number=french_vat_number(siren), is_simulation=True,
            )  # fmt: skip
            with sight.of([dossier.pk]):
                credentials = clients.register(cabinet, [dossier], name=f"ERP {name}")
        made[key] = clients.access_sheet(credentials, [dossier], address)
    return made


if __name__ == "__main__":
    with commands.database():
        print(json.dumps(make(sys.argv[1])))
