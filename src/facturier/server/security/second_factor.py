"""The second factor: time codes (TOTP), passkeys (WebAuthn), recovery codes, by django-allauth.

Here is what is ours: seeds are sealed in the database, a mail that fails does not undo a change, a
cabinet says which roles must have a factor, its administrator resets one that was lost.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import connection

from facturier.server.firm.models import Cabinet, DossierAccess, Membership, Person
from facturier.server.firm.sealed import open_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

ROLES = {
    Membership.Role.EXPERT_COMPTABLE: "Experts-comptables",
    Membership.Role.COLLABORATEUR: "Collaborateurs",
    DossierAccess.Role.CLIENT: "Clients",
}
"""Of whom a cabinet may demand a second factor."""
WORDS = {"totp": "application", "webauthn": "clé d'accès", "recovery_codes": "codes de secours"}


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Seals what allauth would keep in clear."""

    def encrypt(self, text: str) -> str:
        """Return `text` sealed with the key of the installation."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what :meth:`encrypt` sealed."""
        return open_sealed(encrypted_text)

    def generate_authenticator_name(self, user: Person, type: Authenticator.Type) -> str:  # noqa: A002
        """Return a first name for a new key: a person recognises it by its number."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Clé d'accès {count + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A person of a cabinet and how they are protected."""

    person: Person
    factors: str
    """In words; empty: the password only."""
    required: bool
    resettable: bool
    """False for whoever has none, or also belongs to another cabinet."""


def people_of(cabinet: Cabinet) -> list[Protected]:
    """Return everybody who has a right in `cabinet`, by name; it must be in sight."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM second_factors_in(%s)", [cabinet.pk])
        found = {who: (types, beyond) for who, types, beyond in cursor.fetchall()}
    roles = _roles(cabinet)
    return [
        Protected(
            person=one,
            factors=", ".join(WORDS[kind] for kind in found[one.pk][0] if kind in WORDS),
            required=bool(roles.get(one.pk, set()) & set(cabinet.second_factor_for)),
            resettable=bool(found[one.pk][0]) and not found[one.pk][1],
        )
        for one in Person.objects.filter(pk__in=found).order_by("name", "pk")
    ]


def _roles(cabinet: Cabinet) -> dict[int, set[str]]:
    roles: dict[int, set[str]] = {}
    members = cabinet.memberships.values_list("person", "role")
    accesses = DossierAccess.objects.filter(dossier__cabinet=cabinet)
    for who, role in (*members, *accesses.values_list("person", "role").distinct()):
        roles.setdefault(who, set()).add(role)
    return roles


def require_of(cabinet: Cabinet, roles: Iterable[str]) -> None:
    """Demand a second factor of these roles of `cabinet`, and of no others."""
    cabinet.second_factor_for = [role for role in ROLES if role in set(roles)]
    cabinet.save(update_fields=["second_factor_for"])


def reset(person: int) -> bool:
    """End the factors and sessions of a person; False when it is not the asker's to do.

    A cabinet resets people who are only its own: an address entered in another cabinet must not
    open that one. The database decides (``second_factor_reset``) and notes it in the journal.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT second_factor_reset(%s)", [person])
        (done,) = cursor.fetchone()
    return bool(done)


def send_quietly(send: Any, *arguments: Any, **named: Any) -> None:
    """Send a notice; a mail server that is down does not undo what the notice is about."""
    try:
        send(*arguments, **named)
    except OSError:
        logger.exception("a security notice could not be sent")
