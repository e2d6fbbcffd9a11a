"""Gives each request the dossiers that its person may see, in Python and in the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from allauth.account.utils import url_str_to_user_pk
from django.conf import settings
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from fido2.utils import websafe_decode

from facturier.server import sight
from facturier.server.firm.models import Dossier
from facturier.server.security import sessions
from facturier.server.security.place import address_of, person_pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

OPEN_TO_WHO_MUST_ENROL = ("/compte/", "/static/")


class DossiersInSight:
    """Sets ``request.dossiers`` and opens row-level security for exactly those dossiers.

    ``request.cabinets`` are the ids of the cabinets that the person leads.

    The whole request is one transaction; a view that raises is rolled back to where it began
    (``ATOMIC_REQUESTS``). Whoever identifies its caller inside the view (the API, by its token)
    calls :func:`facturier.server.sight.see` there. A person who must have a second factor and has
    none is sent to enrol it, whatever the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request` with the sight of the person who asks."""
        said = request.session.get("_auth_user_id")
        sessions.touch(request)
        who = int(said) if said else None
        with sight.of_person(who, address_of(request), settings.ADMIN_FACTOR) as (due, led):
            must = due is not None and due <= timezone.now()
            if said and request.user.pk is None:  # signed out by a new password, or left
                sight.see([])
            request.cabinets = led if request.user.pk else ()  # type: ignore[attr-defined]
            request.must_enrol = must  # type: ignore[attr-defined]
            request.factor_due = due  # type: ignore[attr-defined]
            request.dossiers = SimpleLazyObject(  # type: ignore[attr-defined]
                lambda: Dossier.objects.visible_to(request.user)
            )
            if must and not request.path.startswith(OPEN_TO_WHO_MUST_ENROL):
                return redirect("mfa_index")
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, named: dict[str, Any]
    ) -> None:
        """Show the account of who is signing in, and no other, to the pages that sign in."""
        match = request.resolver_match
        if match is None or not match.route.startswith("compte/") or request.user.is_authenticated:
            return
        person = _signing_in(request, named)
        if person is not None:
            sight.be(person)


def _signing_in(request: HttpRequest, named: dict[str, Any]) -> int | None:
    """Return the id of the person whom the request names: the page still has to be convinced."""
    typed = request.POST.get("login") or request.POST.get("email")
    try:
        if typed:
            return sight.person_known_as(typed.strip())
        if "uidb36" in named:
            return int(url_str_to_user_pk(named["uidb36"]))
        if handle := _user_handle(request.POST.get("credential", "")):
            return int(url_str_to_user_pk(handle))
        return person_pending(request)
    except (ValueError, TypeError, LookupError):
        return None  # the page answers to what makes no sense


def _user_handle(credential: str) -> str:
    """Return whom a passkey names as its owner, as text; empty when it names nobody."""
    said = json.loads(credential) if credential else {}
    handle = said.get("response", {}).get("userHandle") if isinstance(said, dict) else None
    return websafe_decode(handle).decode() if isinstance(handle, str) else ""
