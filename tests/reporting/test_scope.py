"""The flow of an invoice is decided from the invoice, and the reason is said."""

from dataclasses import replace

import pytest

from facturier.invoice.model import Address, Identifier, Invoice, Note, Party, VatBreakdown
from facturier.reporting.scope import Treatment, decide

FRENCH = Party(
    name="Vendeur",
    legal_identifier=Identifier("000000018", "0002"),
    postal_address=Address(country_code="FR"),
)
GERMAN = Party(
    name="Käufer", vat_identifier="DE123456789", postal_address=Address(country_code="DE")
)
PRIVATE = Party(name="Mme Dupont", postal_address=Address(country_code="FR"))


@pytest.mark.parametrize(
    ("seller", "buyer", "expected"),
    [
        (FRENCH, FRENCH, Treatment.B2B),
        (FRENCH, GERMAN, Treatment.B2B_INTERNATIONAL),
        (GERMAN, FRENCH, Treatment.B2B_INTERNATIONAL),
        (FRENCH, PRIVATE, Treatment.B2C),
        (FRENCH, replace(PRIVATE, postal_address=Address(country_code="BE")),
         Treatment.B2C_INTERNATIONAL),
        (FRENCH, replace(FRENCH, postal_address=Address(country_code="RE")), Treatment.B2B),
        (FRENCH, replace(FRENCH, postal_address=Address(country_code="YT")),
         Treatment.B2B_INTERNATIONAL),
        (FRENCH, None, Treatment.B2C),
    ],
)  # fmt: skip
def test_parties_and_their_countries_decide(seller, buyer, expected):
    scope = decide(Invoice(seller=seller, buyer=buyer))
    assert scope.treatment is expected
    assert scope.reason.endswith((".", ")."))
    assert not scope.said_by_invoice


def test_a_bar_note_holds_over_what_we_infer():
    invoice = Invoice(seller=FRENCH, buyer=FRENCH, notes=(Note(subject_code="BAR", text="B2C"),))
    assert decide(invoice).treatment is Treatment.B2C
    assert decide(invoice).said_by_invoice


def test_an_unknown_bar_note_is_not_obeyed():
    invoice = Invoice(seller=FRENCH, buyer=FRENCH, notes=(Note(subject_code="BAR", text="X"),))
    assert decide(invoice).treatment is Treatment.B2B


@pytest.mark.parametrize(
    ("breakdown", "expected"),
    [
        ((VatBreakdown(category="E", exemption_code="VATEX-FR-CGI261-4"),), Treatment.OUT_OF_SCOPE),
        ((VatBreakdown(category="O"),), Treatment.OUT_OF_SCOPE),
        ((VatBreakdown(category="E", exemption_code="VATEX-FR-FRANCHISE"),), Treatment.B2B),
        ((VatBreakdown(category="O"), VatBreakdown(category="S")), Treatment.B2B),
    ],
)
def test_exempt_operations_are_out_of_scope(breakdown, expected):
    invoice = Invoice(seller=FRENCH, buyer=FRENCH, vat_breakdown=breakdown)
    assert decide(invoice).treatment is expected
