"""Totals and VAT breakdown from the lines, for invoices that we author.

:func:`compute` fills what follows from the rest: line amounts (BT-131), document totals (BG-22) and
VAT breakdown (BG-23). It never guesses: what is missing stays missing, and the rules say so. Its
output keeps BR-CO-10 to BR-CO-17 exactly, to the cent, with amounts of two decimals (BR-DEC,
BR-FR-DEC-01).

Three choices where the norm leaves room:

- VAT is computed per category and rate on the sum of the bases, never line by line (BR-CO-17).
- A line of subtype GROUP is the sum of its direct children; GROUP and INFORMATION lines count in no
  total (EXTENDED-CTC-FR, BR-FREXT-CO-10).
- Several exemption reasons under one category and rate make several breakdown lines in an extended
  profile, which allows it, and one line elsewhere, which must be alone (BR-E-01 and its siblings).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from facturier.invoice.model import (
    AllowanceCharge,
    Invoice,
    Line,
    PriceDetails,
    Totals,
    VatBreakdown,
)
from facturier.invoice.money import EXACT, ZERO, cents, minus, percent_of, product, total

GROUP, INFORMATION = "GROUP", "INFORMATION"

# The reason that each category implies by itself (CEF VATEX); E has none of its own.
IMPLIED_REASON = {
    "AE": "VATEX-EU-AE",
    "G": "VATEX-EU-G",
    "K": "VATEX-EU-IC",
    "O": "VATEX-EU-O",
}
_WITHOUT_VAT = frozenset({"AE", "E", "G", "K", "Z"})


def compute(invoice: Invoice, *, exchange_rate: Decimal | None = None) -> Invoice:
    """Return the invoice with its line amounts, totals and VAT breakdown.

    `exchange_rate` is the number of units of the VAT currency (BT-6) for one unit of the invoice
    currency (BT-5); with it BT-111 is computed when the two differ. BT-113 (paid), BT-114
    (rounding), a BT-111 given without a rate, and exemption reasons (BT-120, BT-121) are kept.
    """
    lines = _with_groups(tuple(_line(line) for line in invoice.lines))
    base = total(line.net_amount for line in lines if counts(line))
    allowances = tuple(_document_part(part) for part in invoice.allowances)
    charges = tuple(_document_part(part) for part in invoice.charges)
    computed = replace(invoice, lines=lines, allowances=allowances, charges=charges)
    breakdown = _breakdown(computed)
    totals = _totals(computed, base, breakdown)
    accounting = _vat_in_accounting_currency(computed, totals, exchange_rate)
    return replace(
        computed,
        vat_breakdown=breakdown,
        totals=replace(totals, vat_amount_accounting=accounting),
    )


def counts(line: Line) -> bool:
    """Tell whether a line counts in the totals: neither GROUP nor INFORMATION."""
    return line.subtype not in (GROUP, INFORMATION)


# --- Lines --------------------------------------------------------------------------------------


def gross_amount(line: Line) -> Decimal | None:
    """Return quantity times net price, per base quantity, not rounded; None if one is absent.

    The net price is BT-146, else BT-148 less BT-147. A base quantity of zero counts as absent.
    """
    price = _net_price(line.price) if line.price else None
    if line.price is None or price is None or line.quantity is None:
        return None
    amount = product(line.quantity, price)
    base = line.price.base_quantity
    return EXACT.divide(amount, base) if base else amount


def _net_price(price: PriceDetails) -> Decimal | None:
    if price.net_price is not None or price.gross_price is None:
        return price.net_price
    return EXACT.subtract(price.gross_price, price.discount or Decimal(0))


def _line(line: Line) -> Line:
    """Fill BT-146, the amounts of allowances and charges, and BT-131.

    A line whose quantity or price is absent keeps the net amount it was given; the net amount of a
    GROUP line comes later.
    """
    gross = None if line.subtype == GROUP else gross_amount(line)
    allowances = tuple(_allowance_or_charge(part, gross) for part in line.allowances)
    charges = tuple(_allowance_or_charge(part, gross) for part in line.charges)
    net = cents(line.net_amount)
    if gross is not None:
        net = total((cents(gross), minus(_sum(allowances)), _sum(charges)))
    price = replace(line.price, net_price=_net_price(line.price)) if line.price else None
    return replace(line, allowances=allowances, charges=charges, net_amount=net, price=price)


def _allowance_or_charge(part: AllowanceCharge, base: Decimal | None) -> AllowanceCharge:
    """Fill the amount from the percentage when only that is given; `base` serves without BT-137."""
    amount = part.amount
    if amount is None and part.percentage is not None:
        known = part.base_amount if part.base_amount is not None else base
        if known is not None:
            base = cents(known)
            return replace(part, base_amount=base, amount=cents(percent_of(base, part.percentage)))
    return replace(part, amount=cents(amount))


def _document_part(part: AllowanceCharge) -> AllowanceCharge:
    """Fill the amount of a document level allowance or charge; it has no base but its own."""
    return _allowance_or_charge(part, None)


def _sum(parts: Iterable[AllowanceCharge]) -> Decimal:
    return total(part.amount for part in parts)


def _with_groups(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Give each GROUP line the sum of its direct children, the deepest groups first."""
    children: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        if line.parent:
            children.setdefault(line.parent, []).append(index)
    done = list(lines)
    open_groups: set[int] = set()

    def net(index: int) -> Decimal | None:
        line = done[index]
        if line.subtype != GROUP:
            return line.net_amount if counts(line) else None
        if index in open_groups:  # a line that is its own ancestor: the rules will say so
            return None
        open_groups.add(index)
        amount = total(net(child) for child in children.get(line.identifier or "", ()))
        open_groups.discard(index)
        done[index] = replace(line, net_amount=amount)
        return amount

    for index in range(len(done)):
        if done[index].subtype == GROUP:
            net(index)
    return tuple(done)


# --- VAT ----------------------------------------------------------------------------------------

Reason = tuple[str | None, str | None]
"""Exemption code and text."""


@dataclass(slots=True)
class _Base:
    """What adds up to one line of the breakdown."""

    amounts: list[Decimal | None] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


def _breakdown(invoice: Invoice) -> tuple[VatBreakdown, ...]:
    """Return one line per category and rate (and reason), in the order of first appearance."""
    several = _allows_several_reasons(invoice)
    bases: dict[tuple[str | None, Decimal | None, Reason | None], _Base] = {}
    for category, rate, reason, amount in _parts(invoice):
        key = (category, rate, reason if several and any(reason) else None)
        base = bases.setdefault(key, _Base())
        base.amounts.append(amount)
        if any(reason):
            base.reasons.append(reason)
    return tuple(
        _breakdown_line(invoice, category, rate, base)
        for (category, rate, _), base in bases.items()
    )


def _allows_several_reasons(invoice: Invoice) -> bool:
    """Tell whether the profile is an extension (EXTENDED-CTC-FR, Factur-X EXTENDED)."""
    specification = invoice.process.specification if invoice.process else None
    return "extended" in (specification or "")


def _parts(
    invoice: Invoice,
) -> Iterable[tuple[str | None, Decimal | None, Reason, Decimal | None]]:
    """Yield category, rate, reason and signed amount of all that VAT is due on."""
    for line in invoice.lines:
        if counts(line):
            vat = line.vat
            category, rate = (vat.category, vat.rate) if vat else (None, None)
            reason = (vat.exemption_code, vat.exemption_reason) if vat else (None, None)
            yield category, _rate(category, rate), reason, line.net_amount
    taken = [(part, minus(part.amount)) for part in invoice.allowances]
    added = [(part, part.amount) for part in invoice.charges]
    for part, amount in (*taken, *added):
        reason = (part.vat_exemption_code, part.vat_exemption_reason)
        yield part.vat_category, _rate(part.vat_category, part.vat_rate), reason, amount


def _rate(category: str | None, rate: Decimal | None) -> Decimal | None:
    """Return the rate the breakdown carries: none for O (BR-O-05), 0 for what bears no VAT."""
    if category == "O":
        return None
    return Decimal(0) if category in _WITHOUT_VAT and rate is None else rate


def _breakdown_line(
    invoice: Invoice, category: str | None, rate: Decimal | None, base: _Base
) -> VatBreakdown:
    taxable = cents(total(base.amounts))
    code, text = _reason(invoice, category, rate, base.reasons)
    return VatBreakdown(
        taxable_amount=taxable,
        tax_amount=ZERO if rate is None else cents(percent_of(taxable, rate)),
        category=category,
        rate=rate,
        exemption_reason=text,
        exemption_code=code,
    )


def _reason(
    invoice: Invoice, category: str | None, rate: Decimal | None, stated: Sequence[Reason]
) -> Reason:
    """Return the exemption reason of a breakdown line.

    In this order: what its lines state, what the breakdown given by the author states for the
    category and rate, what the category implies. Several texts are joined; several codes cannot
    be, so the code is then left out.
    """
    given = [
        (old.exemption_code, old.exemption_reason)
        for old in invoice.vat_breakdown
        if (old.category, _rate(old.category, old.rate)) == (category, rate)
        and (old.exemption_code or old.exemption_reason)
    ]
    reasons = stated or given
    codes = list(dict.fromkeys(code for code, _ in reasons if code))
    texts = list(dict.fromkeys(text for _, text in reasons if text))
    if not reasons and category in IMPLIED_REASON:
        codes = [IMPLIED_REASON[category]]
    return codes[0] if len(codes) == 1 else None, " ; ".join(texts) or None


# --- Totals -------------------------------------------------------------------------------------


def _totals(invoice: Invoice, lines: Decimal, breakdown: Iterable[VatBreakdown]) -> Totals:
    """Return BG-22 but for BT-111 (BR-CO-10 to BR-CO-16)."""
    given = invoice.totals or Totals()
    allowances = _sum(invoice.allowances) if invoice.allowances else None
    charges = _sum(invoice.charges) if invoice.charges else None
    without_vat = total((lines, minus(allowances), charges))
    vat = total(line.tax_amount for line in breakdown)
    with_vat = total((without_vat, vat))
    paid, rounding = cents(given.paid_amount), cents(given.rounding_amount)
    return replace(
        given,
        line_net_amount=lines,
        allowances=allowances,
        charges=charges,
        without_vat=without_vat,
        vat_amount=vat,
        with_vat=with_vat,
        paid_amount=paid,
        rounding_amount=rounding,
        due_amount=total((with_vat, minus(paid), rounding)),
    )


def _vat_in_accounting_currency(
    invoice: Invoice, totals: Totals, exchange_rate: Decimal | None
) -> Decimal | None:
    """Return BT-111: converted when BT-6 is another currency and the rate is known, else as is."""
    vat = totals.vat_amount
    foreign = invoice.vat_currency not in (None, invoice.currency)
    if exchange_rate is None or vat is None or not foreign:
        return cents(totals.vat_amount_accounting)
    return cents(product(vat, exchange_rate))
