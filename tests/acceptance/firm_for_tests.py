"""Run in a process of its own: creates a cabinet with a seller and a buyer, and a session.

Prints one JSON object: ids, SIREN numbers, and the cookie of an expert-comptable who is signed in.
"""

# ruff: noqa: PLC0415, T201 - Django is loaded by the command; what is printed is the result
from __future__ import annotations

import json

from facturier.invoice.parties import demo_siren
from facturier.server import commands


def make() -> dict[str, object]:
    """Create them; Django is loaded and the database is there."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from facturier.server import sight
    from facturier.server.firm.models import Cabinet, Dossier, Membership, Person

    cabinet = Cabinet.objects.create(name="Cabinet Simulé", siren=demo_siren(9100))
    expert = Person.objects.create_user("expert@exemple.fr", None, name="Claire Expert")
    with sight.of([], [cabinet.pk]):
        Membership.objects.create(person=expert, cabinet=cabinet, role="expert_comptable")
        seller, buyer = (
            Dossier.objects.create(
                cabinet=cabinet, name=name, siren=siren, electronic_address=siren,
                is_simulation=True,
            )
            for name, siren in (("Vendeur", demo_siren(9101)), ("Acheteur", demo_siren(9102)))
        )  # fmt: skip
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(expert.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = expert.get_session_auth_hash()
    session.create()
    return {
        "seller": seller.pk, "seller_siren": seller.siren,
        "buyer": buyer.pk, "buyer_siren": buyer.siren, "session": session.session_key,
    }  # fmt: skip


if __name__ == "__main__":
    with commands.database():
        print(json.dumps(make()))
