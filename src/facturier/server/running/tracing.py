"""Each answer says by which names its story can be found: ``Request-Id``, and ``Trace-Id``."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from facturier.server.running import logs, metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)


class Traced:
    """Names each request, times it, and logs it by its route: no address, no name of anybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        begun = time.perf_counter()
        with logs.answering(request.headers.get("Request-Id", "")) as name:
            response = self.get_response(request)
            response.headers.setdefault("Request-Id", name)
            if trace := logs.followed():  # it deposited something: `facturier trace` tells of it
                response.headers.setdefault("Trace-Id", trace)
            seconds = time.perf_counter() - begun
            route = str(getattr(request.resolver_match, "route", "") or "none")
            method = request.method if request.method in _METHODS else "other"
            status = str(response.status_code)
            metrics.HTTP_SECONDS.labels(method, route, status).observe(seconds)
            ms = round(seconds * 1000)
            logger.info("%s %s", method, route, extra=logs.about(status=status, ms=ms))
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
