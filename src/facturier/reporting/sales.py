"""Flux 10.3: sales to private persons, told by day, currency and category.

Sources: DGFiP external specifications v3.2, dossier général §3.7.5, annex 6 (its table from cadre
de facturation to category), annex 7 (G1.53, G1.57, G1.67, G1.68).

A :class:`Sale` is what is added up: the total of a till (ticket Z) at one rate, or what an invoice
says of one rate. Amounts are in the currency of the sale, the VAT in euros beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from facturier.invoice.codes import CREDIT_NOTE, MARGIN_REASONS
from facturier.invoice.model import Invoice, Line, VatBreakdown
from facturier.invoice.money import ZERO, cents, minus, percent_of, total
from facturier.reporting.filing import Untellable, written
from facturier.reporting.report import FRENCH_RATES, DaySales, RateTotal

EURO = "EUR"
DEBITS = frozenset({"3", "5"})
"""Codes of BT-8 of a seller who opted for VAT on debits: due when the invoice is issued."""
TOLD_BEFORE = frozenset({"B7", "S7"})
"""Cadres of invoices whose sale was declared before, with the day's till."""
OUTSIDE = frozenset({"G", "K", "O"})
"""VAT categories of what is not taxed in France: exports, intra-Community, out of scope."""


class Category(StrEnum):
    """What kind of sales (TT-81)."""

    GOODS = "TLB1"
    SERVICES = "TPS1"
    NOT_TAXED_IN_FRANCE = "TNT1"
    MARGIN = "TMA1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What was sold in a day at one rate, in one category."""

    day: date
    category: Category
    rate: Decimal
    """In percent."""
    taxable_amount: Decimal
    """Without VAT; of a margin scheme, the margin without VAT (G1.57)."""
    tax_amount: Decimal
    """In the currency of the sale."""
    currency: str = EURO
    tax_in_euros: Decimal | None = None
    """Needed when the currency is another one."""
    vat_point_code: str = ""
    """``3`` or ``5`` when the seller opted for VAT on debits (TT-80)."""
    count: int = 0
    """How many transactions it stands for; counted once in a day, not once a rate."""


IsService = Callable[[Line], bool]
"""Says whether a line of a mixed invoice (cadre M1, M2, M4) sells a service."""


def sales_of(
    invoice: Invoice, *, is_service: IsService | None = None, otherwise: Category | None = None
) -> tuple[Sale, ...]:
    """Return what an invoice to a private person adds to the sales of its day.

    Goods or services is said by the cadre de facturation (BT-23), of mixed invoices by
    `is_service`; `otherwise` holds for an invoice without cadre. A credit note counts negatively.
    Raises Untellable.
    """
    if invoice.issue_date is None:
        raise Untellable("Elle n'a pas de date (BT-2).")
    if not invoice.vat_breakdown:
        raise Untellable("Elle n'a pas de ventilation de TVA (BG-23).")
    if any(part.exemption_code in MARGIN_REASONS for part in invoice.vat_breakdown):
        raise Untellable(
            "Elle relève d'un régime de TVA sur la marge, et la facture ne dit pas la marge : "
            "déclarez la marge du jour en catégorie TMA1."
        )
    parts = [
        sale
        for part in invoice.vat_breakdown
        for sale in _parts(invoice, part, is_service, otherwise)
    ]
    return tuple(_with_euros(invoice, parts))


def _parts(
    invoice: Invoice, part: VatBreakdown, is_service: IsService | None, otherwise: Category | None
) -> Iterator[Sale]:
    """Yield the sales of one line of the breakdown: two when it mixes goods and services."""
    base, tax = part.taxable_amount, part.tax_amount
    if base is None or tax is None:
        raise Untellable("Il manque une base ou un montant de TVA (BT-116, BT-117).")
    rate = part.rate or Decimal(0)
    if part.category in OUTSIDE or rate not in FRENCH_RATES:
        # a foreign VAT is not told: the amount without VAT alone, at rate 0 (dossier général 2.3.3)
        yield _sale(invoice, Category.NOT_TAXED_IN_FRANCE, Decimal(0), base, ZERO)
        return
    process = (invoice.process.business_process if invoice.process else None) or ""
    if not process.startswith("M"):
        yield _sale(invoice, _category(process, otherwise), rate, base, tax)
        return
    if is_service is None:
        raise Untellable(
            f"Elle mêle biens et services (cadre {process}), et rien n'y dit quelle ligne est un "
            "service : déclarez-la en deux ventes."
        )
    services = _services(invoice, part, is_service)
    tax_on_services = cents(percent_of(services, rate))
    yield _sale(invoice, Category.SERVICES, rate, services, tax_on_services)
    yield _sale(
        invoice,
        Category.GOODS,
        rate,
        total((base, minus(services))),
        total((tax, minus(tax_on_services))),
    )


def _category(process: str, otherwise: Category | None) -> Category:
    if process.startswith("B"):
        return Category.GOODS
    if process.startswith("S"):
        return Category.SERVICES
    if otherwise is None:
        raise Untellable("Son cadre (BT-23) ne dit pas si elle vend des biens ou des services.")
    return otherwise


def _services(invoice: Invoice, part: VatBreakdown, is_service: IsService) -> Decimal:
    """Add the lines of one category and rate that are services; the rest of the base is goods."""
    return total(
        line.net_amount
        for line in invoice.lines
        if line.vat is not None
        and line.vat.category == part.category
        and (line.vat.rate or Decimal(0)) == (part.rate or Decimal(0))
        and line.subtype in (None, "DETAIL")
        and is_service(line)
    )


def _sale(invoice: Invoice, category: Category, rate: Decimal, base: Decimal, tax: Decimal) -> Sale:
    assert invoice.issue_date is not None
    back = invoice.type_code in CREDIT_NOTE
    opted = invoice.vat_point_date_code or ""
    return Sale(
        day=invoice.issue_date,
        category=category,
        rate=rate,
        taxable_amount=cents(minus(base) if back else base) or ZERO,
        tax_amount=cents(minus(tax) if back else tax) or ZERO,
        currency=invoice.currency or EURO,
        vat_point_code=opted if opted in DEBITS and category is Category.SERVICES else "",
    )


def _with_euros(invoice: Invoice, sales: list[Sale]) -> Iterator[Sale]:
    """Give an invoice in another currency its VAT in euros, and its first sale the count of one."""
    first, *others = sales
    in_euros = _tax_in_euros(invoice, sales)
    yield replace(first, count=1, tax_in_euros=in_euros)
    for one in others:
        yield replace(one, tax_in_euros=None if in_euros is None else ZERO)


def _tax_in_euros(invoice: Invoice, sales: list[Sale]) -> Decimal | None:
    """Return the VAT of a whole invoice in euros (BT-111); None when its amounts are in euros."""
    if (invoice.currency or EURO) == EURO:
        return None
    if not any(sale.tax_amount for sale in sales):
        return ZERO
    known = invoice.totals.vat_amount_accounting if invoice.totals else None
    if known is None or invoice.vat_currency != EURO:
        raise Untellable(f"Elle est en {invoice.currency} et ne dit pas sa TVA en euros (BT-111).")
    if len({sale.category for sale in sales}) > 1:
        raise Untellable(
            f"Elle est en {invoice.currency} et mêle plusieurs catégories : sa TVA en euros "
            "(BT-111) ne se partage pas."
        )
    return cents(minus(known) if invoice.type_code in CREDIT_NOTE else known) or ZERO


# --- adding up -----------------------------------------------------------------------------------


def by_day(sales: Iterable[Sale]) -> tuple[DaySales, ...]:
    """Add sales up: one record a day, currency and category, one part a rate, in that order."""
    grouped: dict[tuple[date, str, str], list[Sale]] = {}
    for sale in sales:
        grouped.setdefault((sale.day, sale.currency, sale.category), []).append(sale)
    return tuple(_day(key, grouped[key]) for key in sorted(grouped))


def _day(key: tuple[date, str, str], sales: list[Sale]) -> DaySales:
    day, currency, category = key
    rates = sorted({sale.rate for sale in sales}, reverse=True)
    count = sum(sale.count for sale in sales)
    codes = sorted({sale.vat_point_code for sale in sales} - {""})
    return DaySales(
        day=written(day),
        currency=currency,
        vat_point_code=codes[0] if codes else None,
        category=category,
        without_vat=total(cents(sale.taxable_amount) for sale in sales),
        vat_amount=total(
            cents(sale.tax_amount if currency == EURO else sale.tax_in_euros) for sale in sales
        ),
        count=Decimal(count) if count else None,
        rates=tuple(_rate(rate, [one for one in sales if one.rate == rate]) for rate in rates),
    )


def _rate(rate: Decimal, sales: list[Sale]) -> RateTotal:
    return RateTotal(
        rate=rate,
        taxable_amount=total(cents(sale.taxable_amount) for sale in sales),
        tax_amount=total(cents(sale.tax_amount) for sale in sales),
    )
