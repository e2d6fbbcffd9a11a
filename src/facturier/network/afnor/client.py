"""The operations of XP Z12-013 1.3.0 (Flow Service and Directory Service), as a program calls them.

Each method is one operation, returns what the contract says of its answer, and raises
`NetworkFailure` as :mod:`.wire` does. Nothing is repeated here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from facturier.errors import NetworkFailure
from facturier.network.afnor.wire import not_understood

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from facturier.network.afnor.wire import Wire

FLOWS = "/flow-service/v1/flows"
WEBHOOKS = "/flow-service/v1/webhooks"
LINE = "/directory-service/v1/directory-line/code:"
LARGEST_PAGE = 100
LONGEST_NAME = 255
MOST_PAGES = 10_000
"""Of one search: a cursor that never ends would hold the worker for ever."""
_MEDIA_TYPES = {"Factur-X": "application/pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """A platform has taken a file in; whether it can use it is said by the acknowledgement."""

    flow_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFlow:
    """A flow, as the platform tells of it (`Flow` of the contract)."""

    flow_id: str
    name: str
    tracking_id: str
    flow_type: str
    syntax: str
    direction: str
    updated_at: datetime
    acknowledgement: str
    """``Pending``, ``Ok`` or ``Error``."""
    details: tuple[Mapping[str, Any], ...] = ()
    """Reasons of the acknowledgement: level, item, reasonCode, reasonMessage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook that was created; its key is told this once."""

    webhook_id: str
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteLine:
    """A line of the directory."""

    address: str
    platform_type: str
    """``WK``: an approved platform; ``DFH``: the public portal."""
    status: str


class Client:
    """A program of a customer of the platform."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def deposit(
        self, data: bytes, *, name: str, syntax: str, tracking_id: str, request_id: str
    ) -> Deposited:
        """Hand a file over, with its fingerprint; repeated with the same `request_id`."""
        info = {
            "name": name[:LONGEST_NAME], "flowSyntax": syntax, "trackingId": tracking_id,
            "sha256": hashlib.sha256(data).hexdigest(),
        }  # fmt: skip
        parts = {
            "flowInfo": (None, json.dumps(info), "application/json"),
            "file": (name, data, _MEDIA_TYPES.get(syntax, "application/xml")),
        }
        taken = self._wire.call("POST", FLOWS, files=parts, request_id=request_id).read()
        if str(taken.get("sha256") or info["sha256"]).lower() != info["sha256"]:
            words = "La plateforme a reçu d'autres octets que ceux qui lui ont été remis."
            raise NetworkFailure(words, permanent=False, reason="altered")
        at = _instant(taken, "submittedAt")
        return Deposited(flow_id=_word(taken, "flowId"), at=at)

    def search(self, **where: Any) -> Iterator[RemoteFlow]:
        """Yield every flow that meets the criteria (keys of ``where``), page after page."""
        asked: dict[str, Any] = {"limit": LARGEST_PAGE, "where": where}
        for _ in range(MOST_PAGES):
            page = self._wire.call("POST", f"{FLOWS}/search", json=asked).read()
            results = page.get("results")
            if not isinstance(results, list):
                raise not_understood("une recherche sans « results »")
            yield from map(_flow, results)
            if not page.get("nextCursor"):
                return
            asked["cursor"] = page["nextCursor"]
        raise not_understood("une recherche sans fin")

    def original(self, flow_id: str) -> bytes:
        """Return the file of a flow, byte for byte."""
        path = f"{FLOWS}/{quote(flow_id, safe='')}"
        return self._wire.call("GET", path, params={"docType": "Original"}).body

    def subscribe(self, url: str) -> Subscription:
        """Ask to be called at `url` whenever a flow appears or changes."""
        made = self._wire.call("POST", WEBHOOKS, json={"callbackUrl": url}).read()
        return Subscription(
            webhook_id=_word(made, "webhookId"), key=_key(_word(made, "signingKey"))
        )

    def subscriptions(self) -> dict[str, str]:
        """Return the webhooks of this program: id to address."""
        listed = self._wire.call("GET", WEBHOOKS).read().get("webhooks")
        found = [one for one in listed or () if isinstance(one, dict)]
        return {_word(one, "webhookId"): str(one.get("callbackUrl", "")) for one in found}

    def unsubscribe(self, webhook_id: str) -> None:
        """End a subscription; harmless when it is gone."""
        try:
            self._wire.call("DELETE", f"{WEBHOOKS}/{quote(webhook_id, safe='')}")
        except NetworkFailure as failure:
            if failure.reason != "missing":
                raise

    def directory_line(self, address: str) -> RemoteLine | None:
        """Return the line of an electronic address; None when the directory has none."""
        try:
            found = self._wire.call("GET", f"{LINE}{quote(address, safe='')}").read()
        except NetworkFailure as failure:
            if failure.reason == "missing":
                return None
            raise
        return RemoteLine(
            address=str(found.get("addressingIdentifier", address)),
            platform_type=str(found.get("platformType", "")),
            status=str(found.get("directoryLineStatus", "")),
        )


def request_id_of(key: str) -> str:
    """Return the ``Request-Id`` under which what `key` names is asked, at every attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"facturier:{key}"))


def _flow(said: Any) -> RemoteFlow:
    if not isinstance(said, dict):
        raise not_understood("un flux qui n'est pas un objet")
    found = said.get("acknowledgement")
    acknowledgement = found if isinstance(found, dict) else {}
    return RemoteFlow(
        flow_id=_word(said, "flowId"),
        name=str(said.get("name") or "")[:LONGEST_NAME],
        tracking_id=str(said.get("trackingId") or ""),
        flow_type=str(said.get("flowType") or "Undefined"),
        syntax=str(said.get("flowSyntax") or ""),
        direction=_word(said, "flowDirection"),
        updated_at=_instant(said, "updatedAt"),
        acknowledgement=str(acknowledgement.get("status") or "Pending"),
        details=tuple(
            one for one in acknowledgement.get("details") or () if isinstance(one, dict)
        ),
    )  # fmt: skip


def _word(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise not_understood(f"« {name} » manque")
    return value


def _instant(said: Mapping[str, Any], name: str) -> datetime:
    try:
        at = datetime.fromisoformat(_word(said, name))
    except ValueError as error:
        raise not_understood(f"« {name} » n'est pas un instant") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _key(said: str) -> bytes:

    try:
        return base64.b64decode(said, validate=True)
    except binascii.Error as error:
        raise not_understood("une clé de signature qui n'est pas en base64") from error
