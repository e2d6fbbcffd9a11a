"""Gives each request the dossiers that its person may see, in Python and in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import SimpleLazyObject

from facturier.server import sight
from facturier.server.firm.models import Dossier

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class DossiersInSight:
    """Sets ``request.dossiers`` and opens row-level security for exactly those dossiers.

    The whole request is one transaction; a view that raises is rolled back to where it began
    (``ATOMIC_REQUESTS``). Whoever identifies its caller inside the view (the API, by its token)
    calls :func:`facturier.server.sight.see` there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request` with the sight of the person who asks."""
        with sight.of_person(request.user.pk):
            request.dossiers = SimpleLazyObject(  # type: ignore[attr-defined]
                lambda: Dossier.objects.visible_to(request.user)
            )
            return self.get_response(request)
