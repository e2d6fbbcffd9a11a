"""The code lists: complete, exact per rule, and readable."""

import contextlib
import subprocess
import sys

import pytest
from tools import update_codes

from facturier.invoice import codes


@pytest.mark.parametrize(
    ("rule", "where", "count"),
    [
        ("BR-CL-01", "ubl-invoice", 50),
        ("BR-CL-01", "ubl-credit-note", 13),
        ("BR-CL-01", "ubl", 62),
        ("BR-CL-01", "cii", 62),
        ("BR-CL-03", "ubl", 178),
        ("BR-CL-06", "ubl", 3),
        ("BR-CL-06", "cii", 3),
        ("BR-CL-08", "ubl", 383),
        ("BR-CL-08", "cii", 401),
        ("BR-CL-10", "ubl", 243),
        ("BR-CL-14", "ubl", 251),
        ("BR-CL-23", "cii", 2162),
        ("BR-CL-25", "ubl-invoice", 104),
        ("BR-FREXT-CL-10", "ubl", 245),
        ("BR-FREXT-CL-24", "cii", 8),
        ("BR-FR-04", "ubl", 16),
        ("BR-FR-08", "cii", 20),
    ],
)
def test_each_rule_has_its_exact_set_in_each_syntax(rule, where, count):
    assert len(codes.allowed(rule, where)) == count


def test_the_syntaxes_differ_where_the_official_files_do():
    assert codes.allowed("BR-CL-06", "ubl") == {"3", "35", "432"}
    assert codes.allowed("BR-CL-06", "cii") == {"5", "29", "72"}
    assert codes.allowed("BR-CL-14", "ubl") ^ codes.allowed("BR-CL-14", "cii") == {"SS", "AN"}
    assert codes.allowed("BR-CL-01", "ubl-invoice") & codes.allowed(
        "BR-CL-01", "ubl-credit-note"
    ) == {"81"}


def test_a_rule_unknown_in_a_syntax_is_refused():
    with pytest.raises(KeyError):
        codes.allowed("BR-EXT-CL-07", "ubl")
    with pytest.raises(KeyError):
        codes.allowed("BR-99", "ubl")


@pytest.mark.parametrize("name", codes.NAMES)
def test_each_list_says_where_it_comes_from_and_holds_clean_codes(name):
    about = codes.about(name)
    assert about["source"]
    assert about["version"]
    table = codes.table(name)
    assert getattr(codes, name) == frozenset(table)
    assert table
    assert all(code == code.strip() and " " not in code for code in table)


def test_french_lists_are_the_ones_of_the_norm():
    assert len(codes.FRENCH_DOCUMENT_TYPE) == 16
    assert len(codes.BUSINESS_PROCESS) == 20
    assert len(codes.TREATMENT) == 6
    assert len(codes.ATTACHMENT_QUALIFIER) == 12
    assert len(codes.vat_rates_fr()) == 15
    assert "20.000" not in codes.VAT_RATE_FR
    classes = codes.SELF_BILLED | codes.FACTORED | codes.PREPAYMENT | codes.CREDIT_NOTE
    assert classes | codes.CORRECTIVE < codes.FRENCH_DOCUMENT_TYPE
    assert codes.FRENCH_DOCUMENT_TYPE <= codes.DOCUMENT_TYPE


def test_credit_note_types_travel_in_a_ubl_credit_note():
    assert codes.allowed("BR-CL-01", "ubl-credit-note") >= codes.CREDIT_NOTE
    invoices = codes.FRENCH_DOCUMENT_TYPE - codes.CREDIT_NOTE
    assert invoices <= codes.allowed("BR-CL-01", "ubl-invoice")


def test_a_code_has_a_name_in_french_or_itself():
    assert codes.label("UNIT", "HUR") == "heure"
    assert codes.label("UNIT", "HUR", "en") == "hour"
    assert codes.label("CURRENCY", "EUR") == "euro"
    assert codes.label("COUNTRY", "FR") == "France"
    assert codes.label("NOTE_SUBJECT", "AAA") == "Goods item description"
    assert codes.label("REFERENCE_QUALIFIER", "AAA") == "AAA"
    assert codes.label("UNIT", "no such code") == "no such code"
    every_french = ("FRENCH_DOCUMENT_TYPE", "BUSINESS_PROCESS", "TREATMENT", "VATEX", "TAX_POINT")
    for name in every_french:
        assert all(code.name_fr for code in codes.table(name).values()), name


@pytest.mark.parametrize("read", [codes.table, codes.about])
def test_an_unknown_list_is_refused(read):
    with pytest.raises(KeyError):
        read("../secret")
    with pytest.raises(AttributeError):
        _ = codes.NOTHING


def test_importing_reads_no_file_and_a_constant_is_read_once():
    program = (
        "from facturier.invoice import codes\n"
        "assert 'MIME' not in vars(codes)\n"
        "assert codes.table.cache_info().currsize == 0\n"
        "assert codes.MIME is codes.MIME\n"
        "assert codes.table.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert set(codes.NAMES) <= set(dir(codes))


@pytest.mark.parametrize(
    ("code_list", "origin"),
    [(code_list, origin) for code_list in update_codes.LISTS for origin in code_list.origins],
    ids=lambda item: item.name if isinstance(item, update_codes.CodeList) else item.rule,
)
def test_each_set_is_the_one_in_the_official_file(code_list, origin):
    official = update_codes.official_set(origin)
    if code_list.name == "creditor_scheme":
        assert frozenset(official) == codes.CREDITOR_SCHEME
        return
    assert frozenset(official) == codes.allowed(origin.rule, origin.where)


def test_the_extended_profile_admits_the_same_codes_under_the_same_rule():
    compared = 0
    for code_list in update_codes.LISTS:
        for origin in code_list.origins:
            book = origin.book.replace("en16931", "extended-ctc-fr")
            with contextlib.suppress(KeyError):  # replaced there by a BR-FREXT rule
                extended = update_codes.Origin(book, origin.rule, origin.where, origin.place)
                assert set(update_codes.official_set(extended)) == set(
                    update_codes.official_set(origin)
                )
                compared += 1
    assert compared > 30
