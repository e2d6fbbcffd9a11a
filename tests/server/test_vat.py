"""The VAT return of a dossier: its pages, its files, the credit brought forward, its periods."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from facturier.errors import RefusedByUs
from facturier.ledger.entries import Entry as LedgerEntry
from facturier.ledger.entries import Fiscal, Line
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.server.books import booking
from facturier.server.takings import keeping as takings
from facturier.server.vat import credit, returns, terms
from facturier.server.vat.models import Breakdown
from facturier.vat.sides import Period

pytestmark = pytest.mark.django_db
OCTOBER = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))


def typed(dossier, day, *lines, document="OD-1"):
    """An entry of (account, amount, rate) lines."""
    made = tuple(
        Line(
            account=account.ljust(6, "0"), label="", debit=max(Decimal(amount), Decimal(0)),
            credit=max(-Decimal(amount), Decimal(0)),
            fiscal=Fiscal(category="S", rate=Decimal(rate)) if rate else None,
        )
        for account, amount, rate in lines
    )  # fmt: skip
    return booking.keep(dossier, LedgerEntry(
        journal="OD", date=day, document=document, document_date=day, label="", lines=made,
    ))  # fmt: skip


def bought(dossier, day, tax="100.00"):
    return typed(dossier, day, ("44566", tax, "20"), ("401", f"-{tax}", ""))


def sold(dossier, day, tax="30.00", document="OD-2"):
    return typed(dossier, day, ("44571", f"-{tax}", "20"), ("411", tax, ""), document=document)


@pytest.fixture
def browse(client, expert, office):
    client.force_login(expert)

    def page(name, *more, query="?mois=2026-10"):
        return client.get(reverse(name, args=[office.bakery.pk, *more]) + query)

    return page


def test_from_a_box_down_to_its_entry_and_document(browse, office, deposited, everybody_works):
    deposited("F-1", date="2026-10-05")
    everybody_works()

    shown = browse("vat")
    box = shown.context["one"].made.box("08")
    assert (box.shown_base, box.shown_tax, len(box.drafts)) == (100, 20, 1)
    assert reverse("vat_box", args=[office.bakery.pk, "08"]) in shown.content.decode()
    lines = browse("vat_box", "08").content.decode()
    document = office.bakery.documents.get()
    assert reverse("entry", args=[office.bakery.pk, document.entries.get().pk]) in lines
    assert reverse("document", args=[office.bakery.pk, document.pk]) in lines
    assert browse("vat_box", "99").status_code == 404


def test_each_list_is_a_file_too(browse, deposited, everybody_works):
    deposited("F-1", date="2026-10-05")
    everybody_works()
    for name, more, word in (("vat", (), 100), ("vat_box", ("08",), "F-1"),
                             ("vat_held", (), "F-1")):  # fmt: skip
        kept = browse(name, *more, query="?mois=2026-10&fichier=xlsx")
        page = openpyxl.load_workbook(io.BytesIO(kept.content)).active
        assert word in [cell for row in page.iter_rows(values_only=True) for cell in row]
        assert "brouillon de travail" in page["A1"].value
        for kind in ("csv", "pdf"):
            assert browse(name, *more, query=f"?mois=2026-10&fichier={kind}").status_code == 200


def test_the_page_opens_on_the_last_whole_period(browse, office):
    today = timezone.localdate()
    last = terms.before(office.bakery, terms.period_of(office.bakery, today))

    assert browse("vat", query="").context["period"] == last
    assert browse("vat", query="?mois=nul").context["period"] == last


def test_a_quarter_where_the_regime_says_so(office):
    office.bakery.vat_regime = "reel_trimestriel"

    period = terms.period_of(office.bakery, date(2026, 11, 22))
    assert (period.first, period.last) == (date(2026, 10, 1), date(2026, 12, 31))
    assert terms.before(office.bakery, period).first == date(2026, 7, 1)


@pytest.mark.parametrize(("regime", "said"), [
    ("simplifie", "CA12"), ("franchise", "franchise en base"),
])  # fmt: skip
def test_regimes_without_this_form_say_so(browse, office, regime, said):
    office.bakery.vat_regime = regime
    office.bakery.save()

    assert said in browse("vat").content.decode()


def test_credit_goes_from_draft_to_draft(office):
    """July: 100 deducted, 30 due; August: 30 due; September: nothing; October: 50 deducted."""
    bought(office.bakery, date(2026, 7, 5))
    sold(office.bakery, date(2026, 7, 6))
    sold(office.bakery, date(2026, 8, 6))
    bought(office.bakery, date(2026, 10, 6), "50.00")

    one = returns.draft(office.bakery, OCTOBER)
    assert one.brought.amount == 100 - 30 - 30
    assert one.made.box("27").tax == 90


def test_what_a_person_types_holds_and_goes_on_from_there(office, expert):
    bought(office.bakery, date(2026, 7, 5))
    august = Period(first=date(2026, 8, 1), last=date(2026, 8, 31))
    credit.type_in(office.bakery, august, Decimal(500), expert)
    credit.type_in(office.bakery, august, Decimal(400), expert)
    sold(office.bakery, date(2026, 8, 6))

    assert credit.brought(office.bakery, august).amount == 400
    assert credit.brought(office.bakery, OCTOBER).amount == 370
    for wrong in ("-1", "1.50", "1E13"):
        with pytest.raises(RefusedByUs):
            credit.type_in(office.bakery, august, Decimal(wrong), expert)


def test_the_cabinet_types_the_credit_a_client_does_not(client, office, expert, client_person):
    where = reverse("vat_credit", args=[office.bakery.pk])
    client.force_login(client_person)
    assert client.post(where, {"mois": "2026-10", "credit": "12"}).status_code == 403
    client.force_login(expert)
    done = client.post(where, {"mois": "2026-10", "credit": "12"}, follow=True)
    assert done.context["one"].made.box("22").tax == 12
    assert "Claire Expert" in done.content.decode()
    refused = client.post(where, {"mois": "2026-10", "credit": "douze"}, follow=True)
    assert "nombre entier" in refused.content.decode()


def test_vat_without_a_nature_is_told_before_the_form(office):
    """What a FEC of another program brings has no fiscal nature: it is in no box."""
    typed(office.bakery, date(2026, 10, 2), ("44571", "-20.00", ""), ("411", "20.00", ""))

    one = returns.draft(office.bakery, OCTOBER)
    found = {control.id: control for control in returns.cadrage(office.bakery, one)}
    assert one.made.boxes == ()
    assert [line.gap for line in found["comptes-de-tva"].lines] == [20, 0]
    assert [explained.label.split()[0] for explained in found["comptes-de-tva"].explained] == [
        "OD-1"]  # fmt: skip


def test_the_file_of_a_document_is_read_once(browse, deposited, everybody_works):
    deposited("F-1", date="2026-10-05")
    everybody_works()
    assert not Breakdown.objects.exists()
    browse("vat_held")
    (kept,) = Breakdown.objects.all()
    assert [(one["rate"], one["base"], one["tax"]) for one in kept.parts] == [
        ("20", "100.00", "20.00")]  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        browse("vat_held")
    assert not any("INSERT" in one["sql"] for one in queries)


@pytest.mark.parametrize("name", ["vat", "vat_held"])
def test_no_page_asks_more_for_more_entries(browse, office, deposited, everybody_works, name):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert browse(name).status_code == 200
        return len(queries)

    deposited("F-1", date="2026-10-05")
    sold(office.bakery, date(2026, 10, 6))
    everybody_works()
    browse(name)
    few = asked()
    for number in range(3):
        deposited(f"G-{number}", date="2026-10-07")
        sold(office.bakery, date(2026, 10, 8), document=f"OD-{number}")
    everybody_works()
    browse(name)
    assert asked() == few


def test_takings_that_nobody_booked_are_told(office):
    """A till that is neither booked nor sent would leave both sides at nothing, and all green."""
    z = Z(
        day=date(2026, 10, 7), till="Salle", count=31,
        parts=(part(Category.SERVICES, Decimal(10), Decimal("1100.00")),),
        payments=((Means.CARD, Decimal("1100.00")),),
    )  # fmt: skip
    row = takings.record(office.bakery, z, origin="form")

    def unbooked():
        drafted = returns.draft(office.bakery, OCTOBER)
        found = {one.id: one for one in returns.cadrage(office.bakery, drafted)}
        return [(one.label, one.amount) for one in found["non-comptabilisees"].explained]

    assert unbooked() == [("Recette du 07/10/2026, Salle", Decimal("1100.00"))]
    takings.propose_entry(row)
    assert unbooked() == []
