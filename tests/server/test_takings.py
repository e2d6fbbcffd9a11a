"""Takings without invoice on the platform: kept for ever, corrected, imported, declared, chased."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, ProgrammingError

from facturier.errors import RefusedByUs
from facturier.reporting import till_layouts
from facturier.reporting.periods import Period
from facturier.reporting.sales import Category
from facturier.reporting.takings import RESTAURANT, Means, Z, part
from facturier.server import clock, sight
from facturier.server.reporting import periods, takings, transmitting
from facturier.server.reporting.models import Declaration
from facturier.server.takings import chasing, imports, keeping, told
from facturier.server.takings.models import (
    Closure,
    DayTakings,
    TakingsChoice,
    TillFile,
    TillLayout,
)

pytestmark = pytest.mark.django_db
D = Decimal
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
FILES = Path(__file__).parents[1] / "fixtures" / "tills"
FORM = DayTakings.Origin.FORM


@pytest.fixture(autouse=True)
def _day():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def bakery(office):
    office.bakery.vat_on_receipts = True
    office.bakery.save()
    return office.bakery


def choose(dossier, starts_on=date(2026, 11, 9), **more):
    return TakingsChoice.objects.create(
        dossier=dossier, starts_on=starts_on,
        **{"weekdays": [0, 1, 2, 3, 4, 5], "tills": ["Caisse"], "departments": [
            {"label": one.label, "rate": str(one.rate), "category": one.category.value}
            for one in RESTAURANT
        ]} | more,
    )  # fmt: skip


def day(number=3, meals="880.00", **more):
    parts = (
        part(Category.GOODS, D("5.5"), D("105.50")), part(Category.SERVICES, D(10), D(meals)),
    )  # fmt: skip
    return Z(
        **({"day": date(2026, 11, number), "till": "Caisse", "parts": parts, "count": 42} | more)
    )


def test_a_day_is_kept_once_and_the_second_is_refused_with_the_remedy(bakery, expert):
    first = keeping.record(bakery, day(), origin=FORM, by=expert)
    with pytest.raises(
        RefusedByUs, match=r"03/11/2026 \(Caisse\) est déjà.*985,50.*Claire Exp"
    ) as no:
        keeping.record(bakery, day(), origin=FORM, by=expert)
    assert "corrigez" in no.value.remedy
    assert list(told.standing(bakery)) == [first]
    assert first.z().same_amounts(day())
    keeping.record(bakery, day(till="Terrasse"), origin=FORM)


def test_a_correction_replaces_and_loses_nothing(bakery, expert):
    first = keeping.record(bakery, day(), origin=FORM, by=expert)
    second = keeping.correct(first, day(meals="770.00"), "Table 4 oubliée", origin=FORM, by=expert)
    assert list(told.standing(bakery)) == [second]
    assert [(one.pk, one.gross, one.reason) for one in keeping.history(second)] == [
        (second.pk, D("875.50"), "Table 4 oubliée"), (first.pk, D("985.50"), ""),
    ]  # fmt: skip
    with pytest.raises(RefusedByUs, match="quelqu'un d'autre"):
        keeping.correct(first, day(), "encore", origin=FORM)
    with pytest.raises(RefusedByUs, match="pourquoi"):
        keeping.correct(second, day(), " ", origin=FORM)


def test_the_database_refuses_changes_and_removals(bakery):
    row = keeping.record(bakery, day(), origin=FORM)
    for act in (
        lambda: DayTakings.objects.update(gross=0),
        lambda: row.lines.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            act()


def test_another_cabinet_sees_and_writes_nothing(bakery, stranger):
    keeping.record(bakery, day(), origin=FORM)
    with sight.of_person(stranger.pk):
        assert not DayTakings.objects.exists()
    with pytest.raises(ProgrammingError, match="row-level"), sight.of_person(stranger.pk):
        TillFile.objects.create(dossier=bakery, received_at=NOW, stored=None)


@pytest.mark.parametrize("wrong", [{"day": date(2026, 11, 23)}, {"till": ""}, {"till": "x" * 61}])
def test_what_cannot_be_a_day_is_refused(bakery, wrong):
    with pytest.raises(RefusedByUs) as refusal:
        keeping.record(bakery, day(**wrong), origin=FORM)
    assert refusal.value.remedy


# --- declarations --------------------------------------------------------------------------------


def the(dossier, data, start):
    periods.bring_up_to_date(dossier)
    return Declaration.objects.get(dossier=dossier, data=data, start=start)


def test_takings_are_declared_and_their_file_is_valid(bakery):
    keeping.record(bakery, day(3), origin=FORM)
    keeping.record(bakery, day(4), origin=FORM)
    sales = the(bakery, "transactions", date(2026, 11, 1))
    # 2 × (100.00 + 800.00) without VAT, 2 × (5.50 + 80.00) of VAT
    assert sales.sums == [{"currency": "EUR", "base": "1800.00", "tax": "171.00"}]
    assert sales.state == Declaration.State.READY
    received = the(bakery, "paiements", date(2026, 11, 1))
    assert received.sums[0]["base"] == "1760.00", "services alone, with VAT"
    for one in (sales, received):
        made = transmitting.draft(one)
        assert not made.verdict.fatal, [f.message for f in made.verdict.findings]
    assert b"<TransactionsCount>42" in transmitting.draft(sales).content


def test_a_dossier_on_debits_says_so_and_tells_no_receipts(bakery):
    bakery.vat_on_receipts = False
    bakery.save()
    keeping.record(bakery, day(3), origin=FORM)
    found = takings.takings_of(bakery, Period(date(2026, 11, 1), date(2026, 11, 10)))
    assert [one.vat_point_code for one in found] == ["", "3"]
    made = transmitting.draft(the(bakery, "transactions", date(2026, 11, 1)))
    assert not made.verdict.fatal, [f.message for f in made.verdict.findings]


def test_a_correction_makes_its_declaration_look_again(bakery):
    row = keeping.record(bakery, day(3), origin=FORM)
    assert the(bakery, "transactions", date(2026, 11, 1)).sums[0]["base"] == "900.00"
    keeping.correct(row, day(3, parts=()), "Jour fermé", origin=FORM)
    assert the(bakery, "transactions", date(2026, 11, 1)).sums == []


def test_the_number_of_queries_does_not_grow_with_days(bakery, django_assert_num_queries):
    period = Period(date(2026, 11, 1), date(2026, 11, 30))
    for number in range(1, 9):
        keeping.record(bakery, day(number), origin=FORM)
        with django_assert_num_queries(2):
            takings.takings_of(bakery, period)


# --- files ---------------------------------------------------------------------------------------


def kept(dossier, name):
    return imports.keep(dossier, name, (FILES / name).read_bytes(), None)


def in_november(name):
    return (FILES / name).read_bytes().replace(b"/10/2026", b"/11/2026")


def test_a_file_is_kept_shown_taken_in_and_its_layout_used_again(bakery, expert):
    choose(bakery)
    file = kept(bakery, "01-ardoise.csv")
    seen = imports.preview(file)
    assert [len(one) for one in (seen.new, seen.different, seen.same)] == [3, 0, 0]
    assert not told.standing(bakery).exists(), "nothing before a person confirms"
    assert imports.take_in(file, expert, replacing=False) == 3
    file.refresh_from_db()
    assert (file.state, file.days) == ("taken", 3)
    row = told.standing(bakery).get(day=date(2026, 10, 2))
    assert (row.till, row.gross, row.file, row.line) == ("Salle", D("1002.75"), file, 3)
    assert row.z().payments == ((Means.CARD, D("800.00")), (Means.CASH, D("202.75")))
    layout = till_layouts.read_back(TillLayout.objects.get().layout)
    again = imports.keep(bakery, "z.csv", in_november("01-ardoise.csv"), None)
    assert again.layout == till_layouts.written(layout)
    with pytest.raises(RefusedByUs, match="déjà été traité"):
        imports.take_in(file, expert, replacing=True)


def test_the_same_file_again_changes_nothing_and_another_amount_asks(bakery, expert):
    imports.take_in(kept(bakery, "04-dosbar.csv"), expert, replacing=False)
    seen = imports.preview(kept(bakery, "04-dosbar.csv"))
    assert [len(one) for one in (seen.new, seen.different, seen.same)] == [0, 0, 2]
    assert not seen.can_be_taken
    data = (FILES / "04-dosbar.csv").read_bytes().replace(b"95,00;300,00", b"96,00;301,00")
    file = imports.keep(bakery, "corrige.csv", data, None)
    assert imports.take_in(file, expert, replacing=False) == 0
    assert told.standing(bakery).get(day=date(2026, 10, 1)).gross == D("405.00")
    again = imports.keep(bakery, "corrige.csv", data, None)
    assert imports.take_in(again, expert, replacing=True) == 1
    row = told.standing(bakery).get(day=date(2026, 10, 1))
    assert (row.gross, row.reason) == (D("406.00"), "Import de « corrige.csv »")


def test_a_file_with_errors_is_kept_and_its_good_days_are_taken(bakery, expert):
    text = b"Date;TTC 20 %\n01/10/2026;12,00\n02/10/2026;12,5O\n03/10/2026;6,00\n04/10/2026;1,00\n"
    file = imports.keep(bakery, "z.csv", text, None)
    assert imports.take_in(file, expert, replacing=False) == 3
    file.refresh_from_db()
    assert (file.state, file.problems) == ("partly", 1)
    assert imports.content(file) == text


def test_what_is_no_table_is_kept_too(bakery, expert):
    file = imports.keep(bakery, "photo.csv", b"\x89PNG", None)
    seen = imports.preview(file)
    assert seen.refusal is not None
    assert not seen.can_be_taken
    with pytest.raises(RefusedByUs):
        imports.take_in(file, expert, replacing=False)
    imports.set_aside(file)
    file.refresh_from_db()
    assert (file.state, imports.content(file)) == ("aside", b"\x89PNG")


# --- missing days --------------------------------------------------------------------------------


def test_missing_days_are_those_of_opening(bakery, office, django_assert_num_queries):
    choose(bakery)  # Monday 9 November; holiday on Wednesday 11, Sundays closed
    choose(office.mason, is_active=False)
    Closure.objects.create(dossier=bakery, start=date(2026, 11, 16), end=date(2026, 11, 19))
    keeping.record(bakery, day(10), origin=FORM)
    row = keeping.record(bakery, day(12), origin=FORM)
    keeping.correct(row, day(12, parts=()), "Fermé", origin=FORM)
    with django_assert_num_queries(3):
        found = chasing.missing([bakery, office.mason])
    assert [one.day.day for one in found[bakery.pk]] == [9, 13, 14, 20, 21]
    assert office.mason.pk not in found


# --- the entry -----------------------------------------------------------------------------------


def test_the_entry_of_a_day_is_proposed_once(bakery, expert):
    row = keeping.record(bakery, day(), origin=FORM, by=expert)
    entry = keeping.propose_entry(row)
    assert [(one.account, one.debit - one.credit) for one in entry.lines.order_by("rank")] == [
        ("530000", D("985.50")), ("707000", D("-100.00")), ("445710", D("-5.50")),
        ("706000", D("-800.00")), ("445710", D("-80.00")),
    ]  # fmt: skip
    with pytest.raises(RefusedByUs, match="déjà proposée"):
        keeping.propose_entry(row)
    second = keeping.correct(row, day(meals="770.00"), "Erreur", origin=FORM)
    with pytest.raises(RefusedByUs, match="antérieure"):
        keeping.propose_entry(second)
    with pytest.raises(RefusedByUs, match="corrigé depuis"):
        keeping.propose_entry(row)


def test_a_closed_day_and_a_margin_have_no_entry(bakery):
    with pytest.raises(RefusedByUs, match="pas de recette"):
        keeping.propose_entry(keeping.record(bakery, day(parts=()), origin=FORM))
    margin = (part(Category.MARGIN, D(20), D("12.00")),)
    with pytest.raises(RefusedByUs, match="marge"):
        keeping.propose_entry(keeping.record(bakery, day(4, parts=margin), origin=FORM))
