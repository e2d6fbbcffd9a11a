"""What a page may load: its own files, nothing else, no script inside the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

PAGE = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-src 'self'; "
    "frame-ancestors 'none'"
)
"""``data:`` is for the small drawings inside Tabler's style sheet."""

READABLE_COPY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""The readable copy holds what the sender wrote: it stands in a frame that can do nothing."""

FILE = "default-src 'none'; sandbox"
"""A file is kept, never shown: should a browser show it all the same, nothing in it runs."""

ADDRESSES_OF_PROGRAMS = (
    "/flow-service/", "/directory-service/", "/afnor-flow/", "/afnor-directory/", "/v1/", "/api/",
    "/hooks/",
)  # fmt: skip
"""Answers to programs are no pages."""


class ContentPolicy:
    """Sets ``Content-Security-Policy`` on every page that did not choose its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        response = self.get_response(request)
        if response.headers.get("Content-Disposition", "").startswith("attachment"):
            response.headers["Content-Security-Policy"] = FILE
            response.headers["X-Content-Type-Options"] = "nosniff"
        elif not request.path.startswith(ADDRESSES_OF_PROGRAMS):
            response.headers.setdefault("Content-Security-Policy", PAGE)
        return response
