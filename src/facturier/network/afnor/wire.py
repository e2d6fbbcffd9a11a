"""HTTP towards a platform that a firm named: checked address, own token, bounded answer.

Whoever connects a dossier writes the address, so the same holds as for webhooks
(:mod:`facturier.network.callback`): only ``https`` to a public address, looked at on the very
connection that is used; no proxy of the environment, no redirection. Nothing waits here for a busy
platform: ``Retry-After`` becomes part of the failure, and the caller's rows wait.
"""

from __future__ import annotations

import email.utils
import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from facturier.errors import NetworkFailure
from facturier.network import callback

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

CONNECT_SECONDS, READ_SECONDS = 5, 30
LONGEST_SECONDS = 50
"""Of one exchange, however slowly its bytes come."""
LARGEST_ANSWER = 101 * 1024 * 1024
"""XP Z12-013: 100 MB a file."""
RENEWED_BEFORE = 30
"""Seconds before its end at which a token is not used any more."""
DEFAULT_LIFE = 300
LONGEST_WAIT = 3600
_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 422}
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a platform is, and who we are there."""

    address: str
    """Base of its services: ``<address>/flow-service/v1/flows``."""
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    organization: str = ""
    """``Organization-Id``: for which of its customers we speak."""
    local: bool = False
    """Whether this very machine may be called, without HTTPS (demonstration and tests)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes

    def read(self) -> dict[str, Any]:
        """Return the JSON object, without null characters: no database keeps them.

        Raises `NetworkFailure` when it is none.
        """
        try:
            found = json.loads(self.body.replace(b"\\u0000", b""))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise not_understood("un objet JSON était attendu")
        return found


def not_understood(what: str) -> NetworkFailure:
    """Return the failure for an answer that is not what the contract says."""
    message = f"La réponse de la plateforme n'est pas celle de la norme : {what}."
    return NetworkFailure(message, permanent=False, reason="answer")


class Wire:
    """Calls one platform as one program. Not shared between threads."""

    def __init__(self, access: Access, session: requests.Session | None = None) -> None:
        self.access = access
        self._session = session or checked_session()

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        files: Any = None,
        params: Mapping[str, str] | None = None,
        request_id: str = "",
    ) -> Answer:
        """Make a call and return its answer, of a status under 400.

        `path` begins at the services: ``/flow-service/v1/flows``. `request_id` (UUID) is the same
        whenever the same thing is asked again. Raises `NetworkFailure`; see :func:`refusal`.
        """
        url = f"{self.access.address.rstrip('/')}{path}"
        given: dict[str, Any] = {"json": json, "files": files, "params": params}
        answer = self._send(method, url, headers=self._headers(request_id), **given)
        if answer.status == HTTPStatus.UNAUTHORIZED:  # revoked before its time: once more
            _tokens.pop(self.access, None)
            answer = self._send(method, url, headers=self._headers(request_id), **given)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(answer, self._after)
        return answer

    def _headers(self, request_id: str) -> dict[str, str]:
        said = {
            "Authorization": f"Bearer {self._token()}",
            "Accept": "application/json, application/octet-stream",
            "Organization-Id": self.access.organization,
            "Request-Id": request_id,
        }
        return {name: value for name, value in said.items() if value}

    def _token(self) -> str:
        """Return an access token, asked for when there is none that still holds."""
        kept = _tokens.get(self.access)
        if kept and kept[1] > time.monotonic():
            return kept[0]
        client = BackendApplicationClient(self.access.client_id)
        body = client.prepare_request_body(
            include_client_id=True, client_secret=self.access.client_secret
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        answer = self._send("POST", self.access.token_url, data=body, headers=headers)
        if answer.status in _BUSY or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise refusal(answer, self._after)
        token = _read_token(client, answer)
        life = float(token.get("expires_in") or DEFAULT_LIFE)
        _tokens[self.access] = (token["access_token"], time.monotonic() + life - RENEWED_BEFORE)
        return str(token["access_token"])

    def _send(self, method: str, url: str, **given: Any) -> Answer:
        callback.admitted(url, local=self.access.local)
        ends = time.monotonic() + LONGEST_SECONDS
        try:
            with self._session.request(
                method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False,
                stream=True, **given,
            ) as response:  # fmt: skip
                self._after = _seconds(response.headers.get("Retry-After", ""))
                return Answer(status=response.status_code, body=_body(response, ends))
        except requests.RequestException as error:
            raise _away(error) from error

    _after = 0
    """``Retry-After`` of the last answer, in seconds."""


_tokens: dict[Access, tuple[str, float]] = {}
"""Tokens of this process with the instant (monotonic) after which each is not used any more."""


def refusal(answer: Answer, after: int) -> NetworkFailure:
    """Return the failure that `answer`, of a status from 400 on, means.

    ``refused``: this very message is not taken, another one may be. The others are about the
    platform as a whole: ``credentials``, ``access``, ``missing``, ``busy``, ``server``.
    """
    said = _words(answer)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return _failure("La plateforme ne reconnaît pas ce programme", said, "credentials")
        case HTTPStatus.FORBIDDEN:
            return _failure("La plateforme ne permet pas cela à ce programme", said, "access")
        case HTTPStatus.NOT_FOUND:
            return _failure("La plateforme n'a pas cela", said, "missing")
        case status if status in _REFUSED:
            return _failure("La plateforme n'a pas pris ce message", said, "refused")
        case status if status in _BUSY:
            words = f"La plateforme est occupée ({answer.status}){said}."
            return NetworkFailure(words, permanent=False, reason="busy", after=after)
    words = f"La plateforme a répondu {answer.status}{said}."
    return NetworkFailure(words, permanent=False, reason="server", after=after)


def _failure(words: str, said: str, reason: str) -> NetworkFailure:
    return NetworkFailure(f"{words}{said}.", permanent=True, reason=reason)


def _words(answer: Answer) -> str:
    """Return what the platform says of it (`Error` of the contract), shortened."""
    try:
        found = answer.read()
    except NetworkFailure:
        return ""
    names = ("errorCode", "errorMessage", "details", "error", "error_description")
    said = " : ".join(str(found[name]) for name in names if found.get(name))
    return f" : {said[:500].rstrip('.')}" if said else ""


def _read_token(client: BackendApplicationClient, answer: Answer) -> dict[str, Any]:
    try:
        token: dict[str, Any] = client.parse_request_body_response(
            answer.body.decode("utf-8", "replace")
        )
    except (OAuth2Error, Warning, ValueError) as error:
        words = f"La plateforme n'a pas donné de jeton ({answer.status}){_words(answer)}."
        raise NetworkFailure(words, permanent=True, reason="credentials") from error
    return token


def _body(response: requests.Response, ends: float) -> bytes:
    """Return the bytes of the answer; raises `NetworkFailure` when they are too many, too slow."""
    parts, size = [], 0
    for part in response.iter_content(64 * 1024):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            words = "La plateforme a envoyé un fichier de plus de 100 Mo."
            raise NetworkFailure(words, permanent=False, reason="answer")
        if time.monotonic() > ends:
            words = "La réponse de la plateforme n'en finit pas."
            raise NetworkFailure(words, permanent=False, reason="unreachable")
    return b"".join(parts)


def _seconds(retry_after: str) -> int:
    """Return ``Retry-After`` in seconds, given so or as a date; 0 when it says nothing."""
    said = retry_after.strip()
    if said.isascii() and said.isdecimal():
        return min(int(said[:9]), LONGEST_WAIT)
    try:
        at = email.utils.parsedate_to_datetime(said).timestamp()
    except (TypeError, ValueError):
        return 0
    return min(max(0, round(at - time.time())), LONGEST_WAIT)


def _away(error: requests.RequestException) -> NetworkFailure:
    words = f"La plateforme n'est pas joignable ({type(error).__name__})."
    return NetworkFailure(words, permanent=False, reason="unreachable")


class _PublicConnection(HTTPSConnection):
    """Looks at the address it is connected to, whatever the name resolved to a moment ago."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if self.host not in callback.LOCAL_NAMES:  # those were admitted by name, or not at all
            try:
                callback.must_be_public(str(connected.getpeername()[0]))
            except NetworkFailure:
                connected.close()
                raise
        return connected


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _Checked(HTTPAdapter):
    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        pools = {"http": HTTPConnectionPool, "https": _PublicPool}
        self.poolmanager.pool_classes_by_scheme = pools


def checked_session() -> requests.Session:
    """Return a session that reaches public addresses only and reads nothing of the environment."""
    session = requests.Session()
    session.trust_env = False
    adapter = _Checked(max_retries=0)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session
