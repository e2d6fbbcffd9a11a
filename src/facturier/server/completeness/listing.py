"""What each connector of a dossier lists, asked anew: the outside's word, not our notes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facturier.errors import ConfigurationError, NetworkFailure
from facturier.network import afnor
from facturier.network.afnor.client import Client
from facturier.server.connections.exchange import wire_of
from facturier.server.connections.models import Connection
from facturier.server.documents.models import Envelope, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from facturier.network.afnor.client import RemoteFlow
    from facturier.network.afnor.wire import Wire
    from facturier.server.firm.models import Dossier

SIMULATED = "Réseau simulé"
_INVOICES = frozenset({"SupplierInvoice", "CustomerInvoice"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An invoice that a connector lists."""

    key: str
    """Received: the end of its flow's ``message_key``. Issued: the flow's name there."""
    at: datetime
    name: str
    """Of the file, or what else the connector says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one connector lists of a dossier, from some day on."""

    connector: str
    is_platform: bool
    """Whether it is another platform (XP Z12-013), which lists what was issued, too."""
    received: dict[str, Listed] = field(default_factory=dict)
    issued: dict[str, Listed] = field(default_factory=dict)
    silence: str = ""
    """Why it could not be asked; then the rest is empty and says nothing."""

    def knows(self, issued: str) -> bool:
        """Whether it lists what was issued under this name; of a silent one nobody can say."""
        return bool(self.silence) or issued in self.issued


def of_network(dossier: Dossier, start: datetime) -> Listing:
    """Return what the mailbox of `dossier`, in sight, holds since `start`."""
    letters = Envelope.objects.filter(
        dossier=dossier, kind=Message.Kind.INVOICE, created_at__gte=start
    ).exclude(key__startswith=f"{afnor.NAME}:")
    found = letters.values_list("key", "created_at", "sender_address")
    return Listing(
        connector=SIMULATED, is_platform=False,
        received={key: Listed(key=key, at=at, name=sender) for key, at, sender in found},
    )  # fmt: skip


def of_platform(
    connection: Connection, start: datetime, *, wire: Callable[[Connection], Wire] = wire_of
) -> Listing:
    """Ask the platform of `connection` what changed there since `start`; outside a transaction.

    A platform that is away, or whose secret is lost, is a :attr:`Listing.silence`.
    """
    try:
        client = Client(wire(connection))
        flows = list(client.search(updatedAfter=start.isoformat()))
    except (NetworkFailure, ConfigurationError) as error:
        return Listing(connector=connection.name, is_platform=True, silence=error.message)
    return Listing(
        connector=connection.name, is_platform=True,
        received={one.key: one for one in _received(flows)},
        issued={one.flow_id: _listed(one.flow_id, one) for one in flows if _is_issued(one)},
    )  # fmt: skip


def _received(flows: Iterable[RemoteFlow]) -> Iterable[Listed]:
    for flow in flows:
        found = afnor.listed_of(flow)
        if found is not None and flow.direction == "In" and flow.flow_type in _INVOICES:
            yield _listed(f"{afnor.NAME}:{found.key}"[:100], flow)


def _is_issued(flow: RemoteFlow) -> bool:
    """Whether it is an invoice that was deposited and taken there."""
    return flow.direction == "Out" and flow.flow_type in _INVOICES and flow.acknowledgement == "Ok"


def _listed(key: str, flow: RemoteFlow) -> Listed:
    return Listed(key=key, at=flow.updated_at, name=flow.name or flow.flow_id)
