"""Flux 1: what travels to the tax office, what never does, and how it is written."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from lxml import etree
from tests import strategies

from facturier.formats import detect, flux1, write
from facturier.formats.detect import Syntax
from facturier.formats.flux1 import read_flux1, write_flux1
from facturier.invoice.model import Identifier, LineNote, Note, PrecedingInvoice
from facturier.invoice.terms import dictionary, values
from facturier.reporting import extract as extraction
from facturier.reporting.extract import (
    MEMBER,
    Profile,
    carried,
    extract,
    file_name,
    named_profile,
    profile_on,
)
from facturier.rules.examples import FRENCH, example
from facturier.rules.french_examples import names
from facturier.rules.mutation import mutate

NAMES = (*sorted(FRENCH), *names())
SCHEMAS = {
    (Profile.BASE, "Invoice"): "F1_BASE_UBL_2.1/F1BASE_UBL-invoice-2.1.xsd",
    (Profile.BASE, "CreditNote"): "F1_BASE_UBL_2.1/F1BASE_UBL-CreditNote-2.1.xsd",
    (Profile.FULL, "Invoice"): "F1_FULL_UBL_2.1/F1FULL_UBL_invoice-2.1.xsd",
    (Profile.FULL, "CreditNote"): "F1_FULL_UBL_2.1/F1FULL_UBL_CreditNote-2.1.xsd",
    (Profile.BASE, "CrossIndustryInvoice"): (
        "F1_BASE_CII_D22B/uncefact/data/standard/F1BASE_CrossIndustryInvoice_100pD22B.xsd"
    ),
    (Profile.FULL, "CrossIndustryInvoice"): (
        "F1_FULL_CII_D22B/uncefact/data/standard/F1FULL_CrossIndustryInvoice_100pD22B.xsd"
    ),
}


@cache
def schema(path):
    return etree.XMLSchema(etree.parse(path))


def written(name, profile, syntax):
    return write_flux1(extract(example(name), profile).invoice, syntax)


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_extracted_follows_the_official_schema(shared, name, profile, syntax):
    xml, lost = written(name, profile, syntax)
    root = etree.fromstring(xml)
    folder = shared / "official/dgfip-v3.2/xsd/flux1"
    found = schema(folder / SCHEMAS[profile, etree.QName(root).localname])
    assert found.validate(root), found.error_log
    assert lost == ()


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_recognised_and_reads_back(name, profile, syntax):
    invoice = extract(example(name), profile).invoice
    detected = detect(write_flux1(invoice, syntax)[0])
    assert detected.syntax is Syntax.FLUX1
    reading = read_flux1(detected)
    assert not reading.findings
    assert without_added_discounts(reading.invoice) == without_added_discounts(invoice)


def without_added_discounts(invoice):
    """UBL has no gross price without a discount: one of zero is added."""
    lines = tuple(
        replace(line, price=replace(line.price, discount=line.price.discount or None))
        if line.price
        else line
        for line in invoice.lines
    )
    return replace(invoice, lines=lines)


@given(strategies.invoices(most=60))
@settings(max_examples=60, deadline=None)
def test_nothing_travels_but_the_terms_of_the_profile(invoice):
    for profile in Profile:
        found = {held.term.id for held in values(extract(invoice, profile).invoice)}
        assert found <= carried(profile)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_no_text_of_a_full_invoice_travels_that_should_not(profile, syntax):
    """Each text of an invoice that holds every term is its own; those that stay do not show."""
    whole = strategies.full_invoice()
    terms = dictionary()[0]
    secret = [
        held.value
        for held in values(whole)
        if held.term.id not in carried(profile) and isinstance(held.value, str)
    ]
    xml = write_flux1(extract(whole, profile).invoice, syntax)[0].decode()
    telling = [text for text in secret if len(text) > 4]
    assert len(telling) > 100
    assert [text for text in telling if text in xml] == []
    assert len(carried(profile)) == (31 if profile is Profile.BASE else 68)
    assert carried(profile) <= terms.keys()


def test_base_has_no_lines_and_full_has_each():
    invoice = example("standard")
    assert extract(invoice, Profile.BASE).invoice.lines == ()
    lines = extract(invoice, Profile.FULL).invoice.lines
    assert [line.item.name for line in lines] == ["Lampe de bureau", "Livre technique"]
    assert all(line.item.description is None for line in lines)


def test_every_full_line_has_its_gross_price():
    invoice = mutate(example("standard"), "BT-147 + 5; BT-146 - 5")
    first = extract(invoice, Profile.FULL).invoice.lines[0].price
    assert (first.net_price, first.discount, first.gross_price) == (
        Decimal("95.00"),
        Decimal(5),
        Decimal("100.00"),
    )


def test_the_day_chooses_the_profile():
    assert profile_on(date(2026, 9, 1)) is Profile.BASE
    assert profile_on(date(2027, 8, 31)) is Profile.BASE
    assert profile_on(date(2027, 9, 1)) is Profile.FULL


def test_the_name_of_the_file_tells_the_profile_and_case_counts():
    assert file_name(Profile.FULL, "FA-1.xml") == "Full_FA-1.xml"
    assert named_profile("Base_FA-1.xml") is Profile.BASE
    assert named_profile("base_FA-1.xml") is None


def test_a_global_rebate_becomes_the_credit_note_that_the_portal_knows():
    found = extract(example("global-allowance"), Profile.BASE)
    assert found.invoice.type_code == "381"
    assert "262" in found.changes[0]


def test_the_single_taxable_person_is_told_in_the_words_of_the_portal():
    invoice = example("single-taxable-person")
    seller = replace(
        invoice.seller,
        identifiers=(*invoice.seller.identifiers, Identifier("INTERNE-7", None)),
    )
    found = extract(replace(invoice, seller=seller), Profile.BASE)
    assert [n.text for n in found.invoice.notes if n.subject_code == "TXD"] == [MEMBER]
    assert [one.scheme for one in found.invoice.seller.identifiers] == ["0231"]
    assert found.invoice.tax_representative.vat_identifier
    assert found.invoice.tax_representative.name is None


def test_free_notes_stay_at_home():
    invoice = example("standard")
    notes = (*invoice.notes, Note(subject_code="AAI", text="Merci"), Note(text="Bonne fête"))
    found = extract(replace(invoice, notes=notes), Profile.BASE)
    assert {note.subject_code for note in found.invoice.notes} == {"PMT", "PMD", "AAB"}


def test_only_the_eco_contribution_travels_from_the_notes_of_a_line():
    invoice = example("standard")
    notes = (LineNote(subject_code="BLU", text="Eco-contribution DEEE"), LineNote(text="fragile"))
    lines = (replace(invoice.lines[0], notes=notes), *invoice.lines[1:])
    found = extract(replace(invoice, lines=lines), Profile.FULL)
    assert found.invoice.lines[0].notes == notes[:1]


def test_vat_in_euros_travels_beside_a_foreign_currency():
    invoice = example("foreign-currency")
    euros = replace(invoice, currency="USD", vat_currency="EUR")
    kept = extract(euros, Profile.BASE).invoice
    assert kept.totals.vat_amount_accounting == invoice.totals.vat_amount_accounting
    for syntax in ("ubl", "cii"):
        again = read_flux1(detect(write_flux1(kept, syntax)[0])).invoice
        assert again.totals == kept.totals
        assert again.vat_currency is None
    other = extract(replace(invoice, currency="USD", vat_currency="GBP"), Profile.BASE)
    assert other.invoice.totals.vat_amount_accounting is None
    assert "GBP" in other.changes[0]


def test_references_of_lines_rise_to_the_head_in_base_and_stay_in_full():
    invoice = example("line-references")
    base = extract(invoice, Profile.BASE)
    assert [one.number for one in base.invoice.preceding_invoices] == [
        "FA-2026-0001",
        "FA-2026-0002",
    ]
    full = extract(invoice, Profile.FULL)
    assert full.invoice.preceding_invoices == ()
    assert all(line.preceding_invoices for line in full.invoice.lines)
    head = (PrecedingInvoice(number="FA-2026-0001", issue_date=date(2026, 10, 5)),)
    both = extract(replace(invoice, preceding_invoices=head), Profile.FULL)
    assert both.invoice.preceding_invoices == head
    assert not any(line.preceding_invoices for line in both.invoice.lines)


def test_the_address_of_delivery_travels_where_it_says_something():
    invoice = example("delivery")
    assert extract(invoice, Profile.BASE).invoice.delivery.address is None
    assert extract(invoice, Profile.FULL).invoice.delivery.address == invoice.delivery.address
    services = mutate(invoice, 'BT-23 = "S1"')
    assert extract(services, Profile.FULL).invoice.delivery.address is None
    home = replace(
        invoice, delivery=replace(invoice.delivery, address=invoice.buyer.postal_address)
    )
    assert extract(home, Profile.FULL).invoice.delivery.address is None


def test_what_has_no_rate_is_sent_with_rate_zero():
    invoice = mutate(example("allowances"), 'BT-95 = "O"; BT-96 =; BT-118 = "O"; BT-119 =')
    found = extract(invoice, Profile.FULL)
    assert found.invoice.allowances[0].vat_rate == 0
    assert found.invoice.vat_breakdown[0].rate == 0
    assert len(found.changes) == 2
    assert len(extract(invoice, Profile.BASE).changes) == 1


def test_what_is_not_due_is_said():
    assert "n'appelle pas de flux 1" in extract(example("export"), Profile.BASE).remarks[0]
    assert "B8" in " ".join(extract(example("multi-vendor"), Profile.BASE).remarks)
    assert extract(example("standard"), Profile.BASE, on=date(2026, 11, 2)).remarks == ()


def test_long_numbers_are_told_while_the_portal_cuts_them():
    invoice = mutate(example("standard"), 'BT-1 = "FACTURE-2026-00000001"')
    assert "20 caractères" in extract(invoice, Profile.BASE, on=date(2026, 12, 31)).remarks[0]
    assert extract(invoice, Profile.BASE, on=date(2027, 1, 1)).remarks == ()
    late = extract(invoice, Profile.BASE, on=date(2027, 9, 1)).remarks
    assert "FULL" in late[0]


def test_headings_and_comments_among_the_lines_stay_at_home():
    found = extract(example("multi-vendor"), Profile.FULL)
    before = [line for line in example("multi-vendor").lines if line.subtype != "GROUP"]
    assert len(found.invoice.lines) == len(before) < len(example("multi-vendor").lines)


def test_the_tables_of_invoices_are_untouched():
    xml = write(example("foreign-currency"), "cii").xml
    assert flux1.binding_of(etree.fromstring(xml)) is flux1.CII
    assert flux1.syntax_of(etree.fromstring(xml)) == "CII"
    assert {"B1", "S6"} <= set(extraction.PROCESSES)
    assert not set(extraction.PROCESSES) & {"S3", "B8", "B9"}
