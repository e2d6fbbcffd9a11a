"""The invoices inside a document of several sellers, or of both ways."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from facturier.invoice.units import units
from facturier.rules.examples import example


def test_a_plain_invoice_is_its_own_unit():
    invoice = example("standard")

    assert units(invoice) == (invoice,)


def test_several_sellers_make_one_paid_invoice_each():
    whole = example("multi-vendor")
    first, second = units(whole)

    assert [one.number for one in (first, second)] == ["FA-2026-0001", "FB-2026-0007"]
    assert first.seller == whole.seller
    assert second.seller.name == "Fictif Mobilier SAS"
    assert second.seller.electronic_address == whole.seller.electronic_address
    for one in (first, second):
        assert one.process.business_process == "B1"
        assert one.totals.with_vat == one.totals.paid_amount == Decimal("120.00")
        assert one.totals.due_amount == 0
        assert not any(line.subtype or line.parent for line in one.lines)
    whole_amount = sum(one.totals.with_vat for one in (first, second))
    assert whole_amount == whole.totals.with_vat


def test_one_that_groups_nothing_is_its_own_unit():
    whole = example("multi-vendor")
    flat = replace(whole, lines=tuple(replace(one, subtype=None) for one in whole.lines))

    assert units(flat) == (flat,)


def test_both_ways_make_two_invoices_with_positive_amounts():
    whole = example("two-way")
    there, back = units(whole)

    assert (there.type_code, there.seller, there.buyer) == ("389", whole.seller, whole.buyer)
    assert (back.type_code, back.seller, back.buyer) == ("380", whole.buyer, whole.seller)
    assert (there.totals.with_vat, back.totals.with_vat) == (Decimal("120.00"), Decimal("48.00"))
    assert there.totals.with_vat - back.totals.with_vat == whole.totals.with_vat
