"""Named e-reporting transmissions for rules to break and docs to show.

``transactions`` holds a delivery to a German company (10.1) and a day of sales in a shop (10.3),
``paiements`` a receipt on an invoice (10.2) and those of a day (10.4); ``avoir``,
``rectificative`` and ``exoneree`` are ``transactions`` with another invoice.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from decimal import Decimal

from facturier.invoice.parties import (
    EU_VAT,
    PLATFORM,
    SIREN,
    demo_siren,
    demo_vat,
)
from facturier.reporting import report as paper
from facturier.reporting.report import PROFILE, Report

_SELLER = demo_siren(1)
_MONTH = paper.Period(start_date="20260901", end_date="20260930")

_HEADER = paper.Header(
    identifier="TR-2026-09-1",
    name="Transactions de septembre 2026",
    stamp=paper.Stamp(created="20261008101500"),
    type_code="IN",
    sender=paper.Sender(
        scheme=PLATFORM, identifier="0003", name="Plateforme du vendeur", role="WK"
    ),
    declarant=paper.Declarant(scheme=SIREN, identifier=_SELLER, name="Vendeur exemple", role="SE"),
)

_LINE = paper.Line(
    notes=(paper.LineNote(subject_code="AAI", text="Lot 12"),),
    quantity=Decimal(10),
    unit="C62",
    preceding_invoice=paper.LinePrecedingInvoice(number="FA-2026-0002", issue_date="20260901"),
    delivery=paper.LineDelivery(
        name="Entrepôt de Berlin",
        location=paper.LineLocation(line_1="Hafenstraße 1", city="Berlin", country_code="DE"),
    ),
    period=_MONTH,
    allowances=(paper.LineAllowanceCharge(amount=Decimal("10.00")),),
    charges=(paper.LineAllowanceCharge(amount=Decimal("10.00")),),
    price=paper.Price(
        net_price=Decimal("100.00"), discount=Decimal("10.00"), gross_price=Decimal("110.00")
    ),
    item=paper.Item(name="Table de chêne"),
)

_INVOICE = paper.ReportedInvoice(
    number="FA-2026-0007",
    issue_date="20260915",
    type_code="380",
    currency="EUR",
    due_date="20261015",
    vat_point_code="5",
    notes=(paper.Note(subject_code="AAI", text="Livraison en Allemagne"),),
    process=paper.Process(business_process="B1", profile=PROFILE),
    preceding_invoices=(paper.PrecedingInvoice(number="FA-2026-0002", issue_date="20260901"),),
    seller=paper.Party(
        identifier=_SELLER,
        scheme=SIREN,
        vat_identifier=demo_vat(1),
        vat_qualifier="VAT",
        address=paper.Country(country_code="FR"),
    ),
    buyer=paper.Party(
        identifier="DE123456789",
        scheme=EU_VAT,
        vat_identifier="DE123456789",
        vat_qualifier="VAT",
        address=paper.Country(country_code="DE"),
    ),
    deliveries=(
        paper.Delivery(
            actual_date="20260914",
            location=paper.Location(line_1="Hafenstraße 1", city="Berlin", country_code="DE"),
        ),
    ),
    period=_MONTH,
    allowances=(paper.AllowanceCharge(amount=Decimal("20.00"), category="K", rate=Decimal(0)),),
    charges=(paper.AllowanceCharge(amount=Decimal("20.00"), category="K", rate=Decimal(0)),),
    totals=paper.Totals(
        without_vat=Decimal("1000.00"), vat_amount=Decimal("0.00"), vat_currency="EUR"
    ),
    vat_breakdown=(
        paper.VatBreakdown(
            taxable_amount=Decimal("1000.00"),
            tax_amount=Decimal("0.00"),
            category=paper.VatCategory(
                code="K",
                rate=Decimal(0),
                exemption_reason="Livraison intracommunautaire",
                exemption_code="VATEX-EU-IC",
            ),
        ),
    ),
    lines=(_LINE,),
)

_SALES = paper.DaySales(
    day="20260915",
    currency="EUR",
    vat_point_code="5",
    category="TLB1",
    without_vat=Decimal("1000.00"),
    vat_amount=Decimal("200.00"),
    count=Decimal(31),
    rates=(
        paper.RateTotal(
            rate=Decimal(20), taxable_amount=Decimal("1000.00"), tax_amount=Decimal("200.00")
        ),
    ),
)


def _transactions(invoice: paper.ReportedInvoice) -> Report:
    return Report(
        header=_HEADER,
        transactions=paper.Transactions(period=_MONTH, invoices=(invoice,), sales=(_SALES,)),
    )


def _payments() -> Report:
    def received(amount: str) -> paper.Receipt:
        part = paper.RateReceipt(rate=Decimal(20), currency="EUR", amount=Decimal(amount))
        return paper.Receipt(day="20260915", rates=(part,))

    return Report(
        header=replace(_HEADER, name="Encaissements de septembre 2026"),
        payments=paper.Payments(
            period=_MONTH,
            invoices=(
                paper.InvoiceReceipt(
                    number="FA-2026-0003", issue_date="20260901", receipt=received("120.00")
                ),
            ),
            days=(paper.DayReceipts(receipt=received("1200.00")),),
        ),
    )


def _exempt() -> paper.ReportedInvoice:
    reason = paper.VatCategory(
        code="E",
        rate=Decimal(0),
        exemption_reason="Franchise en base (CGI 293 B)",
        exemption_code="VATEX-FR-FRANCHISE",
    )
    (vat,) = _INVOICE.vat_breakdown
    return replace(_INVOICE, vat_breakdown=(replace(vat, category=reason),))


@functools.cache
def example(name: str) -> Report:
    """Return a transmission by its name. Raises KeyError for another name."""
    return {
        "transactions": lambda: _transactions(_INVOICE),
        "avoir": lambda: _transactions(replace(_INVOICE, type_code="381")),
        "rectificative": lambda: _transactions(replace(_INVOICE, type_code="384")),
        "exoneree": lambda: _transactions(_exempt()),
        "paiements": _payments,
    }[name]()
