"""Builders of invoices for the tests of the ledger: only what posting looks at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from facturier.invoice.model import (
    Address,
    AllowanceCharge,
    Identifier,
    Invoice,
    Item,
    Line,
    LinePrecedingInvoice,
    LineVat,
    Party,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    Totals,
    VatBreakdown,
)

DAY = date(2026, 11, 20)
SUPPLIER_SIREN = "100000009"


def party(name, country="FR", siren=None):
    return Party(
        name=name,
        legal_identifier=Identifier(siren, "0002") if siren else None,
        postal_address=Address(country_code=country),
    )


def line(text, net, category="S", rate="20", **options):
    back = options.get("back")
    earlier = LinePrecedingInvoice(number="A-1", type_code=back or None)
    return Line(
        net_amount=Decimal(net),
        quantity=Decimal(1),
        unit=options.get("unit"),
        subtype=options.get("subtype"),
        accounting_reference=options.get("ref"),
        preceding_invoices=(earlier,) if back is not None else (),
        price=PriceDetails(net_price=Decimal(options["each"])) if "each" in options else None,
        vat=LineVat(category=category, rate=Decimal(rate), point_date_code=options.get("due")),
        item=Item(name=text),
    )


def at_document(text, amount, category="S", rate="20"):
    return AllowanceCharge(
        reason=text, amount=Decimal(amount), vat_category=category, vat_rate=Decimal(rate)
    )


def vat(category, rate, base, tax):
    return VatBreakdown(
        category=category,
        rate=Decimal(rate),
        taxable_amount=Decimal(base),
        tax_amount=Decimal(tax),
    )


def totals(without, tax, with_vat, **more):
    return Totals(
        without_vat=Decimal(without),
        vat_amount=Decimal(tax),
        with_vat=Decimal(with_vat),
        **{name: Decimal(value) for name, value in more.items()},
    )


def invoice(
    *, lines=(), vats, totals, type_code="380", process="B1", country="FR", currency="EUR", **more
):
    return Invoice(
        number="F-42",
        issue_date=DAY,
        type_code=type_code,
        currency=currency,
        process=ProcessControl(business_process=process),
        seller=party("Moulin du Gué SARL", country, SUPPLIER_SIREN if country == "FR" else None),
        buyer=party("Boulangerie Élan", "FR", "200000008"),
        lines=tuple(lines),
        vat_breakdown=tuple(vats),
        totals=totals,
        **more,
    )


def earlier(number, type_code=None):
    return (PrecedingInvoice(number=number, type_code=type_code),)
