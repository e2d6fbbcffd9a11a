"""What the example invoices are made of: fictitious companies, mentions, lines, payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from facturier.invoice.model import (
    Address,
    AllowanceCharge,
    CreditTransfer,
    Identifier,
    Invoice,
    Item,
    Line,
    LineVat,
    Note,
    Party,
    PaymentInstructions,
    PriceDetails,
    ProcessControl,
)
from facturier.invoice.parties import (
    ELECTRONIC_ADDRESS,
    SIREN,
    demo_iban,
    demo_siren,
    demo_vat,
)
from facturier.invoice.profiles import EN16931

ISSUED = date(2026, 11, 2)
DUE = date(2026, 12, 2)
SELLER, BUYER, FACTOR = 1, 2, 3


def french_party(number: int, name: str, city: str, post_code: str) -> Party:
    """Return a fictitious French company with its SIREN, VAT number and electronic address."""
    siren = demo_siren(number)
    return Party(
        name=name,
        legal_identifier=Identifier(siren, SIREN),
        vat_identifier=demo_vat(number),
        electronic_address=Identifier(siren, ELECTRONIC_ADDRESS),
        postal_address=Address(
            line_1="1 rue de l'Exemple", city=city, post_code=post_code, country_code="FR"
        ),
    )


def foreign_party(name: str, country: str, vat: str | None = None) -> Party:
    """Return a fictitious company of another country."""
    return Party(
        name=name,
        legal_identifier=Identifier("EXEMPLE-1"),
        vat_identifier=vat,
        electronic_address=Identifier("contact@example.org", "EM"),
        postal_address=Address(city="Exemple", country_code=country),
    )


def french_notes() -> tuple[Note, ...]:
    """Return the three mentions that every French invoice between companies carries."""
    return (
        Note(
            subject_code="PMT",
            text="Indemnité forfaitaire pour frais de recouvrement en cas de retard : 40 euros.",
        ),
        Note(
            subject_code="PMD",
            text="Pénalités de retard : trois fois le taux d'intérêt légal.",
        ),
        Note(subject_code="AAB", text="Pas d'escompte pour paiement anticipé."),
    )


def line(identifier: str, name: str, price: str, category: str, rate: str | None) -> Line:
    """Return a line of one piece at a price."""
    return Line(
        identifier=identifier,
        quantity=Decimal(1),
        unit="C62",
        price=PriceDetails(net_price=Decimal(price)),
        vat=LineVat(category=category, rate=None if rate is None else Decimal(rate)),
        item=Item(name=name),
    )


def part(amount: str, reason: str, code: str, category: str, rate: str | None) -> AllowanceCharge:
    """Return a document level allowance or charge."""
    return AllowanceCharge(
        amount=Decimal(amount),
        vat_category=category,
        vat_rate=None if rate is None else Decimal(rate),
        reason=reason,
        reason_code=code,
    )


def transfer(number: int = SELLER) -> PaymentInstructions:
    """Return payment by SEPA credit transfer to a fictitious account."""
    return PaymentInstructions(
        means_code="58",
        credit_transfer=CreditTransfer(account=demo_iban(number), account_name="Compte courant"),
    )


def between_two() -> Invoice:
    """Return everything but lines: two French companies, paid by transfer in thirty days."""
    return Invoice(
        number="FA-2026-0001",
        issue_date=ISSUED,
        type_code="380",
        currency="EUR",
        due_date=DUE,
        notes=french_notes(),
        process=ProcessControl(business_process="B1", specification=EN16931),
        seller=french_party(SELLER, "Fictif Fournitures SARL", "Lyon", "69001"),
        buyer=french_party(BUYER, "Fictif Travaux SAS", "Nantes", "44000"),
        payment_instructions=(transfer(),),
    )
