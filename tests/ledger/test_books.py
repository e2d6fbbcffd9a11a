from __future__ import annotations

import pytest

from facturier.invoice.model import Address, Identifier, Party
from facturier.ledger import books
from facturier.ledger.books import Books, Naming, Nature, Side

KNOWN = Party(name="Café de l'Œuvre", legal_identifier=Identifier("123456782", "0002"))


def test_an_auxiliary_account_is_the_known_one_first():
    assert Books(third_parties={"123456782": "FCAFE"}).auxiliary(Side.PURCHASE, KNOWN) == "FCAFE"


def test_an_unknown_third_party_is_named_by_its_siren_or_its_name():
    assert Books().auxiliary(Side.PURCHASE, KNOWN) == "F123456782"
    assert Books().auxiliary(Side.SALE, KNOWN) == "C123456782"
    assert Books(naming=Naming.NAME).auxiliary(Side.SALE, KNOWN) == "CCAFEDELOEU"


def test_a_third_party_without_siren_still_gets_an_account():
    assert Books().auxiliary(Side.PURCHASE, Party(name="Muñoz & Cía")) == "FMUNOZCIA"
    assert Books().auxiliary(Side.PURCHASE, Party(vat_identifier="DE123")) == "FDE123"
    assert Books().auxiliary(Side.PURCHASE, Party()) == "FDIVERS"


@pytest.mark.parametrize(
    ("party", "siren"),
    [
        (KNOWN, "123456782"),
        (Party(identifiers=(Identifier("12345678200010", "0009"),)), "123456782"),
        (Party(identifiers=(Identifier("X", "0088"),)), ""),
        (Party(legal_identifier=Identifier("123456782")), ""),
    ],
)
def test_a_siren_is_read_only_where_the_scheme_says_so(party, siren):
    assert books.siren_of(party) == siren


@pytest.mark.parametrize(
    ("party", "country"),
    [
        (None, ""),
        (Party(), ""),
        (Party(vat_identifier="DE123"), "DE"),
        (Party(vat_identifier="123", postal_address=Address(country_code="us")), "US"),
        (Party(postal_address=Address()), ""),
    ],
)
def test_the_country_is_that_of_the_vat_number_else_of_the_address(party, country):
    assert books.country_of(party) == country


def test_accounts_and_journals_are_those_of_the_dossier():
    mine = Books(
        purchases_journal="AC",
        sales_by_category={(Nature.GOODS, "G"): "7073"},
        goods_sales="701",
        account_width=8,
    )
    assert (mine.journal(Side.PURCHASE), mine.journal(Side.SALE)) == ("AC", "VE")
    assert mine.sales_account(Nature.GOODS, "G") == "7073"
    assert mine.sales_account(Nature.GOODS, "S") == "701"
    assert mine.sales_account(Nature.SERVICES, "G") == "706"
    assert mine.purchases_account(Nature.SERVICES) == "628"
    assert mine.pad("607") == "60700000"
