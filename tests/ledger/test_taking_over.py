"""The books of another program, taken over from its FEC, whatever dialect it is in."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.fec_dialects import BALANCES, DIALECTS, NAMES, TOTAL, Dialect, plain_table

from facturier.formats import fec_dialect
from facturier.formats.fec import check_fec, read_with_findings, write_fec
from facturier.ledger import fec
from facturier.ledger.taking_over import TakenOver, take_over

NAME = "100000009FEC20260630.txt"


def taken(data: bytes, name: str = NAME) -> TakenOver:
    reading = read_with_findings(data, name)
    return take_over(reading.content, reading.findings)


def balances(over: TakenOver) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in over.entries:
        for line in entry.lines:
            found[line.account] += line.balance
    return {account: amount for account, amount in sorted(found.items()) if amount}


def words(over: TakenOver) -> str:
    return "\n".join(doubt.what for doubt in over.doubts)


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_gives_the_balances_that_were_added_up_by_hand(name):
    over = taken(DIALECTS[name].write())

    assert over.is_possible, over.doubts
    assert balances(over) == {account: Decimal(said) for account, said in BALANCES.items()}
    assert over.total == TOTAL
    assert len(over.entries) == 5
    assert (over.first, over.last) == (date(2025, 7, 1), date(2025, 8, 20))
    for doubt in over.doubts:
        assert doubt.what.endswith(".")


def test_there_are_twenty_dialects_and_more():
    assert len(DIALECTS) >= 20
    assert len({dialect.write() for dialect in DIALECTS.values()}) == len(DIALECTS)


@pytest.mark.parametrize("name", [
    n for n in DIALECTS if n not in (
        "sans les colonnes de devise ni de lettrage", "un numéro par ligne",
        "sans numéro d'écriture", "barre ISO 8859-15", "fins de ligne Mac",
    )
])  # fmt: skip
def test_a_dialect_says_the_same_entries_as_the_text_of_the_law(name):
    assert taken(DIALECTS[name].write()).entries == taken(Dialect().write()).entries


def test_what_the_law_asks_for_raises_no_doubt():
    assert taken(DIALECTS["tabulation UTF-8"].write()).doubts == ()
    assert taken(DIALECTS["barre ISO 8859-15"].write()).doubts == ()


def test_journals_accounts_third_parties_letters_and_currencies_are_kept():
    over = taken(Dialect().write())

    assert [(j.code, j.label, j.nature) for j in over.journals] == [
        ("AN", "À-nouveaux", "opening"), ("BQ", "Banque", "bank"), ("HA", "Achats", "purchases"),
        ("VE", "Ventes", "sales"),
    ]  # fmt: skip
    assert ("607000", "Farine") in {(one.code, one.label) for one in over.accounts}
    assert {(one.code, one.label, one.nature) for one in over.third_parties} == {
        ("FMOULIN", "Moulin du Gué", "401000"), ("FACME", "Acme Inc.", "401000"),
        ("CMAIRIE", "Mairie", "411000"),
    }  # fmt: skip
    lines = {(e.document, one.account): one for e in over.entries for one in e.lines}
    lettered = lines["M-77", "401000"]
    assert (lettered.letter, lettered.lettered_on) == ("A", date(2025, 8, 20))
    foreign = lines["US-9", "401000"]
    assert (foreign.currency, foreign.currency_amount) == ("USD", Decimal(1000))


def test_taken_over_and_written_again_is_the_same_file():
    data = Dialect(encoding="utf-8").write()
    reading = read_with_findings(data, NAME)
    over = take_over(reading.content)
    journals = {one.code: one.label for one in over.journals}
    again = fec.from_entries(
        over.entries, siren="100000009", closing=date(2026, 6, 30), journals=journals
    )

    assert again.rows == fec.in_order(reading.content.rows)
    assert check_fec(write_fec(again), NAME) == ()


@pytest.mark.parametrize(("name", "said"), [
    ("un numéro par ligne", "réunies en écritures par pièce et date"),
    ("sans numéro d'écriture", "réunies en écritures par pièce et date"),
    ("auxiliaire sur toutes les lignes", "compte non collectif"),
    ("négatifs de l'autre côté", "négatif"),
    ("lignes à zéro", "sans montant"),
    ("sans en-tête", "première ligne"),
    ("dates JJ/MM/AAAA", "AAAAMMJJ"),
    ("point décimal", "1234,56"),
    ("UTF-8 avec marque", "BOM"),
    ("point-virgule Windows-1252", "Windows-1252"),
    ("noms de colonnes en toutes lettres", "mal nommées"),
    ("sans les colonnes de devise ni de lettrage", "Idevise"),
])  # fmt: skip
def test_what_was_understood_otherwise_is_said(name, said):
    assert said in words(taken(DIALECTS[name].write()))


def changed(number: int, column: str, value: str) -> bytes:
    table = plain_table()
    table[number][NAMES.index(column)] = value
    return Dialect(change=lambda _: table).write()


@pytest.mark.parametrize(("data", "said"), [
    (changed(2, "Debit", "1200,51"), "l'écriture 1 n'est pas équilibrée, écart de 0,01 €"),
    (changed(2, "EcritureDate", "hier"), "date comptable"),
    (changed(2, "CompteNum", ""), "pas de compte"),
    (changed(2, "Debit", "1200,505"), "fractions de centime"),
    (changed(2, "CompteNum", "6" * 21), "code trop long"),
])  # fmt: skip
def test_what_cannot_be_books_stops(data, said):
    over = taken(data)

    assert not over.is_possible
    assert said in words(over)
    assert any(doubt.stops for doubt in over.doubts)


def test_a_line_with_a_field_too_few_stops():
    data = Dialect().write()
    assert not taken(data[: data.rindex(b"\t")] + b"\r\n").is_possible


def test_many_unbalanced_entries_are_counted():
    table = [[*row[:2], str(n), *row[3:]] for n, row in enumerate(plain_table()[:2] * 4)]
    for row in table:
        row[11], row[12] = "1,00", ""
    over = taken(Dialect(change=lambda _: table).write())
    assert [doubt.count for doubt in over.doubts if doubt.stops] == [1, 1, 1, 1, 1, 3]


def test_an_empty_file_is_not_possible():
    assert not taken(Dialect(change=lambda _: []).write()).is_possible


def test_small_gaps_of_the_text_are_filled_and_said():
    over = taken(changed(4, "CompAuxLib", ""))
    assert "reçoit son numéro" in words(over)
    for column, said in (
        ("PieceRef", "sans référence"), ("ValidDate", "validée à la reprise"),
        ("DateLet", "lettrage sans date"), ("EcritureLib", ""), ("CompteLib", ""),
        ("JournalLib", ""), ("PieceDate", ""),
    ):  # fmt: skip
        over = taken(changed(4, column, ""))
        assert over.is_possible
        assert said in words(over)
    assert "Texte coupé" in words(taken(changed(4, "EcritureLib", "x" * 201)))
    assert "plan comptable" in words(taken(changed(4, "CompteNum", "ACHAT")))
    assert "plusieurs écritures" in words(taken(changed_numbers()))


def changed_numbers() -> bytes:
    table = plain_table()
    for row in table[5:7]:
        row[2] = "1"
    return Dialect(change=lambda _: table).write()


def test_both_sides_on_one_line_become_their_difference():
    table = plain_table()
    table[0][11:13] = ["12100,00", "100,00"]
    over = taken(Dialect(change=lambda _: table).write())
    assert over.is_possible
    assert "différence" in words(over)


# Values


@pytest.mark.parametrize(("written", "read"), [
    ("1234,56", "1234.56"), ("1 234,56", "1234.56"), ("1.234,56", "1234.56"),
    ("1,234.56", "1234.56"), ("1234.5", "1234.5"), ("(12,50)", "-12.50"), ("12,50-", "-12.50"),
    ("+3", "3"), ("1'234,00 €", "1234"), (",5", "0.5"), ("1.234.567", "1234567"),
])  # fmt: skip
def test_amounts(written, read):
    assert fec_dialect.to_amount(written) == Decimal(read)


@pytest.mark.parametrize("written", ["", "NaN", "1e9", "douze", "9" * 40, "1,2,3.4.5"])
def test_no_amounts(written):
    assert fec_dialect.to_amount(written) is None


def test_three_digits_behind_a_sign_are_read_as_the_rest_of_the_file():
    assert fec_dialect.to_amount("1.234", ".") == Decimal("1.234")
    assert fec_dialect.to_amount("1.234", ",") == Decimal(1234)
    assert fec_dialect.decimal_mark(["1.234", "12.50"]) == "."
    assert fec_dialect.decimal_mark(["1.234", "12,5"]) == ","
    assert fec_dialect.decimal_mark(["12"]) == ","


@pytest.mark.parametrize("written", ["", "20261301", "31/02/2026", "1/1/1", "demain", "18991231"])
def test_no_dates(written):
    assert fec_dialect.to_date(written) is None


@given(st.binary(max_size=600))
def test_nothing_falls_over(data):
    header = "\t".join(NAMES).encode()
    reading = read_with_findings(header + b"\n" + data.replace(b"\x00", b""), "x")
    take_over(reading.content, reading.findings)
