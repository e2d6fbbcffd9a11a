"""How often a program may ask, and how much anybody may send at once.

Requests are counted for each program (OAuth2 client), all its tokens together, over a minute that
slides: those of the current minute, and of the one before the part that the minute still covers. A
refused request is not counted, so a program that waits as it is told (``Retry-After``) gets
through. The counter is one row of PostgreSQL, updated in a statement of its own before the
transaction of the request begins: a long deposit keeps no other request waiting, and any number of
web processes count together.
"""

from __future__ import annotations

import base64
import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from facturier.server.api import caller
from facturier.server.api.answers import error, labelled
from facturier.server.security import attempts
from facturier.server.security.place import address_of
from facturier.server.web.headers import ADDRESSES_OF_PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

PERIOD = 60
"""Seconds."""
ROOM_FOR_THE_REST = 1024 * 1024
"""Bytes of a deposit by program besides its file: the information and the boundaries."""
MEGABYTE = 1024 * 1024
TOKEN_ADDRESS = "/identity/o/api/token"  # noqa: S105 - an address
LARGEST_TOKEN_REQUEST = 64 * 1024
TOKENS_OF_CLIENT, TOKENS_OF_ADDRESS = 60, 600
"""Requests for a token in a quarter of an hour, of one program and from one address."""
HOOKS = "/hooks/"
LARGEST_CALL = 64 * 1024
"""Bytes of a call of another platform: it tells one flow."""
CALLS_OF_HOOK, CALLS_OF_ADDRESS = 10_000, 30_000
"""Calls in a quarter of an hour, at one hook and from one address: more than a busy platform makes,
few enough to try no signature."""
TOO_BIG = "Cet envoi dépasse {} Mo : rien n'a été pris. Déposez vos fichiers en plusieurs fois."

COUNT = """
WITH moment AS (SELECT coalesce(%(at)s, extract(epoch FROM clock_timestamp()))::float8 AS at),
now AS (SELECT at, floor(at / %(period)s)::bigint AS period,
               at / %(period)s - floor(at / %(period)s) AS elapsed FROM moment)
INSERT INTO api_ratewindow AS w (client_id, period, count, previous)
SELECT %(client)s, period, 1, 0 FROM now
ON CONFLICT (client_id) DO UPDATE SET
    period = excluded.period,
    count = CASE WHEN w.period = excluded.period THEN w.count ELSE 0 END + 1,
    previous = CASE w.period WHEN excluded.period THEN w.previous
                             WHEN excluded.period - 1 THEN w.count ELSE 0 END
WHERE CASE w.period WHEN excluded.period
                    THEN w.count + w.previous * (1 - (SELECT elapsed FROM now))
                    WHEN excluded.period - 1 THEN w.count * (1 - (SELECT elapsed FROM now))
                    ELSE 0 END <= %(limit)s - 0.999999
RETURNING 1
"""
"""Counts a request unless that would be one too many; then it returns no row."""
COUNTED = """
SELECT floor(at / %(period)s)::bigint - w.period, at / %(period)s - floor(at / %(period)s),
       w.count, w.previous
FROM api_ratewindow w,
     (SELECT coalesce(%(at)s, extract(epoch FROM clock_timestamp()))::float8 AS at) moment
WHERE w.client_id = %(client)s
"""


def seconds_to_wait(client: str, limit: int, *, at: float | None = None) -> int:
    """Count a request of the program `client`; return 0, or how many seconds it must wait.

    `limit` is the number of requests a minute; `at` is the moment (seconds since the epoch), by
    default the database's.
    """
    asked: dict[str, str | float | None] = {
        "client": client,
        "limit": limit,
        "period": PERIOD,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, asked)
        if cursor.fetchone() is not None:
            return 0
        cursor.execute(COUNTED, asked)
        passed, elapsed, count, previous = cursor.fetchone()
    return _wait(passed, float(elapsed), count, previous, limit)


def _wait(passed: int, elapsed: float, count: int, previous: int, limit: int) -> int:
    """Return after how many seconds one more request is within `limit`; at least one."""
    if passed:
        count, previous = 0, count
    room = limit - 1 - count
    # Enough of the previous period must have slid out of the minute; when the current one is full,
    # that one must first have become the previous.
    share = 1 - room / previous if room >= 0 else 2 - (limit - 1) / count
    return max(1, math.ceil((share - elapsed) * PERIOD))


class Limits:
    """Refuses what is too big (413) and what comes too often (429), before anything is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        if request.path == TOKEN_ADDRESS:
            return _too_many_tokens(request) or self.get_response(request)
        if request.path.startswith(HOOKS):
            refused = _too_big(request, LARGEST_CALL) or _called_too_often(request)
            return labelled(request, refused) if refused else self.get_response(request)
        if not request.path.startswith(ADDRESSES_OF_PROGRAMS):
            return _too_big_for_a_page(request) or self.get_response(request)
        refused = _too_big(request) or _too_often(request)
        return labelled(request, refused) if refused else self.get_response(request)


def _length(request: HttpRequest) -> int:
    """Return the announced length; a body without one is not read at all (WSGI)."""
    announced = str(request.META.get("CONTENT_LENGTH") or "")
    return int(announced) if announced.isdecimal() else 0


def _too_big(request: HttpRequest, largest: int = 0) -> HttpResponse | None:
    if largest:
        if _length(request) <= largest:
            return None
        words = f"Cet appel dépasse la taille admise ({largest // 1024} Ko)."
    elif request.content_type == "multipart/form-data":
        if _length(request) <= settings.LARGEST_FILE + ROOM_FOR_THE_REST:
            return None
        words = f"Ce fichier dépasse la taille admise ({settings.LARGEST_FILE // MEGABYTE} Mo)."
    else:
        if _length(request) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE
        words = f"Cette demande dépasse la taille admise ({most} Mo)."
    return error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "FILE_SIZE_EXCEEDED", words)


def _too_often(request: HttpRequest) -> HttpResponse | None:
    token = caller.token_of(request) if settings.API_RATE else None
    if token is None or token.client_id is None:
        return None
    wait = seconds_to_wait(token.client_id, settings.API_RATE)
    if not wait:
        return None
    unit = "seconde" if wait == 1 else "secondes"
    answer = error(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TOO_MANY_REQUESTS",
        f"Ce programme dépasse {settings.API_RATE} demandes par minute. "
        f"Réessayez dans {wait} {unit}.",
    )
    answer.headers["Retry-After"] = str(wait)
    return answer


def _called_too_often(request: HttpRequest) -> HttpResponse | None:
    """Refuse (429) who calls a hook too often: each call costs a look at a signature."""
    keys = {
        attempts.key_of("hook", request.path[:200]): CALLS_OF_HOOK,
        attempts.key_of("calls of", address_of(request)): CALLS_OF_ADDRESS,
    }
    wait = attempts.wait_of(keys)
    if not wait:
        return None
    words = f"Trop d'appels. Réessayez dans {wait} secondes."
    answer = error(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", words)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _too_many_tokens(request: HttpRequest) -> HttpResponse | None:
    """Refuse (429) who asks for too many tokens, as who guesses a secret would: RFC 6749's shape.

    Every request counts, the good ones too: a token lasts an hour, one program needs few.
    """
    if _length(request) > LARGEST_TOKEN_REQUEST:
        return JsonResponse({"error": "invalid_request"}, status=413)
    keys = {
        attempts.key_of("token", _client_named(request)[:200]): TOKENS_OF_CLIENT,
        attempts.key_of("tokens of", address_of(request)): TOKENS_OF_ADDRESS,
    }
    wait = attempts.wait_of(keys)
    if not wait:
        return None
    words = f"Trop de demandes de jeton. Réessayez dans {wait} secondes."
    refused = {"error": "temporarily_unavailable", "error_description": words}
    answer = JsonResponse(refused, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _client_named(request: HttpRequest) -> str:
    """Return the client that asks, named in the form or by ``Basic``; it has proved nothing yet."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return request.POST.get("client_id", "")
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except ValueError:  # binascii.Error and UnicodeDecodeError are of it
        return ""


def _too_big_for_a_page(request: HttpRequest) -> HttpResponse | None:
    if _length(request) <= settings.LARGEST_REQUEST:
        return None
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    words = TOO_BIG.format(settings.LARGEST_REQUEST // MEGABYTE)
    if "HX-Request" in request.headers:  # the script of the page shows it in the page
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "413.html", {"words": words, "back": request.path}, status=status)
