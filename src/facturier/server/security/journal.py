"""The journal of accesses: who looked at what, took what away, came in, failed to.

At most one INSERT a request. A file that leaves and a document that is opened are noted each time;
a list, once a day for each person: what it shows is the business of every minute. Changes of rights
are noted by the database itself (migration 0003), so no page can forget them.
"""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from facturier.server import sight
from facturier.server.security.models import JournalEntry
from facturier.server.security.place import address_of
from facturier.server.security.sessions import POLLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

Kind = JournalEntry.Kind
PARIS = ZoneInfo("Europe/Paris")
REFUSED = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
NOTE = "SELECT journal_note(%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)"


def note(
    kind: str, what: str, *, person: int | None = None, program: str = "",
    dossier: int | None = None, cabinet: int | None = None, address: str = "",
    detail: dict[str, Any] | None = None, once: bool = False,
) -> None:  # fmt: skip
    """Add a line to the journal of the cabinet, of the dossier's, or of each of the person's.

    `once`: not a second time on the same day (Paris), for the same person, dossier and thing.
    """
    today = timezone.now().astimezone(PARIS).date()
    same = f"{today}|{person}|{program}|{dossier}|{cabinet}|{kind}|{what}"
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [
            kind, what, person, program, dossier, cabinet, address, json.dumps(detail or {}),
            hashlib.sha256(same.encode()).hexdigest() if once else "",
        ])  # fmt: skip


def note_failure(request: HttpRequest, what: str, *, once: bool = False) -> None:
    """Note that somebody did not prove who they are. What they typed is not kept."""
    from facturier.server.security.attempts import account_of  # noqa: PLC0415 - it calls us

    named = account_of(request)
    number = named.removeprefix("#")
    is_number = named.startswith("#") and number.isdecimal()
    person = int(number) if is_number else sight.person_known_as(named)
    note(Kind.FAILURE, what, person=person, address=address_of(request), once=once)


class Journal:
    """Notes what each request opened, took away or did, in the transaction of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.url_name and not request.path.endswith(POLLS):
            _note(request, response, match.url_name, dict(match.kwargs))
        return response


def _note(request: HttpRequest, response: HttpResponse, name: str, named: dict[str, Any]) -> None:
    who = _who(request)
    about = _about(request, named)
    if not who or not (about or name == "portfolio"):
        return
    kind = _kind(request, response)
    if kind is None:
        return
    detail = {key: str(value) for key, value in named.items()}
    each = bool(detail) if kind == Kind.READING else kind != Kind.REFUSAL
    place = address_of(request)
    note(kind, name, detail=detail, address=place, once=not each, **who, **about)


def _who(request: HttpRequest) -> dict[str, Any]:
    caller = getattr(request, "auth", None)
    if caller is not None:
        return {"program": f"{caller.name} (programme)"}
    return {"person": request.user.pk} if request.user.is_authenticated else {}


def _about(request: HttpRequest, named: dict[str, Any]) -> dict[str, Any]:
    """Return the dossier or cabinet that the request is about; take it out of what was named."""
    if "cabinet" in named:
        return {"cabinet": named.pop("cabinet")}
    dossier = named.pop("dossier", None) or getattr(request, "about_dossier", None)
    return {"dossier": dossier} if isinstance(dossier, int) else {}


def _kind(request: HttpRequest, response: HttpResponse) -> str | None:
    if response.status_code in REFUSED:
        return Kind.REFUSAL
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        return None
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        return Kind.FILE
    if request.method in ("GET", "HEAD"):
        return Kind.READING
    if getattr(request, "auth", None) is not None:  # a deposit has its own history; a search reads
        return Kind.READING if request.path.endswith("/search") else None
    # A form that is shown again did nothing, nor one that first asks who is there.
    sent_away = response.headers.get("Location", "").startswith("/compte/")
    return Kind.ACTION if response.status_code != HTTPStatus.OK and not sent_away else None
