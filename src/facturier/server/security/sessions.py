"""Sessions: opened by their key, ended by idleness, by the day, or by their person.

The store of Django's session framework (``SESSION_ENGINE``). The cookie holds a random key; the
database knows its SHA-256, so a copy of the database signs nobody in. A session ends after
``SESSION_IDLE`` without a request that somebody made, and ``SESSION_COOKIE_AGE`` after signing in,
whatever happens. Signing in and changing the password draw a new key (Django's ``cycle_key``).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest

TOUCH_EVERY = timedelta(minutes=1)
"""A session that is in use is noted as seen at most so often."""
POLLS = ("/nouveautes/", "/depot/resultats/", "/archives/suivi/")
"""Ends of the addresses that a page asks by itself: nobody need be there."""
PLACE = "place"
"""In the session: where it was opened from, and by which browser."""


def hashed(key: str) -> str:
    """Return what the database knows of a session `key`."""
    return hashlib.sha256(key.encode()).hexdigest()


def _ask(statement: str, *values: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


class SessionStore(SessionBase):
    """One session, read and written by its key."""

    seen_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing when it ended."""
        key = self.session_key
        idle = timedelta(seconds=settings.SESSION_IDLE)
        found = _ask("SELECT * FROM session_read(%s, %s)", hashed(key), idle) if key else None
        if found is None:
            self._session_key = None
            return {}
        data, self.seen_at = found
        return dict(self.decode(data))

    def exists(self, session_key: str) -> bool:
        """Return False: a key of 165 random bits is nobody's; :meth:`save` refuses if it were."""
        del session_key
        return False

    def create(self) -> None:
        """Open it under a new key."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Keep it. Raises `UpdateError` when it was ended meanwhile."""
        if self.session_key is None:
            return self.create()
        held = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        who = held.get("_auth_user_id")
        place = held.get(PLACE) or {}
        values = [hashed(self.session_key), int(who) if who else None, self.encode(held)]
        told = [place.get("address", ""), place.get("agent", "")]
        if must_create:
            lasts = timedelta(seconds=settings.SESSION_COOKIE_AGE)
            done = _ask("SELECT session_open(%s, %s, %s, %s, %s, %s)", *values, lasts, *told)
        else:
            done = _ask("SELECT session_keep(%s, %s, %s, %s, %s)", *values, *told)
        if done != (True,):
            raise CreateError if must_create else UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        """End it."""
        if key := session_key or self.session_key:
            _ask("SELECT session_end(%s)", hashed(key))

    @classmethod
    def clear_expired(cls) -> None:
        """Forget the sessions that ended by themselves."""
        _ask("SELECT sessions_forget(%s)", timedelta(seconds=settings.SESSION_IDLE))


def touch(request: HttpRequest) -> None:
    """Note that somebody is there, unless the page asked by itself."""
    session = request.session
    if not isinstance(session, SessionStore) or request.path.endswith(POLLS):
        return
    if session.seen_at and timezone.now() - session.seen_at > TOUCH_EVERY and session.session_key:
        _ask("SELECT session_touch(%s)", hashed(session.session_key))


def own_hash(request: HttpRequest) -> str:
    """Return the hash by which the list of sessions knows the one of this request."""
    return hashed(request.session.session_key or "")
