"""A person's own page: password, second factor, sessions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from facturier.server.security.models import Session
from facturier.server.security.sessions import own_hash

if TYPE_CHECKING:
    from facturier.server.web.access import Request

BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""In this order: the later ones are also named by the earlier."""
NAMES = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "Mac OS": "macOS", "Linux": "Linux",
}  # fmt: skip


def device(agent: str) -> str:
    """Return in words what a browser says of itself."""
    browser = next((one for one in BROWSERS if re.search(rf"{one}/", agent)), "")
    system = next((name for word, name in SYSTEMS.items() if word in agent), "")
    shown = NAMES.get(browser, browser) or "Navigateur inconnu"
    return f"{shown}, {system}" if system else shown


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show how the person signs in, and where they are signed in."""
    asked = cast("Request", request)
    factors = list(Authenticator.objects.filter(user=asked.user).order_by("created_at"))
    kinds = {one.type for one in factors}
    sessions = Session.objects.filter(person=asked.user).order_by("-seen_at")
    context = {
        "keys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "has_app": Authenticator.Type.TOTP in kinds,
        "codes_left": next(
            (len(one.wrap().get_unused_codes()) for one in factors
             if one.type == Authenticator.Type.RECOVERY_CODES), None,
        ),
        "must_enrol": asked.must_enrol, "leads": bool(asked.cabinets),
        "exempt": settings.ADMIN_FACTOR is None and bool(asked.cabinets),
        "own": own_hash(request),
        "sessions": [(one, device(one.agent)) for one in sessions],
    }  # fmt: skip
    return render(request, "facturier/own_security.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, session: str) -> HttpResponse:
    """End one session of the person, on whatever device it is."""
    asked = cast("Request", request)
    Session.objects.filter(person=asked.user, key_hash=session).delete()
    messages.success(request, "La session est fermée.")
    return redirect("mfa_index")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions of the person but this one."""
    asked = cast("Request", request)
    others = Session.objects.filter(person=asked.user).exclude(key_hash=own_hash(request))
    others.delete()
    messages.success(request, "Vos autres sessions sont fermées.")
    return redirect("mfa_index")
