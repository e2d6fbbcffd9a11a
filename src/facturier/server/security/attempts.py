"""How often one may try to sign in: so often to one account, so often from one address.

Every attempt is counted before the password is looked at, in a statement of its own, so that many
at once cannot slip through; one that succeeds is taken back. An account that nobody has is counted
like any other: the answer tells nothing. The count is in PostgreSQL: any number of web processes
count together.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac

from facturier.server.security import journal
from facturier.server.security.place import address_of, person_pending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

PERIOD = 15 * 60
"""Seconds."""
OF_ACCOUNT = 10
"""Attempts on one account in a period: forty an hour, of which ASVS 2.2.1 admits a hundred."""
OF_ADDRESS = 100
"""Attempts from one address in a period: a whole firm may stand behind one."""
GUESSED = frozenset({
    "account_login", "account_reauthenticate", "account_change_password",
    "account_reset_password", "account_reset_password_from_key",
    "mfa_authenticate", "mfa_reauthenticate", "mfa_login_webauthn", "mfa_reauthenticate_webauthn",
})  # fmt: skip
"""Pages where a secret may be guessed, by name."""

TRY = """
INSERT INTO security_attempts AS a (key, count, since)
VALUES (%(key)s, 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN a.since < clock_timestamp() - %(period)s * interval '1 second'
                 THEN 1 ELSE a.count + 1 END,
    since = CASE WHEN a.since < clock_timestamp() - %(period)s * interval '1 second'
                 THEN clock_timestamp() ELSE a.since END
WHERE a.count < %(most)s OR a.since < clock_timestamp() - %(period)s * interval '1 second'
RETURNING 1
"""
WAIT = """
SELECT extract(epoch FROM since - clock_timestamp()) + %(period)s FROM security_attempts
WHERE key = %(key)s
"""
TAKE_BACK = "UPDATE security_attempts SET count = count - 1 WHERE key = ANY (%s) AND count > 0"


def seconds_to_wait(key: str, most: int) -> int:
    """Count an attempt; return 0, or after how many seconds the next one will be admitted."""
    asked: dict[str, str | int] = {"key": key, "most": most, "period": PERIOD}
    with connection.cursor() as cursor:
        cursor.execute(TRY, asked)
        if cursor.fetchone():
            return 0
        cursor.execute(WAIT, asked)
        (left,) = cursor.fetchone()
    return max(1, math.ceil(float(left)))


def wait_of(keys: Mapping[str, int]) -> int:
    """Count an attempt under each of `keys` (:func:`key_of`, with how many a period admits).

    Return 0, or the seconds to wait for the first that admits no more.
    """
    return next((wait for key, most in keys.items() if (wait := seconds_to_wait(key, most))), 0)


def _take_back(keys: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, [keys])


def forget_old() -> None:
    """Forget the attempts of ended periods."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM security_attempts"
            " WHERE since < clock_timestamp() - %s * interval '1 second'",
            [PERIOD],
        )


class Attempts:
    """Refuses (429) who guesses too often; notes each failure in the journal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        page = _page(request)
        if page not in GUESSED:
            return self.get_response(request)
        keys = _keys(request)
        if wait := wait_of(keys):
            return _refused(request, wait)
        response = self.get_response(request)
        if response.status_code == HTTPStatus.OK:
            journal.note_failure(request, page)
        elif page != "account_reset_password":  # always answered alike: each one counts
            _take_back(list(keys))
        return response


def _page(request: HttpRequest) -> str:
    if request.method != "POST" or not request.path.startswith("/compte/"):
        return ""
    try:
        return resolve(request.path).url_name or ""
    except Resolver404:
        return ""


def _keys(request: HttpRequest) -> dict[str, int]:
    """Return what is counted: the account that is named or signed in, and the address."""
    named = account_of(request)
    keys = {key_of("account", named): OF_ACCOUNT} if named else {}
    return keys | {key_of("address", address_of(request)): OF_ADDRESS}


def key_of(sort: str, word: str) -> str:
    """Return the key under which attempts are counted: the word itself is not kept."""
    return salted_hmac(f"facturier attempts {sort}", word, algorithm="sha256").hexdigest()


def account_of(request: HttpRequest) -> str:
    """Return what the request names an account by: an address typed, or a session's person."""
    typed = request.POST.get("login") or request.POST.get("email")
    if typed:
        return typed.strip().casefold()
    who = request.session.get("_auth_user_id") or person_pending(request)
    return f"#{who}" if who else ""


def _refused(request: HttpRequest, wait: int) -> HttpResponse:
    minutes = math.ceil(wait / 60)
    journal.note_failure(request, "too_many_attempts", once=True)
    response = render(
        request, "429.html", {"minutes": minutes, "back": settings.LOGIN_URL},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )  # fmt: skip
    response.headers["Retry-After"] = str(wait)
    return response
