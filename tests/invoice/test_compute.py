"""What we author adds up: lines, totals and VAT breakdown, to the cent."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturier.invoice.compute import compute, counts, gross_amount
from facturier.invoice.model import (
    AllowanceCharge,
    Invoice,
    Line,
    LineVat,
    PriceDetails,
    ProcessControl,
    Totals,
    VatBreakdown,
)
from facturier.invoice.money import CENT, cents, percent_of, total

D = Decimal


def line(quantity="1", price="100", category="S", rate="20", **terms):
    vat = LineVat(category=category, rate=None if rate is None else D(rate))
    price = PriceDetails(net_price=D(price))
    return Line(**{"quantity": D(quantity), "price": price, "vat": vat, **terms})


def extended(*lines, **terms):
    name = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
    return Invoice(process=ProcessControl(specification=name), lines=lines, **terms)


def test_a_plain_invoice():
    computed = compute(Invoice(currency="EUR", lines=(line("3", "33.333"), line(rate="5.5"))))
    assert [one.net_amount for one in computed.lines] == [D("100.00"), D("100.00")]
    assert computed.vat_breakdown == (
        VatBreakdown(taxable_amount=D("100.00"), tax_amount=D("20.00"), category="S", rate=D(20)),
        VatBreakdown(taxable_amount=D("100.00"), tax_amount=D("5.50"), category="S", rate=D("5.5")),
    )
    totals = computed.totals
    assert (totals.line_net_amount, totals.without_vat) == (D("200.00"), D("200.00"))
    assert (totals.vat_amount, totals.with_vat, totals.due_amount) == (
        D("25.50"),
        D("225.50"),
        D("225.50"),
    )
    assert totals.allowances is totals.charges is totals.vat_amount_accounting is None


def test_an_empty_invoice_has_totals_of_zero():
    computed = compute(Invoice())
    assert computed.vat_breakdown == ()
    assert str(computed.totals.due_amount) == "0.00"


@pytest.mark.parametrize(
    ("price", "quantity", "net"),
    [
        (PriceDetails(net_price=D("12.50"), base_quantity=D(100)), "1000", "125.00"),
        (PriceDetails(net_price=D("10"), base_quantity=D(3)), "1", "3.33"),
        (PriceDetails(net_price=D("10"), base_quantity=D(0)), "2", "20.00"),
        (PriceDetails(gross_price=D("10"), discount=D("0.5")), "2", "19.00"),
        (PriceDetails(gross_price=D("10")), "2", "20.00"),
        (PriceDetails(net_price=D("9"), gross_price=D("10"), discount=D("0.5")), "2", "18.00"),
    ],
)
def test_a_line_is_quantity_times_price_per_base_quantity(price, quantity, net):
    (one,) = compute(Invoice(lines=(replace(line(quantity), price=price),))).lines
    assert one.net_amount == D(net)
    assert one.price.net_price is not None


def test_line_allowances_and_charges_by_amount_and_by_percentage():
    one = line(
        "2",
        "50.055",
        allowances=(
            AllowanceCharge(percentage=D(10)),
            AllowanceCharge(percentage=D(10), base_amount=D("33.33")),
            AllowanceCharge(amount=D("1.005")),
        ),
        charges=(AllowanceCharge(amount=D(5), percentage=D(99)), AllowanceCharge()),
    )
    (done,) = compute(Invoice(lines=(one,))).lines
    assert [part.amount for part in done.allowances] == [D("10.01"), D("3.33"), D("1.01")]
    assert done.allowances[0].base_amount == D("100.11")
    assert [part.amount for part in done.charges] == [D("5.00"), None]
    assert done.net_amount == D("100.11") - D("14.35") + D(5)


def test_a_line_without_price_or_quantity_keeps_what_it_was_given():
    given_amount = Line(net_amount=D("12.345"))
    without_price = Line(quantity=D(2), price=PriceDetails())
    without_quantity = replace(line(), quantity=None, net_amount=D(7))
    percentage = AllowanceCharge(percentage=D(10))
    lines = (given_amount, without_price, without_quantity, Line(allowances=(percentage,)))
    done = compute(Invoice(lines=lines))
    assert [one.net_amount for one in done.lines] == [D("12.35"), None, D("7.00"), None]
    assert done.lines[3].allowances[0].amount is None
    assert done.totals.without_vat == D("19.35")
    assert gross_amount(without_price) is None
    # Nothing is lost: what has no category stands in a breakdown line that the rules refuse.
    assert done.vat_breakdown[0].category is None
    assert total(b.taxable_amount for b in done.vat_breakdown) == done.totals.without_vat


def test_document_allowances_and_charges_move_the_base_of_their_rate():
    invoice = Invoice(
        lines=(line("1", "200"), line("1", "100", rate="10")),
        allowances=(
            AllowanceCharge(
                base_amount=D(200), percentage=D("2.5"), vat_category="S", vat_rate=D("20.00")
            ),
            AllowanceCharge(percentage=D(5), vat_category="S", vat_rate=D(20)),
        ),
        charges=(AllowanceCharge(amount=D(15), vat_category="S", vat_rate=D(10)),),
    )
    done = compute(invoice)
    assert [(b.rate, b.taxable_amount) for b in done.vat_breakdown] == [
        (D(20), D("195.00")),
        (D(10), D("115.00")),
    ]
    assert (done.totals.allowances, done.totals.charges) == (D("5.00"), D("15.00"))
    assert done.totals.without_vat == D("310.00")
    # A percentage of nothing stated is not guessed.
    assert done.allowances[1].amount is None


def test_paid_and_rounding_amounts_change_what_is_due_only():
    totals = Totals(paid_amount=D("50"), rounding_amount=D("-0.02"))
    done = compute(Invoice(lines=(line("1", "100.02"),), totals=totals)).totals
    assert done.with_vat == D("120.02")
    assert done.due_amount == D("70.00")
    assert done.paid_amount == D("50.00")


@pytest.mark.parametrize(
    ("category", "rate", "written", "code"),
    [
        ("AE", None, D(0), "VATEX-EU-AE"),
        ("G", "0", D(0), "VATEX-EU-G"),
        ("K", "0.00", D(0), "VATEX-EU-IC"),
        ("O", None, None, "VATEX-EU-O"),
        ("O", "0", None, "VATEX-EU-O"),
        ("E", "0", D(0), None),
        ("Z", None, D(0), None),
        ("S", None, None, None),
    ],
)
def test_categories_without_vat(category, rate, written, code):
    (found,) = compute(Invoice(lines=(line(category=category, rate=rate),))).vat_breakdown
    assert (found.category, found.rate, found.exemption_code) == (category, written, code)
    assert found.tax_amount == D("0.00")


def test_the_reason_given_with_a_breakdown_is_carried():
    old = VatBreakdown(category="E", rate=D("0.00"), exemption_code="VATEX-FR-FRANCHISE")
    other = VatBreakdown(category="S", rate=D(20), exemption_reason="autre taux")
    empty = VatBreakdown(category="E", rate=D(0))
    invoice = Invoice(lines=(line(category="E", rate="0"),), vat_breakdown=(empty, old, other))
    (found,) = compute(invoice).vat_breakdown
    assert (found.exemption_code, found.exemption_reason) == ("VATEX-FR-FRANCHISE", None)
    assert compute(compute(invoice)) == compute(invoice)


def exempt(code=None, text=None, amount="100"):
    vat = LineVat(category="E", rate=D(0), exemption_code=code, exemption_reason=text)
    return replace(line("1", amount), vat=vat)


def test_reasons_of_lines_are_one_breakdown_in_the_core_profile():
    lines = (exempt("VATEX-FR-CGI261-1", "Soins"), exempt("VATEX-FR-CGI261-4", "Formation"))
    (found,) = compute(Invoice(lines=lines)).vat_breakdown
    assert (found.exemption_code, found.exemption_reason) == (None, "Soins ; Formation")
    (found,) = compute(Invoice(lines=(lines[0], lines[0]))).vat_breakdown
    assert (found.exemption_code, found.exemption_reason) == ("VATEX-FR-CGI261-1", "Soins")


def test_reasons_of_lines_are_a_breakdown_each_in_an_extended_profile():
    charge = AllowanceCharge(
        amount=D(7), vat_category="E", vat_rate=D(0), vat_exemption_code="VATEX-FR-CGI261-4"
    )
    lines = (exempt("VATEX-FR-CGI261-1"), exempt("VATEX-FR-CGI261-4"), exempt(), line())
    done = compute(extended(*lines, charges=(charge,)))
    assert [(b.exemption_code, b.taxable_amount) for b in done.vat_breakdown] == [
        ("VATEX-FR-CGI261-1", D(100)),
        ("VATEX-FR-CGI261-4", D(107)),
        (None, D(100)),
        (None, D(100)),
    ]


def test_groups_sum_their_children_and_count_in_no_total():
    lines = (
        Line(identifier="1", subtype="GROUP", net_amount=D(999)),
        Line(identifier="1.1", subtype="GROUP", parent="1"),
        line("1", "10", identifier="1.1.1", parent="1.1", subtype="DETAIL"),
        line("1", "20", identifier="1.2", parent="1"),
        line("1", "40", identifier="1.3", parent="1", subtype="INFORMATION"),
        line("1", "80", identifier="2"),
        Line(subtype="GROUP"),
    )
    done = compute(extended(*lines))
    assert [one.net_amount for one in done.lines] == [
        D(30),
        D(10),
        D(10),
        D(20),
        D(40),
        D(80),
        D("0.00"),
    ]
    assert done.totals.line_net_amount == D("110.00")
    assert [one.identifier for one in done.lines if counts(one)] == ["1.1.1", "1.2", "2"]


def test_a_group_that_is_its_own_ancestor_does_not_loop():
    lines = (
        Line(identifier="1", subtype="GROUP", parent="2"),
        Line(identifier="2", subtype="GROUP", parent="1"),
        line("1", "10", parent="2"),
    )
    assert compute(extended(*lines)).totals.line_net_amount == D("10.00")


@pytest.mark.parametrize(
    ("currency", "given_amount", "exchange_rate", "accounting"),
    [
        ("EUR", None, "0.9234", "18.47"),
        ("EUR", "18", "0.9234", "18.47"),
        ("EUR", "18", None, "18.00"),
        ("EUR", None, None, None),
        ("USD", None, "0.9234", None),
        (None, None, "0.9234", None),
    ],
)
def test_vat_in_the_accounting_currency(currency, given_amount, exchange_rate, accounting):
    totals = Totals(vat_amount_accounting=given_amount and D(given_amount))
    invoice = Invoice(currency="USD", vat_currency=currency, lines=(line(),), totals=totals)
    done = compute(invoice, exchange_rate=exchange_rate and D(exchange_rate))
    assert done.totals.vat_amount_accounting == (accounting and D(accounting))


# --- Any invoice --------------------------------------------------------------------------------


def decimals(places, low=-(10**6), high=10**6):
    return st.decimals(low, high, places=places, allow_nan=False)


CATEGORIES = st.sampled_from(
    [
        ("S", D(20)),
        ("S", D("20.00")),
        ("S", D("5.5")),
        ("S", D("2.1")),
        ("E", D(0)),
        ("AE", None),
        ("Z", D(0)),
        ("O", None),
        ("K", D(0)),
        (None, None),
    ]
)


@st.composite
def parts(draw, *, document=False):
    category, rate = draw(CATEGORIES)
    vat = {"vat_category": category, "vat_rate": rate} if document else {}
    optional = st.none() | decimals(3, 0, 10**4)
    return AllowanceCharge(
        amount=draw(optional),
        base_amount=draw(optional),
        percentage=draw(st.none() | decimals(2, 0, 100)),
        **vat,
    )


@st.composite
def lines(draw):
    category, rate = draw(CATEGORIES)
    price = PriceDetails(
        net_price=draw(st.none() | decimals(6)),
        gross_price=draw(st.none() | decimals(6)),
        discount=draw(st.none() | decimals(6)),
        base_quantity=draw(st.none() | decimals(4, 0, 1000)),
    )
    return Line(
        identifier=draw(st.sampled_from("12345")),
        parent=draw(st.none() | st.sampled_from("12345")),
        subtype=draw(st.sampled_from([None, None, "DETAIL", "GROUP", "INFORMATION"])),
        quantity=draw(st.none() | decimals(4)),
        price=draw(st.none() | st.just(price)),
        net_amount=draw(st.none() | decimals(3)),
        allowances=tuple(draw(st.lists(parts(), max_size=2))),
        charges=tuple(draw(st.lists(parts(), max_size=2))),
        vat=draw(st.none() | st.just(LineVat(category=category, rate=rate))),
    )


@st.composite
def invoices(draw):
    document_parts = st.lists(parts(document=True), max_size=3)
    totals = Totals(
        paid_amount=draw(st.none() | decimals(3)), rounding_amount=draw(st.none() | decimals(2))
    )
    return Invoice(
        process=draw(st.sampled_from([None, ProcessControl(specification="…:extended")])),
        lines=tuple(draw(st.lists(lines(), max_size=5))),
        allowances=tuple(draw(document_parts)),
        charges=tuple(draw(document_parts)),
        totals=draw(st.none() | st.just(totals)),
    )


@given(invoices())
def test_no_cent_is_lost_whatever_the_lines(invoice):
    done = compute(invoice)
    totals, breakdown = done.totals, done.vat_breakdown
    zero = D(0)
    counted = [one for one in done.lines if counts(one)]
    # BR-CO-10, 11, 12
    assert totals.line_net_amount == sum((x.net_amount or zero for x in counted), zero)
    assert (totals.allowances or zero) == sum((x.amount or zero for x in done.allowances), zero)
    assert (totals.charges or zero) == sum((x.amount or zero for x in done.charges), zero)
    assert (totals.allowances is None) == (not done.allowances)
    assert (totals.charges is None) == (not done.charges)
    # BR-CO-13
    net = totals.line_net_amount - (totals.allowances or zero) + (totals.charges or zero)
    assert totals.without_vat == net
    # the bases are the total without VAT (BR-FR, G1.53)
    assert sum((x.taxable_amount for x in breakdown), zero) == totals.without_vat
    # BR-CO-14, 15, 16
    assert totals.vat_amount == sum((x.tax_amount for x in breakdown), zero)
    assert totals.with_vat == totals.without_vat + totals.vat_amount
    due = totals.with_vat - (totals.paid_amount or zero) + (totals.rounding_amount or zero)
    assert totals.due_amount == due
    # BR-CO-17
    for one in breakdown:
        exact = percent_of(one.taxable_amount, one.rate or zero)
        assert abs(one.tax_amount - exact) <= CENT / 2


def amounts_of(done):
    yield from (
        value
        for value in (getattr(done.totals, name) for name in Totals.__slots__)
        if value is not None
    )
    for one in done.vat_breakdown:
        yield from (one.taxable_amount, one.tax_amount)
    for holder in (done, *done.lines):
        for part in (*holder.allowances, *holder.charges):
            if part.amount is not None:
                yield part.amount
    yield from (x.net_amount for x in done.lines if x.net_amount is not None)


@given(invoices())
def test_every_amount_has_two_decimals_and_no_negative_zero(invoice):
    for amount in amounts_of(compute(invoice)):
        assert amount.as_tuple().exponent == -2
        assert not (amount.is_zero() and amount.is_signed())


@given(invoices())
def test_computing_twice_changes_nothing(invoice):
    once = compute(invoice)
    assert compute(once) == once


@given(invoices())
def test_a_credit_note_mirrors_its_invoice(invoice):
    plain = replace(
        invoice,
        lines=tuple(replace(x, allowances=(), charges=(), net_amount=None) for x in invoice.lines),
        allowances=(),
        charges=(),
        totals=None,
    )
    mirror = replace(
        plain,
        lines=tuple(
            replace(x, quantity=None if x.quantity is None else -x.quantity) for x in plain.lines
        ),
    )
    assert compute(mirror).totals.with_vat == -compute(plain).totals.with_vat


@given(st.lists(decimals(2, 0, 10**4), min_size=1, max_size=20))
def test_vat_is_computed_on_the_sum_and_not_line_by_line(prices):
    done = compute(Invoice(lines=tuple(line("1", price) for price in map(str, prices))))
    assert done.totals.vat_amount == cents(sum(prices) * D("0.2"))
