"""What a page answers when it needs a file that is not kept any more."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.shortcuts import render

from facturier.server.documents.store import MissingBytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class Gone:
    """Says (410) that the file was purged or is lost, instead of failing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that found no bytes; what it had begun is rolled back already."""
        if not isinstance(error, MissingBytes):
            return None
        return render(request, "410.html", status=HTTPStatus.GONE)
