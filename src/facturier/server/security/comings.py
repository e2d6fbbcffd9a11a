"""What happens when a person comes, goes, or changes the password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from facturier.server import sight
from facturier.server.security import journal, sessions
from facturier.server.security.models import Session
from facturier.server.security.place import address_of, agent_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from facturier.server.firm.models import Person

METHODS = "account_authentication_methods"
"""Where allauth keeps, in the session, how the person proved who they are."""


@receiver(user_logged_in)
def came(request: HttpRequest, user: Person, **_: Any) -> None:
    """Note from where, by which browser and with which proofs."""
    address = address_of(request)
    request.session[sessions.PLACE] = {"address": address, "agent": agent_of(request)}
    used = [one.get("type") or one.get("method") for one in request.session.get(METHODS, [])]
    journal.note(
        journal.Kind.SIGN_IN, "signed_in", person=user.pk, address=address, detail={"by": used}
    )


@receiver(user_logged_out)
def left(request: HttpRequest, user: Person | None, **_: Any) -> None:
    """Note that the person left."""
    if user is not None:
        address = address_of(request)
        journal.note(journal.Kind.SIGN_IN, "signed_out", person=user.pk, address=address)


@receiver(password_changed)
@receiver(password_reset)
def end_other_sessions(request: HttpRequest, user: Person, **_: Any) -> None:
    """End every session but this one: whoever knew the old password is out."""
    with sight.of_self(user.pk):
        own = sessions.own_hash(request)
        Session.objects.filter(person=user).exclude(key_hash=own).delete()
