"""Takings without invoice: amounts that add up, files of tills, days nobody told."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from dateutil.easter import easter as known_easter
from hypothesis import given
from hypothesis import strategies as st

from facturier.errors import RefusedByUs
from facturier.reporting import opening, takings, till_files, till_layouts
from facturier.reporting.report import FRENCH_RATES
from facturier.reporting.sales import Category
from facturier.reporting.takings import RESTAURANT, Means, Z, part
from facturier.reporting.till_files import Column, Layout, Role, Shape

FOLDER = Path(__file__).parents[1] / "fixtures" / "tills"
D = Decimal

FILES = {
    # name: days, taken with VAT, without, VAT, all added up by hand
    "01-ardoise.csv": (3, "3908.25", "3500.00", "408.25"),
    "02-comptapoint.csv": (2, "381.10", "320.00", "61.10"),
    "03-tabulac.csv": (2, "2500.00", "2083.33", "416.67"),
    "04-dosbar.csv": (2, "794.70", "707.59", "87.11"),
    "05-utf16.csv": (2, "225.00", "200.00", "25.00"),
    "06-sans-entete.csv": (3, "96.00", "80.00", "16.00"),
    "07-retours.csv": (3, "231.05", "230.00", "1.05"),
    "08-americain.csv": (2, "5710.00", "5000.00", "710.00"),
    "09-mois-en-lettres.csv": (2, "133.38", "113.68", "19.70"),
    "10-deux-caisses.csv": (3, "924.00", "820.00", "104.00"),
    "11-ordre-inverse.csv": (2, "211.65", "180.00", "31.65"),
    "12-apostrophes.csv": (2, "22221.60", "18518.00", "3703.60"),
    "13-ht-seulement.csv": (2, "259.21", "225.67", "33.54"),
    "14-heures.csv": (2, "56.00", "50.45", "5.55"),
    "15-en-compte.csv": (2, "390.00", "350.00", "40.00"),
    "16-bom-unites.csv": (2, "1942.50", "1800.00", "142.50"),
    "17-compact.csv": (2, "46.55", "40.00", "6.55"),
    "18-taux-decimaux.csv": (3, "64.28", "55.00", "9.28"),
    "19-franchise.csv": (2, "270.00", "270.00", "0.00"),
    "20-outre-mer.csv": (2, "478.65", "450.00", "28.65"),
}
CHOSEN = {
    "06-sans-entete.csv": (Column(name="Colonne 2", role=Role.GROSS, rate=D(20)),),
}
"""What a person adds where the file alone says nothing: there is no header."""


@cache
def layout_of(name: str) -> Layout:
    proposed = till_layouts.propose((FOLDER / name).read_bytes())
    return replace(proposed, columns=(*proposed.columns, *CHOSEN.get(name, ())))


def test_the_table_is_of_all_files():
    assert sorted(path.name for path in FOLDER.glob("*.csv")) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_proposed_to_the_cent(name):
    read = till_files.read((FOLDER / name).read_bytes(), layout_of(name), RESTAURANT)
    assert read.problems == ()
    sums = [sum(getattr(z, one) for z in read.days) for one in ("gross", "net", "tax")]
    assert (len(read.days), *sums) == (FILES[name][0], *map(D, FILES[name][1:]))
    for z in read.days:
        takings.check(z)
        assert all(one.net + one.tax == one.gross for one in z.parts)
        assert sum(sale.taxable_amount for sale in takings.sales(z)) == z.net


@pytest.mark.parametrize("name", FILES)
def test_a_layout_is_kept_and_found_again_by_its_columns(name):
    layout = layout_of(name)
    assert till_layouts.read_back(till_layouts.written(layout)) == layout
    others = [layout_of(other) for other in FILES if other != name]
    found = till_layouts.recalled((FOLDER / name).read_bytes(), [*others, layout])
    assert found is not None
    assert found.names <= set(till_files.rows((FOLDER / name).read_bytes(), found)[0])


def test_columns_that_changed_places_and_a_new_title_above_are_read_by_the_kept_layout():
    first = layout_of("10-deux-caisses.csv")
    moved = "Mon bar\nTTC 10 %;Inutile;Date;TTC 20 %;Poste\n330,00;x;01/10/2026;120,00;Bar\n"
    layout = till_layouts.recalled(moved.encode(), [first])
    assert layout is not None
    assert layout.header == 2
    (z,) = till_files.read(moved.encode(), layout).days
    assert (z.till, z.gross, z.net, z.line) == ("Bar", D("450.00"), D("400.00"), 3)


def read(text: str, **chosen: object) -> till_files.Reading:
    data = text.encode()
    return till_files.read(data, replace(till_layouts.propose(data), **chosen))


def test_what_a_day_says_beside_its_amounts():
    days = till_files.read(
        (FOLDER / "01-ardoise.csv").read_bytes(), layout_of("01-ardoise.csv"), RESTAURANT
    ).days
    assert (days[0].count, days[0].till, days[0].line) == (42, "Salle", 2)
    assert dict(days[0].payments) == {Means.CASH: D("325.50"), Means.CARD: D("900.00")}
    assert [(one.category, one.rate) for one in days[0].parts] == [
        (Category.GOODS, D("5.5")), (Category.SERVICES, D(10)), (Category.SERVICES, D(20)),
    ]  # fmt: skip


BAD = {
    "letter for a digit": (
        "Date;TTC 20 %\n01/10/2026;12,00\n02/10/2026;12,5O\n03/10/2026;12,00\n04/10/2026;1,00\n",
        "Ligne 3, colonne « TTC 20 % » : « 12,5O » n'est pas un montant.",
    ),
    "two decimals of a cent": (
        "Date;TTC 20 %\n01/10/2026;12,00\n02/10/2026;12,505\n",
        "Ligne 3, colonne « TTC 20 % » : « 12,505 » a des fractions de centime.",
    ),
    "no day": (
        "Date;TTC 20 %\n01/10/2026;12,00\n32/10/2026;12,00\n02/10/2026;5,00\n",
        "Ligne 3, colonne « Date » : « 32/10/2026 » n'est pas une date comme 31/12/2026.",
    ),
    "no date at all": (
        "Date;TTC 20 %\n01/10/2026;12,00\n;12,00\n",
        "Ligne 3, colonne « Date » : Cette ligne porte un montant et pas de date.",
    ),
    "wrong total": (
        ("Date;TTC 20 %;TTC 10 %;Total\n01/10/2026;12,00;11,00;23,00\n"
        "02/10/2026;12,00;11,00;32,00\n"),
        "Ligne 3, colonne « Total » : Le total dit 32,00, les taux font 23,00 (écart 9,00).",
    ),
    "twice the same day": (
        "Date;TTC 20 %\n01/10/2026;12,00\n01/10/2026;13,00\n02/10/2026;12,00\n",
        ("Ligne 2, colonne « Date » : Le 01/10/2026 (Caisse) est écrit plusieurs fois : "
        "lignes 2, 3."),
    ),
    "the rate of another column": (
        "Date;HT 20 %;TVA 20 %\n01/10/2026;100,00;20,00\n02/10/2026;100,00;10,00\n",
        "Ligne 3, colonne « HT 20 % » : La TVA 10,00 n'est pas 20 % de 100,00.",
    ),
    "three amounts that do not add up": (
        ("Date;TTC 20 %;HT 20 %;TVA 20 %\n01/10/2026;120,00;100,00;20,00\n"
        "02/10/2026;121,00;100,00;20,00\n"),
        "Ligne 3, colonne « TTC 20 % » : HT 100,00 et TVA 20,00 ne font pas TTC 121,00.",
    ),
    "no French rate": (
        ("Date;Taux;TTC\n01/10/2026;20;12,00\n02/10/2026;20;1,00\n03/10/2026;20;1,00\n"
        "04/10/2026;17;12,00\n"),
        "Ligne 5, colonne « Taux » : « 17 » n'est pas un taux de TVA en France.",
    ),
    "means that do not add up": (
        "Date;TTC 20 %;CB\n01/10/2026;12,00;12,00\n02/10/2026;12,00;13,00\n",
        "Ligne 3 : Les moyens de paiement font 13,00 €, la recette 12,00 € : écart de 1,00 €.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_named_by_line_and_column_and_its_day_left_out(name):
    text, said = BAD[name]
    found = read(text)
    assert [str(one) for one in found.problems] == [said]
    assert found.problems[0].remedy
    assert all(z.day != found.problems[0].day for z in found.days)
    assert found.days


def test_a_line_of_an_unknown_day_makes_a_file_of_lines_unsure():
    text = "Date;Taux;TTC\n01/10/2026;20;12,00\n01/10/2026;10;11,00\n99/10/2026;20;1,00\n"
    assert read(text).is_unsure
    assert not read(BAD["no day"][0]).is_unsure


def test_totals_and_notes_are_passed_over_and_counted():
    found = read("Date;TTC 20 %\n01/10/2026;12,00\n\nTOTAL;12,00\n;\n;;Fin du rapport\n")
    assert found.passed_over == (4, 6)
    assert len(found.days) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rien", "n'est pas un tableau"),
        ("a;b\nc;d\n", "Aucune colonne ne contient de dates"),
        ("Date;Note\n01/10/2026;beau\n", "ne dit pas où sont les jours et les montants"),
    ],
)
def test_what_is_no_file_of_a_till_is_refused_with_the_remedy(text, said):
    with pytest.raises(RefusedByUs, match=said) as refusal:
        read(text)
    assert refusal.value.remedy


def test_a_file_that_lost_a_column_is_refused_by_its_name():
    with pytest.raises(RefusedByUs, match="TTC 10 %") as refusal:
        till_files.read(
            b"Date;Poste;TTC 20 %\n01/10/2026;Bar;1,00\n", layout_of("10-deux-caisses.csv")
        )
    assert "Poste" in refusal.value.remedy


def test_the_wrong_encoding_is_refused():
    layout = replace(layout_of("01-ardoise.csv"), encoding="utf-8")
    with pytest.raises(RefusedByUs, match="UTF-8"):
        till_files.read((FOLDER / "01-ardoise.csv").read_bytes(), layout)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1 234,56 €", ",", "1234.56"), ("1\u202f234,56", ",", "1234.56"),
        ("1.234,5", ",", "1234.5"),
        ("1'234.50", ".", "1234.50"), ("1,234.50 EUR", ".", "1234.50"), ("(12,00)", ",", "-12.00"),
        ("12,00-", ",", "-12.00"), ("\u221212,00", ",", "-12.00"), ("12", ",", "12"),
        ("-0,00", ",", "0"), (",50", ",", "0.50"),
    ],
)  # fmt: skip
def test_amounts_as_tills_write_them(text, decimal, expected):
    assert till_files.amount(text, decimal) == D(expected)


@pytest.mark.parametrize(
    "text", ["", "x", "1,2,3", "12.50", "1 2a", "1e5", "NaN", "9" * 12, "1.23,4"]
)
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match=r".*"):
        till_files.amount(text, ",")


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data):
    with suppress(RefusedByUs):
        till_files.read(data, till_layouts.propose(data))


# --- amounts -------------------------------------------------------------------------------------


@given(
    st.decimals("-99999.99", "99999.99", places=2, allow_nan=False), st.sampled_from(FRENCH_RATES)
)
def test_net_and_vat_add_up_to_what_was_taken(gross, rate):
    net, tax = takings.split(gross, rate)
    assert net + tax == gross
    assert abs(net * rate / 100 - tax) <= D("0.01")
    assert takings.split(-gross, rate) == (-net, -tax)


def restaurant_day(**more: object) -> Z:
    return Z(
        day=date(2026, 10, 1), till="Salle", count=42,
        parts=(
            part(Category.GOODS, D("5.5"), D("105.50")),
            part(Category.SERVICES, D(10), D("880.00")),
            part(Category.SERVICES, D(20), D("240.00")),
        ),
        **more,
    )  # fmt: skip


def test_a_day_is_told_by_category_and_rate_its_tickets_once():
    sales = takings.sales(restaurant_day())
    assert [(one.category, one.rate, one.taxable_amount, one.tax_amount) for one in sales] == [
        ("TLB1", D("5.5"), D("100.00"), D("5.50")), ("TPS1", D(10), D("800.00"), D("80.00")),
        ("TPS1", D(20), D("200.00"), D("40.00")),
    ]  # fmt: skip
    assert [one.count for one in sales] == [42, 0, 0]
    debits = takings.sales(restaurant_day(), on_receipts=False)
    assert [one.vat_point_code for one in debits] == ["", "3", "3"]


def test_services_alone_are_told_when_paid():
    received = takings.received(restaurant_day())
    assert received is not None
    assert received.parts == ((D(20), D("240.00")), (D(10), D("880.00")))
    assert takings.received(restaurant_day(), on_receipts=False) is None


def test_what_was_put_on_account_was_not_received():
    paid = ((Means.CARD, D("980.40")), (Means.ON_ACCOUNT, D("245.10")))  # a fifth of the day
    z = restaurant_day(payments=paid)
    takings.check(z)
    received = takings.received(z)
    assert received is not None
    assert received.parts == ((D(20), D("192.00")), (D(10), D("704.00")))


def test_means_that_do_not_add_up_are_refused():
    with pytest.raises(RefusedByUs, match=r"1.225,00 €, la recette 1.225,50 € : écart de -0,50 €"):
        takings.check(restaurant_day(payments=((Means.CASH, D("1225.00")),)))


@pytest.mark.parametrize(
    ("category", "rate", "gross"),
    [(Category.GOODS, "17", "1"), (Category.NOT_TAXED_IN_FRANCE, "20", "1"),
     (Category.GOODS, "20", "100000000")],
)  # fmt: skip
def test_what_no_till_can_say(category, rate, gross):
    with pytest.raises(RefusedByUs):
        part(category, D(rate), D(gross))


def test_a_rate_that_is_new_follows_the_first_department():
    assert takings.category_of(D("2.1"), RESTAURANT) is Category.SERVICES
    assert takings.category_of(D("5.5"), RESTAURANT) is Category.GOODS
    assert takings.category_of(D(20), ()) is Category.GOODS


def test_two_records_of_a_day_may_say_the_same():
    assert restaurant_day(line=3).same_amounts(restaurant_day(line=9))
    assert not restaurant_day().same_amounts(replace(restaurant_day(), count=1))


# --- days ----------------------------------------------------------------------------------------


def test_easter_of_three_centuries():
    for year in range(1900, 2200):
        assert opening.easter(year) == known_easter(year)


def test_public_holidays_of_2026():
    found = [
        f"{month:02}-{day:02}"
        for month in range(1, 13)
        for day in range(1, 32)
        if (month, day) in {(m, d) for m in range(1, 13) for d in range(1, 29)} | {(7, 31), (8, 31)}
        and opening.is_holiday(date(2026, month, day))
    ]
    assert found == [
        "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11",
        "12-25",
    ]  # fmt: skip


def test_days_that_nobody_told():
    shop = opening.Opening(
        start=date(2026, 11, 2), weekdays=frozenset({0, 1, 2, 3, 4}),
        closures=((date(2026, 11, 5), date(2026, 11, 6)),),
    )  # fmt: skip
    told = {(date(2026, 11, 2), "Bar"), (date(2026, 11, 2), "Salle"), (date(2026, 11, 3), "Bar")}
    found = list(opening.missing(shop, told, ("Bar", "Salle"), date(2026, 11, 12)))
    assert found == [
        (date(2026, 11, 3), "Salle"),
        *((date(2026, 11, day), till) for day in (4, 9, 10, 12) for till in ("Bar", "Salle")),
    ]
    assert date(2026, 11, 11) in replace(shop, on_holidays=True)


def test_shapes_have_words():
    assert {one.value for one in Shape} == {"colonnes", "lignes"}
    assert all(one.label for one in (*Role, *Means))
