from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.ledger import invoices

from facturier.invoice.model import Item, Line, PriceDetails, ProcessControl
from facturier.ledger import accounts, charges
from facturier.ledger.books import Books, Nature
from facturier.ledger.entries import Confidence

EMPTY = invoices.invoice(
    vats=[invoices.vat("S", "20", "1", "0.2")], totals=invoices.totals("1", "0.2", "1.2")
)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("Loyer 4e trimestre", "6132"),
        ("LOYERS ET CHARGES", "6132"),
        ("Charges locatives", "614"),
        ("Électricité HP/HC", "60611"),
        ("Gazole B7", "60612"),
        ("Abonnement téléphonique pro", "626"),
        ("Honoraires d’avocat", "6226"),
        ("Prime d'assurance multirisque", "616"),
        ("Fournitures de bureau", "6064"),
        ("Repas d'équipe", "6257"),
        ("Frais de port", "6241"),
        ("Transport Lyon-Paris", "6241"),
        ("Campagne publicitaire", "6231"),
        ("Mission d'intérim semaine 47", "6211"),
        ("Sous-traitance plomberie", "611"),
        ("Sous traitant électricien", "611"),
        ("Produit d'entretien", "6063"),
        ("Entretien de la chaudière", "6155"),
        ("Révision du fourgon", "6155"),
        ("Location de véhicule", "6135"),
        ("Location de salle", "6132"),
        ("Imprimante laser", "6063"),
        ("Droits d'auteur photo", "6516"),
        ("Péage A6", "6251"),
    ],
)
def test_a_word_of_the_line_gives_the_account(text, account):
    row, _ = charges.look_up(text)

    assert row.account == account


@pytest.mark.parametrize("text", ["Portable", "Standard", "Portail", "Livreur", "", "Bailleul"])
def test_a_word_inside_another_word_does_not_count(text):
    assert charges.look_up(text) is None


@pytest.mark.parametrize("row", charges.CHARGES, ids=lambda row: row.words[0])
def test_every_row_is_reached_by_its_own_words(row):
    assert accounts.exists(row.account)
    assert not row.asset or (accounts.exists(row.asset) and row.asset.startswith("2"))
    for word in row.words:
        found, _ = charges.look_up(word.removesuffix("*") + ("" if word[-1] != "*" else "ant"))
        assert found is row, word


def choose(text, books=Books(), **line):  # noqa: B008  # Books is frozen
    item = Line(item=Item(name=text), net_amount=Decimal(10), quantity=Decimal(1), **line)
    return charges.choose_charge(EMPTY, item, books)


def test_what_the_dossier_says_comes_before_the_table():
    assert choose("Loyer").confidence is Confidence.PROBABLE
    assert choose("Loyer", accounting_reference="6125").account == "6125"
    assert choose("Loyer", accounting_reference="6125").confidence is Confidence.CERTAIN
    assert choose("Loyer", accounting_reference="411").account == "6132"
    assert choose("Loyer", accounting_reference="CHANTIER 6").account == "6132"
    nobody = replace(EMPTY, seller=None)
    assert charges.choose_charge(nobody, Line(), Books()).account == "607"


def test_what_nobody_knows_gets_the_default_and_says_so():
    choice = choose("Prestation X27")

    assert (choice.account, choice.confidence) == ("607", Confidence.DEFAULT)
    assert "par défaut" in choice.reason
    assert choice.advice


def test_equipment_is_an_asset_above_the_threshold_only():
    dear = PriceDetails(net_price=Decimal(1001), base_quantity=Decimal(2))
    cheap = PriceDetails(net_price=Decimal(1000), base_quantity=Decimal(2))

    assert choose("Ordinateur", price=dear).account == "2183"
    assert choose("Ordinateur", price=dear).confidence is Confidence.POSSIBLE
    assert choose("Ordinateur", price=cheap).account == "6063"
    assert choose("Ordinateur", Books(assets_from=Decimal(5))).account == "2183"
    assert choose("Voiture, véhicule de fonction", price=dear).deductible == 0
    assert charges.unit_price(Line(net_amount=Decimal(9), quantity=Decimal(3))) == 3
    assert charges.unit_price(Line(price=PriceDetails())) == 0
    assert charges.unit_price(Line(quantity=Decimal(0), net_amount=Decimal(9))) == 9


@pytest.mark.parametrize(
    ("process", "line", "nature"),
    [
        ("S1", Line(item=Item(name="Gazole")), Nature.SERVICES),
        ("B1", Line(item=Item(name="Loyer")), Nature.GOODS),
        ("M1", Line(item=Item(name="Loyer")), Nature.SERVICES),
        ("M1", Line(item=Item(name="Gazole")), Nature.GOODS),
        ("M1", Line(unit="HUR"), Nature.SERVICES),
        ("M1", Line(unit="KGM"), Nature.GOODS),
        ("M1", None, Nature.GOODS),
    ],
)
def test_goods_or_services(process, line, nature):
    invoice = replace(EMPTY, process=ProcessControl(business_process=process))

    assert charges.nature_of(invoice, line) is nature


def test_without_a_process_the_line_tells():
    assert charges.nature_of(replace(EMPTY, process=None), Line(unit="DAY")) is Nature.SERVICES
