"""French identifiers: keys, addresses, and the numbers that belong to nobody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.fr import siren, siret, tva

from facturier.invoice import codes, parties
from facturier.invoice.parties import (
    ElectronicAddress,
    demo_iban,
    demo_siren,
    demo_siret,
    demo_vat,
    french_vat_number,
    has_format,
    is_demo,
    is_french_vat_number,
    is_siren,
    is_siret,
    read_address,
    siren_of,
)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("732829320", True),
        ("732829321", False),
        ("732 829 320", False),
        ("73282932", False),
        ("", False),
        ("٧٣٢٨٢٩٣٢٠", False),
    ],
)
def test_siren(text, right):
    assert is_siren(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("73282932000074", True),
        ("73282932000075", False),
        ("73282932100074", False),
        ("732829320 00074", False),
        ("35600000000048", True),  # La Poste, head office: Luhn
        ("35600000049837", True),  # La Poste, an office: digits add up to a multiple of 5
        ("35600000049838", False),
    ],
)
def test_siret_with_the_exception_of_la_poste(text, right):
    assert is_siret(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("FR44732829320", True),
        ("FR45732829320", False),
        ("44732829320", False),
        ("FR 44 732829320", False),
        ("FR40303265045", True),
        ("DE136695976", False),
    ],
)
def test_french_vat_number(text, right):
    assert is_french_vat_number(text) is right


def test_the_vat_number_follows_from_the_siren():
    assert french_vat_number("732829320") == "FR44732829320"
    assert french_vat_number("303265045") == "FR40303265045"
    with pytest.raises(ValueError, match="732 829 320"):
        french_vat_number("732 829 320")


@pytest.mark.parametrize(
    ("identifier", "siren"),
    [
        ("732829320", "732829320"),
        ("73282932000074", "732829320"),
        ("FR44732829320", "732829320"),
        ("FR76000052829", None),  # Monaco
        ("DE136695976", None),
        ("7328293200", None),
    ],
)
def test_the_siren_inside_an_identifier(identifier, siren):
    assert siren_of(identifier) == siren


@pytest.mark.parametrize(
    ("value", "scheme", "right"),
    [
        ("732829320", parties.SIREN, True),
        ("73282932", parties.SIREN, False),
        ("73282932000074", parties.SIRET, True),
        ("DE136695976", parties.EU_VAT, True),
        ("D" * 19, parties.EU_VAT, False),
        ("SERVICE-ACHATS_1.2+3", parties.ROUTING, True),
        ("SERVICE ACHATS", parties.ROUTING, False),
        ("A" * 100, parties.ROUTING, True),
        ("A" * 101, parties.ROUTING, False),
        ("732829320_X", parties.ELECTRONIC_ADDRESS, True),
        ("JEAN DUPONT", parties.INDIVIDUAL, True),
        ("X" * 81, parties.INDIVIDUAL, False),
        ("USACME CORPORATION", parties.NON_EU, True),
        ("0123456001", parties.RIDET, True),
        ("12345678", parties.RIDET, False),
        ("A12345001", parties.TAHITI, True),
        ("A1234500", parties.TAHITI, False),
        ("732829320", parties.SINGLE_TAXABLE_PERSON, True),
        ("0238", parties.PLATFORM, True),
        ("23", parties.PLATFORM, False),
        ("anything", "0088", True),
        ("", "0088", False),
    ],
)
def test_identifiers_have_the_format_of_their_scheme(value, scheme, right):
    assert has_format(value, scheme) is right


def test_the_schemes_are_in_the_official_list():
    assert set(parties._FORMATS) <= codes.ICD
    assert parties.ELECTRONIC_ADDRESS in codes.EAS


S, T = "732829320", "73282932000074"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (S, ElectronicAddress(siren=S)),
        (f"{S}_{T}", ElectronicAddress(siren=S, siret=T)),
        (f"{S}_{T}_A_B.1", ElectronicAddress(siren=S, siret=T, routing_code="A_B.1")),
        (f"{S}_STATUTS", ElectronicAddress(siren=S, suffix="STATUTS")),
        (f"{S}_A_B", ElectronicAddress(siren=S, suffix="A_B")),
        # the SIRET of another company is only a suffix
        (f"{S}_35600000000048", ElectronicAddress(siren=S, suffix="35600000000048")),
        (f"{S}_" + "A" * 115, ElectronicAddress(siren=S, suffix="A" * 115)),
    ],
)
def test_an_address_is_taken_apart_and_written_back(text, address):
    assert read_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "73282932",
        "ABCDEFGHI",
        f"{S}_",
        f"{S}_{T}_",
        f"{S}-{T}",
        f"{S} ",
        f"{S}_é",
        f"{S}_A/B",
        f"{S}_" + "A" * 116,
        f"{S}_{T}_" + "A" * 101,
        f"{S}\n",
    ],
)
def test_what_is_not_an_address_is_refused(text):
    assert read_address(text) is None


@given(st.text("0123456789_A.+-", max_size=130))
def test_reading_an_address_never_raises_and_writes_back(text):
    address = read_address(text)
    assert address is None or str(address) == text


@given(st.integers(0, 99_999), st.integers(0, 9_999))
def test_demo_numbers_have_valid_keys_and_are_ours(number, nic):
    assert is_siren(demo_siren(number))
    assert is_siret(demo_siret(number, nic))
    assert demo_siret(number, nic).startswith(demo_siren(number))
    assert is_french_vat_number(demo_vat(number))
    assert tva.to_siren(demo_vat(number)) == demo_siren(number)
    for identifier in (demo_siren(number), demo_siret(number), demo_vat(number)):
        assert is_demo(identifier)


def test_the_demo_family_lies_where_insee_gives_no_number():
    numbers = [demo_siren(number) for number in range(0, 100_000, 101)]
    assert len(set(numbers)) == len(numbers)
    # The neighbours in the public SIRENE stock.
    assert all("001807254" < number < "005410220" for number in numbers)
    assert demo_siren(0) == "003000007"
    assert demo_siren(99_999) == "003999992"


@given(st.integers(0, 10**11 - 1))
def test_demo_accounts_have_valid_keys_at_a_bank_that_does_not_exist(number):
    account = demo_iban(number)
    assert iban.is_valid(account)
    assert is_demo(account)
    assert account[4:9] == parties.DEMO_BANK_CODE
    # The RIB as a whole is a multiple of 97 (Banque de France).
    bank, branch, own, key = account[4:9], account[9:14], account[14:25], account[25:]
    assert (89 * int(bank) + 15 * int(branch) + 3 * int(own) + int(key)) % 97 == 0


@pytest.mark.parametrize(
    "identifier",
    [S, T, "FR44732829320", "FR7630006000011234567890189", "FR76000000052829", "DE89", ""],
)
def test_real_looking_identifiers_are_not_demo(identifier):
    assert not is_demo(identifier)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (demo_siren, (-1,)),
        (demo_siren, (100_000,)),
        (demo_siret, (1, -1)),
        (demo_siret, (1, 10_000)),
        (demo_vat, (100_000,)),
        (demo_iban, (-1,)),
        (demo_iban, (10**11,)),
    ],
)
def test_there_is_no_demo_number_outside_the_family(make, arguments):
    with pytest.raises(ValueError, match=r"fictif|fictive"):
        make(*arguments)


@settings(max_examples=400)
@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 99_999))
def test_keys_agree_with_stdnum(digits, nic):
    own = digits[:8] + luhn.calc_check_digit(digits[:8])
    la_poste = "356000000"
    for number in (digits, own):
        assert is_siren(number) is siren.is_valid(number)
        vat = french_vat_number(number)
        for one in (
            vat,
            f"FR00{number}",
            f"FR00000{number[3:]}",
            french_vat_number(f"000{number[3:]}"),
        ):
            assert is_french_vat_number(one) is tva.is_valid(one)
    for number in (own, la_poste, digits):
        for end in (
            f"{nic:05d}",
            f"{nic // 10:04d}" + luhn.calc_check_digit(number + f"{nic // 10:04d}"),
        ):
            assert is_siret(number + end) is siret.is_valid(number + end)
    assert is_siret(la_poste + "00048") is siret.is_valid(la_poste + "00048") is True
