"""What a reader does with what it did not expect: it says so, and loses nothing else."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree
from tests import strategies

from facturier import formats
from facturier.errors import UnknownFormat
from facturier.findings import Finding, Layer, Severity
from facturier.formats import cii, ubl
from facturier.formats.codecs import DATE, DATE_102, DECIMAL, translated
from facturier.formats.paths import parse_path
from facturier.invoice.model import (
    Address,
    Attachment,
    Identifier,
    Invoice,
    Item,
    ItemAttribute,
    Line,
    Malformed,
    Note,
    Party,
    PaymentInstructions,
    PriceDetails,
    SupportingDocument,
    Totals,
    Unmapped,
    VatBreakdown,
)

BASE = Invoice(
    number="F1",
    issue_date=date(2026, 11, 22),
    type_code="380",
    currency="EUR",
    seller=Party(name="Vendeur", vat_identifier="FR00000000000"),
    lines=(Line(identifier="1", net_amount=Decimal("10.00")),),
)


def ubl_of(invoice: Invoice = BASE, **changes: object) -> str:
    return formats.write(dataclasses.replace(invoice, **changes), "ubl").xml.decode()


def cii_of(invoice: Invoice = BASE, **changes: object) -> str:
    return formats.write(dataclasses.replace(invoice, **changes), "cii").xml.decode()


def read(text: str) -> Invoice:
    return formats.read(text.encode()).invoice


def test_an_unknown_element_is_told_with_its_path_and_value() -> None:
    text = ubl_of().replace("<cbc:IssueDate>", "<cbc:UUID>abc</cbc:UUID><cbc:IssueDate>")
    reading = formats.read(text.encode())
    assert reading.invoice == BASE
    assert reading.invoice.unmapped == (Unmapped(path="/ubl:Invoice/cbc:UUID", value="abc"),)
    assert reading.findings == (
        Finding(
            rule="UNMAPPED",
            layer=Layer.ADVICE,
            severity=Severity.ADVICE,
            message=(
                "Ce fichier contient une information que la norme ne prévoit pas ici (« abc »)."
            ),
            path="/ubl:Invoice/cbc:UUID",
            remedy="Vérifiez si cette information est utile : elle n'est pas reprise.",
        ),
    )


def test_each_leaf_of_an_unknown_branch_is_told() -> None:
    branch = (
        "<cac:Signature><cbc:ID>1</cbc:ID><cbc:Note>n</cbc:Note><x:y xmlns:x='u'/></cac:Signature>"
    )
    text = ubl_of().replace(
        "<cac:AccountingSupplierParty>", f"{branch}<cac:AccountingSupplierParty>"
    )
    assert [(found.path, found.value) for found in read(text).unmapped] == [
        ("/ubl:Invoice/cac:Signature/cbc:ID", "1"),
        ("/ubl:Invoice/cac:Signature/cbc:Note", "n"),
        ("/ubl:Invoice/cac:Signature/*[local-name()='y']", ""),
    ]


def test_text_between_elements_is_told() -> None:
    text = ubl_of().replace("<cac:InvoiceLine>", "<cac:InvoiceLine>perdu", 1)
    tail = ubl_of().replace("</cbc:LineExtensionAmount>", "</cbc:LineExtensionAmount>perdu")
    assert read(tail).unmapped == (Unmapped(path="/ubl:Invoice/cac:InvoiceLine", value="perdu"),)
    assert read(text).unmapped == (Unmapped(path="/ubl:Invoice/cac:InvoiceLine", value="perdu"),)


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ('currencyID="EUR"', 'currencyID="USD"', "cbc:LineExtensionAmount/@currencyID"),
        ("<cbc:ID>1<", '<cbc:ID schemeID="X">1<', "cbc:ID/@schemeID"),
    ],
)
def test_an_attribute_with_a_meaning_of_its_own_is_told(before: str, after: str, path: str) -> None:
    text = ubl_of().replace(before, after)
    assert [found.path for found in read(text).unmapped] == [f"/ubl:Invoice/cac:InvoiceLine/{path}"]


def test_attributes_that_name_a_list_are_not_told() -> None:
    text = ubl_of().replace("<cbc:InvoiceTypeCode>", '<cbc:InvoiceTypeCode listID="UNCL1001">')
    assert read(text).unmapped == ()


def test_a_second_value_where_the_model_has_one_is_told() -> None:
    text = ubl_of().replace("<cbc:ID>F1</cbc:ID>", "<cbc:ID>F1</cbc:ID><cbc:ID>F2</cbc:ID>")
    invoice = read(text)
    assert invoice.number == "F1"
    assert invoice.unmapped == (Unmapped(path="/ubl:Invoice/cbc:ID[2]", value="F2"),)


def test_a_reference_repeated_in_each_payment_means_is_one_when_it_is_the_same() -> None:
    two = (PaymentInstructions(means_code="30"), PaymentInstructions(means_code="58"))
    text = ubl_of(payment_instructions=two, remittance_information="REF")
    second = "<cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>"
    same = text.replace(second, f"{second}<cbc:PaymentID>REF</cbc:PaymentID>")
    other = text.replace(second, f"{second}<cbc:PaymentID>AUTRE</cbc:PaymentID>")
    assert read(same).remittance_information == "REF"
    assert read(same).unmapped == ()
    assert [found.value for found in read(other).unmapped] == ["AUTRE"]


def test_a_payer_repeated_in_each_payment_means_is_one() -> None:
    two = (PaymentInstructions(means_code="30"), PaymentInstructions(means_code="58"))
    payer = Party(name="Payeur", identifiers=(Identifier("1", "0088"), Identifier("2", "0088")))
    invoice = dataclasses.replace(BASE, payment_instructions=two, payer=payer)
    text = ubl_of(invoice)
    mandate = text[text.index("<cac:PaymentMandate>") : text.index("</cac:PaymentMandate>") + 21]
    second = "<cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>"
    again = text.replace(second, second + mandate)
    other = text.replace(second, second + mandate.replace(">2<", ">3<"))
    assert read(again) == invoice
    assert read(again).unmapped == ()
    assert [found.value for found in read(other).unmapped] == ["3 (0088)"]


def test_vat_point_dates_that_differ_between_breakdowns_are_told() -> None:
    rates = (VatBreakdown(category="S"), VatBreakdown(category="E"))
    text = cii_of(vat_breakdown=rates, vat_point_date=date(2026, 1, 2))
    start, end = text.index("<ram:TaxPointDate>"), text.index("</ram:TaxPointDate>") + 19
    second = "<ram:CategoryCode>E</ram:CategoryCode>"
    same = text.replace(second, second + text[start:end])
    other = same[:end] + same[end:].replace("20260102", "20260103")
    assert text.count("20260102") == 1
    assert read(same).unmapped == ()
    assert read(other).vat_point_date == date(2026, 1, 2)
    assert [found.value for found in read(other).unmapped] == ["20260103"]


def test_a_vat_point_date_code_stands_in_each_breakdown_of_cii() -> None:
    rates = (VatBreakdown(category="S"), VatBreakdown(category="E"))
    text = cii_of(vat_breakdown=rates, vat_point_date_code="3")
    assert text.count("<ram:DueDateTypeCode>5</ram:DueDateTypeCode>") == 2


def test_an_empty_address_is_not_a_missing_one() -> None:
    seller = Party(name="Vendeur", postal_address=Address())
    invoice = dataclasses.replace(BASE, seller=seller, buyer=Party(), totals=Totals())
    for syntax in ("ubl", "cii"):
        assert formats.read(formats.write(invoice, syntax).xml).invoice == invoice
    assert "<cac:PostalAddress/>" in ubl_of(invoice)
    assert "<cac:PostalAddress" not in ubl_of()


def test_the_agent_of_a_party_does_not_make_the_party() -> None:
    invoice = dataclasses.replace(BASE, seller=None, seller_agent=Party(name="Agent"))
    assert read(ubl_of(invoice)) == invoice


@pytest.mark.parametrize("value", ["2026-13-99", "22/11/2026", "", "2026-11-22T10:00:00"])
def test_a_date_that_does_not_read_is_told_and_left_out(value: str) -> None:
    text = ubl_of().replace("2026-11-22", value)
    reading = formats.read(text.encode())
    assert reading.invoice.issue_date is None
    assert reading.invoice.malformed == (
        Malformed(term="BT-2", path="/ubl:Invoice/cbc:IssueDate", value=value),
    )
    assert reading.findings[0].rule == "MALFORMED"
    assert reading.findings[0].severity is Severity.WARNING


def test_a_wrong_amount_says_its_line() -> None:
    lines = (Line(identifier="1"), Line(identifier="2", net_amount=Decimal(5)))
    text = ubl_of(lines=lines).replace(">5<", ">cinq<")
    reading = formats.read(text.encode())
    (found,) = reading.invoice.malformed
    assert found.indexes == (1,)
    assert found.path == "/ubl:Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount"
    assert reading.findings[0].where == "BT-131 ligne 2"


def test_a_date_of_another_format_is_told() -> None:
    text = cii_of().replace('format="102">20261122', 'format="203">202611221030')
    invoice = read(text)
    assert [found.term for found in invoice.malformed] == ["BT-2"]
    assert [found.path.rpartition("/")[2] for found in invoice.unmapped] == ["@format"]


def test_an_attachment_that_is_not_base64_is_told() -> None:
    document = SupportingDocument(reference="D", attachment=Attachment(b"x", "text/csv", "a.csv"))
    text = ubl_of(supporting_documents=(document,))
    invoice = read(text.replace(">eA==<", ">*<"))
    assert [found.term for found in invoice.malformed] == ["BT-125"]
    assert invoice.supporting_documents[0].attachment is None


def test_a_coded_note_is_split_in_ubl() -> None:
    notes = (Note(subject_code="PMT", text="Indemnité\nde 40 €"), Note(text="libre"))
    text = ubl_of(notes=notes)
    assert "<cbc:Note>#PMT#Indemnité\nde 40 €</cbc:Note>" in text
    assert read(text).notes == notes


def test_a_note_that_would_not_read_back_is_named_as_lost() -> None:
    assert formats.write(dataclasses.replace(BASE, notes=(Note(text="#ABC#x"),)), "ubl").lost == (
        "BT-22",
    )
    strange = (Note(subject_code="trop long", text="x"),)
    assert formats.write(dataclasses.replace(BASE, notes=strange), "ubl").lost == ("BT-21",)


def test_a_reference_that_ubl_demands_is_not_taken_for_one() -> None:
    text = ubl_of(sales_order="SO-1")
    assert "<cbc:ID>NA</cbc:ID>" in text
    assert read(text).order is None
    assert read(text).sales_order == "SO-1"


def test_the_name_that_ubl_demands_of_an_attribute_is_not_taken_for_one() -> None:
    item = Item(name="A", attributes=(ItemAttribute(code="X"),))
    lines = (Line(identifier="1", item=item),)
    assert read(ubl_of(lines=lines)).lines == lines


def test_point_date_codes_are_of_another_list_in_cii() -> None:
    invoice = dataclasses.replace(
        BASE, vat_point_date_code="432", vat_breakdown=(VatBreakdown(category="S"),)
    )
    text = cii_of(invoice)
    assert "<ram:DueDateTypeCode>72</ram:DueDateTypeCode>" in text
    assert read(text) == invoice
    foreign = read(text.replace(">72<", ">432<"))
    assert foreign.vat_point_date_code is None
    assert [found.term for found in foreign.malformed] == ["BT-8"]


def test_terms_without_a_carrier_are_named_as_lost() -> None:
    invoice = dataclasses.replace(
        BASE,
        remittance_information="REF",
        vat_point_date_code="3",
        payer=Party(name="Payeur"),
        vat_exchange_date=date(2026, 1, 1),
    )
    assert formats.write(invoice, "ubl").lost == ("BT-83", "EXT-FR-FE-43")
    assert formats.write(invoice, "cii").lost == ("BT-8", "EXT-FR-FE-192")


def test_the_rate_of_exchange_follows_from_the_two_vat_totals() -> None:
    totals = Totals(vat_amount=Decimal("100.00"), vat_amount_accounting=Decimal("108.25"))
    text = cii_of(totals=totals, vat_currency="USD", vat_exchange_date=date(2026, 1, 1))
    assert "<ram:ConversionRate>1.082500</ram:ConversionRate>" in text
    assert read(text).unmapped == ()
    other = read(text.replace("1.082500", "1.5"))
    assert [found.value for found in other.unmapped] == ["1.5"]
    assert [found.value for found in read(text.replace("1.082500", "x")).unmapped] == ["x"]


def test_the_same_number_as_an_earlier_invoice_cannot_be_told_apart_in_ubl() -> None:
    full = strategies.full_invoice()
    earlier = dataclasses.replace(full.lines[0].preceding_invoices[0], number=BASE.number)
    lines = (Line(identifier="1", preceding_invoices=(earlier,)),)
    lost = formats.write(dataclasses.replace(BASE, lines=lines), "ubl").lost
    assert lost == ("EXT-FR-FE-136", "EXT-FR-FE-137", "EXT-FR-FE-138", "EXT-FR-FE-139")


def test_totals_without_their_currency_are_named_as_lost() -> None:
    totals = Totals(vat_amount=Decimal(1), vat_amount_accounting=Decimal(2))
    invoice = dataclasses.replace(
        BASE, currency=None, totals=totals, vat_breakdown=(VatBreakdown(category="S"),)
    )
    for syntax in ("ubl", "cii"):
        written = formats.write(invoice, syntax)
        assert written.lost == ("BT-110", "BT-111")
        assert formats.read(written.xml).invoice.vat_breakdown == invoice.vat_breakdown


def test_what_a_schema_demands_is_completed_unless_told_otherwise() -> None:
    gross = Line(price=PriceDetails(net_price=Decimal(8), gross_price=Decimal(10)))
    lonely = Line(price=PriceDetails(gross_price=Decimal(10)))
    less = Line(price=PriceDetails(net_price=Decimal(8), discount=Decimal(2)))
    rates = (VatBreakdown(tax_amount=Decimal(3)), VatBreakdown())
    invoice = dataclasses.replace(BASE, lines=(gross, lonely, less, Line()), vat_breakdown=rates)
    by_ubl = read(ubl_of(invoice))
    assert [line.price and line.price.discount for line in by_ubl.lines] == [2, 0, 2, None]
    assert by_ubl.totals == Totals(vat_amount=Decimal(3))
    by_cii = read(cii_of(invoice))
    assert [line.price and line.price.gross_price for line in by_cii.lines] == [10, 10, 10, None]
    bare = formats.read(formats.write(invoice, "cii", complete=False).xml).invoice
    assert [line.price and line.price.gross_price for line in bare.lines] == [10, 10, None, None]


def test_empty_records_of_a_repeating_group_are_kept() -> None:
    invoice = dataclasses.replace(strategies.without(BASE, ()), lines=(Line(), Line()))
    assert read(ubl_of(invoice)) == invoice
    assert read(cii_of(invoice)) == invoice


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    text = ubl_of(number='F<&>"\x00', buyer_reference="a\r\nb")
    assert read(text).number == 'F<&>"\N{REPLACEMENT CHARACTER}'
    assert read(text).buyer_reference == "a\r\nb"


def test_a_status_message_is_not_an_invoice() -> None:
    with pytest.raises(UnknownFormat):
        formats.binding_of(formats.detect.__globals__["Syntax"].CDAR)


def test_booleans_and_codes_are_compared_as_the_official_files_do() -> None:
    full = formats.write(strategies.full_invoice(), "ubl").xml.decode()
    spelled = full.replace(">false</cbc:ChargeIndicator>", ">0</cbc:ChargeIndicator>").replace(
        "<cbc:ID>VAT</cbc:ID>", "<cbc:ID> vat </cbc:ID>"
    )
    assert spelled != full
    assert read(spelled) == read(full)
    assert read(spelled).unmapped == ()


def test_decimals_keep_their_digits_and_refuse_exponents() -> None:
    assert str(DECIMAL.read(" 12.50 ")) == "12.50"
    assert DECIMAL.write(Decimal("1E+3")) == "1000"
    for wrong in ("1e3", "1,5", "NaN", "", "٣"):
        with pytest.raises(ValueError, match=f"^{wrong}$"):
            DECIMAL.read(wrong)


def test_dates_are_read_by_their_calendar() -> None:
    assert DATE.read("2024-02-29+01:00") == date(2024, 2, 29)
    assert DATE_102.read("20240229") == date(2024, 2, 29)
    with pytest.raises(ValueError, match="day"):
        DATE_102.read("20260230")


def test_a_code_outside_both_lists_passes() -> None:
    codes = translated({"5": "3"})
    assert codes.read("99") == "99"
    assert codes.write("99") == "99"


@pytest.mark.parametrize("text", ["a b", "@x/b", "b[c>1]"])
def test_a_path_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_path(text, {})


def test_a_condition_may_ask_whether_there_is_such_a_place() -> None:
    (step,) = parse_path("a[not(b/@c)]", {}).steps
    (condition,) = step.conditions
    assert condition.holds(etree.fromstring("<a><b/></a>"), {}, [])
    assert not condition.holds(etree.fromstring("<a><b/><b c=''/></a>"), {}, [])


def test_paths_number_from_one_and_stand_alone() -> None:
    assert ubl.INVOICE.path_of("BT-131", (2,)) == (
        "/ubl:Invoice/cac:InvoiceLine[3]/cbc:LineExtensionAmount"
    )
    assert ubl.INVOICE.path_of("BT-30-1") == (
        "/ubl:Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity"
        "/cbc:CompanyID/@schemeID"
    )
    assert cii.INVOICE.path_of("BT-110").endswith(
        "ram:TaxTotalAmount[@currencyID=/rsm:CrossIndustryInvoice"
        "/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
        "/ram:InvoiceCurrencyCode]"
    )
    with pytest.raises(KeyError):
        ubl.INVOICE.path_of("BT-999")
