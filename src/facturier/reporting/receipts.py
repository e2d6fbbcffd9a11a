"""From receipts to a transmission of payments: flux 10.2 and 10.4 of one declarant.

Sources: DGFiP external specifications v3.2, dossier général §2.3.2, §3.7.4, §3.7.6 and notes 119,
122 and 125; annex 7 (G6.27). A receipt is declared where the VAT is due when the customer pays:
services without the option for VAT on debits, deposits, never reverse charge. Receipts on invoices
between French taxable persons are told by status 212, not here. Amounts include VAT and are in
euros; the day is the one on which the money came in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from facturier.invoice.model import Invoice
from facturier.invoice.money import EXACT, cents, minus, total
from facturier.reporting import report as paper
from facturier.reporting.filing import (
    Filing,
    Gathered,
    LeftOut,
    Role,
    Untellable,
    side,
    written,
)
from facturier.reporting.periods import Data
from facturier.reporting.report import DayReceipts, InvoiceReceipt, Payments, RateReceipt, Report
from facturier.reporting.sales import DEBITS, EURO, OUTSIDE, TOLD_BEFORE
from facturier.reporting.scope import Treatment, decide

DEPOSITS = frozenset({"386", "500"})
"""Document types of deposits, whose VAT is due when they are paid, goods included."""
REVERSE_CHARGE = "AE"
VAT_ON_PAYMENT = frozenset({"432", "72"})
"""BT-8 "paid to date", as UBL and as CII write it."""
_BY_STATUS = (
    "Sa facture va d'un assujetti établi en France à un autre : l'encaissement se dit par le "
    "statut Encaissée (212)."
)
_NEGATIVE = (
    "Un encaissement est négatif : l'annexe 6 l'admet (G7.07), le contrôle du portail le refuse "
    "encore (G1.16)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Money that came in one day, by VAT rate."""

    day: date
    parts: tuple[tuple[Decimal, Decimal], ...]
    """Rate in percent and amount with VAT; a negative amount takes a receipt back."""
    invoice: Invoice | None = None
    """What it pays; None for sales to private persons without invoice."""
    currency: str = EURO


def shared(invoice: Invoice, amount: Decimal) -> tuple[tuple[Decimal, Decimal], ...]:
    """Share what was paid of an invoice among its VAT rates, in proportion, to the cent.

    The largest share takes what rounding leaves, so that the parts add up to `amount`. Raises
    Untellable when the invoice has no breakdown.
    """
    weights: dict[Decimal, Decimal] = {}
    for part in invoice.vat_breakdown:
        rate = part.rate or Decimal(0)
        weights[rate] = total((weights.get(rate), part.taxable_amount, part.tax_amount))
    whole = total(weights.values())
    if not whole:
        raise Untellable("Sa facture n'a pas de ventilation de TVA (BG-23).")
    parts = {
        rate: cents(EXACT.divide(EXACT.multiply(amount, weight), whole))
        for rate, weight in weights.items()
    }
    largest = max(weights, key=lambda rate: abs(weights[rate]))
    rest = total((amount, *(minus(part) for part in parts.values())))
    parts[largest] = total((parts[largest], rest))
    return tuple((rate, parts[rate]) for rate in sorted(parts, reverse=True))


def why_not_on_payment(invoice: Invoice) -> str | None:
    """Say why the VAT of an invoice is not due when it is paid; None when it is."""
    taxed = [part for part in invoice.vat_breakdown if part.tax_amount]
    if any(part.category == REVERSE_CHARGE for part in invoice.vat_breakdown):
        return "La TVA de sa facture est due par l'acheteur (autoliquidation)."
    if not taxed or all(part.category in OUTSIDE for part in taxed):
        return "Sa facture ne porte pas de TVA française."
    if invoice.vat_point_date_code in DEBITS:
        return "Le vendeur a opté pour la TVA sur les débits (BT-8)."
    process = (invoice.process.business_process if invoice.process else None) or ""
    if invoice.type_code not in DEPOSITS and process[:1] not in ("S", "M"):
        return "Sa facture vend des biens : la TVA n'en est pas due à l'encaissement."
    return None


def is_vat_due_on_payment(invoice: Invoice) -> bool:
    """Return whether VAT falls due when paid, so that each receipt is told (CGI article 269).

    Services and the services of a mixed invoice, deposits whatever they are for, what BT-8 says;
    never where the buyer owes the VAT, nor where the till told the sale before (cadres B7, S7).
    """
    situation = (invoice.process.business_process if invoice.process else None) or ""
    reverse = any(part.category == REVERSE_CHARGE for part in invoice.vat_breakdown)
    if situation in TOLD_BEFORE or reverse:
        return False
    return invoice.vat_point_date_code in VAT_ON_PAYMENT or why_not_on_payment(invoice) is None


def gather_payments(receipts: Iterable[Received], filing: Filing) -> Gathered:
    """Make the transmission of receipts of one declarant and period.

    Of a mixed invoice (cadre M…) the whole receipt is taken: who can tell the services from the
    goods gives the parts of the services alone. What is not taken is left out with its reason.
    """
    of_invoices: list[tuple[Received, Invoice]] = []
    of_days: list[Received] = []
    left_out: list[LeftOut] = []
    for one in receipts:
        number = (one.invoice.number if one.invoice else None) or ""
        try:
            if _is_of_invoice(one, filing):
                assert one.invoice is not None
                of_invoices.append((one, one.invoice))
            else:
                of_days.append(one)
        except Untellable as reason:
            left_out.append(LeftOut(number=number, reason=str(reason)))
    payments = Payments(
        period=filing.days(),
        invoices=tuple(_invoice_receipt(one, invoice) for one, invoice in of_invoices),
        days=_by_day(of_days),
    )
    told = (*(one for one, _ in of_invoices), *of_days)
    return Gathered(
        report=Report(header=filing.header(Data.PAYMENTS), payments=payments) if told else None,
        taken=tuple(one.invoice.number or "" for one in told if one.invoice is not None),
        left_out=tuple(left_out),
        remarks=(*_negative(payments), *filing.remarks()),
    )


def _is_of_invoice(one: Received, filing: Filing) -> bool:
    """Whether a receipt is told invoice by invoice (10.2) or in its day (10.4).

    Raises Untellable.
    """
    if filing.role is not Role.SELLER:
        raise Untellable("Seul le vendeur déclare ses encaissements.")
    if one.day not in filing.period:
        raise Untellable(f"Reçu le {one.day:%d/%m/%Y}, hors de la période {filing.period}.")
    if one.currency != EURO:
        raise Untellable(
            f"Reçu en {one.currency} : convertissez-le en euros au cours du jour (G6.27)."
        )
    if one.invoice is None:
        return False
    if side(one.invoice, filing.siren) is not Role.SELLER:
        raise Untellable(f"Le déclarant ({filing.siren}) n'est pas le vendeur de sa facture.")
    treatment = decide(one.invoice).treatment
    if treatment is Treatment.B2B:
        raise Untellable(_BY_STATUS)
    if treatment in (Treatment.OUT_OF_SCOPE, Treatment.ARCHIVE_ONLY):
        raise Untellable("L'opération est hors du champ de la déclaration.")
    reason = why_not_on_payment(one.invoice)
    if reason is not None:
        raise Untellable(reason)
    return treatment is Treatment.B2B_INTERNATIONAL


def _invoice_receipt(one: Received, invoice: Invoice) -> InvoiceReceipt:
    return InvoiceReceipt(
        number=invoice.number,
        issue_date=written(invoice.issue_date) if invoice.issue_date else None,
        receipt=paper.Receipt(day=written(one.day), rates=_rates(one.parts)),
    )


def _by_day(receipts: Iterable[Received]) -> tuple[DayReceipts, ...]:
    """Add receipts up: one record a day, one part a rate."""
    days: dict[date, list[tuple[Decimal, Decimal]]] = {}
    for one in receipts:
        days.setdefault(one.day, []).extend(one.parts)
    return tuple(
        DayReceipts(receipt=paper.Receipt(day=written(day), rates=_rates(days[day])))
        for day in sorted(days)
    )


def _rates(parts: Iterable[tuple[Decimal, Decimal]]) -> tuple[RateReceipt, ...]:
    found = tuple(parts)
    return tuple(
        RateReceipt(
            rate=rate,
            currency=EURO,
            amount=total(cents(amount) for one, amount in found if one == rate),
        )
        for rate in sorted({rate for rate, _ in found}, reverse=True)
    )


def _negative(payments: Payments) -> tuple[str, ...]:
    """Warn of amounts that the portal refuses although annex 6 allows them."""
    receipts = [one.receipt for one in payments.invoices] + [one.receipt for one in payments.days]
    amounts = (rate.amount for one in receipts if one for rate in one.rates)
    if not any(amount is not None and amount < 0 for amount in amounts):
        return ()
    return (_NEGATIVE,)
