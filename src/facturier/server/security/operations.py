"""What the machine's administrator does about secrets and lost factors, as owner of the tables."""

from __future__ import annotations

import sys
from typing import Any

from facturier.errors import ConfigurationError
from facturier.server import commands

OWNER = "owner"
SEALED_KEYS = ("secret", "seed")
"""In the data of a second factor (django-allauth): an application's secret, the seed of codes."""


def reseal() -> int:
    """Seal every kept secret anew with the first key; print how many. Returns 0.

    Raises `ConfigurationError` when one opens with none of the keys; then nothing was changed.
    """
    with commands.database():
        from django.db import transaction  # noqa: PLC0415

        with transaction.atomic(using=OWNER):
            done = _columns() + _factors()
    sys.stdout.write(f"{done} secrets scellés avec la première clé\n")
    return 0


def _columns() -> int:
    """Seal anew the columns of all tables that hold sealed text."""
    from django.apps import apps  # noqa: PLC0415

    from facturier.server.firm.sealed import SealedText, resealed  # noqa: PLC0415

    done = 0
    for model in apps.get_models():
        names = [one.name for one in model._meta.get_fields() if isinstance(one, SealedText)]  # noqa: SLF001
        for name in names:
            rows = model._default_manager.using(OWNER)  # noqa: SLF001
            for pk, kept in rows.exclude(**{name: ""}).values_list("pk", name):
                rows.filter(pk=pk).update(**{name: resealed(kept)})
                done += 1
    return done


def _factors() -> int:
    from allauth.mfa.models import Authenticator  # noqa: PLC0415

    from facturier.server.firm.sealed import resealed  # noqa: PLC0415

    done = 0
    for one in Authenticator.objects.using(OWNER).select_for_update():
        kept: dict[str, Any] = one.data
        sealed = {name: resealed(kept[name]) for name in SEALED_KEYS if name in kept}
        if sealed:
            one.data = kept | sealed
            one.save(using=OWNER, update_fields=["data"])
            done += 1
    return done


def reset_factor(email: str) -> int:
    """End the second factors and sessions of the person of this address. Returns 0.

    Raises `ConfigurationError` when nobody has it.
    """
    with commands.database():
        from allauth.mfa.models import Authenticator  # noqa: PLC0415
        from django.db import transaction  # noqa: PLC0415

        from facturier.server.firm.models import Person  # noqa: PLC0415
        from facturier.server.security.models import Session  # noqa: PLC0415

        person = Person.objects.using(OWNER).filter(email__iexact=email).first()
        if person is None:
            raise ConfigurationError(f"Personne n'a l'adresse « {email} ».", reason="person")
        with transaction.atomic(using=OWNER):
            Authenticator.objects.using(OWNER).filter(user=person).delete()
            Session.objects.using(OWNER).filter(person=person).delete()
    sys.stdout.write(f"{person} : second facteur et sessions retirés\n")
    return 0
