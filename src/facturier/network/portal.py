"""The protocol of the public portal (PPF), the concentrator: flows out, answers in.

A flow is a ``tar.gz`` of files of one kind (:mod:`facturier.reporting.envelope`); its name is its
identity. Sending is *at least once* on the wire and *exactly once* in effect: the portal keeps one
flow a name, and a sender that does not know whether a flow arrived sends the same bytes again under
the same name. Answers are flows too, of CDAR files; they wait until acknowledged.

Source: DGFiP external specifications v3.2, dossier général §3.4.5 (flux 14: §3.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFlow:
    """One archive, from us to the portal or from the portal to us."""

    name: str
    """``FFE1025A_AAA123_AAA1230000000000000000001.tar.gz``. The answer about it is of the same name
    but for its first letter, ``C``; those about its objects are ``FFE0604A_AAA123_PPF001…`` and the
    like (figures 16 to 19)."""
    content: bytes
    """The archive, byte for byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The portal holds the flow; whether it is receivable is said later, by a 500 or a 501."""

    name: str
    at: datetime


class Portal(Protocol):
    """The way to the public portal. Each method may raise `facturier.errors.NetworkFailure`."""

    name: str
    """How screens name it; a simulation says that it is one."""

    def send(self, flow: PortalFlow) -> Taken:
        """Hand `flow` over. Repeating it with the same name and bytes does nothing more.

        A name already used for other bytes is a permanent `NetworkFailure`.
        """
        ...

    def answers(self, *, limit: int = 100) -> Sequence[PortalFlow]:
        """Return the answers that wait for this application, oldest first.

        Exports of the directory are no answers: see :meth:`exports`.
        """
        ...

    def exports(self) -> Sequence[str]:
        """Return the names of the exports of the directory (flux 14) that wait, oldest first."""
        ...

    def download(self, name: str, into: IO[bytes]) -> None:
        """Write an export into a file, piece by piece: it may weigh a gigabyte."""
        ...

    def acknowledge(self, names: Iterable[str]) -> None:
        """Say that the answers of these names are safe here: they wait no longer."""
        ...
