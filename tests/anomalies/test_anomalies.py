"""Planted anomalies are found, each with its kind and nothing else; right documents are silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.anomalies.planted import PLANTED, noted, plain
from tests.strategies import invoices

from facturier import formats, use_cases
from facturier.anomalies import KINDS, find
from facturier.anomalies.amounts_in_words import amount_said
from facturier.anomalies.history import Company, Earlier, History, is_near_number, is_same_number
from facturier.anomalies.look import words
from facturier.errors import FacturierError
from facturier.invoice.model import Invoice
from facturier.ledger.books import Side, siren_of
from facturier.server.demo.companies import COMPANIES
from facturier.server.demo.invoices import invoice_of, numbered
from facturier.server.demo.story import SALES, WRONG
from facturier.use_cases.pieces import line


@pytest.mark.parametrize("one", PLANTED, ids=lambda one: f"{one.kind} : {one.what}")
def test_a_planted_anomaly_is_found_and_nothing_else(one):
    found = find(one.invoice, one.side, one.history)
    assert {anomaly.kind for anomaly in found} == {one.kind} | one.also
    for anomaly in found:
        assert "{" not in anomaly.letter
        assert anomaly.why.endswith(".")
        assert anomaly.risk.words
        assert anomaly.risk.law
    if one.risk is not None:
        [told] = [anomaly for anomaly in found if anomaly.kind == one.kind]
        assert told.risk.amount == Decimal(one.risk)


def test_enough_is_planted_and_each_kind_once_at_least():
    assert len(PLANTED) >= 60
    assert {one.kind for one in PLANTED} == {kind.id for kind in KINDS}


# --- Right documents ------------------------------------------------------------------------------

SELF_BILLED = {"self-billed-without-mention"}
SAID_OF_SHEETS = {
    # number of the invoice: kinds, and why they are right
    "FA-2026-0501": {"employee-purchase"},  # case 5 is the purchase of an employee
    "AV-BISC-2026-0001": SELF_BILLED,  # type 261, nothing in words
    "EARL-2026-0031": SELF_BILLED,
    "SOLAIRE-2026-0002": SELF_BILLED,
    "FA-2026-2104": {"deposit-deducted-after-vat"},  # case 21 plays that way on purpose
}


@pytest.mark.parametrize("number", use_cases.numbers())
def test_the_documents_of_a_sheet_get_what_is_listed_and_nothing_else(number):
    for document in use_cases.sheet(number).example().told_of:
        found = {one.kind for side in Side for one in find(document.invoice, side)}
        assert found == SAID_OF_SHEETS.get(document.invoice.number, set()), document.invoice.number


SAID_OF_DEMO = {
    # way 2 of case 21: lawful, its VAT is to be corrected in the return
    "solde-site": {"deposit-deducted-after-vat"},
    "solde-escalier": {"deposit-deducted-after-vat"},
}
MEANT_WRONG = {one.key for one in WRONG}


def test_the_right_documents_of_the_demo_get_no_alarm():
    kept = numbered(SALES, date(2026, 11, 22))
    told = {}
    for key, one in kept.items():
        found = {got.kind for side in Side for got in find(invoice_of(one), side)}
        if key not in MEANT_WRONG and found:
            told[key] = found
    assert len(kept) > 140
    assert told == SAID_OF_DEMO


OFFICIAL = Path(__file__).resolve().parents[3] / "shared"
FNFE = (OFFICIAL / "official" / "fnfe-1.4.0", OFFICIAL / "conformance" / "fr-ctc-official")


@pytest.mark.skipif(not FNFE[0].exists(), reason="official material is not here")
def test_the_official_examples_get_no_alarm():
    read = 0
    for path in sorted(one for folder in FNFE for one in folder.rglob("*") if one.is_file()):
        try:
            document = formats.read(path.read_bytes()).invoice
        except FacturierError:
            continue  # a status, a report
        read += 1
        for side in Side:
            assert find(document, side) == (), path.name
    assert read > 30


# --- Single questions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same", "near"),
    [
        ("FA-2026-0012", "fa 2026/12", True, False),
        ("FA-2026-0012", "FA-2026-0013", False, False),
        ("FA-2026-0012", "12", False, True),
        ("FA-2026-0012", "FA-2026-0O12", False, True),
        ("FA-2026-0213", "FA-2026-0231", False, True),
        ("FA-2026-0213", "FA-2026-0313", False, False),
        ("", "", False, False),
    ],
)
def test_numbers_are_compared_as_people_write_them(one, other, same, near):
    assert is_same_number(one, other) is same
    assert is_near_number(one, other) is near


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Arrêtée la présente facture à la somme de mille deux cents euros", "1200.00"),
        ("arrêté à la somme de quatre-vingt-dix-sept euros et cinquante centimes", "97.50"),
        ("Arrêtée à la somme TTC de 1 234,50 €", "1234.50"),
        ("arrêtée au montant de deux cent vingt et un mille euros", "221000.00"),
        ("arrêtée à la somme de trois millions cinq cent mille euros", "3500000.00"),
        ("La somme de dix euros", None),
        ("Arrêtée à la somme de plusieurs euros", None),
    ],
)
def test_amounts_in_words_are_read(text, amount):
    assert amount_said(words(text)) == (None if amount is None else Decimal(amount))


def test_a_pro_forma_named_as_the_reference_is_none():
    right = plain()
    told = noted(right, "Selon votre facture pro forma du 3 octobre.")
    assert find(told) == ()


def test_a_letter_is_whole_and_names_the_invoice():
    [found] = find(replace(plain(), type_code="325"))
    assert found.letter.startswith("Bonjour,")
    assert "n° FA-2026-0100 du 02/11/2026, de 1\u202f200,00 €" in found.letter
    assert found.letter.endswith("Bien cordialement,")


def test_the_fine_for_a_mention_is_capped_at_a_quarter_of_the_invoice():
    small = plain(line("Vis", "10.00"), kind="389")
    [found] = find(small, Side.SALE)
    assert found.risk.amount == Decimal("3.00")
    assert found.risk.is_ours
    [other] = find(small, Side.PURCHASE)
    assert not other.risk.is_ours
    assert other.risk.ours == 0


def test_an_empty_invoice_raises_nothing():
    for side in Side:
        assert isinstance(find(Invoice(), side, History(today=date(2026, 1, 1))), tuple)


@settings(max_examples=30, deadline=None)
@given(document=invoices(), side=st.sampled_from(Side))
def test_no_invoice_raises(document, side):
    company = Company(siren="003009012", names=("Fictif",), post_code="69001")
    history = History(
        earlier=(Earlier(number="1", gross=Decimal(1)),), company=company, mandates=(),
        takings={}, today=date(2026, 11, 22),
    )  # fmt: skip
    find(document, side, history)


def _known_to(dossier, kept):
    """Everything that a company of the demo would know beside each of its documents."""
    mine = [one for one in kept.values() if dossier in (one.sale.seller, one.sale.buyer)]
    made = {one.sale.key: invoice_of(one) for one in mine}
    for one in mine:
        document = made[one.sale.key]
        side = Side.SALE if one.sale.seller == dossier else Side.PURCHASE
        others = [
            Earlier(
                number=other.number, issue_date=other.issue_date, type_code=other.type_code,
                buyer=siren_of(other.buyer), gross=other.totals.with_vat,
                account=account_of(other), order=other.order or "",
                about=tuple(named.number for named in other.preceding_invoices),
            )
            for key, other in made.items()
            if key != one.sale.key and kept[key].sale.seller == one.sale.seller
        ]  # fmt: skip
        company = COMPANIES[dossier]
        yield one, document, side, History(
            earlier=tuple(sorted(others, key=lambda other: (other.issue_date, other.number))),
            company=Company(
                siren=company.siren, siret=company.siret, names=(company.name,),
                post_code=company.post_code, is_franchise=company.regime == "franchise",
            ),
            today=date(2026, 11, 22),
        )  # fmt: skip


def account_of(document):
    ways = [one.credit_transfer for one in document.payment_instructions if one.credit_transfer]
    return ways[0].account if ways else ""


def test_with_all_that_the_dossiers_know_the_demo_gets_no_alarm_but_the_one_that_is_meant():
    kept = numbered((one for one in SALES if one.key not in MEANT_WRONG), date(2026, 11, 22))
    told = {}
    for dossier in COMPANIES:
        for one, document, side, history in _known_to(dossier, kept):
            found = {got.kind for got in find(document, side, history)}
            if found:
                told[one.sale.key] = told.get(one.sale.key, set()) | found
    assert told == {**SAID_OF_DEMO, "dublin-agence-03": {"iban-changed"}}
