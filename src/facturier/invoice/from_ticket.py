"""The invoice of a sale that a till has told, or has taken back (XP Z12-014, cases 28 and 30).

Kept in the day's takings, the sale is invoiced in cadre B7 or S7: the VAT was collected with the
takings, flux 1 serves the buyer only. Cancelled in the till before the takings were reported, it is
an ordinary invoice that is paid already: B2, S2 or M2. The amounts are those of the ticket, to the
cent: VAT is taken out of the price with VAT (CGI 266), not put on again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from facturier.invoice import drafting
from facturier.invoice.drafting import Sold, Terms
from facturier.invoice.model import Invoice, Note, Party, PaymentInstructions, ProcessControl
from facturier.invoice.money import total

KEPT, TAKEN_BACK = "7", "2"
"""Second sign of the cadre (BT-23)."""
ABOUT = "AAI"
"""BT-21 of the note that names the ticket: general information."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What a ticket says of one department at one rate."""

    label: str
    rate: Decimal
    net: Decimal
    tax: Decimal
    is_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A ticket."""

    number: str
    till: str
    day: date
    slices: tuple[Slice, ...]
    means: str = "48"
    """How it was paid, a code of BT-81; 48 is a card."""

    @property
    def words(self) -> str:
        """How an invoice names it."""
        return f"Ticket n° {self.number} du {self.day:%d/%m/%Y}, caisse {self.till}"


def split_of(sale: Sale, *, is_kept: bool) -> tuple[Sale, ...]:
    """Return the ticket as so many invoices as it needs: there is no cadre M7."""
    if not is_kept:
        return (sale,)
    natures = (
        tuple(one for one in sale.slices if one.is_service is kind) for kind in (False, True)
    )
    return tuple(replace(sale, slices=some) for some in natures if some)


def invoice_of(sale: Sale, seller: Party, buyer: Party, terms: Terms, *, is_kept: bool) -> Invoice:
    """Return the invoice of a ticket, or of one of the parts that :func:`split_of` made."""
    sold = [
        Sold(name=one.label, quantity=Decimal(1), unit="C62", price=one.net, rate=one.rate,
             is_service=one.is_service)
        for one in sale.slices
    ]  # fmt: skip
    drafted = drafting.draft(seller, buyer, sold, terms)
    assert drafted.process is not None
    nature = (drafted.process.business_process or "")[:1]
    already = "Vente déjà comptée dans la recette du jour : TVA déjà collectée." if is_kept else ""
    return _as_paid(replace(
        drafted,
        process=ProcessControl(
            business_process=nature + (KEPT if is_kept else TAKEN_BACK),
            specification=drafted.process.specification,
        ),
        notes=(*drafted.notes, Note(subject_code=ABOUT, text=f"{sale.words}. {already}".strip())),
        payment_instructions=(PaymentInstructions(means_code=sale.means),),
    ), sale)  # fmt: skip


def _as_paid(invoice: Invoice, sale: Sale) -> Invoice:
    """Put the VAT of the ticket in the place of the one computed anew, and all of it as paid."""
    taxes = {
        rate: total(one.tax for one in sale.slices if one.rate == rate)
        for rate in {one.rate for one in sale.slices}
    }
    breakdown = tuple(
        replace(one, tax_amount=taxes.get(one.rate or Decimal(0), one.tax_amount))
        for one in invoice.vat_breakdown
    )
    assert invoice.totals is not None
    tax = total(one.tax_amount for one in breakdown)
    gross = total((invoice.totals.without_vat, tax))
    totals = replace(
        invoice.totals,
        vat_amount=tax,
        with_vat=gross,
        paid_amount=gross,
        due_amount=Decimal("0.00"),
    )
    return replace(invoice, vat_breakdown=breakdown, totals=totals)
