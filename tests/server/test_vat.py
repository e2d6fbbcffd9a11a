"""The VAT return of a dossier: drafted from its books, controlled, laid beside the tax office."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_sale_is_on_the_form_and_at_the_tax_office(
    client, expert, office, deposited, everybody_works
):
    deposited("F-1", date="2026-10-05")
    everybody_works()
    client.force_login(expert)

    def page(name, *more):
        return client.get(reverse(name, args=[office.bakery.pk, *more]) + "?mois=2026-10")

    assert page("vat").context["one"].made.box("08").tax == 20
    assert "F-1" in page("vat_box", "08").content.decode()
    (row,) = page("vat_held").context["view"].rows
    assert (row.row, row.booked_base, row.draft_tax) == ("08", 100, 20)
