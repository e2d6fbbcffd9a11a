"""What a transmission tells, one amount a line: to add up, to compare, to trace.

A :class:`Figure` is the smallest amount that a transmission (flux 10) tells: of an invoice of
international trade (10.1) one line of its VAT breakdown, of sales to private persons (10.3) one
rate of a category and a day, of a receipt (10.2, 10.4) one rate. The figures of several invoices
merge into those of the transmission they make, so that every total can be followed down to what it
is made of; and two transmissions of one period are compared figure by figure, for a rectification
replaces everything and says nothing of what changed (dossier général §3.7.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from facturier.invoice.codes import CREDIT_NOTE
from facturier.invoice.money import ZERO, cents, total
from facturier.reporting.filing import Role
from facturier.reporting.receipts import Received
from facturier.reporting.report import (
    DayReceipts,
    DaySales,
    InvoiceReceipt,
    Receipt,
    Report,
    ReportedInvoice,
)
from facturier.reporting.sales import EURO, Sale


class Block(StrEnum):
    """The four parts that a transmission may have (dossier général §3.7)."""

    INVOICES = "10.1"
    INVOICE_RECEIPTS = "10.2"
    SALES = "10.3"
    DAY_RECEIPTS = "10.4"

    @property
    def label(self) -> str:
        """What it holds, in French."""
        return {
            Block.INVOICES: "Factures internationales",
            Block.INVOICE_RECEIPTS: "Encaissements de factures internationales",
            Block.SALES: "Ventes aux particuliers et non-assujettis",
            Block.DAY_RECEIPTS: "Encaissements de ventes aux particuliers",
        }[self]


BY_DAY = (Block.SALES, Block.DAY_RECEIPTS)
"""Blocks that tell days, not invoices: the number of an invoice does not travel there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One amount of a transmission, or what an invoice or a till adds to one."""

    block: str
    """A value of :class:`Block`."""
    day: date
    """Of issue (10.1), of the sales (10.3), of the receipt (10.2, 10.4)."""
    number: str = ""
    """Of the invoice; empty in the blocks that tell days."""
    category: str = ""
    """TT-81 in 10.3, the VAT category (TT-56) in 10.1; empty of receipts."""
    rate: Decimal
    """Of VAT, in percent."""
    country: str = ""
    """Of the other party (10.1)."""
    currency: str = EURO
    base: Decimal
    """Without VAT; of a receipt the amount with VAT. A credit note counts negatively."""
    tax: Decimal = ZERO
    """VAT in `currency`; none of a receipt."""

    @property
    def key(self) -> tuple[str, date, str, str, Decimal, str, str]:
        """What it is about: two figures of one key add up."""
        return (
            self.block, self.day, self.number, self.category, self.rate, self.country,
            self.currency,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure that two transmissions of one period tell differently."""

    before: Figure | None
    """None when it is new."""
    after: Figure | None
    """None when it is told no more."""

    @property
    def about(self) -> Figure:
        """The figure, for what it is about."""
        about = self.after or self.before
        assert about is not None, "a change has a side"
        return about

    @property
    def base(self) -> Decimal:
        """By how much the base differs."""
        return _difference(*((one.base if one else ZERO) for one in (self.before, self.after)))

    @property
    def tax(self) -> Decimal:
        """By how much the VAT differs."""
        return _difference(*((one.tax if one else ZERO) for one in (self.before, self.after)))


def _difference(before: Decimal, after: Decimal) -> Decimal:
    return total((after, before.copy_negate()))


def figures(report: Report | None) -> tuple[Figure, ...]:
    """Return what `report` tells, merged and in order; nothing for no report."""
    return merged(_told(report)) if report is not None else ()


def of_sale(sale: Sale) -> Figure:
    """Return what a sale without invoice adds (10.3)."""
    return Figure(
        block=Block.SALES,
        day=sale.day,
        category=sale.category,
        rate=sale.rate,
        currency=sale.currency,
        base=cents(sale.taxable_amount),
        tax=cents(sale.tax_amount),
    )


def of_receipt(received: Received, block: Block = Block.DAY_RECEIPTS) -> tuple[Figure, ...]:
    """Return what a receipt adds in `block`, 10.4 unless it pays an international invoice."""
    number = received.invoice.number if received.invoice else None
    return tuple(
        Figure(
            block=block,
            day=received.day,
            number=number or "",
            rate=rate,
            currency=received.currency,
            base=cents(amount),
        )
        for rate, amount in received.parts
    )


def merged(parts: Iterable[Figure]) -> tuple[Figure, ...]:
    """Add up the figures of one key, in order; those of days lose their invoice's number."""
    found: dict[tuple[object, ...], Figure] = {}
    for part in parts:
        one = replace(part, number="") if part.block in BY_DAY else part
        held = found.get(one.key)
        found[one.key] = one if held is None else _sum(held, one)
    return tuple(sorted(found.values(), key=lambda one: one.key))


def totals(parts: Iterable[Figure]) -> tuple[Figure, ...]:
    """Add up figures whatever their day and invoice; each total bears its latest day."""
    found: dict[tuple[object, ...], Figure] = {}
    for part in parts:
        one = replace(part, number="")
        key = (one.block, one.category, one.rate.copy_negate(), one.country, one.currency)
        held = found.get(key)
        latest = one if held is None else replace(one, day=max(one.day, held.day))
        found[key] = latest if held is None else _sum(latest, held)
    return tuple(found[key] for key in sorted(found))


def compare(before: Iterable[Figure], after: Iterable[Figure]) -> tuple[Change, ...]:
    """Return what changed between two transmissions of one period, in order; both merged."""
    old = {one.key: one for one in before}
    new = {one.key: one for one in after}
    return tuple(
        Change(before=old.get(key), after=new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def _sum(one: Figure, other: Figure) -> Figure:
    return replace(one, base=total((one.base, other.base)), tax=total((one.tax, other.tax)))


def _told(report: Report) -> Iterator[Figure]:
    declarant = report.header.declarant if report.header else None
    buys = declarant is not None and declarant.role == Role.BUYER
    if report.transactions is not None:
        for invoice in report.transactions.invoices:
            yield from _of_invoice(invoice, buys=buys)
        for sales in report.transactions.sales:
            yield from _of_day(sales)
    if report.payments is not None:
        for paid in report.payments.invoices:
            yield from _of_receipt(Block.INVOICE_RECEIPTS, paid.receipt, paid)
        for received in report.payments.days:
            yield from _of_receipt(Block.DAY_RECEIPTS, received.receipt, received)


def _of_invoice(invoice: ReportedInvoice, *, buys: bool) -> Iterator[Figure]:
    other = invoice.seller if buys else invoice.buyer
    back = invoice.type_code in CREDIT_NOTE
    for part in invoice.vat_breakdown:
        base, tax = part.taxable_amount or ZERO, part.tax_amount or ZERO
        yield Figure(
            block=Block.INVOICES,
            day=_day(invoice.issue_date),
            number=invoice.number or "",
            category=(part.category.code if part.category else None) or "",
            rate=(part.category.rate if part.category else None) or ZERO,
            country=(other.address.country_code if other and other.address else None) or "",
            currency=invoice.currency or EURO,
            base=base.copy_negate() if back else base,
            tax=tax.copy_negate() if back else tax,
        )


def _of_day(sales: DaySales) -> Iterator[Figure]:
    for part in sales.rates:
        yield Figure(
            block=Block.SALES,
            day=_day(sales.day),
            category=sales.category or "",
            rate=part.rate or ZERO,
            currency=sales.currency or EURO,
            base=part.taxable_amount or ZERO,
            tax=part.tax_amount or ZERO,
        )


def _of_receipt(
    block: Block, receipt: Receipt | None, of: InvoiceReceipt | DayReceipts
) -> Iterator[Figure]:
    if receipt is None:
        return
    for part in receipt.rates:
        yield Figure(
            block=block,
            day=_day(receipt.day),
            number=(of.number or "") if isinstance(of, InvoiceReceipt) else "",
            rate=part.rate or ZERO,
            currency=part.currency or EURO,
            base=part.amount or ZERO,
        )


def _day(written: str | None) -> date:
    """Read a date of eight digits; reports that we wrote have no other."""
    assert written is not None, "a transmission dates what it tells"
    return date(int(written[:4]), int(written[4:6]), int(written[6:8]))
