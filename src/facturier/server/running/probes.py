"""``/healthz`` and ``/readyz``: what a machine asks before it sends people here.

Both are answered before anything else, by any name of this host, to whoever asks: they say nothing
but yes or what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.http import JsonResponse

from facturier.server.documents import store
from facturier.server.running import migrating

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

ALIVE, READY = "/healthz", "/readyz"


class Probes:
    """Answers the two probes; a process that is alive answers the first without its database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._is_migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        if request.path == ALIVE:
            return JsonResponse({"status": "ok"})
        if request.path == READY:
            missing = self.missing()
            said = {"status": "waiting", "missing": missing} if missing else {"status": "ok"}
            return JsonResponse(said, status=503 if missing else 200)
        return self.get_response(request)

    def missing(self) -> list[str]:
        """Return what this process lacks: ``database``, ``migrations``, ``store``."""
        found = []
        try:
            if not self._is_migrated:  # asked until it is: its own files do not change
                self._is_migrated = not migrating.missing()
            else:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            found += [] if self._is_migrated else ["migrations"]
        except DatabaseError:
            found.append("database")
        if not can_store():
            found.append("store")
        return found


def can_store() -> bool:
    """Whether bytes can be written where they are kept."""
    try:
        store.place().try_out()
    except OSError:
        return False
    return True
