"""Invoices made for the tests of the layout; the firms do not exist."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from facturier.invoice.model import (
    Address,
    AllowanceCharge,
    Attachment,
    Contact,
    CreditTransfer,
    Delivery,
    Identifier,
    Invoice,
    Item,
    ItemAttribute,
    Line,
    LineNote,
    LineVat,
    Note,
    Party,
    PaymentInstructions,
    Period,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    SupportingDocument,
    Totals,
    VatBreakdown,
)

D = Decimal

SELLER = Party(
    name="Ateliers Bérenger & Fils",
    trading_name="Bérenger Menuiserie",
    identifiers=(Identifier("99999999700018", "0009"),),
    legal_identifier=Identifier("999999997", "0002"),
    vat_identifier="FR32999999997",
    legal_information="SARL au capital de 20 000 € — RCS Nantes 999 999 997 — APE 4332A",
    electronic_address=Identifier("999999997", "0225"),
    postal_address=Address(
        line_1="12 rue de l’Écluse",
        line_2="Bâtiment C",
        city="Nantes",
        post_code="44000",
        country_code="FR",
    ),
    contact=Contact(
        name="Claire Bérenger", telephone="02 40 00 00 00", email="compta@berenger.example"
    ),
)
BUYER = Party(
    name="Hôtel du Vieux Port",
    identifiers=(Identifier("99999998500024", "0009"), Identifier("COMPTA", "0224")),
    legal_identifier=Identifier("999999985", "0002"),
    vat_identifier="FR67999999985",
    electronic_address=Identifier("999999985_COMPTA", "0225"),
    postal_address=Address(
        line_1="3 quai des Belges", city="Marseille", post_code="13001", country_code="FR"
    ),
)
NOTES = (
    Note(subject_code="BAR", text="B2B"),
    Note(
        subject_code="AAB",
        text="Pas d’escompte pour paiement anticipé.",
    ),
    Note(
        subject_code="PMT",
        text="Indemnité forfaitaire pour frais de recouvrement en cas de retard : 40 €.",
    ),
    Note(
        subject_code="PMD",
        text="En cas de retard, pénalités au taux de refinancement de la BCE majoré de 10 points.",
    ),
    Note(text="Merci de votre confiance.\nLivraison par nos soins."),
)
_GOODS = (
    ("Fenêtre bois-alu 2 vantaux, 120 × 135 cm", "C62", "465.00", "20"),
    ("Pose et calfeutrement", "HUR", "48.50", "10"),
    ("Lasure incolore haute protection", "LTR", "23.9", "20"),
    ("Tasseau sapin raboté 27 × 40 mm", "MTR", "1.345", "20"),
    ("Déplacement", "DAY", "60.00", "10"),
)


def line(number: int) -> Line:
    """Return one of many different lines."""
    name, unit, price, rate = _GOODS[number % len(_GOODS)]
    quantity = D(number % 7 + 1)
    return Line(
        identifier=str(number + 1),
        quantity=quantity,
        unit=unit,
        net_amount=(quantity * D(price)).quantize(D("0.01")),
        price=PriceDetails(net_price=D(price)),
        vat=LineVat(category="S", rate=D(rate)),
        item=Item(name=name, seller_identifier=f"ART-{number:04}"),
    )


def invoice(lines: int = 10, **changes: object) -> Invoice:
    """Return a plain invoice of so many lines, with right totals."""
    held = tuple(line(number) for number in range(lines))
    bases = {
        rate: sum((one.net_amount for one in held if one.vat.rate == rate), D(0))
        for rate in sorted({one.vat.rate for one in held}, reverse=True)
    }
    breakdown = tuple(
        VatBreakdown(
            category="S",
            rate=rate,
            taxable_amount=base,
            tax_amount=(base * rate / 100).quantize(D("0.01")),
        )
        for rate, base in bases.items()
    )
    net, vat = sum(bases.values()), sum(row.tax_amount for row in breakdown)
    plain = Invoice(
        number=f"F2026-{lines:04}",
        issue_date=date(2026, 9, 14),
        due_date=date(2026, 10, 14),
        type_code="380",
        currency="EUR",
        order="BC-7781",
        payment_terms="30 jours net",
        remittance_information=f"F2026-{lines:04}",
        process=ProcessControl(business_process="M1", specification="urn:cen.eu:en16931:2017"),
        seller=SELLER,
        buyer=BUYER,
        notes=NOTES,
        delivery=Delivery(actual_date=date(2026, 9, 11)),
        payment_instructions=(
            PaymentInstructions(
                means_code="58",
                credit_transfer=CreditTransfer(
                    account="FR7630006000011234567890189",
                    account_name="Ateliers Bérenger & Fils",
                    service_provider="AGRIFRPPXXX",
                ),
            ),
        ),
        totals=Totals(
            line_net_amount=net,
            without_vat=net,
            vat_amount=vat,
            with_vat=net + vat,
            paid_amount=D("0.00"),
            due_amount=net + vat,
        ),
        vat_breakdown=breakdown,
        lines=held,
    )
    return dataclasses.replace(plain, **changes)


def overlong_invoice() -> Invoice:
    """Return an invoice whose words and figures are larger than any column."""
    plain = invoice(3)
    first = dataclasses.replace(
        plain.lines[0],
        quantity=D("123456.7891"),
        net_amount=D("9999999999999999.99"),
        price=PriceDetails(net_price=D("1234567.123456"), base_quantity=D("100"), base_unit="KGM"),
        allowances=(AllowanceCharge(amount=D("123456.78")), AllowanceCharge(amount=D("1.00"))),
        item=Item(name="X" * 150, description="Un texte sans fin. " * 400),
    )
    seller = dataclasses.replace(
        SELLER, name="Société " + "Z" * 120, contact=Contact(email="x" * 90 + "@example.org")
    )
    return dataclasses.replace(
        plain, number="F" * 60, seller=seller, lines=(first, *plain.lines[1:])
    )


def rich_invoice() -> Invoice:
    """Return an invoice with discounts, charges, periods, attachments and third parties."""
    plain = invoice(4)
    first = dataclasses.replace(
        plain.lines[0],
        quantity=D(10),
        net_amount=D("4185.00"),
        allowances=(
            AllowanceCharge(
                amount=D("465.00"),
                base_amount=D("4650.00"),
                percentage=D(10),
                reason="Remise fidélité",
                reason_code="95",
            ),
        ),
        period=Period(start_date=date(2026, 9, 1), end_date=date(2026, 9, 30)),
        notes=(LineNote(text="Fabrication sur mesure."),),
        order_line="3",
        item=Item(
            name="Fenêtre bois-alu",
            description="Double vitrage 4/16/4, teinte RAL 7016.\nQuincaillerie comprise.",
            seller_identifier="FEN-120",
            standard_identifier=Identifier("3760000000017", "0160"),
            origin_country="FR",
            attributes=(ItemAttribute(name="Teinte", value="Gris anthracite"),),
        ),
    )
    exempt = dataclasses.replace(plain.lines[1], vat=LineVat(category="E", rate=D(0)))
    return dataclasses.replace(
        plain,
        type_code="384",
        number="F2026-R012",
        contract="CTR-2026-04",
        preceding_invoices=(PrecedingInvoice(number="F2026-0009", issue_date=date(2026, 8, 1)),),
        period=Period(start_date=date(2026, 8, 1), end_date=date(2026, 8, 31)),
        lines=(first, exempt, *plain.lines[2:]),
        allowances=(
            AllowanceCharge(
                amount=D("100.00"),
                base_amount=D("2000.00"),
                percentage=D(5),
                vat_category="S",
                vat_rate=D(20),
                reason="Remise de fin d’année",
            ),
        ),
        charges=(
            AllowanceCharge(
                amount=D("35.00"),
                vat_category="S",
                vat_rate=D(20),
                reason="Transport",
                reason_code="FC",
            ),
        ),
        delivery=Delivery(
            party_name="Chantier du Vieux Port",
            actual_date=date(2026, 9, 11),
            address=Address(
                line_1="1 rue de la Loge", city="Marseille", post_code="13002", country_code="FR"
            ),
        ),
        payee=Party(
            name="Affacturage de l’Ouest", legal_identifier=Identifier("999999993", "0002")
        ),
        vat_breakdown=(
            VatBreakdown(
                category="S", rate=D(20), taxable_amount=D("4197.08"), tax_amount=D("839.42")
            ),
            VatBreakdown(
                category="E",
                rate=D(0),
                taxable_amount=D("97.00"),
                tax_amount=D("0.00"),
                exemption_reason="Exonération de TVA, article 261-4 du CGI",
                exemption_code="VATEX-FR-CGI261-4",
            ),
        ),
        totals=Totals(
            line_net_amount=D("4359.08"),
            allowances=D("100.00"),
            charges=D("35.00"),
            without_vat=D("4294.08"),
            vat_amount=D("839.42"),
            with_vat=D("5133.50"),
            paid_amount=D("1000.00"),
            due_amount=D("4133.50"),
        ),
        supporting_documents=(
            SupportingDocument(
                reference="BL-5512",
                description="BON_LIVRAISON",
                attachment=Attachment(b"a;b\n1;2\n", "text/csv", "bon-de-livraison.csv"),
            ),
        ),
    )
