"""The FEC: written, read back, and each planted fault found by its own name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger import invoices

from facturier.errors import ConfigurationError, MalformedDocument
from facturier.findings import Layer, Severity
from facturier.formats.fec import check_fec, read_fec, write_fec
from facturier.ledger import fec
from facturier.ledger.books import Books, Side
from facturier.ledger.entries import mark_reversed, reverse, validate
from facturier.ledger.fec import COLUMNS, Fec, Row
from facturier.ledger.posting import propose

DAY = invoices.DAY
CLOSING = date(2026, 12, 31)
NAME = "100000009FEC20261231.txt"
JOURNALS = {"HA": "Achats", "VE": "Ventes"}
PLAIN = invoices.invoice(
    lines=[invoices.line("Marchandises", "100.00"), invoices.line("Électricité", "33.33")],
    vats=[invoices.vat("S", "20", "133.33", "26.67")],
    totals=invoices.totals("133.33", "26.67", "160.00"),
)


def entries():
    """Two purchases, one of them reversed, and a sale, validated in order."""
    buy = propose(PLAIN, side=Side.PURCHASE, books=Books())
    sell = propose(replace(PLAIN, number="V-1"), side=Side.SALE, books=Books())
    first = validate(buy, number="HA0001", on=CLOSING)
    return [
        validate(sell, number="VE0001", on=CLOSING),
        mark_reversed(first),
        validate(reverse(first, date(2026, 11, 30)), number="HA0002", on=CLOSING),
    ]


FILE = fec.from_entries(entries(), siren="100000009", closing=CLOSING, journals=JOURNALS)
LINES = write_fec(FILE).decode("iso-8859-15").split("\r\n")[:-1]


def test_the_file_is_named_after_the_company_and_the_closing_date():
    assert fec.file_name("100000009", CLOSING) == NAME


def test_a_fec_has_the_18_columns_and_reads_like_this():
    assert LINES[0] == (
        "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\t"
        "CompAuxLib\tPieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\t"
        "ValidDate\tMontantdevise\tIdevise"
    )
    assert LINES[1] == (
        "HA\tAchats\tHA0001\t20261120\t607000\tAchats de marchandises\t\t\tF-42\t20261120\t"
        "Facture F-42 Moulin du Gué SARL\t100,00\t0,00\t\t\t20261231\t\t"
    )
    assert LINES[4].split("\t")[4:8] == [
        "401000",
        "Fournisseurs",
        "F100000009",
        "Moulin du Gué SARL",
    ]


def test_entries_come_by_date_then_journal_and_number():
    numbers = list(dict.fromkeys(row.number for row in FILE.rows))

    assert numbers == ["HA0001", "VE0001", "HA0002"]
    assert fec.sequence("VE-0012") == ("VE-", 12)
    assert fec.sequence("AN") == ("AN", 0)


def test_only_validated_entries_of_known_journals_enter_a_fec():
    proposed = propose(PLAIN, side=Side.PURCHASE, books=Books())
    for entry, journals, reason in (
        (proposed, JOURNALS, "not-validated"),
        (entries()[0], {"HA": "Achats"}, "unknown-journal"),
    ):
        with pytest.raises(ConfigurationError) as error:
            fec.from_entries([entry], siren="1", closing=CLOSING, journals=journals)
        assert error.value.reason == reason


@pytest.mark.parametrize("separator", ["\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15"])
def test_our_own_file_is_clean_and_reads_back_equal(separator, encoding):
    data = write_fec(FILE, separator=separator, encoding=encoding)

    assert check_fec(data, NAME) == ()
    assert read_fec(data, NAME) == FILE
    assert write_fec(FILE, separator=separator, encoding=encoding) == data


@pytest.mark.parametrize("options", [{"separator": ";"}, {"encoding": "utf-16"}])
def test_no_other_separator_or_encoding_is_written(options):
    with pytest.raises(ValueError, match=r";|utf-16"):
        write_fec(FILE, **options)


def test_texts_lose_what_would_break_the_file():
    row = replace(FILE.rows[0], label="a\tb|c\r\nd  “Łódź” – l’été…", debit=Decimal("1.5"))
    written = write_fec(replace(FILE, rows=(row,))).decode("iso-8859-15").split("\r\n")[1]

    assert written.split("\t")[10:12] == ['a b c d "?ódz" - l\'été...', "1,50"]


def changed(number, column, value):
    """Return the file with one field of one line replaced; line 1 is the header."""
    lines = [line.split("\t") for line in LINES]
    lines[number - 1][COLUMNS.index(column)] = value
    return "\r\n".join("\t".join(line) for line in lines).encode()


FAULTS = {
    "vide": (LINES[0].encode(), "VIDE"),
    "colonne manquante": (write_fec(FILE).replace(b"ValidDate", b"Valide"), "COLONNES"),
    "colonne en trop": (
        "\r\n".join(line + "\tx" for line in LINES).encode(),
        "COLONNES",
    ),
    "champ en moins": ("\r\n".join([*LINES[:-1], LINES[-1][:-1]]).encode(), "CHAMPS"),
    "octets nuls": (LINES[0].encode("utf-16"), "ENCODAGE"),
    "marque d'ordre": (b"\xef\xbb\xbf" + write_fec(FILE, encoding="utf-8"), "MARQUE"),
    "point-virgule": (
        "\r\n".join(f'"{line}"'.replace("\t", '";"') for line in LINES).encode(),
        "SEPARATEUR",
    ),
    "date à l'américaine": (changed(2, "EcritureDate", "2026-11-20"), "DATE"),
    "date impossible": (changed(2, "PieceDate", "20261399"), "DATE"),
    "point décimal": (changed(2, "Debit", "100.00"), "MONTANT"),
    "montant en lettres": (changed(2, "Debit", "cent"), "MONTANT"),
    "écriture déséquilibrée": (changed(2, "Debit", "100,01"), "EQUILIBRE"),
    "total déséquilibré": (changed(2, "Debit", "100,01"), "TOTAL"),
    "débit et crédit": (changed(2, "Credit", "1,00"), "DEBIT-CREDIT"),
    "aucun montant": (changed(2, "Debit", "0,00"), "MONTANT-NUL"),
    "montant négatif": (changed(2, "Debit", "-100,00"), "MONTANT-NEGATIF"),
    "journal vide": (changed(2, "JournalCode", ""), "OBLIGATOIRE"),
    "date de pièce vide": (changed(2, "PieceDate", ""), "OBLIGATOIRE"),
    "non validée": (changed(2, "ValidDate", ""), "OBLIGATOIRE"),
    "validée avant sa date": (changed(2, "ValidDate", "20261119"), "VALIDATION"),
    "compte hors PCG": (changed(2, "CompteNum", "ACHAT"), "COMPTE"),
    "auxiliaire hors collectif": (changed(2, "CompAuxNum", "F1"), "AUXILIAIRE"),
    "auxiliaire sans libellé": (changed(5, "CompAuxLib", ""), "AUXILIAIRE-LIBELLE"),
    "rupture de séquence": (
        write_fec(FILE).replace(b"HA0002", b"HA0004"),
        "NUMEROTATION",
    ),
    "deux dates dans une écriture": (changed(2, "EcritureDate", "20261119"), "DATE-UNIQUE"),
    "désordre": (changed(2, "EcritureDate", "20261130"), "ORDRE"),
    "après la clôture": (changed(2, "EcritureDate", "20270101"), "EXERCICE"),
    "lettre sans date": (changed(5, "EcritureLet", "AA"), "LETTRAGE"),
    "devise sans code": (changed(2, "Montantdevise", "90,00"), "DEVISE"),
    "code sans devise": (changed(2, "Idevise", "USD"), "DEVISE"),
    "deux libellés de compte": (changed(2, "CompteLib", "Marchandises"), "COMPTE-LIBELLE"),
    "deux libellés de journal": (changed(2, "JournalLib", "Achat"), "JOURNAL-LIBELLE"),
    "deux libellés de tiers": (changed(5, "CompAuxLib", "Gué"), "AUXILIAIRE-LIBELLES"),
    "barre dans un libellé": (changed(2, "EcritureLib", "a|b"), "CARACTERE"),
}


@pytest.mark.parametrize(("data", "name"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_found(data, name):
    findings = check_fec(data, NAME)

    assert f"FEC-{name}" in {finding.rule for finding in findings}
    for finding in findings:
        assert finding.layer is Layer.FEC
        assert finding.message.endswith(".")


def test_a_fault_says_its_line_and_its_weight():
    (finding,) = [f for f in check_fec(changed(5, "EcritureLet", "AA")) if "LETTRAGE" in f.rule]

    assert (finding.where, finding.severity) == ("ligne 5", Severity.FATAL)
    (gap,) = check_fec(FAULTS["rupture de séquence"][0], NAME)
    assert gap.severity is Severity.WARNING
    assert "écriture 2 (2 en tout)" in gap.message


@pytest.mark.parametrize(
    "name", ["fec.txt", "100000009FEC20261399.txt", "100000009FEC20261231.csv"]
)
def test_a_wrong_name_is_a_finding(name):
    assert [finding.rule for finding in check_fec(write_fec(FILE), name)] == ["FEC-NOM"]


def test_without_a_name_nobody_asks_for_one():
    assert check_fec(write_fec(FILE)) == ()
    assert read_fec(write_fec(FILE)).siren == ""


def test_one_sequence_through_all_journals_is_no_gap():
    numbers = {"HA0001": "1", "VE0001": "2", "HA0002": "3"}
    rows = tuple(replace(row, number=numbers[row.number]) for row in FILE.rows)

    assert fec.check(replace(FILE, rows=rows)) == ()


def test_a_huge_gap_is_counted_only_so_far():
    rows = tuple(
        replace(row, number="HA9999999999") if row.number == "HA0002" else row for row in FILE.rows
    )

    (finding,) = fec.check(replace(FILE, rows=rows))
    assert "(1000 en tout)" in finding.message


def test_a_gap_in_one_journal_does_not_accuse_the_others():
    rows = tuple(
        replace(row, number="HA0009") if row.number == "HA0002" else row for row in FILE.rows
    )

    assert [finding.where for finding in fec.check(replace(FILE, rows=rows))] == ["journal HA"]


def test_other_variants_are_read():
    comma = "\r\n".join(f'"{line}"'.replace("\t", '","') for line in LINES).encode()
    mac = "\r".join(LINES).encode("iso-8859-15")
    unix = ("\n".join(LINES) + "\n\n").encode()
    shuffled = "\n".join("|".join(reversed(line.split("\t"))) for line in LINES).encode()
    lower = (LINES[0].lower() + "\n" + "\n".join(LINES[1:])).encode()

    for data in (comma, mac, unix, shuffled, lower):
        assert read_fec(data, NAME) == FILE
    assert [finding.rule for finding in check_fec(shuffled, NAME)] == ["FEC-COLONNES"]


@pytest.mark.parametrize(("debit", "credit"), [("D", "C"), ("+1", "-1"), ("d", "c")])
def test_the_variant_with_amount_and_side_is_read(debit, credit):
    lines = [line.split("\t") for line in LINES]
    lines[0][11:13] = ["Montant", "Sens"]
    for line in lines[1:]:
        line[11:13] = [line[11], debit] if line[11] != "0,00" else [line[12], credit]
    data = "\n".join("\t".join(line) for line in lines).encode()

    assert read_fec(data, NAME) == FILE
    assert check_fec(data, NAME) == ()
    wrong = data.replace(f"\t{debit}\t".encode(), b"\tX\t", 1)
    assert "FEC-SENS" in {finding.rule for finding in check_fec(wrong, NAME)}


def test_amounts_that_can_be_understood_are_kept():
    def debit(value):
        return read_fec(changed(2, "Debit", value)).rows[0].debit

    assert debit("1 234.5") == Decimal("1234.5")
    assert debit("") == 0
    for nonsense in ("NaN", "Infinity", "1e9", "9" * 40):
        assert debit(nonsense) == 0


def test_what_is_no_fec_is_refused():
    for data in (b"", b"\n", b"bonjour", b'a;b\n"' + b"x" * 200_000):
        with pytest.raises(MalformedDocument):
            read_fec(data)
        assert check_fec(data)[0].severity is Severity.FATAL


# Properties

LETTERS = "abcXYZ 019'éèàçÉ&-()\"°"
TEXT = st.text(LETTERS, min_size=1, max_size=20).map(lambda t: " ".join(t.split())).filter(bool)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
AMOUNTS = st.integers(0, 10**12).map(lambda n: Decimal(n) / 100)
ROWS = st.builds(
    Row,
    journal=TEXT, journal_label=TEXT, number=TEXT, date=st.none() | DATES, account=TEXT,
    account_label=TEXT, auxiliary=st.just("") | TEXT, auxiliary_label=st.just("") | TEXT,
    document=TEXT, document_date=st.none() | DATES, label=TEXT, debit=AMOUNTS, credit=AMOUNTS,
    letter=st.just("") | TEXT, lettered_on=st.none() | DATES, validated_on=st.none() | DATES,
    currency_amount=st.none() | AMOUNTS, currency=st.just("") | TEXT,
)  # fmt: skip


@given(
    rows=st.lists(ROWS, max_size=5),
    separator=st.sampled_from(["\t", "|"]),
    encoding=st.sampled_from(["utf-8", "iso-8859-15"]),
)
def test_whatever_is_written_reads_back_equal(rows, separator, encoding):
    content = Fec(siren="100000009", closing=CLOSING, rows=tuple(rows))

    assert read_fec(write_fec(content, separator=separator, encoding=encoding), NAME) == content


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_the_checker_never_falls_over(data):
    assert check_fec(data, "x") is not None
    check_fec("\t".join(COLUMNS).encode() + b"\n" + data.replace(b"\x00", b""), NAME)
