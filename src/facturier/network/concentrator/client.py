"""Our way to the concentrator: a :class:`facturier.network.portal.Portal` over HTTP.

It repeats nothing by itself: what is to be done is in the rows of who sends, and a job comes back.
A failure is permanent when trying again is useless (refused credentials, a name used for other
bytes), temporary for all that may pass (no answer, 503).
"""

from __future__ import annotations

import io
import json
from datetime import datetime
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from facturier.errors import NetworkFailure
from facturier.network.concentrator import ANSWERS, FLOWS
from facturier.network.portal import PortalFlow, Taken
from facturier.reporting.envelope import MAX_FLOW, Interface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
MOST_LISTED = 1000
_PIECE = 1 << 16
_LARGEST_WORDS = 1_000_000
_PASSING = frozenset({408, 425, 429})
"""Statuses below 500 that pass."""
_REASONS = {401: "credentials", 403: "credentials", 409: "name-taken", 413: "too-big"}


class Concentrator:
    """The portal at an address, for one application. Not shared between threads."""

    name = "portail public (simulation)"

    def __init__(
        self, url: str, application: str, secret: str, *, seconds: float = READ_SECONDS
    ) -> None:
        """`url` is the root of the concentrator; `seconds` bounds each wait for bytes."""
        self._url = url.rstrip("/")
        self._timeout = (CONNECT_SECONDS, seconds)
        self._session = requests.Session()
        self._session.auth = (application, secret)
        self._session.trust_env = False  # neither the proxies nor the .netrc of the environment

    def send(self, flow: PortalFlow) -> Taken:
        """Hand `flow` over. Repeating it with the same name and bytes does nothing more."""
        said = self._json("PUT", f"{FLOWS}/{quote(flow.name, safe='')}", flow.content)
        try:
            return Taken(name=flow.name, at=datetime.fromisoformat(said["recu"]))
        except (KeyError, TypeError, ValueError) as error:
            raise _odd() from error

    def answers(self, *, limit: int = 100) -> Sequence[PortalFlow]:
        """Return the answers that wait for this application, oldest first; no export of it."""
        return [
            PortalFlow(name=name, content=self._call("GET", _answer(name), most=MAX_FLOW))
            for name in self._waiting(limit)
            if not name.startswith(Interface.F14)
        ]

    def exports(self) -> Sequence[str]:
        """Return the names of the exports of the directory that wait, oldest first."""
        return [one for one in self._waiting(MOST_LISTED) if one.startswith(Interface.F14)]

    def download(self, name: str, into: IO[bytes]) -> None:
        """Write an export into a file, piece by piece."""
        self._call("GET", _answer(name), most=MAX_FLOW, into=into)

    def _waiting(self, limit: int) -> list[str]:
        said = self._json("GET", f"{ANSWERS}?limite={limit}")
        try:
            return [str(one["nom"]) for one in said["reponses"]]
        except (KeyError, TypeError) as error:
            raise _odd() from error

    def acknowledge(self, names: Iterable[str]) -> None:
        """Say that the answers of these names are safe here; saying it again does nothing."""
        for name in names:
            self._call("DELETE", _answer(name), admitted=HTTPStatus.NOT_FOUND)

    def _json(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        try:
            said = json.loads(self._call(method, path, body))
        except ValueError as error:
            raise _odd() from error
        if not isinstance(said, dict):
            raise _odd()
        return said

    def _call(
        self, method: str, path: str, body: bytes | None = None, *, admitted: int = 0,
        most: int = _LARGEST_WORDS, into: IO[bytes] | None = None,
    ) -> bytes:  # fmt: skip
        """Return the body of a good answer, or of one of status `admitted`.

        The body of a good answer goes `into` a file when one is given.
        """
        try:
            with self._session.request(
                method, self._url + path, data=body, timeout=self._timeout,
                allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                status = response.status_code
                target = into if status < HTTPStatus.MULTIPLE_CHOICES else None
                content = _read(response, most, target)
                after = response.headers.get("Retry-After", "")
        except requests.RequestException as error:
            raise NetworkFailure(
                f"Le {self.name} ne répond pas ({type(error).__name__}).",
                permanent=False, reason="no-answer",
            ) from error  # fmt: skip
        if status >= HTTPStatus.MULTIPLE_CHOICES and status != admitted:
            raise self._failure(status, content, int(after) if after.isdecimal() else 0)
        return content

    def _failure(self, status: int, content: bytes, after: int) -> NetworkFailure:
        try:
            detail = str(json.loads(content).get("detail", ""))[:500]
        except (ValueError, AttributeError):
            detail = ""
        permanent = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _PASSING
        return NetworkFailure(
            f"Le {self.name} répond {status}. {detail}".strip(),
            permanent=permanent, reason=_REASONS.get(status, "refused"), after=after,
        )  # fmt: skip


def _read(response: requests.Response, most: int, into: IO[bytes] | None = None) -> bytes:
    """Return the whole body, or write it into a file and return nothing.

    Raises `NetworkFailure` when it is longer than expected.
    """
    held, size = io.BytesIO(), 0
    for piece in response.iter_content(_PIECE):
        size += len(piece)
        if size > most:
            raise NetworkFailure(
                "Le portail répond plus que prévu.", permanent=True, reason="too-long"
            )
        (into or held).write(piece)
    return held.getvalue()


def _answer(name: str) -> str:
    return f"{ANSWERS}/{quote(name, safe='')}"


def _odd() -> NetworkFailure:
    return NetworkFailure(
        "Le portail répond autre chose que ce qui est attendu.", permanent=False, reason="odd"
    )
