from __future__ import annotations

import pytest

from facturier.ledger import accounts


def test_a_padded_or_named_account_belongs_to_its_ancestor():
    assert accounts.account("401000").number == "401"
    assert accounts.account("401DUPONT").label == "Fournisseurs"
    assert accounts.label("445660") == "TVA sur autres biens et services"
    assert accounts.label("606110") == "Électricité"


def test_labels_follow_the_chart_of_2025():
    assert accounts.label("657") == (
        "Valeurs comptables des immobilisations incorporelles et corporelles cédées"
    )
    assert accounts.label("758") == "Indemnités et autres produits"
    assert "675" not in accounts.chart()  # gone since 2025
    assert "791" not in accounts.chart()  # transferts de charges, gone since 2025


def test_what_is_no_account_is_refused():
    with pytest.raises(KeyError):
        accounts.account("9")
    assert not accounts.exists("9")
    assert not accounts.exists("")
    assert not accounts.exists("6")
    assert accounts.exists("607")


def test_padding_completes_and_never_shortens():
    assert accounts.pad("607", 6) == "607000"
    assert accounts.pad("445662", 4) == "445662"


def test_only_third_parties_are_collective():
    assert accounts.is_collective("411000")
    assert accounts.is_collective("467")
    assert not accounts.is_collective("607000")
    assert not accounts.is_collective("445660")


def test_the_chart_is_whole_and_well_formed():
    chart = accounts.chart()
    assert len(chart) >= 350
    assert {number[0] for number in chart} == set("1234567")
    for number, account in chart.items():
        assert number.isdigit()
        assert account.label.strip() == account.label
        assert account.source in {"pcg", "usage"}
        assert len(number) == 1 or number[:-1] in chart or accounts.exists(number[:-1])
