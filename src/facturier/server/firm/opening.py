"""A firm comes to life: its cabinet, the first person who leads it, its dossiers.

The cabinet is opened from the command line of the machine (``facturier open-cabinet``): nobody can
sign up from outside. Dossiers are opened by who leads the cabinet, one by one or from a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from facturier.errors import BadUsage
from facturier.server import sight
from facturier.server.firm.models import Cabinet, Dossier, DossierAccess, Membership, Person
from facturier.server.firm.numbers import siren_of

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def open_cabinet(name: str, siren: str, email: str, person: str) -> Person:
    """Open a cabinet and the account of its first expert-comptable; return the person.

    What is already there is taken as it is, so that the command may be run again (it then makes a
    new link). Raises `BadUsage` when the SIREN or the address cannot be.
    """
    siren = _must(siren_of, siren, "Relisez les neuf chiffres.")
    _must(validate_email, email, "Donnez une adresse complète : prenom.nom@cabinet.fr.")
    with transaction.atomic():
        cabinet, _ = Cabinet.objects.get_or_create(siren=siren, defaults={"name": name})
        lead = Person.objects.known_as(email) or Person.objects.create_user(email, name=person)
        with sight.of([], [cabinet.pk]):
            Membership.objects.get_or_create(
                person=lead, cabinet=cabinet, defaults={"role": Membership.Role.EXPERT_COMPTABLE}
            )
    return lead


def _must(check: Callable[[str], T], value: str, remedy: str) -> T:
    try:
        return check(value)
    except ValidationError as error:
        raise BadUsage(" ".join(error.messages), remedy=remedy) from error


def door_of(person: Person) -> str:
    """Return the path of the page on which `person` chooses a password, once, within three days."""
    with sight.of_self(person.pk):
        token = default_token_generator.make_token(person)
    named = {"uidb36": user_pk_to_url_str(person), "key": token}
    return reverse("account_reset_password_from_key", kwargs=named)


def admit(dossier: Dossier) -> None:
    """Let the person who answers for a dossier see it; an expert-comptable sees all already."""
    person = dossier.responsible
    if person is None:
        return
    with sight.of([dossier.pk], [dossier.cabinet_id]):
        leads = dossier.cabinet.memberships.filter(
            person=person, role=Membership.Role.EXPERT_COMPTABLE
        )
        if not leads.exists():
            DossierAccess.objects.get_or_create(
                person=person, dossier=dossier,
                defaults={"role": DossierAccess.Role.COLLABORATEUR},
            )  # fmt: skip
