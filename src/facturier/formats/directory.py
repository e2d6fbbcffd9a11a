"""The directory of the reform (annuaire): who receives invoices where, as records.

Source: DGFiP external specifications v3.2, annexe 3 (F13, F14) and annexe 7 (G1.80 to G1.115).
The files are read and written by :mod:`facturier.formats.directory_files`; here is what they are
about, and which line is in effect on a day.

A *line* says: invoices for this address, from that day on, go to this platform. It is of nature D
(definition) or M (masking: it cancels a definition not yet in effect). Its period holds the first
day and not the last one (annexe 3, DG-7-3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

SIREN_SCHEME, SIRET_SCHEME, ROUTING_SCHEME = "0002", "0009", "0224"
_SIREN, _SIRET = 9, 14


class Nature(StrEnum):
    """What a line does (DT-7-2)."""

    DEFINITION = "D"
    MASKING = "M"


class Presence(StrEnum):
    """Why a record is in a flux 14 (DT-3-1 to DT-7-1)."""

    CURRENT = "C"
    UPCOMING = "V"
    NEW = "N"
    TAKES_EFFECT = "P"
    ENDS = "S"


class Extent(StrEnum):
    """What a flux 14 holds (DT-2)."""

    FULL = "C"
    DIFFERENTIAL = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of the directory: SIREN, SIREN and SIRET, these and a routing code, or SIREN and
    suffix.
    """  # noqa: D205

    siren: str
    siret: str = ""
    routing: str = ""
    routing_scheme: str = ROUTING_SCHEME
    suffix: str = ""

    @property
    def identifier(self) -> str:
        """The parts that are there, joined by ``_`` (DT-7-5-1), as BT-49 carries it."""
        parts = (self.siren, self.siret, self.routing, self.suffix)
        return "_".join(part for part in parts if part)

    @classmethod
    def parsed(cls, identifier: str) -> Address:
        """Return the address that an identifier names.

        Fourteen digits that begin with the SIREN are read as a SIRET, anything else as a suffix.
        Raises ValueError when it begins with no SIREN.
        """
        siren, _, rest = identifier.strip().partition("_")
        if len(siren) != _SIREN or not siren.isdigit():
            raise ValueError(identifier)
        second, _, third = rest.partition("_")
        if len(second) == _SIRET and second.isdigit() and second.startswith(siren):
            return cls(siren=siren, siret=second, routing=third)
        return cls(siren=siren, suffix=rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the directory (DG-7)."""

    address: Address
    platform: str
    """Number of the platform that receives (matricule); 9998 is the fictitious one, 9999 Chorus
    Pro."""
    start: date
    end: date | None = None
    """First day without effect, as agreed."""
    effective_end: date | None = None
    """First day without effect, as the portal computed it."""
    nature: str = Nature.DEFINITION
    presence: str = ""
    """Why a flux 14 holds it; empty in an update."""
    instance: int | None = None
    """Number of this version of the record; absent in an update."""
    stated: str = ""
    """The identifier as the file writes it; empty in an update."""

    @property
    def until(self) -> date | None:
        """First day without effect; None while nobody has ended it."""
        ends = [day for day in (self.end, self.effective_end) if day is not None]
        return min(ends) if ends else None

    def is_in_effect(self, on: date) -> bool:
        """Whether the line is a definition that applies on a day."""
        until = self.until
        return (
            self.nature == Nature.DEFINITION and self.start <= on and (until is None or on < until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """Where a place of business or a routed service is."""

    lines: tuple[str, ...] = ()
    city: str = ""
    post_code: str = ""
    subdivision: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalUnit:
    """A company or a public body (DG-3)."""

    siren: str
    name: str
    status: str
    """``A`` active, ``I`` inactive."""
    kind: str
    """``A`` private and taxable, ``P`` public."""
    diffusion: str = ""
    """``O`` open, ``P`` partly, ``M``: no canvassing."""
    presence: str = ""
    instance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSettings:
    """What a public body demands of invoices (DG-4-13)."""

    engagement: bool
    service: bool
    engagement_or_service: bool
    works_manager: bool
    works_manager_only: bool
    payment_status: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Establishment:
    """A place of business (DG-4)."""

    siret: str
    name: str
    status: str
    kind: str
    """``P`` head office, ``S`` other."""
    postal_address: PostalAddress = PostalAddress()
    public: PublicSettings | None = None
    diffusion: str = ""
    presence: str = ""
    instance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingCode:
    """A service inside a place of business (DG-5)."""

    siret: str
    routing: str
    name: str
    status: str = "A"
    routing_scheme: str = ROUTING_SCHEME
    postal_address: PostalAddress = PostalAddress()
    engagement: bool | None = None
    """Whether invoices must name a commitment; None where the file does not say."""
    presence: str = ""
    instance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform that receives invoices (DG-6)."""

    number: str
    name: str
    status: str
    kind: str
    """``PDP`` approved platform, ``PPF``, ``AP`` other, ``NA`` fictitious."""
    siren: str = ""
    trade_name: str = ""
    contact: str = ""
    registered: date | None = None
    registered_until: date | None = None
    presence: str = ""
    instance: int | None = None


Record = LegalUnit | Establishment | RoutingCode | Platform | Line
"""What a flux 14 is made of."""


def routing_key(siret: str, routing: str) -> str:
    """Return what a routing code is known by, its letters in either case."""
    return f"{siret}|{routing}".lower()


def key_of(record: Record) -> str:
    """Return what is the same in all versions of a record: a newer one replaces the older."""
    match record:
        case LegalUnit():
            return record.siren
        case Establishment():
            return record.siret
        case RoutingCode():
            return routing_key(record.siret, record.routing)
        case Platform():
            return record.number
        case Line():
            return f"{record.address.identifier.lower()}|{record.start}|{record.nature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How a flux 14 begins."""

    produced_at: datetime
    """Aware; the file writes French time."""
    extent: str
    previous_at: datetime | None = None
    """Of a differential: when the one before was produced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a flux 13, or a flux 12 of the same form, asks the directory to change, in order."""

    routing_codes: tuple[RoutingCode, ...] = ()
    lines: tuple[Line, ...] = ()


# --- which line is in effect ----------------------------------------------------------------------


def line_in_effect(lines: Iterable[Line], identifier: str, on: date) -> Line | None:
    """Return the line that an invoice for this address follows on a day; None when there is none.

    The whole identifier must be that of the line, letters of either case: nothing falls back from
    a suffix or a SIRET to the SIREN. A definition that a masking line repeats is cancelled.
    """
    wanted = identifier.strip().casefold()
    mine = [line for line in lines if line.address.identifier.casefold() == wanted]
    masked = {(line.start, line.platform) for line in mine if line.nature == Nature.MASKING}
    held = [
        line for line in mine if line.is_in_effect(on) and (line.start, line.platform) not in masked
    ]
    return max(held, key=lambda line: (line.start, line.instance or 0), default=None)


def merged(lines: Iterable[Line], news: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines of the directory after a differential: its instances replace those of the
    same address and start.
    """  # noqa: D205
    changed = {_key(line): line for line in news}
    for line in lines:
        yield changed.pop(_key(line), line)
    yield from changed.values()


def _key(line: Line) -> tuple[str, date, str]:
    return line.address.identifier.casefold(), line.start, line.nature


# --- what a platform asks for ---------------------------------------------------------------------


def opened(address: Address, platform: str, start: date, end: date | None = None) -> Line:
    """Return the line that sends invoices for an address to a platform."""
    return Line(address=address, platform=platform, start=start, end=end)


def ended(line: Line, end: date) -> Line:
    """Return the line that ends another: the same, with its first day without effect."""
    return replace(line, end=end, effective_end=None, presence="", instance=None, stated="")


def masked(line: Line) -> Line:
    """Return the line that cancels a definition not yet in effect (G1.84)."""
    return replace(
        line,
        nature=Nature.MASKING,
        effective_end=None,
        presence="",
        instance=None,
        stated="",
    )
