"""The simulated network: every address of this installation, and nothing beyond it.

It is complete (directory, delivery, mailboxes, exactly-once) and it is a simulation: nothing leaves
the machine. The mailboxes are a :class:`PostOffice`, in memory or in the server's database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from facturier.errors import NetworkFailure
from facturier.network.platform import DirectoryLine, Parcel, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MemoryPostOffice", "PostOffice", "SimulatedNetwork"]

NAME = "simulated"


class PostOffice(Protocol):
    """Keeps the mailboxes."""

    def serves(self, address: str) -> bool:
        """Return whether there is a mailbox for `address`."""
        ...

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Put `parcels` into the mailboxes of their recipients, once for each key.

        Raises `KeyError` with the address, and puts none, when one has no mailbox here.
        """
        ...

    def waiting(self, address: str, limit: int) -> Sequence[Parcel]:
        """Return at most `limit` parcels not taken yet, oldest first."""
        ...

    def take(self, address: str, keys: Iterable[str]) -> None:
        """Mark parcels as taken. They are remembered: the same key is never put again."""
        ...


class MemoryPostOffice:
    """Mailboxes that live as long as the process: for examples and tests of the protocol."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._boxes: dict[str, dict[str, Parcel]] = {address: {} for address in addresses}
        self._taken: dict[str, set[str]] = {address: set() for address in self._boxes}

    def serves(self, address: str) -> bool:
        """Return whether there is a mailbox for `address`."""
        return address in self._boxes

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Put `parcels` into the mailboxes of their recipients, once for each key."""
        boxes = [self._boxes[parcel.recipient] for parcel in parcels]
        for box, parcel in zip(boxes, parcels, strict=True):
            box.setdefault(parcel.key, parcel)

    def waiting(self, address: str, limit: int) -> Sequence[Parcel]:
        """Return at most `limit` parcels not taken yet, oldest first."""
        taken = self._taken[address]
        return [p for key, p in self._boxes[address].items() if key not in taken][:limit]

    def take(self, address: str, keys: Iterable[str]) -> None:
        """Mark parcels as taken."""
        self._taken[address].update(keys)


class SimulatedNetwork:
    """Implements :class:`facturier.network.platform.Platform` over a post office."""

    name = NAME

    def __init__(self, post_office: PostOffice) -> None:
        self._post_office = post_office

    def look_up(self, address: str) -> DirectoryLine | None:
        """Return where `address` is served; None when no dossier here has it."""
        if not self._post_office.serves(address):
            return None
        return DirectoryLine(address=address, platform=self.name)

    def deliver(self, parcel: Parcel) -> Receipt:
        """Put `parcel` into its mailbox; `NetworkFailure` (permanent) when there is none."""
        return self.deliver_all([parcel])[0]

    def deliver_all(self, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Put `parcels` into their mailboxes; `NetworkFailure` when one has none: then none is."""
        try:
            self._post_office.put(parcels)
        except KeyError as unknown:
            message = f"L'adresse {unknown.args[0]} n'est servie par aucune plateforme."
            raise NetworkFailure(message, permanent=True, reason="unknown-address") from None
        now = datetime.now(UTC)
        return [Receipt(key=parcel.key, at=now) for parcel in parcels]

    def poll(self, address: str, *, limit: int = 100) -> Sequence[Parcel]:
        """Return what waits for `address`, oldest first."""
        return self._post_office.waiting(address, limit)

    def acknowledge(self, address: str, keys: Iterable[str]) -> None:
        """Say that the parcels of these keys are safe here."""
        self._post_office.take(address, keys)
