"""What a story is made of: who said what, entries, files, and how an entry is typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier.formats.flux1 import write_flux1
from facturier.ledger.books import Side, siren_of
from facturier.ledger.entries import Entry, Fiscal, Line
from facturier.lifecycle import messages as told
from facturier.lifecycle.messages import InvoiceReference
from facturier.lifecycle.transitions import State
from facturier.reporting.extract import extract, profile_on
from facturier.reporting.filing import Filing, Role
from facturier.reporting.periods import PARIS, Data, Period, Regime, period_of
from facturier.reporting.receipts import is_vat_due_on_payment
from facturier.use_cases.pieces import Actor, day

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

SALE, PURCHASE = Side.SALE, Side.PURCHASE
PLATFORM, PLATFORM_NAME = "0001", "Fictif Plateforme"
MORNING = time(9, 0)
REGIME = Regime.QUARTERLY
"""So that the examples fit in one month: this regime tells transactions month by month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A status that somebody gave."""

    document: str
    code: int
    label: str
    by: str
    to: tuple[str, ...]
    amounts: tuple[str, ...] = ()
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An entry in somebody's books."""

    actor: Actor
    entry: Entry
    typed: bool = False
    """A person types it: no rule of ours proposes it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A file to the tax office."""

    flow: str
    """``1``, ``10.1`` …"""
    who: str
    label: str
    xml: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One step."""

    day: date
    title: str
    said: tuple[Said, ...] = ()
    booked: tuple[Booked, ...] = ()
    told: tuple[Told, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Document:
    """An invoice on its way through a story."""

    invoice: Invoice
    state: State
    sides: dict[Side, Actor]
    paper: bool = False
    """It comes by another way than a platform: no electronic document of the reform."""
    entries: dict[Side, Entry] = field(default_factory=dict)
    paid: dict[Side, Decimal] = field(default_factory=dict)


def typed(
    actor: Actor, on: str, document: str, label: str, *lines: Line, journal: str = ""
) -> Booked:
    """Return an entry that a person types, from :func:`debit` and :func:`credit`."""
    padded = tuple(
        Line(
            account=actor.books.pad(one.account),
            label=one.label or label,
            debit=one.debit,
            credit=one.credit,
            auxiliary=one.auxiliary,
            auxiliary_label=one.auxiliary_label,
            rule=one.rule,
            fiscal=one.fiscal,
            base=one.base,
        )
        for one in lines
    )
    entry = Entry(
        journal=journal or actor.books.miscellaneous_journal,
        date=day(on),
        document=document,
        document_date=day(on),
        label=label,
        lines=padded,
    )
    return Booked(actor=actor, entry=entry, typed=True)


def debit(account: str, amount: str, **more: Any) -> Line:
    """Return a line typed on the left."""
    return _typed_line(account, debit=Decimal(amount), **more)


def credit(account: str, amount: str, **more: Any) -> Line:
    """Return a line typed on the right."""
    return _typed_line(account, credit=Decimal(amount), **more)


def _typed_line(account: str, **more: Any) -> Line:
    """`vat` is a rate and a taxable amount, for a line of VAT; `of` who the third party is."""
    rate, base = more.pop("vat", (None, None))
    auxiliary, name = more.pop("of", ("", ""))
    return Line(
        account=account,
        label="",
        auxiliary=auxiliary,
        auxiliary_label=name,
        rule="SAISIE",
        fiscal=Fiscal(category="S", rate=Decimal(rate)) if rate else None,
        base=Decimal(base) if base else None,
        **more,
    )


def reference_of(invoice: Invoice) -> InvoiceReference:
    """Return what statuses say of an invoice; both platforms have a number."""
    assert invoice.issue_date is not None
    platform = told.Party(role="WK", identifier=PLATFORM, scheme="0238", name=PLATFORM_NAME)
    payee = invoice.payee
    return InvoiceReference(
        number=invoice.number or "",
        issue_date=invoice.issue_date,
        type_code=invoice.type_code or "",
        seller=party_named(invoice.seller, "SE"),
        buyer=party_named(invoice.buyer, "BY"),
        seller_platform=platform,
        buyer_platform=platform,
        factor=party_named(payee, "DL") if payee else None,
        validator=party_named(invoice.seller_agent, "SR") if invoice.seller_agent else None,
        vat_due_on_payment=is_vat_due_on_payment(invoice),
    )


def party_named(party: Any, role: str) -> told.Party:
    """Return a party as statuses name it, in a role (UNCL 3035)."""
    if party is None:
        return told.Party(role=role)
    address = party.electronic_address
    return told.Party(
        role=role,
        identifier=siren_of(party),
        scheme="0002",
        name=party.name or "",
        address=address.value if address else siren_of(party),
        address_scheme="0225",
    )


def amount_in_words(one: told.Characteristic) -> str:
    """Return an amount of a status in a few letters: ``MEN 120,00 à 20 %``."""
    if one.type_code == "CBB":
        return f"{one.term} {one.text}".strip()
    rate = f" à {one.percent:f} %" if one.percent is not None else ""
    return f"{one.type_code} {one.amount:.2f}{rate}".replace(".", ",")


def paid_amounts(money: Decimal, discount: str, when: date) -> tuple[told.Characteristic, ...]:
    """Return what a 211 tells: the amount paid, the discount taken."""
    amounts = [told.Characteristic(type_code="MPA", amount=money, value_date=when)]
    if discount:
        amounts.append(told.Characteristic(type_code="ESC", amount=Decimal(discount)))
    return tuple(amounts)


def parts_of(rates: tuple[tuple[str, str], ...]) -> tuple[tuple[Decimal, Decimal], ...]:
    """Return rates and amounts as numbers."""
    return tuple((Decimal(rate), Decimal(amount)) for rate, amount in rates)


def flux1_of(invoice: Invoice) -> Told:
    """Return the flux 1 that an invoice calls for on its day."""
    assert invoice.issue_date is not None
    extraction = extract(invoice, profile_on(invoice.issue_date), on=invoice.issue_date)
    xml, _ = write_flux1(extraction.invoice, "ubl")
    seller = invoice.seller.name if invoice.seller else ""
    return Told(flow="1", who=seller or "", label=f"Facture {invoice.number}", xml=xml)


def periods_of(days: list[date], data: Data) -> list[Period]:
    """Return the periods in which operations of some days are told, in order."""
    return sorted({period_of(one, REGIME, data) for one in days})


def filing_of(actor: Actor, role: Role, period: Period) -> Filing:
    """Return the filing of a company for a period, made ten days after its end."""
    made = datetime.combine(period.end + timedelta(days=10), MORNING, PARIS)
    return Filing(
        siren=actor.siren,
        name=actor.name,
        role=role,
        period=period,
        platform=PLATFORM,
        platform_name=PLATFORM_NAME,
        created_at=made,
    )
