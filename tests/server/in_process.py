"""Our own API as a platform for our own client, without a socket; answers can be lost."""

from __future__ import annotations

import io

import requests
from django.test import Client
from requests.adapters import BaseAdapter

PLATFORM = "https://plateforme.exemple.fr"


class InProcess(BaseAdapter):
    """Brings requests to the server of this very process."""

    def __init__(self):
        super().__init__()
        self.http = Client(raise_request_exception=False)
        self.seen = []
        self.lose = lambda _: False
        """Of which requests the answer never arrives, though they were carried out."""
        self.refuse = lambda _: None
        """What is answered instead, before the request is carried out: status and headers."""

    def send(self, request, **_):
        self.seen.append((request.method, request.path_url))
        refused = self.refuse(request)
        if refused is not None:
            return self._answered(request, refused[0], refused[1], b"{}")
        body = request.body or b""
        done = self.http.generic(
            request.method, request.path_url, body.encode() if isinstance(body, str) else body,
            content_type=request.headers.get("Content-Type", ""),
            headers={k: v for k, v in request.headers.items() if k.lower() != "content-type"},
            secure=True,
        )  # fmt: skip
        if self.lose(request):
            raise requests.ConnectionError("the answer was lost")
        return self._answered(request, done.status_code, dict(done.items()), done.content)

    @staticmethod
    def _answered(request, status, headers, content):
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url
        response.headers.update(headers)
        response.raw = io.BytesIO(content)
        return response

    def close(self):
        """Nothing to close."""

    def session(self):
        found = requests.Session()
        found.mount("https://", self)
        return found
