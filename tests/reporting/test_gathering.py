"""From invoices and receipts to transmissions: figures computed by hand, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracle

from facturier.findings import Outcome
from facturier.formats.detect import detect
from facturier.formats.flux10 import read_report, write_report
from facturier.invoice.compute import compute
from facturier.invoice.model import (
    Address,
    Identifier,
    Invoice,
    Item,
    Line,
    LineVat,
    Note,
    Party,
    Period,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    Totals,
    VatBreakdown,
)
from facturier.invoice.parties import demo_siren, demo_siret, demo_vat
from facturier.reporting import periods
from facturier.reporting.filing import Filing, Kind, Role, siren_of_party
from facturier.reporting.international import company
from facturier.reporting.receipts import Received, gather_payments, shared
from facturier.reporting.report import Report
from facturier.reporting.sales import Category, Sale, by_day
from facturier.reporting.transactions import gather_transactions
from facturier.rules import check

SIREN = demo_siren(1)
SEPTEMBER = periods.Period(date(2026, 9, 1), date(2026, 9, 30))
FILING = Filing(
    siren=SIREN,
    name="Vendeur exemple",
    role=Role.SELLER,
    period=SEPTEMBER,
    platform="0003",
    platform_name="Plateforme exemple",
    created_at=datetime(2026, 10, 8, 8, 15, tzinfo=UTC),
)
BUYING = replace(FILING, role=Role.BUYER)
US = Party(
    name="Vendeur exemple",
    legal_identifier=Identifier(SIREN, "0002"),
    vat_identifier=demo_vat(1),
    postal_address=Address(country_code="FR"),
)
FRENCH = Party(
    name="Client français",
    legal_identifier=Identifier(demo_siren(2), "0002"),
    vat_identifier=demo_vat(2),
    postal_address=Address(country_code="FR"),
)
GERMAN = Party(
    name="Käufer GmbH",
    vat_identifier="DE123456789",
    postal_address=Address(country_code="DE"),
)
SWISS = Party(
    name="Uhren und Schmuck AG Zürich",
    vat_identifier="CHE-123.456.788",
    postal_address=Address(country_code="CH"),
)
PERSON = Party(name="Mme Dupont", postal_address=Address(country_code="FR"))


def sold(
    number: str,
    *lines: tuple[str, str, str],
    day: str = "2026-09-15",
    buyer: Party = PERSON,
    process: str | None = "B1",
    **more: object,
) -> Invoice:
    """An invoice of (net amount, category, rate) lines, with its totals."""
    invoice = Invoice(
        number=number,
        issue_date=date.fromisoformat(day),
        type_code="380",
        currency="EUR",
        seller=US,
        buyer=buyer,
        process=ProcessControl(business_process=process),
        lines=tuple(
            Line(
                identifier=str(rank),
                quantity=Decimal(1),
                unit="C62",
                price=PriceDetails(net_price=Decimal(amount)),
                vat=LineVat(category=category, rate=Decimal(rate)),
                item=Item(name=f"Article {rank}"),
            )
            for rank, (amount, category, rate) in enumerate(lines, 1)
        ),
    )
    return replace(compute(invoice), **more)


def good(report: Report | None) -> Report:
    """The report, once the schema, the official file and our rules have accepted it."""
    assert report is not None
    xml = write_report(report)
    assert read_report(xml).report == report
    assert check(detect(xml), on=date(2026, 11, 22)).outcome is Outcome.VALID
    assert oracle.failed("flux10", xml) == frozenset()
    return report


def reasons(gathered):
    return {one.number: one.reason for one in gathered.left_out}


def told_sales(report):
    return [
        (
            one.day,
            one.currency,
            one.category,
            str(one.without_vat),
            str(one.vat_amount),
            one.count and int(one.count),
            [(str(r.rate), str(r.taxable_amount), str(r.tax_amount)) for r in one.rates],
        )
        for one in report.transactions.sales
    ]


# --- 10.3 ----------------------------------------------------------------------------------------


def test_sales_are_added_by_day_category_and_rate():
    gathered = gather_transactions(
        [
            sold("T1", ("100.00", "S", "20"), ("10.00", "S", "5.5")),
            sold("T2", ("50.00", "S", "20")),
            sold("T3", ("30.00", "S", "20"), process="S1"),
            sold("T4", ("12.34", "S", "20"), day="2026-09-16"),
            sold("A1", ("20.00", "S", "20"), type_code="381"),
        ],
        FILING,
    )
    assert told_sales(good(gathered.report)) == [
        ("20260915", "EUR", "TLB1", "140.00", "26.55", 3,
         [("20", "130.00", "26.00"), ("5.5", "10.00", "0.55")]),
        ("20260915", "EUR", "TPS1", "30.00", "6.00", 1, [("20", "30.00", "6.00")]),
        ("20260916", "EUR", "TLB1", "12.34", "2.47", 1, [("20", "12.34", "2.47")]),
    ]  # fmt: skip
    assert gathered.taken == ("T1", "T2", "T3", "T4", "A1")
    assert gathered.left_out == gathered.remarks == ()


def test_a_till_is_added_to_the_invoices_of_its_day():
    till = Sale(
        day=date(2026, 9, 15),
        category=Category.GOODS,
        rate=Decimal(20),
        taxable_amount=Decimal("1000.00"),
        tax_amount=Decimal("200.00"),
        count=57,
    )
    report = gather_transactions([sold("T1", ("100.00", "S", "20"))], FILING, tills=[till]).report
    assert told_sales(good(report)) == [
        ("20260915", "EUR", "TLB1", "1100.00", "220.00", 58, [("20", "1100.00", "220.00")])
    ]
    late = replace(till, day=date(2026, 10, 1))
    assert "hors de la période" in gather_transactions([], FILING, tills=[late]).left_out[0].reason
    assert gather_transactions([], BUYING, tills=[till]).report is None


def test_a_margin_is_told_as_a_till():
    margin = Sale(
        day=date(2026, 9, 2),
        category=Category.MARGIN,
        rate=Decimal(20),
        taxable_amount=Decimal("83.33"),
        tax_amount=Decimal("16.67"),
    )
    report = good(gather_transactions([], FILING, tills=[margin]).report)
    assert told_sales(report) == [
        ("20260902", "EUR", "TMA1", "83.33", "16.67", None, [("20", "83.33", "16.67")])
    ]


def test_distance_sales_taxed_abroad_are_told_without_vat():
    belgian = replace(PERSON, postal_address=Address(country_code="BE"))
    report = good(
        gather_transactions([sold("D1", ("100.00", "S", "21"), buyer=belgian)], FILING).report
    )
    assert told_sales(report) == [
        ("20260915", "EUR", "TNT1", "100.00", "0.00", 1, [("0", "100.00", "0.00")])
    ]


def test_a_mixed_invoice_is_split_by_whoever_knows_its_lines():
    mixed = sold("M1", ("100.00", "S", "20"), ("50.00", "S", "20"), process="M1")
    assert "mêle biens et services" in reasons(gather_transactions([mixed], FILING))["M1"]
    gathered = gather_transactions([mixed], FILING, is_service=lambda line: line.identifier == "2")
    assert told_sales(good(gathered.report)) == [
        ("20260915", "EUR", "TLB1", "100.00", "20.00", None, [("20", "100.00", "20.00")]),
        ("20260915", "EUR", "TPS1", "50.00", "10.00", 1, [("20", "50.00", "10.00")]),
    ]


def test_sales_in_another_currency_tell_their_vat_in_euros():
    dollars = replace(
        sold("U1", ("100.00", "S", "20"), currency="USD", vat_currency="EUR"),
        totals=Totals(
            without_vat=Decimal("100.00"),
            vat_amount=Decimal("20.00"),
            vat_amount_accounting=Decimal("18.40"),
        ),
    )
    report = good(gather_transactions([dollars], FILING).report)
    assert told_sales(report) == [
        ("20260915", "USD", "TLB1", "100.00", "18.40", 1, [("20", "100.00", "20.00")])
    ]
    silent = replace(dollars, vat_currency=None)
    assert "BT-111" in reasons(gather_transactions([silent], FILING))["U1"]


def test_the_option_for_vat_on_debits_is_told_of_services():
    service = sold("S1", ("10.00", "S", "20"), process="S1", vat_point_date_code="3")
    goods = sold("B1", ("10.00", "S", "20"), vat_point_date_code="3")
    gathered = gather_transactions([service, goods], FILING)
    assert [one[:10] for one in gathered.remarks] == ["Facture S1"]
    sales = good(gathered.report).transactions.sales
    assert {one.category: one.vat_point_code for one in sales} == {"TLB1": None, "TPS1": "3"}


AMOUNTS = st.decimals(Decimal("0.01"), Decimal(5000), places=2)
INVOICES = st.lists(
    st.tuples(
        st.lists(
            st.tuples(AMOUNTS.map(str), st.just("S"), st.sampled_from(["20", "10", "5.5", "2.1"])),
            min_size=1,
            max_size=4,
        ),
        st.sampled_from(["B1", "S1"]),
        st.sampled_from(["380", "381"]),
        st.integers(1, 30),
    ),
    max_size=12,
)


@given(INVOICES)
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost_or_gained_in_adding_up(drawn):
    invoices = [
        sold(f"F{n}", *lines, process=process, type_code=kind, day=f"2026-09-{day:02d}")
        for n, (lines, process, kind, day) in enumerate(drawn)
    ]
    gathered = gather_transactions(invoices, FILING)
    if not invoices:
        assert gathered.report is None
        return
    sales = gathered.report.transactions.sales
    sign = {"380": 1, "381": -1}
    assert sum(one.without_vat for one in sales) == sum(
        sign[one.type_code] * one.totals.without_vat for one in invoices
    )
    assert sum(one.vat_amount for one in sales) == sum(
        sign[one.type_code] * one.totals.vat_amount for one in invoices
    )
    assert sum(one.count for one in sales) == len(invoices)
    assert len({(one.day, one.category) for one in sales}) == len(sales)
    for one in sales:
        assert one.without_vat == sum(rate.taxable_amount for rate in one.rates)
        assert one.vat_amount == sum(rate.tax_amount for rate in one.rates)
    assert check(detect(write_report(gathered.report)), on=date(2026, 11, 22)).fatal == ()


# --- 10.1 ----------------------------------------------------------------------------------------


def intra(number: str = "X1", **more: object) -> Invoice:
    return sold(number, ("1000.00", "K", "0"), **{"buyer": GERMAN, **more})


def test_an_international_invoice_is_told_by_itself():
    export = intra(
        due_date=date(2026, 10, 15),
        notes=(Note(subject_code="AAB", text="Pas d'escompte"), Note(text="Merci")),
    )
    gathered = gather_transactions([export], FILING)
    (told,) = good(gathered.report).transactions.invoices
    assert (told.number, told.issue_date, told.due_date) == ("X1", "20260915", "20261015")
    assert (told.buyer.scheme, told.buyer.identifier) == ("0223", "DE123456789")
    assert (told.seller.scheme, told.seller.identifier) == ("0002", SIREN)
    assert [note.text for note in told.notes] == ["Pas d'escompte"]
    assert (told.totals.without_vat, told.totals.vat_amount) == (Decimal("1000.00"), Decimal(0))
    assert told.lines == ()
    assert gathered.taken == ("X1",)


def test_lines_are_told_from_september_2027_by_the_seller():
    period = periods.Period(date(2027, 9, 1), date(2027, 9, 30))
    later = replace(FILING, period=period, created_at=datetime(2027, 10, 8, tzinfo=UTC))
    export = intra(day="2027-09-15")
    (told,) = good(gather_transactions([export], later).report).transactions.invoices
    assert [(one.item.name, one.price.net_price) for one in told.lines] == [
        ("Article 1", Decimal("1000.00"))
    ]


def test_a_purchase_from_abroad_is_told_by_the_buyer():
    purchase = replace(sold("P1", ("300.00", "AE", "0"), process="S1"), seller=SWISS, buyer=US)
    (told,) = good(gather_transactions([purchase], BUYING).report).transactions.invoices
    assert (told.seller.scheme, told.seller.identifier) == ("0227", "CHUhren und Schmuc")
    assert told.buyer.identifier == SIREN
    assert "acheteur" in reasons(gather_transactions([purchase], FILING))["P1"]
    foreign_vat = replace(sold("P2", ("300.00", "S", "19")), seller=GERMAN, buyer=US)
    assert "TVA étrangère" in reasons(gather_transactions([foreign_vat], BUYING))["P2"]


def test_a_credit_note_names_the_invoice_it_credits():
    before = PrecedingInvoice(number="X1", issue_date=date(2026, 9, 2))
    credit = intra("A1", type_code="262", preceding_invoices=(before,))
    gathered = gather_transactions([credit], FILING)
    (told,) = good(gathered.report).transactions.invoices
    assert told.type_code == "381"
    assert [(one.number, one.issue_date) for one in told.preceding_invoices] == [("X1", "20260902")]
    assert told.totals.without_vat == Decimal("1000.00")
    assert any("262" in one and "A1" in one for one in gathered.remarks)


def test_a_foreign_vat_charged_by_the_seller_is_told_without_vat():
    german_vat = sold("X2", ("100.00", "S", "19"), buyer=GERMAN, process="S1")
    gathered = gather_transactions([german_vat], FILING)
    (told,) = good(gathered.report).transactions.invoices
    (vat,) = told.vat_breakdown
    assert (vat.category.code, vat.category.rate, vat.tax_amount) == ("S", 0, 0)
    assert told.totals.vat_amount == 0
    assert "TVA étrangère au taux de 19 %" in gathered.remarks[0]


def test_a_period_of_one_day_is_left_out_of_the_invoice():
    day = date(2026, 9, 14)
    one_day = intra(period=Period(start_date=day, end_date=day))
    week = intra("X9", period=Period(start_date=day, end_date=date(2026, 9, 20)))
    first, second = good(gather_transactions([one_day, week], FILING).report).transactions.invoices
    assert first.period is None
    assert second.period.end_date == "20260920"


def test_a_long_number_is_remarked_while_the_portal_refuses_it():
    gathered = gather_transactions([intra("F-2026-09-000000000001")], FILING)
    assert any("20 caractères" in one for one in gathered.remarks)


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (US, ("0002", SIREN)),
        (Party(vat_identifier=demo_vat(3)), ("0002", demo_siren(3))),
        (Party(identifiers=(Identifier(demo_siret(3), "0009"),)), ("0002", demo_siren(3))),
        (GERMAN, ("0223", "DE123456789")),
        (Party(legal_identifier=Identifier("1234567890", "0228")), ("0228", "1234567890")),
        (Party(legal_identifier=Identifier("A12345", "0229")), ("0229", "A12345")),
        (SWISS, ("0227", "CHUhren und Schmuc")),
        (Party(name="Ann", postal_address=Address(country_code="US")), ("0227", "USAnn")),
        (Party(name="Ann"), None),
        (None, None),
    ],
)
def test_a_company_is_identified_as_the_portal_wants(party, expected):
    assert company(party) == expected
    assert siren_of_party(party) == (expected[1] if expected and expected[0] == "0002" else None)


# --- what is left out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invoice", "reason"),
    [
        (sold("N", ("1.00", "S", "20"), buyer=FRENCH), "facturation électronique"),
        (sold("N", ("1.00", "S", "20"), day="2026-10-01"), "hors de la période"),
        (replace(sold("N", ("1.00", "S", "20"), buyer=FRENCH), seller=GERMAN), "ni vendeur"),
        (replace(intra("N"), seller=FRENCH, buyer=US), "facturation électronique"),
        (sold("N", ("1.00", "S", "20"), process=None), "biens ou des services"),
        (sold("N", ("1.00", "S", "20"), vat_breakdown=()), "ventilation"),
        (sold("N", ("1.00", "S", "20"), issue_date=None), "date"),
        (sold("N", ("1.00", "K", "0"), buyer=GERMAN, issue_date=None), "date"),
        (sold("N", ("1.00", "K", "0"), buyer=GERMAN, process=None), "BT-23"),
        (sold("N", ("1.00", "K", "0"), buyer=GERMAN, vat_breakdown=()), "BG-23"),
        (sold("N", ("1.00", "S", "20"), notes=(Note(subject_code="BAR", text="ARCHIVEONLY"),)),
         "archive"),
        (sold("N", ("1.00", "O", "0")), "hors"),
        (sold("N", ("1.00", "E", "0"), vat_breakdown=(VatBreakdown(
            category="E", rate=Decimal(0), exemption_code="VATEX-EU-F",
            taxable_amount=Decimal(1), tax_amount=Decimal(0)),)), "TMA1"),
        (intra("N", buyer=Party(vat_identifier="XX1", postal_address=Address(country_code="BR"))),
         "identifie l'acheteur"),
    ],
)  # fmt: skip
def test_what_is_left_out_says_why(invoice, reason):
    gathered = gather_transactions([invoice], FILING)
    assert gathered.report is None
    assert reason in reasons(gathered)["N"]
    assert reasons(gathered)["N"].endswith((".", ").", ")"))


def test_the_same_invoice_is_taken_once():
    gathered = gather_transactions([intra(), intra()], FILING)
    assert gathered.taken == ("X1",)
    assert "déjà" in gathered.left_out[0].reason


def test_sales_told_before_are_remarked():
    gathered = gather_transactions([sold("T", ("1.00", "S", "20"), process="B7")], FILING)
    assert "déjà été" in gathered.remarks[0]
    assert gathered.report.transactions.sales[0].category == "TLB1"


def test_an_invoice_without_cadre_follows_who_knows_better():
    gathered = gather_transactions(
        [sold("T", ("1.00", "S", "20"), process=None)], FILING, otherwise=Category.SERVICES
    )
    assert gathered.report.transactions.sales[0].category == "TPS1"


# --- the head ------------------------------------------------------------------------------------


def test_the_head_says_who_when_and_what():
    header = good(gather_transactions([intra()], FILING).report).header
    assert header.identifier == f"{SIREN}-SE-T-20260901-20261008101500"
    assert header.stamp.created == "20261008101500"
    assert (header.type_code, header.declarant.role) == ("IN", "SE")
    again = replace(FILING, kind=Kind.RECTIFYING, identifier="RE-1")
    header = good(gather_transactions([intra()], again).report).header
    assert (header.type_code, header.identifier) == ("RE", "RE-1")


def test_a_transmission_before_its_period_ends_is_remarked():
    early = replace(FILING, created_at=datetime(2026, 9, 30, 21, 59, tzinfo=UTC))
    assert "G7.43" in gather_transactions([intra()], early).remarks[0]
    after = replace(FILING, created_at=datetime(2026, 9, 30, 22, 1, tzinfo=UTC))
    assert gather_transactions([intra()], after).remarks == ()


# --- 10.2 and 10.4 -------------------------------------------------------------------------------

SERVICE = sold("S1", ("100.00", "S", "20"), ("50.00", "S", "10"), process="S1")
ABROAD = sold("S2", ("100.00", "S", "20"), process="S1", buyer=GERMAN)


def paid(invoice, *parts, day="2026-09-20", **more):
    found = tuple((Decimal(rate), Decimal(amount)) for rate, amount in parts)
    return Received(day=date.fromisoformat(day), invoice=invoice, parts=found, **more)


def told_rates(receipt):
    return receipt.day, [(str(one.rate), str(one.amount)) for one in receipt.rates]


def test_receipts_are_told_by_invoice_abroad_and_by_day_at_home():
    gathered = gather_payments(
        [
            paid(SERVICE, ("20", "120.00"), ("10", "55.00")),
            paid(None, ("20", "12.00")),
            paid(None, ("20", "6.00"), day="2026-09-01"),
            paid(ABROAD, ("20", "70.00")),
            paid(ABROAD, ("20", "50.00"), day="2026-09-22"),
        ],
        FILING,
    )
    payments = good(gathered.report).payments
    assert [told_rates(one.receipt) for one in payments.days] == [
        ("20260901", [("20", "6.00")]),
        ("20260920", [("20", "132.00"), ("10", "55.00")]),
    ]
    assert [(one.number, one.issue_date, told_rates(one.receipt)) for one in payments.invoices] == [
        ("S2", "20260915", ("20260920", [("20", "70.00")])),
        ("S2", "20260915", ("20260922", [("20", "50.00")])),
    ]
    assert gathered.taken == ("S2", "S2", "S1")


@pytest.mark.parametrize(
    ("receipt", "reason"),
    [
        (paid(sold("N", ("1.00", "S", "20")), ("20", "1.20")), "biens"),
        (paid(sold("N", ("1.00", "S", "20"), process="S1", vat_point_date_code="5"), ("20", "1")),
         "débits"),
        (paid(sold("N", ("1.00", "AE", "0"), process="S1", buyer=GERMAN), ("0", "1")),
         "autoliquidation"),
        (paid(sold("N", ("1.00", "K", "0"), buyer=GERMAN), ("0", "1")), "TVA française"),
        (paid(sold("N", ("1.00", "S", "20"), process="S1", buyer=FRENCH), ("20", "1")), "212"),
        (paid(sold("N", ("1.00", "O", "0"), process="S1"), ("0", "1")), "hors du champ"),
        (paid(SERVICE, ("20", "1"), day="2026-10-01"), "hors de la période"),
        (paid(SERVICE, ("20", "1"), currency="USD"), "euros"),
        (paid(replace(SERVICE, seller=FRENCH), ("20", "1")), "vendeur"),
    ],
)  # fmt: skip
def test_receipts_left_out_say_why(receipt, reason):
    gathered = gather_payments([receipt], FILING)
    assert gathered.report is None
    assert reason in gathered.left_out[0].reason


def test_a_deposit_on_goods_is_due_when_it_is_paid():
    deposit = sold("D1", ("100.00", "S", "20"), type_code="386")
    report = good(gather_payments([paid(deposit, ("20", "120.00"))], FILING).report)
    assert told_rates(report.payments.days[0].receipt) == ("20260920", [("20", "120.00")])


def test_a_buyer_declares_no_receipt():
    assert "vendeur" in gather_payments([paid(SERVICE, ("20", "1"))], BUYING).left_out[0].reason


def test_a_negative_receipt_is_told_and_remarked():
    gathered = gather_payments([paid(SERVICE, ("20", "-12.00"))], FILING)
    assert "G1.16" in gathered.remarks[0]
    xml = write_report(gathered.report)
    assert oracle.fatal("flux10", xml) == {"G1.16"}


def test_what_was_paid_is_shared_among_the_rates():
    assert shared(SERVICE, Decimal("175.00")) == (
        (Decimal(20), Decimal("120.00")),
        (Decimal(10), Decimal("55.00")),
    )
    assert shared(SERVICE, Decimal("0.01")) == (
        (Decimal(20), Decimal("0.01")),
        (Decimal(10), Decimal("0.00")),
    )


@given(st.lists(AMOUNTS, min_size=1, max_size=4), AMOUNTS)
@settings(max_examples=50, deadline=None)
def test_the_shares_add_up_to_what_was_paid(bases, amount):
    rates = ["20", "10", "5.5", "2.1"]
    invoice = sold("S", *((str(b), "S", r) for b, r in zip(bases, rates, strict=False)))
    parts = shared(invoice, amount)
    assert sum(part for _, part in parts) == amount
    assert len(parts) == len(bases)


def test_by_day_of_nothing_is_nothing():
    assert by_day([]) == ()
