"""The pages of a Factur-X against its XML: what differs is told, what agrees is not."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest

from facturier.errors import UnreadableDocument
from facturier.findings import Outcome, Severity
from facturier.formats import pages, read
from facturier.formats.facturx_write import facturx
from facturier.formats.pages import Page, pages_of
from facturier.invoice.model import Identifier
from facturier.invoice.parties import demo_iban
from facturier.rules.advice import hybrid
from facturier.rules.advice.shown import Shown
from facturier.rules.check import check
from facturier.rules.examples import example

OURS = ("standard", "transfer", "card", "direct-debit", "prepaid", "credit-note", "corrective",
        "foreign-currency", "payee", "reverse-charge", "self-billed")  # fmt: skip


def shown(text):
    return Shown((Page(1, text),))


@pytest.fixture(scope="module")
def our_pages():
    return pages_of(facturx(example("transfer")))


def rules(invoice, seen):
    return [one.rule for one in hybrid.compare(invoice, seen)]


# --- no false alarm ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_our_own_layout_agrees_with_its_xml(name):
    invoice = example(name)
    assert not hybrid.compare(invoice, pages_of(facturx(invoice)))


def test_the_official_examples_agree_with_themselves(shared):
    files = sorted((shared / "official" / "fnfe-1.4.0" / "examples").rglob("*.pdf"))
    assert len(files) == 4
    for file in files:
        data = file.read_bytes()
        assert not hybrid.control(data, read(data).invoice), file.name


TRUE_DIFFERENCES = {
    "sample_inofficial_20190125_atgp_factur-x_v_1_0.pdf": {"PDF-AUTRE"},
    "ZUGFeRD_2.0_fully_compliant_complete.pdf": {"PDF-TVA", "PDF-TOTAL"},
    "ZUGFeRD_2_fully_compliant_complete.pdf": {"PDF-TVA", "PDF-TOTAL"},
}
"""Files of the corpus whose pages do show something else: looked at one by one."""


def test_in_the_corpus_only_what_differs_is_told(shared):
    compared = 0
    for file in sorted((shared / "conformance").rglob("*.pdf")):
        data = file.read_bytes()
        try:
            invoice = read(data).invoice
        except UnreadableDocument:
            continue
        found = {one.rule for one in hybrid.control(data, invoice)}
        assert found == TRUE_DIFFERENCES.get(file.name, set()), file.name
        compared += 1
    assert compared > 70


# --- each value altered in turn ------------------------------------------------------------------


def with_totals(invoice, **amounts):
    return replace(invoice, totals=replace(invoice.totals, **amounts))


def with_seller(invoice, **said):
    return replace(invoice, seller=replace(invoice.seller, **said))


def with_account(invoice, account):
    (payment,) = invoice.payment_instructions
    transfer = replace(payment.credit_transfer, account=account)
    return replace(invoice, payment_instructions=(replace(payment, credit_transfer=transfer),))


ALTERATIONS = {
    "number, one letter more": ("PDF-NUMERO", lambda i: replace(i, number=i.number + "7")),
    "number, one letter less": ("PDF-NUMERO", lambda i: replace(i, number=i.number[1:] + "8")),
    "date": ("PDF-DATE", lambda i: replace(i, issue_date=i.issue_date + timedelta(days=1))),
    "total": ("PDF-TOTAL", lambda i: with_totals(i, with_vat=Decimal("120.10"))),
    "due": ("PDF-NET", lambda i: with_totals(i, due_amount=Decimal("119.00"))),
    "VAT": ("PDF-TVA", lambda i: with_totals(i, vat_amount=Decimal("20.01"))),
    "name": ("PDF-VENDEUR", lambda i: with_seller(i, name="Autre Société SA")),
    "SIREN": (
        "PDF-VENDEUR",
        lambda i: with_seller(i, legal_identifier=Identifier("003000064", "0002")),
    ),
    "VAT number": ("PDF-VENDEUR", lambda i: with_seller(i, vat_identifier="FR10003000015")),
    "IBAN": ("PDF-IBAN", lambda i: with_account(i, demo_iban(99))),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_an_altered_value_is_told_with_both_values(what, our_pages):
    rule, alter = ALTERATIONS[what]
    found = hybrid.compare(alter(example("transfer")), our_pages)
    assert [one.rule for one in found] == [rule]
    assert found[0].remedy
    assert found[0].severity is (Severity.WARNING if rule == "PDF-IBAN" else Severity.ADVICE)


def test_the_message_names_what_the_pages_show_and_where(our_pages):
    (found,) = hybrid.compare(with_account(example("transfer"), demo_iban(99)), our_pages)
    theirs, ours = (" ".join(one[at : at + 4] for at in range(0, 27, 4)) for one in (
        demo_iban(99), demo_iban(1)))  # fmt: skip
    assert theirs in found.message
    assert f"{ours} (page 1)" in found.message
    less = with_totals(example("transfer"), with_vat=Decimal(99), due_amount=Decimal(99))
    (found,) = hybrid.compare(less, our_pages)
    assert "99,00 EUR (BT-112)" in found.message
    assert "« 120,00 » (page 1)" in found.message


def test_an_alert_does_not_block():
    data = facturx(example("transfer"))
    mine = read(data)
    diverted = replace(mine, invoice=with_account(mine.invoice, demo_iban(99)))
    verdict = check(diverted, on=date(2026, 11, 22))
    assert verdict.outcome is Outcome.VALID
    assert "PDF-IBAN" in {one.rule for one in verdict.findings}
    same = check(mine, on=date(2026, 11, 22))
    assert not [one for one in same.findings if one.rule.startswith("PDF")]


def test_pages_of_another_invoice_are_told_once(our_pages):
    other = replace(
        example("standard"), number="ZZ-1", issue_date=date(2025, 1, 1),
        totals=replace(example("standard").totals, with_vat=Decimal("777.77")),
    )  # fmt: skip
    assert rules(other, our_pages) == ["PDF-AUTRE"]


def test_an_account_on_the_pages_alone_is_no_difference(our_pages):
    silent = replace(example("transfer"), payment_instructions=())
    assert not rules(silent, our_pages)


# --- every way to write --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["1 234,56", "1\u202f234,56", "1\u00a0234,56 €", "1.234,56", "1,234.56", "1234.56", "1'234.56",
     "1 2 3 4 , 5 6", "-1 234,56", "Total1234,56EUR"],
)  # fmt: skip
def test_an_amount_is_found_however_written(text):
    assert shown(f"Net à payer {text} merci").has_amount(Decimal("1234.56"))
    assert not shown(f"Net à payer {text} merci").has_amount(Decimal("1234.57"))


@pytest.mark.parametrize(
    ("text", "amount", "is_there"),
    [
        ("1\u202f234,56", "234.56", False),
        ("1'234.56", "234.56", False),
        ("1.234,56", "234.56", False),
        ("Qté 1 234,56", "234.56", True),  # one piece at this price
        ("12 euros", "12.00", True),
        ("12 ou 3,50", "12.00", False),  # these pages write cents
        ("12,5 %", "12.50", True),
        ("112,50", "12.50", False),
        ("12,501", "12.50", False),
        (",50 €", "0.50", True),
        ("0,50 €", "0.50", True),
        ("1 000 000,00", "1000000.00", True),
    ],
)
def test_an_amount_is_not_part_of_another(text, amount, is_there):
    assert shown(text).has_amount(Decimal(amount)) is is_there


@pytest.mark.parametrize(
    "text",
    ["03/04/2026", "3/4/2026", "03.04.2026", "03-04-26", "2026-04-03", "20260403", "3 avril 2026",
     "3 AVRIL 2026", "3 avr. 2026", "April 3, 2026", "3rd April 2026", "3. April 2026",
     "04/03/2026", "03 / 04 / 2026", "03‑04‑2026"],
)  # fmt: skip
def test_a_date_is_found_however_written(text):
    assert shown(f"le {text}.").has_date(date(2026, 4, 3))
    assert not shown(f"le {text}.").has_date(date(2026, 4, 5))


def test_the_first_of_a_month_and_accents():
    assert shown("Paris, le 1er août 2026").has_date(date(2026, 8, 1))
    assert shown("1er février 2026, 31 décembre 2026").has_date(date(2026, 12, 31))
    assert shown("32/13/2026 et 2026-02-30").dates_beyond(()) == ()


@pytest.mark.parametrize(
    "text",
    ["FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189",
     "IBAN:FR76 30006 00001 12345678901 89BIC:AGRIFRPP", "FR76\r\n3000 6000 0112\r\n3456 7890 189",
     "F R 7 6 3 0 0 0 6 0 0 0 0 1 1 2 3 4 5 6 7 8 9 0 1 8 9", "FR76-3000-6000-0112-3456-7890-189"],
)  # fmt: skip
def test_an_iban_is_found_however_written(text):
    assert [one.value for one in shown(text).ibans] == ["FR7630006000011234567890189"]


def test_a_vat_number_before_a_siret_is_no_iban():
    assert not shown("TVA FR11 123456782 12345678200012 RCS Paris").ibans
    labelled = shown("IBAN : FR20 1254 2547 2569 8542 5874 698")  # a key that is wrong
    assert [one.value for one in labelled.ibans] == ["FR2012542547256985425874698"]


def test_a_number_is_found_with_spaces_and_not_inside_a_longer():
    assert shown("Facture n° F 2026-001 du").has_number("F2026-001")
    assert not shown("Facture n° F2026-0011").has_number("F2026-001")
    assert not shown("Facture n° 12026").has_number("2026")


def test_a_name_may_be_split_or_without_accents():
    assert shown("SOCIETE\nGENERALE DE BATIMENT").has_name("Société Générale de Bâtiment")
    assert not shown("Société Particulière").has_name("Société Générale")


# --- pages that cannot be read -------------------------------------------------------------------


def _scan():
    """Return a Factur-X whose page is a picture."""
    data = facturx(example("transfer"))
    picture = pypdfium2.PdfDocument(data)[0].render(scale=1).to_pil()
    with pikepdf.open(io.BytesIO(data)) as document:
        page = document.pages[0]
        image = pikepdf.Stream(document, picture.tobytes())
        image.update({
            "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image,
            "/Width": picture.width, "/Height": picture.height, "/BitsPerComponent": 8,
            "/ColorSpace": pikepdf.Name.DeviceRGB,
        })  # fmt: skip
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(scan=image))
        page.Contents = pikepdf.Stream(document, b"q 595 0 0 842 0 0 cm /scan Do Q")
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def test_a_scan_is_said_not_to_be_comparable():
    data = _scan()
    (found,) = hybrid.control(data, read(data).invoice)
    assert found.rule == "PDF-NON-COMPARE"
    assert "image" in found.message


def test_a_pdf_that_was_repaired_says_so():
    whole = facturx(example("transfer"))
    cut = whole.replace(b"startxref", b"startxxxx")
    assert not read(whole).detected.repaired
    assert read(cut).detected.repaired
    found = {one.rule: one for one in check(read(cut), on=date(2026, 11, 22)).findings}
    assert found["PDF-REPARE"].severity is Severity.WARNING


def test_what_breaks_or_ends_the_reader_stops_nobody():
    with pytest.raises(UnreadableDocument) as refusal:
        pages_of(b"%PDF-1.7\nnothing")
    assert refusal.value.reason == "pdf-broken"
    reader = pages._reader(os.getpid())
    reader._process.kill()
    reader._process.wait()
    assert pages_of(facturx(example("transfer")))[0].number == 1


def test_a_page_that_takes_too_long_costs_its_seconds_and_no_more():
    """A form that draws itself ten times, ten levels deep, asks for ten thousand million "
    "drawings."""
    document = pikepdf.new()
    document.add_blank_page()
    form = pikepdf.Stream(document, b"BT /F1 9 Tf (a) Tj ET " * 50)
    form.update(
        {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": [0, 0, 9, 9]}
    )
    for _ in range(10):
        outer = pikepdf.Stream(document, b"/f Do " * 10)
        outer.update(
            {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": [0, 0, 9, 9],
             "/Resources": pikepdf.Dictionary(XObject=pikepdf.Dictionary(f=form))}
        )  # fmt: skip
        form = document.make_indirect(outer)
    page = document.pages[0]
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(f=form))
    page.Contents = pikepdf.Stream(document, b"/f Do " * 10)
    out = io.BytesIO()
    document.save(out)
    with pytest.raises(UnreadableDocument) as refusal:
        pages_of(out.getvalue())
    assert refusal.value.reason == "pdf-too-heavy"
    assert pages_of(facturx(example("transfer")))[0].number == 1


def test_absurd_values_stop_nothing_and_are_quoted_in_part(our_pages):
    huge = replace(
        example("transfer"), number="A" * 100_000,
        totals=replace(example("transfer").totals, with_vat=Decimal("9" * 60)),
    )  # fmt: skip
    huge = with_account(with_seller(huge, name="B" * 100_000), "1" * 100_000)
    found = hybrid.compare(huge, our_pages)
    assert {"PDF-NUMERO", "PDF-TOTAL", "PDF-VENDEUR"} <= {one.rule for one in found}
    assert all(len(one.message) < 1000 for one in found)


@pytest.mark.parametrize(
    "text",
    ["1 " * 125_000, "FR7630006" * 27_000, "0030000" * 35_000, "a" * 250_000, "1.1.1." * 41_000,
     "IBAN FR76" * 27_000, "12 mai 2026 " * 20_000],
)  # fmt: skip
def test_no_page_makes_the_comparison_slow(text):
    huge = (Page(1, text),)
    invoice = replace(example("transfer"), number="a" * 39 + "b")
    before = time.process_time()
    hybrid.compare(invoice, huge)
    assert time.process_time() - before < 2


def test_a_document_with_the_text_of_a_book_is_not_compared():
    document = pikepdf.new()
    document.add_blank_page()
    page = document.pages[0]
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    lines = b"".join(b"1 0 0 1 9 %d Tm (%s) Tj " % (n % 800, b"mot " * 50) for n in range(1400))
    page.Contents = pikepdf.Stream(document, b"BT /F1 1 Tf " + lines + b"ET")
    out = io.BytesIO()
    document.save(out)
    with pytest.raises(UnreadableDocument) as refusal:
        pages_of(out.getvalue())
    assert refusal.value.reason == "pdf-too-heavy"
