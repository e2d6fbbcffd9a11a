"""The protocol that every connector speaks: look up, deliver, poll, acknowledge.

Delivery is *at least once* on the wire and *exactly once* in effect: a parcel carries a key drawn
by its sender, and a receiver keeps one parcel a key. A sender that does not know whether a parcel
arrived hands it over again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


class Kind(StrEnum):
    """What a parcel carries."""

    INVOICE = "invoice"
    STATUS = "status"
    ACKNOWLEDGEMENT = "acknowledgement"
    """What another platform says of a parcel that it was handed; it has no content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message on its way from one electronic address to another."""

    key: str
    """Drawn by the sender, the same at each attempt: two parcels of one key are one."""
    kind: Kind
    sender: str
    """Electronic address (scheme 0225) of who sends."""
    recipient: str
    """Electronic address (scheme 0225) of who receives."""
    transmission: str
    """The transmission that it opens or speaks of; the same word on both sides."""
    content: bytes | None = None
    """The file, byte for byte: an invoice as it was deposited, a status as its CDAR."""
    name: str = ""
    """Name of the file."""
    syntax: str = ""
    """What the file is written in, in words of XP Z12-013 (flowSyntax); empty: not known."""
    is_repeat: bool = False
    """Whether an earlier attempt may have arrived: who keeps no keys is asked before."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """What a network adds on its own account, in values that JSON can carry; never the status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The other side has the parcel."""

    key: str
    at: datetime
    reference: str = ""
    """What the other side calls the parcel; empty when it has no word of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryLine:
    """Where an electronic address is served."""

    address: str
    platform: str
    """Name of the platform that serves it."""


class Platform(Protocol):
    """A way to the other side. Each method may raise :class:`facturier.errors.NetworkFailure`."""

    name: str

    def look_up(self, address: str) -> DirectoryLine | None:
        """Return where `address` is served; None when no platform serves it."""
        ...

    def deliver(self, parcel: Parcel) -> Receipt:
        """Hand `parcel` over. Repeating it with the same key does nothing more."""
        ...

    def poll(self, address: str, *, limit: int = 100) -> Sequence[Parcel]:
        """Return what waits for `address`, oldest first; it waits until acknowledged."""
        ...

    def acknowledge(self, address: str, keys: Iterable[str]) -> None:
        """Say that the parcels of these keys are safe here: they wait no longer."""
        ...
