"""How people get an account and are told about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter

from facturier.server.security.second_factor import send_quietly

if TYPE_CHECKING:
    from django.http import HttpRequest

    from facturier.server.firm.models import Person


class NoOpenSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Closes the public sign-up page of allauth: an account is given by a cabinet."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False: a cabinet creates its people."""
        return False

    def send_notification_mail(self, *arguments: Any, **named: Any) -> None:
        """Tell the owner of an account what changed in it."""
        send_quietly(super().send_notification_mail, *arguments, **named)

    def get_reauthentication_methods(self, user: Person) -> list[dict[str, Any]]:
        """Return how `user` confirms who they are: by the second factor where there is one."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [one for one in methods if one["id"] != "reauthenticate"] or methods
