"""What the concentrator knows and remembers while it answers: the words its parts share."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from facturier.formats.directory import (
    Establishment,
    LegalUnit,
    Line,
    RoutingCode,
    key_of,
    routing_key,
)
from facturier.lifecycle.statuses import Subject
from facturier.reporting.periods import PARIS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Directed = Line | RoutingCode
"""What a flux 13 changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A platform connected to the portal."""

    code: str
    """Six capital letters or digits, given by the portal."""
    secret: str = field(default="", repr=False)
    platform: str = ""
    """Matricule of the platform, four digits; empty: what depends on it is not checked."""


def identified(
    applications: Mapping[str, Application], code: str, secret: str
) -> Application | None:
    """Return the application that says its secret; None for a stranger."""
    found = applications.get(code)
    expected = found.secret if found else "inconnu"
    return found if hmac.compare_digest(secret.encode(), expected.encode()) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why something is not taken: one reason with its detail (MDG-37)."""

    reason: str
    """Code of G7.18 or G7.19 (MDT-113)."""
    rule: str = ""
    """Rule of annexe 7 that is broken (MDT-125)."""
    message: str = ""
    """What is wrong, in French (MDT-126)."""
    place: str = ""
    """File or term (MDT-127)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A status that the portal was told about an invoice."""

    code: int
    at: datetime
    """When it was decided (MDT-78)."""
    message: str
    """Identifier of the message (MDT-4)."""
    final: bool = False
    """Whether nothing may be decided after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One object of a flow, and what becomes of it."""

    subject: Subject
    file: str
    number: str = ""
    """MDT-87: number of the invoice, of the transmission, of the message."""
    day: date | None = None
    """MDT-100: day of issue."""
    siren: str = ""
    """MDT-129: seller of the invoice."""
    key: str = ""
    """What it is unique by."""
    objections: tuple[Objection, ...] = ()
    deed: Deed | None = None
    """Of a status: what was said."""
    changes: tuple[Directed, ...] = ()
    """Of a flux 13: what changes in the directory."""

    @property
    def code(self) -> int:
        """Its status: 250 or 251, 300 or 301, 400 or 401; 601 or, taken, 0 (nothing is said)."""
        taken, rejected = CODES[self.subject]
        return rejected if self.objections else taken


CODES: dict[Subject, tuple[int, int]] = {
    Subject.F1: (250, 251),
    Subject.F10: (300, 301),
    Subject.DIRECTORY: (400, 401),
    Subject.STATUS: (0, 601),
}
"""Taken, rejected: nothing is said of a status that was taken (DG §3.6, figure 17)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something is judged, and the temporary limits of that day."""

    now: datetime
    """Timezone-aware."""
    limits: Limits

    @property
    def today(self) -> date:
        """The French day."""
        return self.now.astimezone(PARIS).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the portal does not take yet, each until a day (AIFE, annexes of the Schematrons)."""

    short_numbers_until: date = date(2027, 1, 1)
    """Before that day the number of an invoice has 20 characters at most, in flux 1 and flux 10."""
    short_vat_points_until: date = date(2027, 7, 1)
    """Before that day TT-80 has two characters at most and is neither 3 nor 5."""
    party_types_checked_from: date = date(2027, 1, 1)
    """Before that day the form of TT-33 and TT-36 under scheme 0002 is not checked."""
    largest_flow: int = 1_000_000_000
    """Bytes; a longer one is not kept and is answered 501."""


class Directory(Protocol):
    """What the directory says."""

    def unit(self, siren: str) -> LegalUnit | None:
        """Return the company or public body of a SIREN."""
        ...

    def establishment(self, siret: str) -> Establishment | None:
        """Return the place of business of a SIRET."""
        ...

    def routing_code(self, siret: str, routing: str) -> RoutingCode | None:
        """Return a routing code of a place of business."""
        ...

    def lines(self, siren: str) -> Sequence[Line]:
        """Return the lines of the directory for a SIREN."""
        ...

    def platforms(self) -> Collection[str]:
        """Return the numbers of the platforms that are registered."""
        ...


class Known(Directory, Protocol):
    """The directory, and what earlier flows said; one flow is judged within one transaction."""

    def has(self, subject: Subject, key: str) -> bool:
        """Return whether an object of this key was taken."""
        ...

    def deeds(self, invoice: str) -> Sequence[Deed]:
        """Return the statuses taken about an invoice, by the key of :func:`invoice_key`."""
        ...

    def remember(self, judged: Judged) -> None:
        """Keep what was judged, so that the next object sees it."""
        ...


def invoice_key(number: str, day: date, siren: str) -> str:
    """Return what an invoice is unique by: number, year of issue, SIREN of the seller (G1.45)."""
    return f"{number}|{day.year}|{siren}"


class Memory:
    """A :class:`Known` in memory, for tests and for what is judged without a store."""

    def __init__(self, *units: LegalUnit, platforms: Collection[str] = ()) -> None:
        self._units = {one.siren: one for one in units}
        self._platforms = platforms
        self._taken: set[tuple[Subject, str]] = set()
        self._deeds: dict[str, list[Deed]] = {}
        self.establishments: dict[str, Establishment] = {}
        self._changes: dict[str, Directed] = {}

    def has(self, subject: Subject, key: str) -> bool:
        """Return whether an object of this key was taken."""
        return (subject, key) in self._taken

    def deeds(self, invoice: str) -> Sequence[Deed]:
        """Return the statuses taken about an invoice."""
        return self._deeds.get(invoice, ())

    def unit(self, siren: str) -> LegalUnit | None:
        """Return the company of a SIREN."""
        return self._units.get(siren)

    def establishment(self, siret: str) -> Establishment | None:
        """Return the place of business of a SIRET."""
        return self.establishments.get(siret)

    def routing_code(self, siret: str, routing: str) -> RoutingCode | None:
        """Return a routing code of a place of business."""
        found = self._changes.get(routing_key(siret, routing))
        return found if isinstance(found, RoutingCode) else None

    def lines(self, siren: str) -> Sequence[Line]:
        """Return the lines for a SIREN."""
        return [
            one
            for one in self._changes.values()
            if isinstance(one, Line) and one.address.siren == siren
        ]

    def platforms(self) -> Collection[str]:
        """Return the numbers of the platforms."""
        return self._platforms

    def remember(self, judged: Judged) -> None:
        """Keep what was taken."""
        if judged.objections:
            return
        self._taken.add((judged.subject, judged.key))
        if judged.deed is not None:
            self._deeds.setdefault(judged.key, []).append(judged.deed)
        self._changes |= {key_of(one): one for one in judged.changes}
