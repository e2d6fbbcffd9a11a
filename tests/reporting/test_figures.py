"""Figures of a transmission: added up, traced, compared; hand-computed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporting.test_gathering import GERMAN, PERSON, sold

from facturier.formats.flux10 import read_report, write_report
from facturier.reporting import figures
from facturier.reporting.figures import Figure, compare, merged, of_receipt, of_sale, totals
from facturier.reporting.filing import Filing, Role
from facturier.reporting.periods import Period
from facturier.reporting.receipts import Received, gather_payments
from facturier.reporting.sales import Category, Sale
from facturier.reporting.transactions import gather_transactions

SIREN = sold("x", ("1", "S", "20")).seller.legal_identifier.value
FILING = Filing(
    siren=SIREN, name="Nous", role=Role.SELLER,
    period=Period(date(2026, 9, 1), date(2026, 9, 30)), platform="0003", platform_name="Plateforme",
    created_at=datetime(2026, 10, 2, tzinfo=UTC),
)  # fmt: skip


def of(*invoices, tills=()):
    return figures.figures(gather_transactions(invoices, FILING, tills=tills).report)


def short(found):
    return [
        (f"{one.block}", f"{one.day:%d/%m}", one.number, one.category, int(one.rate), one.country,
         f"{one.base} {one.tax}")
        for one in found
    ]  # fmt: skip


BREAD = sold("F-1", ("100.10", "S", "20"), ("50.00", "S", "10"))
MORE = sold("F-2", ("10.05", "S", "20"))
BACK = replace(sold("A-1", ("20.00", "S", "20"), day="2026-09-16"), type_code="381")
ABROAD = sold("X-1", ("1000.00", "K", "0"), buyer=GERMAN, day="2026-09-20")


def test_sales_of_a_day_lose_their_invoice_and_credit_notes_count_negatively():
    # 100.10 + 10.05 = 110.15 at 20 %; 20.02 + 2.01 = 22.03 of VAT, each rounded in its invoice
    assert short(of(BREAD, MORE, BACK, ABROAD)) == [
        ("10.1", "20/09", "X-1", "K", 0, "DE", "1000.00 0.00"),
        ("10.3", "15/09", "", "TLB1", 10, "", "50.00 5.00"),
        ("10.3", "15/09", "", "TLB1", 20, "", "110.15 22.03"),
        ("10.3", "16/09", "", "TLB1", 20, "", "-20.00 -4.00"),
    ]


def test_totals_add_days_and_invoices():
    found = totals(of(BREAD, MORE, BACK, ABROAD, replace(ABROAD, number="X-2")))
    assert [(one.block, one.category, str(one.base), str(one.tax)) for one in found] == [
        ("10.1", "K", "2000.00", "0.00"),
        ("10.3", "TLB1", "90.15", "18.03"),
        ("10.3", "TLB1", "50.00", "5.00"),
    ]


def test_a_credit_note_abroad_is_positive_in_the_file_and_negative_in_the_sum():
    credit = replace(ABROAD, number="X-3", type_code="381")
    report = gather_transactions([credit], FILING).report
    assert report.transactions.invoices[0].totals.without_vat == Decimal("1000.00")
    assert [str(one.base) for one in figures.figures(report)] == ["-1000.00"]


def test_what_changed_is_said_figure_by_figure():
    before, after = of(BREAD, ABROAD), of(BREAD, MORE, BACK)
    told = [
        (one.about.number or f"{one.about.day:%d/%m}", one.before and str(one.before.base),
         one.after and str(one.after.base), str(one.base), str(one.tax))
        for one in compare(before, after)
    ]  # fmt: skip
    assert told == [
        ("X-1", "1000.00", None, "-1000.00", "0.00"),
        ("15/09", "100.10", "110.15", "10.05", "2.01"),
        ("16/09", None, "-20.00", "-20.00", "-4.00"),
    ]
    assert compare(before, before) == ()


def test_a_till_adds_what_its_sale_adds():
    till = Sale(
        day=date(2026, 9, 15), category=Category.GOODS, rate=Decimal(20),
        taxable_amount=Decimal(1000), tax_amount=Decimal(200), count=57,
    )  # fmt: skip
    assert of(BREAD, tills=[till]) == merged((*of(BREAD), of_sale(till)))


def test_receipts_are_told_by_rate():
    paid = Received(day=date(2026, 9, 18), parts=((Decimal(20), Decimal("120.12")),))
    report = gather_payments([paid, paid], replace(FILING)).report
    assert figures.figures(report) == merged((*of_receipt(paid), *of_receipt(paid)))
    assert short(figures.figures(report)) == [("10.4", "18/09", "", "", 20, "", "240.24 0.00")]


def test_the_buyer_tells_the_country_of_the_seller():
    bought = replace(ABROAD, seller=GERMAN, buyer=ABROAD.seller)
    report = gather_transactions([bought], replace(FILING, role=Role.BUYER)).report
    assert [(one.country, one.number) for one in figures.figures(report)] == [("DE", "X-1")]


AMOUNTS = st.decimals(Decimal(-999), Decimal(9999), places=2)


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(["20", "10", "5.5"]), st.integers(1, 30))))
@settings(max_examples=60, deadline=None)
def test_the_whole_is_the_sum_of_what_each_invoice_adds_and_of_what_the_file_says(drawn):
    invoices = [
        sold(f"F-{n}", (str(amount), "S", rate), day=f"2026-09-{day:02}", buyer=PERSON)
        for n, (amount, rate, day) in enumerate(drawn)
    ]
    report = gather_transactions(invoices, FILING).report
    alone = [one for invoice in invoices for one in of(invoice)]
    assert merged(alone) == figures.figures(report)
    if report is not None:
        assert figures.figures(read_report(write_report(report)).report) == merged(alone)


def test_nothing_is_told_of_no_report():
    assert figures.figures(None) == ()


def test_each_block_has_a_french_name():
    assert [one.label for one in figures.Block] == [
        "Factures internationales", "Encaissements de factures internationales",
        "Ventes aux particuliers et non-assujettis", "Encaissements de ventes aux particuliers",
    ]  # fmt: skip
    assert Figure(block="10.1", day=date(2026, 9, 1), rate=Decimal(20), base=Decimal(1)).tax == 0
