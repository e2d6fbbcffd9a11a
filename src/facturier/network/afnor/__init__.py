"""A platform reached by XP Z12-013: a dossier lives there, and this installation is its program.

What is listed there is noted in a :class:`Register` before anything is fetched, so that neither a
file that cannot be fetched nor the death of this process loses or delays another. The register
remembers what was taken: nothing comes twice, however often the platform lists it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from facturier.errors import NetworkFailure
from facturier.network.afnor.client import Client, RemoteFlow, request_id_of
from facturier.network.platform import DirectoryLine, Kind, Parcel, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NAME", "AfnorPlatform", "Listed", "MemoryRegister", "Register", "listed_of"]

NAME = "afnor"
OVERLAP = timedelta(seconds=60)
"""How far back a search looks: a change may become visible a little after its date."""
MOST_BYTES_AT_ONCE = 16 * 1024 * 1024
"""Of the parcels of one poll, besides its first."""
CDAR = "CDAR"
_RECEIVED = {"SupplierInvoice", "CustomerInvoice", "SupplierInvoiceLC", "CustomerInvoiceLC"}
"""Invoices (self-billed ones too) and statuses; the rest is between platforms and the State."""
_OK, _PENDING = "Ok", "Pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A flow that the platform lists and that concerns us."""

    key: str
    """``flow:<flowId>`` of what we receive, ``ack:<flowId>:<status>`` of an answer to us."""
    flow: RemoteFlow


class Register(Protocol):
    """Remembers what a platform listed and what of it was taken."""

    def since(self) -> datetime:
        """Return the latest change that was seen."""
        ...

    def note(self, listed: Sequence[Listed], since: datetime) -> None:
        """Keep what is new of `listed`, and that all changes up to `since` were seen."""
        ...

    def waiting(self, limit: int) -> Sequence[Listed]:
        """Return at most `limit` of what was noted and not taken, by the date of its change."""
        ...

    def put_off(self, key: str, failure: NetworkFailure) -> None:
        """Note that it could not be fetched: it waits a while."""
        ...

    def take(self, keys: Iterable[str]) -> None:
        """Mark as taken: it is never returned again."""
        ...


class MemoryRegister:
    """A register that lives as long as the process: for programs and tests of the protocol."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._noted: dict[str, Listed] = {}
        self._taken: set[str] = set()

    def since(self) -> datetime:
        """Return the latest change that was seen."""
        return self._since

    def note(self, listed: Sequence[Listed], since: datetime) -> None:
        """Keep what is new of `listed`."""
        for one in listed:
            self._noted.setdefault(one.key, one)
        self._since = since

    def waiting(self, limit: int) -> Sequence[Listed]:
        """Return at most `limit` of what was not taken."""
        left = [one for key, one in self._noted.items() if key not in self._taken]
        return sorted(left, key=_by_change)[:limit]

    def put_off(self, key: str, failure: NetworkFailure) -> None:
        """Change nothing: it is tried again at the next poll."""

    def take(self, keys: Iterable[str]) -> None:
        """Mark as taken."""
        self._taken.update(keys)


class AfnorPlatform:
    """Implements :class:`facturier.network.platform.Platform` for one dossier."""

    name = NAME

    def __init__(self, client: Client, register: Register) -> None:
        self._client, self._register = client, register

    def look_up(self, address: str) -> DirectoryLine | None:
        """Return where `address` is served, by the directory of the platform."""
        line = self._client.directory_line(address)
        if line is None or line.status != "Enabled":
            return None
        return DirectoryLine(address=line.address, platform=line.platform_type)

    def deliver(self, parcel: Parcel) -> Receipt:
        """Deposit `parcel`; one whose answer was lost is found again before it is sent again."""
        assert parcel.content is not None, parcel.key
        found = self._found_again(parcel) if parcel.is_repeat else None
        if found is not None:
            return Receipt(key=parcel.key, at=found.updated_at, reference=found.flow_id)
        taken = self._client.deposit(
            parcel.content, name=parcel.name or "flux", syntax=_syntax(parcel),
            tracking_id=tracking_id_of(parcel), request_id=request_id_of(parcel.key),
        )  # fmt: skip
        return Receipt(key=parcel.key, at=taken.at, reference=taken.flow_id)

    def _found_again(self, parcel: Parcel) -> RemoteFlow | None:
        """Return the flow that an earlier attempt made: same tracking id and same bytes."""
        assert parcel.content is not None, parcel.key
        ours = hashlib.sha256(parcel.content).digest()
        for flow in self._client.search(trackingId=tracking_id_of(parcel)):
            is_candidate = flow.direction == "Out" and (flow.syntax == CDAR) is (
                parcel.kind is Kind.STATUS
            )
            if is_candidate and self._has_bytes(flow, ours):
                return flow
        return None

    def _has_bytes(self, flow: RemoteFlow, sha256: bytes) -> bool:
        return hashlib.sha256(self._client.original(flow.flow_id)).digest() == sha256

    def poll(self, address: str, *, limit: int = 100) -> Sequence[Parcel]:
        """Return what the platform has for `address`, by the date of its change."""
        self._list()
        parcels: list[Parcel] = []
        size = 0
        for one in self._register.waiting(limit):
            try:
                parcel = self._fetched(one, address)
            except NetworkFailure as failure:
                if failure.reason in ("credentials", "access", "busy", "unreachable"):
                    raise  # the platform as a whole
                self._register.put_off(one.key, failure)
                continue
            parcels.append(parcel)
            size += len(parcel.content or b"")
            if size > MOST_BYTES_AT_ONCE:
                break
        return parcels

    def acknowledge(self, address: str, keys: Iterable[str]) -> None:  # noqa: ARG002 - one dossier
        """Say that the parcels of these keys are safe here."""
        self._register.take(keys)

    def _list(self) -> None:
        """Note all that changed. A page is noted only when all are read: `since` never skips."""
        seen, now = self._register.since(), datetime.now(UTC)
        listed = []
        for flow in self._client.search(updatedAfter=_written(seen - OVERLAP)):
            # A date in the future, by mistake or malice, must not hide all that comes before it.
            seen = max(seen, min(flow.updated_at, now))
            found = listed_of(flow)
            if found is not None:
                listed.append(found)
        self._register.note(sorted(listed, key=_by_change), seen)

    def _fetched(self, listed: Listed, address: str) -> Parcel:
        flow = listed.flow
        is_answer = listed.key.startswith("ack:")
        kind = Kind.STATUS if flow.syntax == CDAR else Kind.INVOICE
        return Parcel(
            key=listed.key,
            kind=Kind.ACKNOWLEDGEMENT if is_answer else kind,
            sender="",
            recipient=address,
            transmission=flow.tracking_id if is_answer or kind is Kind.STATUS else flow.flow_id,
            content=None if is_answer else self._client.original(flow.flow_id),
            name=flow.name,
            syntax=flow.syntax,
            body=_answer(flow) if is_answer else {},
        )


def _written(instant: datetime) -> str:
    """Return `instant` as clients write it, in UTC with a ``Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _by_change(listed: Listed) -> tuple[datetime, str]:
    return listed.flow.updated_at, listed.key


def listed_of(flow: RemoteFlow) -> Listed | None:
    """Return what `flow` is to us, None when there is nothing to take (yet).

    What is received is taken once the platform accepted it; of what we sent, the answer is.
    """
    if flow.direction == "Out":
        if flow.acknowledgement == _PENDING or not flow.tracking_id:
            return None
        return Listed(key=f"ack:{flow.flow_id}:{flow.acknowledgement}", flow=flow)
    if flow.acknowledgement != _OK or flow.flow_type not in _RECEIVED:
        return None
    return Listed(key=f"flow:{flow.flow_id}", flow=flow)


def tracking_id_of(parcel: Parcel) -> str:
    """Return the trackingId of `parcel`: of an invoice its transmission, so that statuses name it.

    XP Z12-013: 64 characters; the life-cycle flows of an invoice bear that of its deposit.
    """
    return parcel.transmission if parcel.kind is Kind.INVOICE else request_id_of(parcel.key)


def _syntax(parcel: Parcel) -> str:
    return CDAR if parcel.kind is Kind.STATUS else parcel.syntax


def _answer(flow: RemoteFlow) -> dict[str, object]:
    return {
        "flowId": flow.flow_id,
        "status": flow.acknowledgement,
        "details": [dict(one) for one in flow.details],
    }
