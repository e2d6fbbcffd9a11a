"""Run in a process of its own: two cabinets, a seller and a buyer, and people with a password.

Prints one JSON object: the dossiers with their SIREN, and the accounts.
"""

# ruff: noqa: PLC0415, T201 - Django is loaded by the command; what is printed is the result
from __future__ import annotations

import json

from facturier.invoice.parties import demo_siren
from facturier.server import commands

PASSWORD = "Simulation 2026"


def make() -> dict[str, object]:
    """Create them; Django is loaded and the database is there."""
    from facturier.server import sight
    from facturier.server.firm.models import Cabinet, Dossier, DossierAccess, Membership, Person

    def cabinet(name: str, number: int, companies: list[str]) -> tuple[Cabinet, list[Dossier]]:
        one = Cabinet.objects.create(name=name, siren=demo_siren(number))
        with sight.of([], [one.pk]):
            return one, [
                Dossier.objects.create(
                    cabinet=one, name=company, siren=demo_siren(number + rank),
                    electronic_address=demo_siren(number + rank), is_simulation=True,
                )
                for rank, company in enumerate(companies, start=1)
            ]  # fmt: skip

    sellers, (seller, _other) = cabinet(
        "Cabinet du vendeur", 9200, ["Menuiserie Simulée", "Librairie Simulée"]
    )
    buyers, (buyer,) = cabinet("Cabinet de l'acheteur", 9300, ["Hôtel Simulé"])
    people = {
        name: Person.objects.create_user(f"{name}@exemple.fr", PASSWORD, name=shown)
        for name, shown in (
            ("vendeur", "Claire Vendeur"), ("acheteur", "Karim Acheteur"),
            ("client", "Anne Cliente"),
        )
    }  # fmt: skip
    for name, one in (("vendeur", sellers), ("acheteur", buyers)):
        with sight.of([], [one.pk]):
            Membership.objects.create(person=people[name], cabinet=one, role="expert_comptable")
    with sight.of([buyer.pk], [buyers.pk]):
        DossierAccess.objects.create(person=people["client"], dossier=buyer, role="client")
    return {
        "seller": seller.pk, "seller_siren": seller.siren,
        "buyer": buyer.pk, "buyer_siren": buyer.siren,
        "people": {name: one.email for name, one in people.items()},
    }  # fmt: skip


if __name__ == "__main__":
    with commands.database():
        print(json.dumps(make()))
