"""Who declares, for which period, and what was left out: what all transmissions share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from facturier.invoice.model import Invoice, Party
from facturier.invoice.parties import PLATFORM, SIREN, SIRET, siren_of
from facturier.reporting import report as paper
from facturier.reporting.periods import PARIS, Data, Period
from facturier.reporting.report import Header, Report

PLATFORM_ROLE = "WK"
"""TT-10: the sender is always a platform (G7.51)."""


class Role(StrEnum):
    """What the declarant is in the operations he tells (TT-15)."""

    SELLER = "SE"
    BUYER = "BY"


class Kind(StrEnum):
    """Whether a transmission is the first one of its period (TT-4)."""

    INITIAL = "IN"
    RECTIFYING = "RE"
    """Replaces everything that was told of the same declarant, role, data and period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A declarant, a role, a period: what a transmission is about."""

    siren: str
    """Of the declarant."""
    name: str
    """His company name (TT-14)."""
    role: Role
    period: Period
    platform: str
    """Matricule of the sending platform, four characters (TT-8)."""
    platform_name: str
    created_at: datetime
    """Timezone-aware."""
    kind: Kind = Kind.INITIAL
    identifier: str = ""
    """TT-1, unique among the transmissions of a declarant and a period; made when empty."""

    def __post_init__(self) -> None:
        assert self.created_at.tzinfo is not None, "an instant carries its time zone"

    @property
    def created_on(self) -> date:
        """The day it was made, in Paris."""
        return self.created_at.astimezone(PARIS).date()

    def remarks(self) -> tuple[str, ...]:
        """Return what a person should know before sending, in French."""
        if self.created_on > self.period.end:
            return ()
        return ("La période n'est pas finie : le portail refuse une transmission avant (G7.43).",)

    def header(self, data: Data) -> Header:
        """Return the head of a transmission (TB-1)."""
        created = self.created_at.astimezone(PARIS).strftime("%Y%m%d%H%M%S")
        identifier = self.identifier or "-".join(
            (self.siren, self.role, data[:1].upper(), written(self.period.start), created)
        )
        return Header(
            identifier=identifier,
            name=f"{data.capitalize()} {self.period}",
            stamp=paper.Stamp(created=created),
            type_code=self.kind,
            sender=paper.Sender(
                scheme=PLATFORM,
                identifier=self.platform,
                name=self.platform_name,
                role=PLATFORM_ROLE,
            ),
            declarant=paper.Declarant(
                scheme=SIREN, identifier=self.siren, name=self.name, role=self.role
            ),
        )

    def days(self) -> paper.Period:
        """Return the period as a transmission writes it."""
        return paper.Period(
            start_date=written(self.period.start), end_date=written(self.period.end)
        )


class Untellable(Exception):
    """An operation that cannot be declared as it stands; its text says why, in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An operation that is not declared here, and why."""

    number: str
    """Of the invoice; empty when it has none."""
    reason: str
    """In French, one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A transmission, and all that a person should know about how it came to be."""

    report: Report | None
    """None when there is nothing to declare: no empty transmission is due."""
    taken: tuple[str, ...]
    """Numbers of the invoices in it."""
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]
    """In French: what was written otherwise than the invoice has it, and what to look at."""


def written(day: date) -> str:
    """Write a date as transmissions do: ``20260915``."""
    return f"{day:%Y%m%d}"


def siren_of_party(party: Party | None) -> str | None:
    """Return the SIREN of a party, from its identifiers or its French VAT number."""
    if party is None:
        return None
    legal = party.legal_identifier
    if legal is not None and legal.scheme in (SIREN, None) and siren_of(legal.value):
        return siren_of(legal.value)
    for one in party.identifiers:
        if one.scheme in (SIREN, SIRET) and siren_of(one.value):
            return siren_of(one.value)
    return siren_of(party.vat_identifier or "")


def side(invoice: Invoice, siren: str) -> Role | None:
    """Return what a company is in an invoice; None when it is neither seller nor buyer."""
    if siren_of_party(invoice.seller) == siren:
        return Role.SELLER
    return Role.BUYER if siren_of_party(invoice.buyer) == siren else None


def key(invoice: Invoice) -> tuple[object, ...]:
    """Return what makes an invoice unique: number, year, seller (G1.42)."""
    seller = invoice.seller
    known = siren_of_party(seller) or (seller and (seller.vat_identifier or seller.name))
    return (invoice.number, invoice.issue_date and invoice.issue_date.year, known)
