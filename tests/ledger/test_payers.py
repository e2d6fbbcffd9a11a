"""Which invoices say that an employee paid, and whom they mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facturier.invoice.model import Identifier, Party, PaymentCard, PaymentInstructions
from facturier.ledger.payers import Known, Sign, recognised, sign_of
from facturier.use_cases.case_05_employee_expense_with_invoice import BUYER, SELLER, lunch

NAMED = replace(lunch(), payer=None)
PLAIN = replace(NAMED, object_identifiers=(), buyer=BUYER.party)
CARD = (PaymentInstructions(means_code="48", card=PaymentCard(number="XXXX 4242")),)


@pytest.mark.parametrize(
    ("change", "key", "why"),
    [
        ({"object_identifiers": (Identifier("0042", "AHK"),)}, "0042", "BT-18 (AHK) : 0042"),
        ({"payer": Party(name="Léa Martin")}, "Léa Martin", "payeur nommé"),
        ({"payer": Party(identifiers=(Identifier("M-7"),))}, "M-7", "payeur nommé"),
        ({"buyer": BUYER.at("FRAISCOLLABORATEUR")}, "", "reçue à l'adresse"),
        ({"buyer": BUYER.at("FraisCollaborateur")}, "", "reçue à l'adresse"),
        ({"payment_instructions": CARD}, "", ""),
    ],
)
def test_four_signs_are_read(change, key, why):
    found = sign_of(replace(PLAIN, **change))
    assert found is not None
    assert (found.key, found.is_paid) == (key, True)
    assert found.why.startswith(why)
    assert found.card == ("4242" if "payment_instructions" in change else "")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"payer": SELLER.third()},
        {"payer": Party()},
        {"object_identifiers": (Identifier("0042", "AAJ"),)},
        {"buyer": BUYER.at("GESTIONTIERS")},
        {"buyer": replace(BUYER.party, electronic_address=None)},
        {"buyer": None},
        {"payment_instructions": (PaymentInstructions(means_code="48", card=PaymentCard()),)},
    ],
)
def test_an_ordinary_invoice_says_nothing(change):
    assert sign_of(replace(PLAIN, **change)) is None


def test_what_remains_due_is_said():
    owed = replace(NAMED, totals=replace(NAMED.totals, due_amount=NAMED.totals.with_vat))
    assert not sign_of(owed).is_paid
    assert not sign_of(replace(NAMED, totals=None)).is_paid


LEA = Known(id=1, matricule="0042", name="Léa Martin", card="4242")
TOM = Known(id=2, matricule="A7", name="Tom Durand", card="")
TWIN = Known(id=3, matricule="0099", name="Lea MARTIN", card="4242")


@pytest.mark.parametrize(
    ("key", "card", "employees", "found"),
    [
        ("0042", "", (LEA, TOM), LEA),
        ("a7", "", (LEA, TOM), TOM),
        ("LEA MARTIN", "", (LEA, TOM), LEA),
        ("Matricule 0042", "", (LEA, TOM), LEA),
        ("Léa Martin", "", (LEA, TWIN), None),
        ("7777", "4242", (LEA, TOM), None),
        ("", "4242", (LEA, TOM), LEA),
        ("", "4242", (LEA, TWIN), None),
        ("", "9999", (LEA, TOM), None),
        ("", "", (LEA, TOM), None),
    ],
)
def test_the_only_one_it_can_mean_is_recognised(key, card, employees, found):
    sign = Sign(key=key, card=card, why="", is_paid=True)
    assert recognised(sign, employees) is found
