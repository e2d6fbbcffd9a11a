"""What a page answers when it needs a file that is not kept any more."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.shortcuts import render

from facturier.server.archive.models import PurgedBytes
from facturier.server.documents.store import MissingBytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


FILES = frozenset({"readable", "xml", "document_file", "message", "attached"})
"""Pages that show or give a file of a document."""


class Gone:
    """Says (410) that the file was purged or is lost, instead of failing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, named: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer for a file that this dossier purged, even while another dossier keeps it."""
        match = request.resolver_match
        if match is None or match.url_name not in FILES or "document" not in named:
            return None
        is_purged = PurgedBytes.objects.filter(
            document=named["document"], dossier=named["dossier"]
        ).exists()
        return render(request, "410.html", status=HTTPStatus.GONE) if is_purged else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that found no bytes; what it had begun is rolled back already."""
        if not isinstance(error, MissingBytes):
            return None
        return render(request, "410.html", status=HTTPStatus.GONE)
