"""The invoice that a small company writes by hand: what was typed becomes a whole invoice.

Domestic sales between businesses, at the rates of VAT or under the small-business exemption. What
else a sale may be (export, reverse charge, self-billing…) comes from the seller's own software.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from facturier.invoice.compute import compute
from facturier.invoice.model import (
    CreditTransfer,
    Delivery,
    Invoice,
    Item,
    Line,
    LineVat,
    Note,
    Party,
    PaymentInstructions,
    PriceDetails,
    ProcessControl,
    VatBreakdown,
)
from facturier.invoice.profiles import EN16931

INVOICE, SEPA_TRANSFER = "380", "58"
GOODS, SERVICES, MIXED = "B1", "S1", "M1"
ON_DEBITS = "5"
"""BT-8: VAT is due when the invoice is issued."""
EXEMPT = ("VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du CGI")
RECOVERY = "Indemnité forfaitaire pour frais de recouvrement en cas de retard : 40 euros."
PENALTIES = "Pénalités de retard : trois fois le taux d'intérêt légal."
DISCOUNT = "Pas d'escompte pour paiement anticipé."
UNITS = (("C62", "unité"), ("HUR", "heure"), ("DAY", "jour"), ("MON", "mois"), ("KGM", "kg"),
         ("MTR", "m"), ("MTK", "m²"), ("LTR", "litre"), ("LS", "forfait"))  # fmt: skip
"""UN/ECE Recommendation 20, and how a French invoice says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One line as it is typed."""

    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    """Without VAT, for one unit."""
    rate: Decimal
    is_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is said of an invoice beside its parties and lines."""

    number: str
    issued: date
    due: date
    delivered: date | None = None
    """Day of the delivery, or end of the service, when it is not the day of the invoice."""
    order: str = ""
    """BT-13."""
    account: str = ""
    """IBAN (BT-84); empty: no account is told."""
    recovery: str = RECOVERY
    penalties: str = PENALTIES
    discount: str = DISCOUNT
    vat_on_receipts: bool = False
    exempt: bool = False
    """Small-business exemption: no VAT at all (art. 293 B CGI)."""


def draft(seller: Party, buyer: Party, lines: Sequence[Sold], terms: Terms) -> Invoice:
    """Return the invoice, its totals computed.

    The three notes are those that French law wants between businesses (C. com. art. L441-9 and
    D441-5; BR-FR-05). VAT on debits is told (BT-8) for services, where it is a choice.
    """
    services = {one.is_service for one in lines}
    process = MIXED if len(services) > 1 else SERVICES if services == {True} else GOODS
    tells_debits = process != GOODS and not terms.vat_on_receipts and not terms.exempt
    account = CreditTransfer(account=terms.account, account_name=seller.name)
    notes = (("PMT", terms.recovery), ("PMD", terms.penalties), ("AAB", terms.discount))
    exemption = VatBreakdown(
        category="E", rate=Decimal(0), exemption_code=EXEMPT[0], exemption_reason=EXEMPT[1]
    )
    return compute(
        Invoice(
            number=terms.number, issue_date=terms.issued, type_code=INVOICE, currency="EUR",
            vat_point_date_code=ON_DEBITS if tells_debits else None, due_date=terms.due,
            order=terms.order or None,
            notes=(
                *(Note(subject_code=code, text=text) for code, text in notes if text),
                Note(subject_code="BAR", text="B2B"),
            ),
            process=ProcessControl(business_process=process, specification=EN16931),
            seller=seller, buyer=buyer,
            delivery=Delivery(actual_date=terms.delivered) if terms.delivered else None,
            payment_instructions=(
                PaymentInstructions(means_code=SEPA_TRANSFER, credit_transfer=account),
            ) if terms.account else (),
            vat_breakdown=(exemption,) if terms.exempt else (),
            lines=tuple(_line(rank, one, terms) for rank, one in enumerate(lines, 1)),
        )
    )  # fmt: skip


def _line(rank: int, one: Sold, terms: Terms) -> Line:
    vat = LineVat(category="S", rate=one.rate)
    return Line(
        identifier=str(rank), quantity=one.quantity, unit=one.unit,
        price=PriceDetails(net_price=one.price),
        vat=replace(vat, category="E", rate=Decimal(0)) if terms.exempt else vat,
        item=Item(name=one.name),
    )  # fmt: skip
