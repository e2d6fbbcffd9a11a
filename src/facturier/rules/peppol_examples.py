"""Named invoices of Peppol BIS Billing 3.0, at home and from abroad, for rules to break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from facturier.invoice.model import (
    Address,
    AllowanceCharge,
    Attachment,
    Contact,
    CreditTransfer,
    Delivery,
    DirectDebit,
    Identifier,
    Invoice,
    LineVat,
    Note,
    Party,
    PaymentCard,
    PaymentInstructions,
    Period,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    SupportingDocument,
)
from facturier.invoice.profiles import PEPPOL_BIS, PEPPOL_PROCESS
from facturier.rules import examples
from facturier.rules.example_pieces import line

Build = Callable[[], Invoice]
BUILDERS: dict[str, Build] = {}


def names() -> tuple[str, ...]:
    """Return the names of these examples."""
    return tuple(BUILDERS)


def _named(name: str) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        BUILDERS[name] = build
        return build

    return keep


def _peppol(invoice: Invoice) -> Invoice:
    """Return an invoice as Peppol wants it: its profile, its process, one note, a reference."""
    return replace(
        invoice,
        process=ProcessControl(business_process=PEPPOL_PROCESS, specification=PEPPOL_BIS),
        notes=(Note(text="Pénalités de retard : trois fois le taux d'intérêt légal."),),
        buyer_reference="ACHATS-7",
    )


@_named("peppol")
def between_two() -> Invoice:
    """A sale of two lines."""
    return _peppol(examples.paid_by_transfer())


@_named("peppol-zero")
def without_vat() -> Invoice:
    """Zero-rated, where no reason is told."""
    return _peppol(examples.zero_rated())


@_named("peppol-dollars")
def in_dollars() -> Invoice:
    """Invoiced in dollars, VAT also given in euros."""
    return _peppol(examples.foreign_currency())


@_named("peppol-parts")
def with_parts() -> Invoice:
    """An allowance and a charge on the document and on a line, each a percentage of its base."""

    def part(amount: str, reason: str, code: str, *, document: bool) -> AllowanceCharge:
        return AllowanceCharge(
            amount=Decimal(amount),
            base_amount=Decimal("100.00"),
            percentage=Decimal(amount),
            reason=reason,
            reason_code=code,
            vat_category="S" if document else None,
            vat_rate=Decimal(20) if document else None,
        )

    base = between_two()
    first = replace(
        base.lines[0],
        allowances=(part("10.00", "Remise", "95", document=False),),
        charges=(part("4.00", "Emballage", "PC", document=False),),
    )
    return replace(
        base,
        lines=(first, *base.lines[1:]),
        allowances=(part("5.00", "Remise de fidélité", "95", document=True),),
        charges=(part("3.00", "Transport", "FC", document=True),),
    )


@_named("peppol-debit")
def by_direct_debit() -> Invoice:
    """Paid by direct debit under a mandate."""
    return replace(
        between_two(),
        payment_instructions=(PaymentInstructions(means_code="59"),),
        direct_debit=DirectDebit(mandate_reference="MANDAT-1"),
    )


@_named("peppol-periods")
def over_a_period() -> Invoice:
    """A month, and a week of it on a line."""
    base = between_two()
    week = Period(start_date=date(2026, 10, 5), end_date=date(2026, 10, 11))
    return replace(
        base,
        period=Period(start_date=date(2026, 10, 1), end_date=date(2026, 10, 31)),
        lines=(replace(base.lines[0], period=week), *base.lines[1:]),
    )


@_named("peppol-discount")
def with_a_discounted_price() -> Invoice:
    """A price, its discount, and what is left."""
    base = between_two()
    price = PriceDetails(
        net_price=Decimal("100.00"), discount=Decimal("20.00"), gross_price=Decimal("120.00")
    )
    return replace(base, lines=(replace(base.lines[0], price=price), *base.lines[1:]))


@_named("peppol-object")
def for_an_object() -> Invoice:
    """A line for a meter, named."""
    base = between_two()
    meter = replace(base.lines[0], object_identifiers=(Identifier("COMPTEUR-12"),))
    return replace(base, lines=(meter, *base.lines[1:]))


@_named("peppol-attachment")
def with_a_file() -> Invoice:
    """A file that goes with it."""
    file = Attachment(content=b"bon;livre\n", mime_code="text/csv", filename="bon.csv")
    document = SupportingDocument(reference="BL-9", attachment=file)
    return replace(between_two(), supporting_documents=(document,))


# --- from abroad ----------------------------------------------------------------------------------


def _from_abroad(country: str, name: str, seller: Party, rate: str = "25") -> Invoice:
    """Return an invoice of a seller abroad to a French buyer, at a rate of his country."""
    base = between_two()
    address = Address(line_1="Exempel 1", city="Exempel", post_code="11122", country_code=country)
    whole = replace(seller, name=name, trading_name=name, postal_address=address)
    lines = tuple(replace(one, vat=LineVat(category="S", rate=Decimal(rate))) for one in base.lines)
    return replace(base, seller=whole, lines=lines)


@_named("peppol-norway")
def from_norway() -> Invoice:
    """Norwegian: number, key, MVA; the register named."""
    return _from_abroad(
        "NO",
        "Eksempel AS",
        Party(
            vat_identifier="NO999999999MVA",
            tax_registration_identifier="Foretaksregisteret",
            legal_identifier=Identifier("999999999", "0192"),
            electronic_address=Identifier("999999999", "0192"),
        ),
    )


@_named("peppol-denmark")
def from_denmark() -> Invoice:
    """Danish: a CVR number."""
    return _from_abroad(
        "DK",
        "Eksempel ApS",
        Party(
            vat_identifier="DK12345678",
            legal_identifier=Identifier("12345678", "0184"),
            electronic_address=Identifier("12345678", "0184"),
        ),
    )


@_named("peppol-italy")
def from_italy() -> Invoice:
    """Italian: a whole address and a tax code."""
    return _from_abroad(
        "IT",
        "Esempio Srl",
        Party(
            vat_identifier="IT00000000000",
            tax_registration_identifier="00000000000",
            electronic_address=Identifier("IT00000000000", "0211"),
        ),
        "22",
    )


@_named("peppol-sweden")
def from_sweden() -> Invoice:
    """Swedish: VAT number, organisation number, F-skatt, a rate of 25 %."""
    return _from_abroad(
        "SE",
        "Exempel AB",
        Party(
            vat_identifier="SE556312345301",
            legal_identifier=Identifier("5563123453", "0007"),
            tax_registration_identifier="Godkänd för F-skatt",
            electronic_address=Identifier("5563123453", "0007"),
        ),
    )


@_named("peppol-greece")
def from_greece() -> Invoice:
    """Greek: a number of six segments, a MARK number and a link."""
    base = _from_abroad(
        "GR",
        "Paradeigma AE",
        Party(
            vat_identifier="EL099999999",
            electronic_address=Identifier("099999999", "9933"),
        ),
        "24",
    )
    assert base.buyer is not None
    return replace(
        base,
        number="099999999|02/11/2026|1|1.1|A|1",
        buyer=replace(base.buyer, trading_name="Fictif Travaux"),
        supporting_documents=(
            SupportingDocument(reference="400001", description="##M.AR.K##"),
            SupportingDocument(
                reference="URL",
                description="##INVOICE|URL##",
                location="https://example.org/facture",
            ),
        ),
    )


@_named("peppol-iceland")
def from_iceland() -> Invoice:
    """Icelandic: a kennitala and a claim on an account."""
    base = _from_abroad(
        "IS",
        "Dæmi ehf",
        Party(
            legal_identifier=Identifier("1234567890", "0196"),
            vat_identifier="IS12345",
            electronic_address=Identifier("1234567890", "0196"),
        ),
        "24",
    )
    claim = PaymentInstructions(means_code="30", credit_transfer=CreditTransfer(account="0101"))
    return replace(base, payment_instructions=(claim,))


@_named("peppol-netherlands")
def from_the_netherlands() -> Invoice:
    """Dutch: a KVK number and how to pay."""
    return _from_abroad(
        "NL",
        "Voorbeeld BV",
        Party(
            vat_identifier="NL123456789B12",
            legal_identifier=Identifier("12345678", "0106"),
            electronic_address=Identifier("12345678", "0106"),
        ),
        "21",
    )


@_named("peppol-dutch-credit-note")
def dutch_credit_note() -> Invoice:
    """A Dutch credit note that names the invoice it corrects."""
    base = from_the_netherlands()
    return replace(
        base,
        type_code="381",
        preceding_invoices=(PrecedingInvoice(number="2026-41"),),
        lines=(line("1", "Lamp", "50.00", "S", "21"),),
    )


# --- between two companies of one country ---------------------------------------------------------


def _at_home(base: Invoice, buyer: Party) -> Invoice:
    """Return an invoice to a buyer of the seller's country, at an address there."""
    assert base.seller is not None
    address = base.seller.postal_address
    return replace(base, buyer=replace(buyer, name="Exempel Køb", postal_address=address))


@_named("peppol-danes")
def between_danes() -> Invoice:
    """Two Danes, each with a CVR number."""
    number = Identifier("87654321", "0184")
    return _at_home(
        from_denmark(),
        Party(vat_identifier="DK87654321", legal_identifier=number, electronic_address=number),
    )


@_named("peppol-danish-parts")
def danish_parts() -> Invoice:
    """Two Danes, allowances and charges on the document and on a line."""
    parts = with_parts()
    base = between_danes()
    first = replace(
        base.lines[0], allowances=parts.lines[0].allowances, charges=parts.lines[0].charges
    )
    rate = Decimal(25)
    return replace(
        base,
        lines=(first, *base.lines[1:]),
        allowances=tuple(replace(one, vat_rate=rate) for one in parts.allowances),
        charges=tuple(replace(one, vat_rate=rate) for one in parts.charges),
    )


@_named("peppol-danish-credit-note")
def danish_credit_note() -> Invoice:
    """A credit note between two Danes."""
    return replace(
        between_danes(),
        type_code="381",
        preceding_invoices=(PrecedingInvoice(number="2026-41"),),
    )


@_named("peppol-swedes")
def between_swedes() -> Invoice:
    """Two Swedes."""
    number = Identifier("5563123453", "0007")
    return _at_home(
        from_sweden(),
        Party(vat_identifier="SE556312345301", legal_identifier=number, electronic_address=number),
    )


@_named("peppol-icelanders")
def between_icelanders() -> Invoice:
    """Two Icelanders, each with a kennitala and an address."""
    number = Identifier("9876543210", "0196")
    return _at_home(from_iceland(), Party(legal_identifier=number, electronic_address=number))


@_named("peppol-greeks")
def between_greeks() -> Invoice:
    """Two Greeks, each known by a tax number."""
    return _at_home(
        from_greece(),
        Party(
            trading_name="Paradeigma Agora",
            vat_identifier="EL123456783",
            electronic_address=Identifier("123456783", "9933"),
        ),
    )


@_named("peppol-dutch")
def between_dutch() -> Invoice:
    """Two Dutch companies with KVK numbers."""
    number = Identifier("87654321", "0106")
    return _at_home(
        from_the_netherlands(), Party(legal_identifier=number, electronic_address=number)
    )


GERMAN_ACCOUNT = "DE09000000000000000001"
"""Has a right key, at a bank that does not exist."""


@_named("peppol-germans")
def between_germans() -> Invoice:
    """Two Germans: a contact, an address of delivery, an account, two files, a link."""
    base = _at_home(
        _from_abroad(
            "DE",
            "Beispiel GmbH",
            Party(
                vat_identifier="DE123456789",
                legal_identifier=Identifier("HRB 123"),
                electronic_address=Identifier("DE123456789", "9930"),
                contact=Contact(
                    name="Vertrieb", telephone="+49 30 123456", email="vertrieb@beispiel.example"
                ),
            ),
            "19",
        ),
        Party(
            vat_identifier="DE987654321",
            electronic_address=Identifier("DE987654321", "9930"),
        ),
    )
    assert base.seller is not None

    def file(name: str) -> SupportingDocument:
        attached = Attachment(content=b"bon;livre\n", mime_code="text/csv", filename=name)
        return SupportingDocument(
            reference=name, location="https://example.org/beleg", attachment=attached
        )

    return replace(
        base,
        order="4500012345",
        payment_terms="#SKONTO#TAGE=14#PROZENT=2.00#\n",
        delivery=Delivery(address=base.seller.postal_address),
        supporting_documents=(file("bon.csv"), file("plan.csv")),
        payment_instructions=(
            PaymentInstructions(
                means_code="58", credit_transfer=CreditTransfer(account=GERMAN_ACCOUNT)
            ),
        ),
    )


@_named("peppol-germans-card")
def germans_by_card() -> Invoice:
    """Two Germans, paid by card."""
    card = PaymentCard(number="123456", holder_name="Beispiel Einkauf")
    return replace(
        between_germans(),
        payment_instructions=(PaymentInstructions(means_code="48", card=card),),
    )


@_named("peppol-germans-debit")
def germans_by_direct_debit() -> Invoice:
    """Two Germans, drawn from the buyer's account."""
    return replace(
        between_germans(),
        payment_instructions=(PaymentInstructions(means_code="59"),),
        direct_debit=DirectDebit(
            mandate_reference="MANDAT-1",
            creditor_identifier="DE98ZZZ09999999999",
            debited_account=GERMAN_ACCOUNT,
        ),
    )
