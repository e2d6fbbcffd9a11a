"""How people get an account: by invitation of their cabinet, never by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest


class NoOpenSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Closes the public sign-up page of allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False: a cabinet creates its people."""
        return False
