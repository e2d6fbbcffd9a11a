"""The little of HTTP that the concentrator needs: a request read, an answer made (WSGI)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from facturier.errors import BadUsage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Environ = dict[str, Any]
PIECE = 1 << 20
LARGEST_JSON = 1_000_000
_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was sent with a request, read to its end."""

    content: bytes
    """Empty when it was longer than the limit."""
    size: int
    digest: str
    """SHA-256 of all of it."""


class Request:
    """One request."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        # WSGI gives bytes as Latin-1
        self.path: str = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The parameters after the question mark."""
        return parse_qs(self._environ.get("QUERY_STRING", ""))

    def header(self, name: str) -> str:
        """Return a header; empty when absent."""
        key = name.upper().replace("-", "_")
        found = self._environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}", "")
        return str(found)

    def basic(self) -> tuple[str, str]:
        """Return who says to be who, with which secret (RFC 7617); empty when nothing is said."""
        scheme, _, rest = self.header("Authorization").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret

    def bearer(self) -> str:
        """Return the token (RFC 6750); empty when there is none."""
        scheme, _, rest = self.header("Authorization").partition(" ")
        return rest.strip() if scheme.lower() == "bearer" else ""

    def body(self, limit: int) -> Body:
        """Read what was sent; of more than `limit` bytes only size and digest are kept."""
        held, size, digest = bytearray(), 0, sha256()
        for piece in self._pieces():
            size += len(piece)
            digest.update(piece)
            if size <= limit:
                held += piece
            else:
                held.clear()
        return Body(content=bytes(held), size=size, digest=digest.hexdigest())

    def json(self) -> dict[str, Any]:
        """Return the object that was sent. Raises `BadUsage` when it is none."""
        body = self.body(LARGEST_JSON)
        try:
            said = json.loads(body.content or b"{}")
            json.dumps(said, ensure_ascii=False).encode()  # half a character is no text
        except (ValueError, RecursionError) as error:
            raise BadUsage("Le corps de la requête n'est pas du JSON.") from error
        if not isinstance(said, dict):
            raise BadUsage("Le corps de la requête n'est pas un objet JSON.")
        return said

    def form(self) -> dict[str, str]:
        """Return what a form sent, the first value of each name."""
        text = self.body(LARGEST_JSON).content.decode("utf-8", "replace")
        return {name: values[0] for name, values in parse_qs(text).items()}

    def _pieces(self) -> Iterator[bytes]:
        stream = self._environ["wsgi.input"]
        left = int(self._environ.get("CONTENT_LENGTH") or -1)
        while left:
            piece: bytes = stream.read(PIECE if left < 0 else min(PIECE, left))
            if not piece:
                return
            left -= len(piece) if left > 0 else 0
            yield piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    """Break the connection instead of answering."""

    def served(self, start: Any) -> Iterable[bytes]:
        """Answer by WSGI."""
        phrase = HTTPStatus(self.status).phrase
        headers = [*self.headers, ("Cache-Control", "no-store")]
        if self.content_type:
            headers.append(("Content-Type", self.content_type))
        headers.append(("Content-Length", str(len(self.body))))
        start(f"{self.status} {phrase}", headers)
        return [self.body]


class Refusal(Exception):
    """The request is refused: what is answered."""

    def __init__(
        self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


def json_response(said: Any, status: int = 200) -> Response:
    """Return an answer in JSON."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return Response(status=status, body=text.encode(), content_type=_JSON)


def problem(status: int, detail: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Return an error as the portal's directory API does (schema ``erreur``)."""
    said = {"type": "about:blank", "titre": HTTPStatus(status).phrase, "statut": status}
    text = json.dumps(said | {"detail": detail}, ensure_ascii=False)
    return Response(
        status=status, body=text.encode(), content_type="application/problem+json", headers=headers
    )
