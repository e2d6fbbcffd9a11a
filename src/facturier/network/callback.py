"""A call to an address that a customer chose (webhook): where it may go, how it is signed, its end.

Whoever subscribes writes the address, so it must not lead into our own network. Only ``https`` is
called; the name is resolved here, every address it resolves to must be one of the public Internet,
and the connection goes to the very address that was checked: a name that changes its mind in
between gains nothing. Redirections are not followed, and the answer is not read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from facturier.errors import NetworkFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 10.0
"""From the first to the last byte."""
LONGEST_URL = 2000
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HTTPS_PORT, _HTTP_PORT = 443, 80
_TRANSLATED = tuple(
    ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)
"""IPv6 addresses that carry an IPv4 address: they could lead inside by a detour."""


STALE_AFTER = 300
"""Seconds after which a signed call is not believed any more: somebody may have kept a copy."""


def signature(key: bytes, body: bytes, at: int) -> str:
    """Return ``Afnor-Signature`` of `body`, the bytes as sent, at the epoch second `at`.

    XP Z12-013: base64 of the HMAC-SHA-256, by the signing key, of the payload, ``@`` and the time.
    """
    signed = hmac.new(key, body + b"@" + str(at).encode(), hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def is_signed(key: bytes, body: bytes, given: str, stamp: str, *, now: float) -> bool:
    """Whether `given` is the signature of `body` made with `key` at `stamp`, not long before `now`.

    `stamp` is ``Afnor-Signature-Timestamp`` as it came, `now` in seconds since the epoch.
    """
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > len("9999999999"):
        return False
    at = int(stamp)
    expected = signature(key, body, at)
    return abs(now - at) <= STALE_AFTER and hmac.compare_digest(expected.encode(), given.encode())


def admitted(url: str, *, local: bool = False) -> SplitResult:
    """Return the parts of `url`. Raises `NetworkFailure` (permanent) when it may not be called.

    With `local`, ``http`` to this machine is admitted as well (demonstration and tests). What the
    name resolves to is looked at when it is called.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        host.encode("idna")
    except ValueError as error:
        raise _refused("Cette adresse est mal formée.", "malformed") from error
    if (
        not url.isascii()
        or not url.isprintable()
        or " " in url
        or len(url) > LONGEST_URL
        or port == 0
    ):
        raise _refused("Cette adresse est mal formée.", "malformed")
    if local and host in LOCAL_NAMES and parts.scheme in ("http", "https"):
        return parts
    if parts.scheme != "https" or not host or parts.username is not None:
        raise _refused("Une adresse de rappel commence par https:// et un nom.", "not-https")
    try:
        must_be_public(host)
    except ValueError:  # a name
        if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
            raise _inside(host) from None
    return parts


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, local: bool = False,
    seconds: float = SECONDS,
) -> int:  # fmt: skip
    """Send `body` to `url`; return the status of the answer.

    Raises `NetworkFailure`: permanent when the address may not be called, else the receiver is
    away, slow or speaks no HTTP. It is over after about `seconds`, whatever the receiver does.
    """
    parts = admitted(url, local=local)
    connection = _connected(parts, local=local, seconds=seconds)
    deadline = threading.Timer(seconds, _cut, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers=dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        words = f"Le destinataire n'a pas répondu correctement ({type(error).__name__})."
        raise NetworkFailure(words, permanent=False, reason="no-answer") from error
    finally:
        deadline.cancel()
        connection.close()


def _connected(parts: SplitResult, *, local: bool, seconds: float) -> http.client.HTTPConnection:
    """Return a connection to an address that was checked."""
    host = parts.hostname or ""
    port = parts.port or (_HTTPS_PORT if parts.scheme == "https" else _HTTP_PORT)
    address = _resolved(host, port, local=local and host in LOCAL_NAMES)
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        plain = socket.create_connection((address, port), timeout=seconds)
        if parts.scheme == "https":
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except (OSError, ValueError) as error:
        words = f"Le destinataire n'est pas joignable ({type(error).__name__})."
        raise NetworkFailure(words, permanent=False, reason="unreachable") from error
    connection.sock = plain
    return connection


def _resolved(host: str, port: int, *, local: bool) -> str:
    """Return an address of `host`; all of its addresses must be public, unless `local`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        words = f"Le nom {host} n'est pas connu."
        raise NetworkFailure(words, permanent=False, reason="unknown-name") from error
    addresses = [str(one[4][0]) for one in found]
    if not local:
        for address in addresses:
            must_be_public(address)
    return addresses[0]


def must_be_public(address: str) -> None:
    """Raise `NetworkFailure` (permanent) for an address that is not of the public Internet.

    Raises ValueError when it is no address.
    """
    read = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is not None:
            read = read.ipv4_mapped
        elif any(read in network for network in _TRANSLATED) or read.teredo is not None:
            raise _inside(address)
    if not read.is_global or read.is_multicast:
        raise _inside(address)


def _inside(address: str) -> NetworkFailure:
    words = f"L'adresse {address} n'est pas sur l'internet public : elle n'est pas appelée."
    return _refused(words, "private-address")


def _refused(words: str, reason: str) -> NetworkFailure:
    return NetworkFailure(words, permanent=True, reason=reason)


def _cut(connection: http.client.HTTPConnection) -> None:
    """End the exchange: a receiver that sends a byte now and then would hold it for ever."""
    try:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
