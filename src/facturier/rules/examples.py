"""Named invoices, each as small as it can be, for rules to break, tests to send and docs to show.

Every one keeps the rules of EN 16931; those in :data:`FRENCH` keep the French rules (BR-FR) too.
The parties do not exist: their SIREN come from the family of numbers reserved for demonstrations
(:mod:`facturier.invoice.parties`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from facturier.invoice.compute import compute
from facturier.invoice.model import (
    Address,
    AllowanceCharge,
    Attachment,
    Contact,
    Delivery,
    DirectDebit,
    Identifier,
    Invoice,
    Item,
    ItemAttribute,
    Party,
    PaymentCard,
    PaymentInstructions,
    Period,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    SupportingDocument,
    Totals,
    VatBreakdown,
)
from facturier.invoice.parties import (
    SIREN,
    SIRET,
    demo_iban,
    demo_siren,
    demo_siret,
    demo_vat,
)
from facturier.invoice.profiles import EN16931
from facturier.rules.example_pieces import (
    BUYER,
    FACTOR,
    ISSUED,
    SELLER,
    between_two,
    foreign_party,
    line,
    part,
)

Build = Callable[[], Invoice]
_BUILDERS: dict[str, Build] = {}


def example(name: str) -> Invoice:
    """Return the example of that name, of this module, French, or of Peppol. Raises KeyError."""
    return _built(name)


@functools.cache
def _built(name: str) -> Invoice:
    # These are made of the pieces below.
    from facturier.rules import extended_examples, french_examples, peppol_examples  # noqa: PLC0415

    known = _BUILDERS | french_examples.BUILDERS | extended_examples.BUILDERS
    known |= peppol_examples.BUILDERS
    return compute(known[name]())


def names() -> tuple[str, ...]:
    """Return the names of the examples of EN 16931, the standard one first."""
    return tuple(_BUILDERS)


FRENCH: frozenset[str]
"""Examples that a French platform accepts."""


def _named(name: str) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        _BUILDERS[name] = build
        return build

    return keep


# --- Sales with VAT -----------------------------------------------------------------------------


@_named("standard")
def standard() -> Invoice:
    """Two rates, 20 % and 5.5 %."""
    return replace(
        between_two(),
        lines=(
            line("1", "Lampe de bureau", "100.00", "S", "20"),
            line("2", "Livre technique", "40.00", "S", "5.5"),
        ),
    )


@_named("transfer")
def paid_by_transfer() -> Invoice:
    """One line, to be paid by credit transfer."""
    return replace(between_two(), lines=(line("1", "Lampe de bureau", "100.00", "S", "20"),))


@_named("card")
def paid_by_card() -> Invoice:
    """Paid by card on the spot: nothing remains due."""
    return replace(
        between_two(),
        process=ProcessControl(business_process="B2", specification=EN16931),
        due_date=ISSUED,
        payment_instructions=(
            PaymentInstructions(
                means_code="48",
                card=PaymentCard(number="123456", holder_name="Fictif Travaux SAS"),
            ),
        ),
        totals=Totals(paid_amount=Decimal("120.00")),
        lines=(line("1", "Lampe de bureau", "100.00", "S", "20"),),
    )


@_named("direct-debit")
def paid_by_direct_debit() -> Invoice:
    """To be drawn from the buyer's account."""
    return replace(
        between_two(),
        payment_instructions=(PaymentInstructions(means_code="59"),),
        direct_debit=DirectDebit(
            mandate_reference="MANDAT-1",
            creditor_identifier="FR00ZZZ000000",
            debited_account=demo_iban(BUYER),
        ),
        lines=(line("1", "Abonnement", "30.00", "S", "20"),),
    )


@_named("allowances")
def with_allowances() -> Invoice:
    """Allowances and charges on the document and on a line, and a rebate on a price."""
    first = replace(
        line("1", "Lampe de bureau", "10.00", "S", "20"),
        quantity=Decimal(10),
        price=PriceDetails(
            net_price=Decimal("10.00"),
            discount=Decimal("2.00"),
            gross_price=Decimal("12.00"),
            base_quantity=Decimal(1),
            base_unit="C62",
        ),
        allowances=(
            AllowanceCharge(
                amount=Decimal("5.00"),
                base_amount=Decimal("100.00"),
                percentage=Decimal(5),
                reason="Remise",
                reason_code="95",
            ),
        ),
        charges=(
            AllowanceCharge(
                amount=Decimal("3.00"),
                base_amount=Decimal("100.00"),
                percentage=Decimal(3),
                reason="Emballage",
                reason_code="PC",
            ),
        ),
    )
    return replace(
        between_two(),
        lines=(first, line("2", "Livre technique", "40.00", "S", "5.5")),
        allowances=(
            replace(
                part("10.00", "Remise de fidélité", "95", "S", "20"),
                base_amount=Decimal("100.00"),
                percentage=Decimal(10),
            ),
        ),
        charges=(
            replace(
                part("6.00", "Transport", "FC", "S", "20"),
                base_amount=Decimal("100.00"),
                percentage=Decimal(6),
            ),
        ),
    )


@_named("prepaid")
def partly_paid() -> Invoice:
    """A part is already paid and the rest is rounded."""
    return replace(
        standard(), totals=Totals(paid_amount=Decimal("50.00"), rounding_amount=Decimal("0.80"))
    )


@_named("credit-note")
def credit_note() -> Invoice:
    """A credit note for an earlier invoice."""
    return replace(
        transfer_of("AV-2026-0001"),
        type_code="381",
        due_date=None,
        payment_terms="À déduire de votre prochain règlement.",
        preceding_invoices=(PrecedingInvoice(number="FA-2026-0001", issue_date=date(2026, 10, 5)),),
    )


def transfer_of(number: str) -> Invoice:
    """Return the one-line invoice under another number."""
    return replace(paid_by_transfer(), number=number)


@_named("corrective")
def corrective() -> Invoice:
    """An invoice that replaces an earlier one."""
    return replace(
        transfer_of("FA-2026-0002"),
        type_code="384",
        preceding_invoices=(PrecedingInvoice(number="FA-2026-0001", issue_date=date(2026, 10, 5)),),
    )


@_named("advance")
def advance() -> Invoice:
    """An invoice for an advance payment."""
    return replace(transfer_of("AC-2026-0001"), type_code="386")


@_named("self-billed")
def self_billed() -> Invoice:
    """An invoice that the buyer writes for the seller."""
    return replace(transfer_of("AF-2026-0001"), type_code="389")


@_named("period")
def with_periods() -> Invoice:
    """A service invoiced for a month, with the period on the line too."""
    month = Period(start_date=date(2026, 10, 1), end_date=date(2026, 10, 31))
    return replace(
        between_two(),
        process=ProcessControl(business_process="S1", specification=EN16931),
        period=month,
        lines=(replace(line("1", "Maintenance", "90.00", "S", "20"), period=month),),
    )


@_named("delivery")
def delivered() -> Invoice:
    """Goods delivered elsewhere than at the buyer's."""
    return replace(
        paid_by_transfer(),
        delivery=Delivery(
            party_name="Chantier du port",
            location_identifier=Identifier(demo_siret(BUYER, 2), SIRET),
            actual_date=date(2026, 10, 30),
            address=Address(
                line_1="2 quai de l'Exemple", city="Brest", post_code="29200", country_code="FR"
            ),
        ),
    )


@_named("payee")
def paid_to_a_factor() -> Invoice:
    """A factored invoice: someone else than the seller is paid."""
    return replace(
        transfer_of("FA-2026-0003"),
        type_code="393",
        payee=Party(
            name="Fictif Affacturage SA",
            identifiers=(Identifier(demo_siret(FACTOR), SIRET),),
            legal_identifier=Identifier(demo_siren(FACTOR), SIREN),
        ),
    )


@_named("tax-representative")
def with_tax_representative() -> Invoice:
    """A seller who has a tax representative in France."""
    return replace(
        paid_by_transfer(),
        tax_representative=Party(
            name="Fictif Représentation SARL",
            vat_identifier=demo_vat(FACTOR),
            postal_address=Address(city="Lille", post_code="59000", country_code="FR"),
        ),
    )


@_named("attachments")
def with_attachments() -> Invoice:
    """An attached file, references, an item described in full."""
    item = Item(
        name="Lampe de bureau",
        description="Lampe articulée, LED 8 W",
        seller_identifier="LAMPE-8W",
        buyer_identifier="FOURN-0042",
        standard_identifier=Identifier("3000000000007", "0160"),
        classifications=(Identifier("31521100", "STI"),),
        origin_country="FR",
        attributes=(ItemAttribute(name="Couleur", value="Noir"),),
    )
    detailed = replace(
        line("1", "Lampe de bureau", "100.00", "S", "20"),
        item=item,
        object_identifiers=(Identifier("LOT-1", "BT"),),
    )
    return replace(
        between_two(),
        order="CDE-2026-17",
        contract="MARCHE-3",
        object_identifiers=(Identifier("COMPTEUR-12", "MG"),),
        supporting_documents=(
            SupportingDocument(
                reference="BL-2026-9",
                description="BORDEREAU_SUIVI_VALIDATION",
                attachment=Attachment(
                    content=b"bon;livre\n1;oui\n", mime_code="text/csv", filename="bon.csv"
                ),
            ),
        ),
        lines=(detailed,),
    )


@_named("contacts")
def with_contacts() -> Invoice:
    """Everything said of the parties that a minimal invoice leaves out."""
    base = paid_by_transfer()
    assert base.seller is not None
    assert base.buyer is not None
    return replace(
        base,
        seller=replace(
            base.seller,
            trading_name="Fictif Lampes",
            identifiers=(Identifier(demo_siret(SELLER), SIRET),),
            legal_information="SARL au capital de 10 000 euros",
            contact=Contact(
                name="Comptabilité", telephone="01 99 00 00 00", email="compta@example.com"
            ),
        ),
        buyer=replace(
            base.buyer,
            trading_name="Fictif BTP",
            identifiers=(Identifier(demo_siret(BUYER), SIRET),),
            contact=Contact(name="Achats", telephone="01 99 00 00 01", email="achats@example.com"),
        ),
        buyer_reference="SERVICE-ACHATS",
    )


@_named("foreign-currency")
def foreign_currency() -> Invoice:
    """Invoiced in dollars, VAT also given in euros."""
    return replace(
        paid_by_transfer(),
        currency="USD",
        vat_currency="EUR",
        totals=Totals(vat_amount_accounting=Decimal("18.40")),
    )


# --- Sales without VAT, and with other taxes ----------------------------------------------------


def _untaxed(
    category: str, rate: str | None = "0", *, code: str | None = None, reason: str | None = None
) -> Invoice:
    """Return a line, an allowance and a charge, all of one category."""
    given = None if rate is None else Decimal(rate)
    said = VatBreakdown(category=category, rate=given, exemption_code=code, exemption_reason=reason)
    return replace(
        between_two(),
        vat_breakdown=(said,) if code or reason else (),
        lines=(line("1", "Article", "100.00", category, rate),),
        allowances=(part("10.00", "Remise de fidélité", "95", category, rate),),
        charges=(part("4.00", "Transport", "FC", category, rate),),
    )


@_named("zero")
def zero_rated() -> Invoice:
    """Zero-rated."""
    return _untaxed("Z")


@_named("exempt")
def exempt() -> Invoice:
    """Exempt: a small company under the franchise en base."""
    return _untaxed(
        "E",
        code="VATEX-FR-FRANCHISE",
        reason="TVA non applicable, article 293 B du CGI",
    )


@_named("reverse-charge")
def reverse_charge() -> Invoice:
    """The buyer owes the VAT: a sub-contractor of the building trade."""
    return _untaxed("AE", code="VATEX-EU-AE", reason="Autoliquidation, article 283-2 nonies du CGI")


@_named("intra-eu")
def intra_eu() -> Invoice:
    """Goods delivered to a company of another member state."""
    return replace(
        _untaxed("K", code="VATEX-EU-IC", reason="Exonération, article 262 ter I du CGI"),
        buyer=foreign_party("Beispiel GmbH", "DE", "DE000000000"),
        delivery=Delivery(
            actual_date=date(2026, 10, 30), address=Address(city="Köln", country_code="DE")
        ),
    )


@_named("export")
def export() -> Invoice:
    """Goods sold outside the European Union."""
    return replace(
        _untaxed("G", code="VATEX-EU-G", reason="Exonération, article 262 I du CGI"),
        buyer=foreign_party("Example Inc.", "US"),
    )


@_named("out-of-scope")
def out_of_scope() -> Invoice:
    """Outside the scope of VAT: no VAT number may be shown."""
    invoice = _untaxed("O", None, code="VATEX-EU-O", reason="Hors du champ de la TVA")
    assert invoice.seller is not None
    assert invoice.buyer is not None
    return replace(
        invoice,
        seller=replace(invoice.seller, vat_identifier=None),
        buyer=replace(invoice.buyer, vat_identifier=None),
    )


def _spanish(invoice: Invoice) -> Invoice:
    return replace(
        invoice,
        seller=foreign_party("Ejemplo SL", "ES", "ESX0000000X"),
        buyer=foreign_party("Ejemplo SA", "ES", "ESY0000000Y"),
    )


@_named("igic")
def igic() -> Invoice:
    """The tax of the Canary Islands."""
    return _spanish(_untaxed("L", "7"))


@_named("igic-line")
def igic_line() -> Invoice:
    """The tax of the Canary Islands, on one line and nothing else."""
    return replace(igic(), allowances=(), charges=())


@_named("ipsi")
def ipsi() -> Invoice:
    """The tax of Ceuta and Melilla."""
    return _spanish(_untaxed("M", "4"))


@_named("ipsi-line")
def ipsi_line() -> Invoice:
    """The tax of Ceuta and Melilla, on one line and nothing else."""
    return replace(ipsi(), allowances=(), charges=())


@_named("split-payment")
def split_payment() -> Invoice:
    """An Italian public buyer pays the VAT to the tax office itself."""
    return replace(
        between_two(),
        seller=foreign_party("Esempio Srl", "IT", "IT00000000000"),
        buyer=foreign_party("Comune di Esempio", "IT", "IT00000000001"),
        lines=(line("1", "Lampada", "100.00", "B", "22"),),
    )


FRENCH = frozenset(_BUILDERS) - {
    "igic",
    "igic-line",
    "ipsi",
    "ipsi-line",
    "split-payment",
}
