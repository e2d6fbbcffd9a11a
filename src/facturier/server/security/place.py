"""From where a request comes, and who is half-way through signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.utils import url_str_to_user_pk
from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

LONGEST_AGENT = 300


def address_of(request: HttpRequest) -> str:
    """Return the address that asks.

    Behind our proxy it is the last that ``X-Forwarded-For`` names, for that one the proxy wrote
    itself; what stands before may be anybody's invention.
    """
    if settings.BEHIND_PROXY:
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if named:
            return named[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def agent_of(request: HttpRequest) -> str:
    """Return what the browser says of itself, cut."""
    return request.headers.get("User-Agent", "")[:LONGEST_AGENT]


def person_pending(request: HttpRequest) -> int | None:
    """Return who gave a right password and still owes the second factor, by id."""
    pending = request.session.get("account_login")
    named = pending.get("user_pk") if isinstance(pending, dict) else None
    return int(url_str_to_user_pk(named)) if named else None
