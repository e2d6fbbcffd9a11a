"""The amounts of an invoice, in euros, checked to add up before anything is posted.

An invoice is posted from its own totals (BG-22) and its own VAT breakdown (BG-23); its lines only
say how the net amount divides between accounts. What does not add up is refused with a reason,
never repaired in silence; the one exception is a gap of at most one cent an amount between the
lines and BT-109, which stays visible as a rounding difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.errors import Unpostable
from facturier.invoice.money import CENT, cents
from facturier.ledger.books import ExchangeRate
from facturier.ledger.entries import ZERO

if TYPE_CHECKING:
    from facturier.invoice.model import AllowanceCharge, Invoice, Line, Totals

TOO_MUCH = Decimal(10) ** 16
"""Amounts have nineteen characters at most (BR-FR-DEC-01): sixteen digits, a comma, two more."""
MOST_GAP = Decimal(1)
"""Largest rounding difference, in euros, that is posted as one, however many lines there are."""
RATE_TOLERANCE = Decimal("0.02")
"""Part by which BT-111 may differ from BT-110 at the given exchange rate."""
EURO = "EUR"
CATEGORIES = frozenset({"S", "Z", "E", "AE", "K", "G", "O"})
"""VAT categories admitted in France (BR-FR-15)."""
OUTSIDE_TOTALS = frozenset({"GROUP", "INFORMATION"})
"""Subtypes of lines (EXT-FR-FE-163) that are in no total."""

Key = tuple[str, Decimal]
"""VAT category and rate."""


class Part(StrEnum):
    """What a net amount is in the invoice; the value is its term."""

    LINE = "BT-131"
    ALLOWANCE = "BT-92"
    CHARGE = "BT-99"
    BREAKDOWN = "BT-116"


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """A net amount that is part of BT-109; negative for an allowance."""

    part: Part
    index: int
    key: Key
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Vat:
    """One group of the VAT breakdown."""

    index: int
    key: Key
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The amounts of an invoice in euros; ``without_vat`` is the sum of `nets` plus `gap`."""

    nets: tuple[Net, ...]
    vats: tuple[Vat, ...]
    without_vat: Decimal
    vat: Decimal
    with_vat: Decimal
    paid: Decimal
    rounding: Decimal

    @property
    def gap(self) -> Decimal:
        """What the lines leave of BT-109: a rounding difference."""
        return self.without_vat - sum((net.amount for net in self.nets), ZERO)


def french(amount: Decimal) -> str:
    """Write an amount the French way: ``1234,50``."""
    return f"{amount:.2f}".replace(".", ",")


def apportion(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share `total` in proportion to `weights`, to the cent; the heaviest takes what is left."""
    whole = sum(weights, ZERO)
    shares = [cents(total * weight / whole) if whole else ZERO for weight in weights]
    heaviest = max(range(len(weights)), key=lambda place: abs(weights[place]))
    shares[heaviest] += total - sum(shares, ZERO)
    return shares


def read_figures(invoice: Invoice, rate: ExchangeRate | None = None) -> Figures:
    """Return the amounts of `invoice` in euros. Raises Unpostable when they cannot be trusted.

    `rate` is needed when the invoice is in another currency and does not tell it by BT-111.
    """
    totals = invoice.totals
    if totals is None or totals.without_vat is None or totals.with_vat is None:
        raise Unpostable(
            "Le total hors TVA (BT-109) ou le total TTC (BT-112) manque.", reason="missing-total"
        )
    vats = _breakdown(invoice)
    figures = Figures(
        nets=_nets(invoice) or _nets_of(vats),
        vats=vats,
        without_vat=_two_decimals(totals.without_vat, "BT-109"),
        vat=_two_decimals(totals.vat_amount or ZERO, "BT-110"),
        with_vat=_two_decimals(totals.with_vat, "BT-112"),
        paid=_two_decimals(totals.paid_amount or ZERO, "BT-113"),
        rounding=_two_decimals(totals.rounding_amount or ZERO, "BT-114"),
    )
    _check_sums(figures)
    if invoice.currency == EURO:
        return figures
    return _in_euros(invoice, totals, figures, rate or rate_told(invoice))


def _two_decimals(amount: Decimal, term: str) -> Decimal:
    if abs(amount) >= TOO_MUCH:
        raise Unpostable(
            f"Le montant de {term} dépasse ce qu'une comptabilité peut porter.",
            reason="amount-too-big",
        )
    if amount != cents(amount):
        written = format(amount, "f").replace(".", ",")
        raise Unpostable(
            f"Le montant {written} ({term}) a plus de deux décimales.", reason="fractions-of-cent"
        )
    return cents(amount)


def _key(category: str | None, rate: Decimal | None) -> Key:
    if category not in CATEGORIES:
        raise Unpostable(
            f"Catégorie de TVA absente ou inconnue : {category or 'vide'}.", reason="vat-category"
        )
    return category, rate or ZERO


def _breakdown(invoice: Invoice) -> tuple[Vat, ...]:
    if not invoice.vat_breakdown:
        raise Unpostable("La ventilation de TVA (BG-23) manque.", reason="no-breakdown")
    return tuple(
        Vat(
            index=index,
            key=_key(group.category, group.rate),
            base=_two_decimals(group.taxable_amount or ZERO, "BT-116"),
            tax=_two_decimals(group.tax_amount or ZERO, "BT-117"),
        )
        for index, group in enumerate(invoice.vat_breakdown)
    )


def _nets(invoice: Invoice) -> tuple[Net, ...]:
    """Return lines, allowances and charges; nothing when the invoice carries no lines."""
    lines = [
        _net_of_line(index, line)
        for index, line in enumerate(invoice.lines)
        if line.subtype not in OUTSIDE_TOTALS
    ]
    if not lines:
        return ()
    return (
        *lines,
        *_nets_at_document(Part.ALLOWANCE, invoice.allowances, -1),
        *_nets_at_document(Part.CHARGE, invoice.charges, 1),
    )


def _net_of_line(index: int, line: Line) -> Net:
    vat = line.vat
    return Net(
        part=Part.LINE,
        index=index,
        key=_key(vat.category, vat.rate) if vat else _key(None, None),
        amount=_two_decimals(line.net_amount or ZERO, f"BT-131 ligne {index + 1}"),
    )


def _nets_at_document(part: Part, items: tuple[AllowanceCharge, ...], sign: int) -> list[Net]:
    return [
        Net(
            part=part,
            index=index,
            key=_key(item.vat_category, item.vat_rate),
            amount=sign * _two_decimals(item.amount or ZERO, part),
        )
        for index, item in enumerate(items)
    ]


def _nets_of(vats: tuple[Vat, ...]) -> tuple[Net, ...]:
    """Stand in for absent lines (profiles without them): one amount a VAT group."""
    return tuple(
        Net(part=Part.BREAKDOWN, index=vat.index, key=vat.key, amount=vat.base) for vat in vats
    )


def _check_sums(figures: Figures) -> None:
    """Raise Unpostable unless totals, breakdown and lines agree."""
    if figures.without_vat + figures.vat != figures.with_vat:
        raise Unpostable(
            "Le total hors TVA et la TVA ne font pas le total TTC (BT-109 + BT-110 ≠ BT-112).",
            reason="totals",
        )
    if sum((vat.tax for vat in figures.vats), ZERO) != figures.vat:
        raise Unpostable(
            "La TVA ventilée ne fait pas la TVA totale (somme des BT-117 ≠ BT-110).",
            reason="breakdown",
        )
    if abs(figures.gap) > min(MOST_GAP, CENT * len(figures.nets)):
        raise Unpostable(
            f"Les lignes ne font pas le total hors TVA : écart de {french(figures.gap)} "
            "(BT-131, BT-92, BT-99, BT-109).",
            reason="lines",
        )


def rate_told(invoice: Invoice) -> ExchangeRate | None:
    """Return the rate that an invoice in another currency tells by its VAT in euros (BT-111).

    It is as exact as that amount is great. None where no VAT, or no date, tells it.
    """
    totals, currency = invoice.totals, invoice.currency
    if not currency or currency == EURO or totals is None or invoice.issue_date is None:
        return None
    there, here = totals.vat_amount, totals.vat_amount_accounting
    if not there or not here or invoice.vat_currency != EURO:
        return None
    return ExchangeRate(
        currency=currency, euros=here / there, on=invoice.issue_date,
        source="la facture, BT-111 et BT-110",
    )  # fmt: skip


def _in_euros(
    invoice: Invoice, totals: Totals, figures: Figures, rate: ExchangeRate | None
) -> Figures:
    """Convert by the given rate; the VAT in euros is the invoice's own (BT-111)."""
    if rate is None or rate.currency != invoice.currency:
        raise Unpostable(
            f"Facture en {invoice.currency or 'devise inconnue'} : le cours du jour manque.",
            reason="no-exchange-rate",
            remedy="Saisissez le cours de la devise à la date de la facture.",
        )
    vat = _vat_in_euros(invoice, totals, figures, rate)

    def convert(amount: Decimal) -> Decimal:
        return cents(amount * rate.euros)

    without_vat = convert(figures.without_vat)
    nets = apportion(convert(figures.without_vat - figures.gap), [n.amount for n in figures.nets])
    taxes = apportion(vat, [group.tax for group in figures.vats])
    return Figures(
        nets=tuple(
            Net(part=net.part, index=net.index, key=net.key, amount=amount)
            for net, amount in zip(figures.nets, nets, strict=True)
        ),
        vats=tuple(
            Vat(index=group.index, key=group.key, base=convert(group.base), tax=tax)
            for group, tax in zip(figures.vats, taxes, strict=True)
        ),
        without_vat=without_vat,
        vat=vat,
        with_vat=without_vat + vat,
        paid=convert(figures.paid),
        rounding=convert(figures.rounding),
    )


def _vat_in_euros(
    invoice: Invoice, totals: Totals, figures: Figures, rate: ExchangeRate
) -> Decimal:
    """Return BT-111, which must be there and agree with the rate; zero when there is no VAT."""
    if not figures.vat:
        return ZERO
    if invoice.vat_currency != EURO or totals.vat_amount_accounting is None:
        raise Unpostable(
            "Facture en devise : le montant de TVA en euros (BT-111) manque.",
            reason="no-vat-in-euros",
        )
    vat = _two_decimals(totals.vat_amount_accounting, "BT-111")
    if abs(vat - figures.vat * rate.euros) > abs(vat) * RATE_TOLERANCE + CENT:
        raise Unpostable(
            f"La TVA en euros (BT-111 : {french(vat)}) contredit le cours donné "
            f"({rate.euros}, {rate.source}).",
            reason="exchange-rate-contradicts",
        )
    return vat
