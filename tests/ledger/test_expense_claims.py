"""What an employee paid: VAT line by line, mileage, one purchase seen twice, habits, the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from facturier.errors import RefusedByUs, Unpostable
from facturier.ledger import habits, invoice_request, mileage, posting
from facturier.ledger.books import Books, Side, VatRegime
from facturier.ledger.expenses import (
    Expense,
    Nature,
    Voucher,
    check,
    claim,
    cleared_at_once,
    decide,
    owes_supplier,
    reimbursed,
    taken_back,
)
from facturier.ledger.habits import Piece
from facturier.ledger.same_purchase import Invoiced, Paid, compare, words_of
from facturier.use_cases.case_05_employee_expense_with_invoice import lunch

D = Decimal
DAY = date(2026, 11, 5)
WHO = ("S0042", "Salarié 0042")
T10, T20 = D(10), D(20)


def expense(nature, gross, *taxes, voucher="ticket", label=""):
    return Expense(
        label=label or nature, gross=D(gross), nature=Nature(nature), voucher=Voucher(voucher),
        taxes=tuple((D(rate), D(tax)) for rate, tax in taxes),
    )  # fmt: skip


TABLE = """
nature               gross   rate tax    voucher     deducted rule        ask
restaurant           198.00  10   18.00  ticket      0.00     NDF-TTC     yes
restaurant           132.00  10   12.00  ticket      12.00    NDF-TVA     no
restaurant           165.00  10   15.00  ticket      15.00    NDF-TVA     no
restaurant           165.01  10   15.00  ticket      0.00     NDF-TTC     yes
restaurant           198.00  10   18.00  facture     18.00    NDF-TVA     no
peage                24.00   20   4.00   ticket      4.00     NDF-TVA     no
parking              12.00   20   2.00   ticket      2.00     NDF-TVA     no
hotel                110.00  10   10.00  facture     0.00     NDF-EXCLUE  no
transport            55.00   10   5.00   facture     0.00     NDF-EXCLUE  no
carburant            60.00   20   10.00  facture     8.00     NDF-TVA     no
carburant            60.00   20   10.00  ticket      0.00     NDF-TTC     yes
carburant            60.00   20   10.00  simplifiee  8.00     NDF-TVA     no
carburant-utilitaire 60.00   20   10.00  facture     10.00    NDF-TVA     no
fournitures          60.00   20   10.00  ticket      0.00     NDF-TTC     yes
fournitures          60.00   20   10.00  simplifiee  10.00    NDF-TVA     no
fournitures          240.00  20   40.00  simplifiee  0.00     NDF-TTC     yes
fournitures          240.00  20   40.00  facture     40.00    NDF-TVA     no
cadeau               72.00   20   12.00  facture     12.00    NDF-TVA     no
cadeau               84.00   20   14.00  facture     0.00     NDF-EXCLUE  no
kilometres           50.00   0    0      ticket      0.00     NDF-SANS-TVA no
forfait              20.00   0    0      ticket      0.00     NDF-SANS-TVA no
autre                20.00   0    0      ticket      0.00     NDF-TTC     no
"""
ROWS = [row.split() for row in TABLE.strip().splitlines()[1:]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:5]))
def test_vat_is_decided_line_by_line(row):
    nature, gross, rate, tax, voucher, deducted, rule, ask = row
    one = expense(nature, gross, *([(rate, tax)] if D(tax) else []), voucher=voucher)
    found = decide(one)

    assert (found.of(one.tax), found.rule, found.ask) == (D(deducted), rule, ask == "yes")
    assert found.why.endswith(".")
    assert not decide(one, recovers=False).is_deducted


def test_the_two_figures_of_a_restaurant_bill_without_invoice():
    """180 € before VAT: not deducted, ask for the invoice; 120 €: deducted, and it says why."""
    entry = claim(
        (expense("restaurant", "198.00", (10, "18.00")), expense("restaurant", "132.00",
         (10, "12.00"))), number="N", employee=WHO, on=DAY, books=Books(),
    )  # fmt: skip

    assert [(one.account, one.balance, one.rule) for one in entry.lines] == [
        ("625700", D("198.00"), "NDF-TTC"),
        ("625700", D("120.00"), "NDF-HT"),
        ("445660", D("12.00"), "NDF-TVA"),
        ("421000", D("-330.00"), "NDF-SALARIE"),
    ]
    assert "demandez-la" in entry.lines[0].advice
    assert (
        entry.lines[2].reason == "Note de restaurant, au nom de l'entreprise écrit par le client."
    )


def test_two_rates_and_a_part_are_booked_apart():
    meal = expense("restaurant", "68.00", (10, "5.00"), (20, "2.17"))
    fuel = expense("carburant", "60.00", (20, "10.00"), voucher="facture")
    entry = claim((meal, fuel), number="N", employee=WHO, on=DAY, books=Books(), account="467")

    assert [(one.account, one.balance, one.rule, one.base) for one in entry.lines] == [
        ("625700", D("60.83"), "NDF-HT", None),
        ("445660", D("5.00"), "NDF-TVA", D("50.00")),
        ("445660", D("2.17"), "NDF-TVA", D("10.85")),
        ("606120", D("52.00"), "NDF-PART", None),
        ("445660", D("8.00"), "NDF-TVA", D("40.00")),
        ("467000", D("-128.00"), "NDF-SALARIE", None),
    ]


def test_who_is_under_the_franchise_deducts_nothing():
    books = Books(vat_regime=VatRegime.FRANCHISE)
    entry = claim(
        (expense("peage", "24.00", (20, "4.00")),), number="N", employee=WHO, on=DAY, books=books
    )
    assert [one.account for one in entry.lines] == ["625100", "421000"]
    assert "Franchise" in entry.lines[0].reason


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (expense("autre", "0.00"), "plus grand que zéro"),
        (expense("restaurant", "50.00", (10, "5.00")), r"55,00 € TTC, plus que les 50,00"),
        (expense("restaurant", "50.00", (0, "5.00")), "positifs"),
    ],
)
def test_what_no_receipt_can_say_is_refused(one, said):
    with pytest.raises(RefusedByUs, match=said):
        check(one)


def test_a_till_rounds():
    check(expense("restaurant", "55.00", (10, "5.00")))
    check(expense("restaurant", "54.98", (10, "5.00")))


# --- an invoice that an employee paid ------------------------------------------------------------


def booked_lunch():
    return posting.propose(lunch(), side=Side.PURCHASE, books=Books())


def balances(*entries):
    found = {}
    for entry in entries:
        for one in entry.lines:
            found[one.account] = found.get(one.account, D(0)) + one.balance
    return {account: balance for account, balance in found.items() if balance}


def test_the_supplier_is_cleared_at_booking():
    entry = cleared_at_once(booked_lunch(), employee=WHO, account="467", books=Books())

    assert balances(entry) == {
        "625700": D("80.00"), "445660": D("8.00"), "467000": D("-88.00"),
    }  # fmt: skip
    last = entry.lines[-2]
    assert (last.account, last.auxiliary, last.rule) == ("467000", "S0042", "P-SALARIE")


def test_a_credit_note_is_no_debt_that_an_employee_paid():
    credit = posting.propose(
        replace(lunch(), type_code="381"), side=Side.PURCHASE, books=Books()
    )  # fmt: skip
    assert not owes_supplier(credit)
    with pytest.raises(Unpostable, match="ne doit rien"):
        cleared_at_once(credit, employee=WHO, account="421", books=Books())


@pytest.mark.parametrize(
    ("voucher", "taxes"), [("ticket", [(10, "8.00")]), ("ticket", []), ("facture", [(10, "8.00")])]
)
def test_a_claim_gives_back_what_the_invoice_charges_too(voucher, taxes):
    meal = expense("restaurant", "88.00", *taxes, voucher=voucher)
    first = claim((meal,), number="NDF-1", employee=WHO, on=DAY, books=Books())
    more = taken_back(
        first.lines[:-1], invoice="FA-1", number="NDF-1", employee=WHO, account="421", on=DAY,
        books=Books(),
    )  # fmt: skip
    invoice = cleared_at_once(booked_lunch(), employee=WHO, account="421", books=Books())

    assert balances(first, more) == {}
    assert balances(first, more, invoice) == {
        "625700": D("80.00"), "445660": D("8.00"), "421000": D("-88.00"),
    }  # fmt: skip
    paid = reimbursed(D("88.00"), number="N", employee=WHO, account="421", on=DAY, books=Books())
    assert paid.journal == "BQ"
    assert balances(first, more, invoice, paid) == {
        "625700": D("80.00"), "445660": D("8.00"), "512000": D("-88.00"),
    }  # fmt: skip


# --- mileage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("horsepower", "kilometres", "before", "electric", "euros"),
    [
        (5, "100", "0", False, "63.60"),
        (2, "100", "0", False, "52.90"),
        (9, "100", "0", False, "69.70"),
        (4, "100", "0", True, "72.72"),
        (5, "1000", "4500", False, "496.50"),  # 500 × 0.636 + (5500 × 0.357 + 1395 − 3180)
        (5, "100", "10000", False, "35.70"),
        (6, "100", "30000", False, "44.70"),
    ],
)
def test_a_journey_is_worth_what_it_adds_to_the_year(
    horsepower, kilometres, before, electric, euros
):
    found = mileage.allowance(horsepower, D(kilometres), before=D(before), electric=electric)
    assert found == D(euros)


def test_parts_of_a_year_add_up_to_the_year():
    parts = [mileage.allowance(5, D(700), before=D(700 * n)) for n in range(30)]
    assert sum(parts) == D("8967.00")  # 21 000 km × 0.427


@pytest.mark.parametrize("kilometres", ["0", "-1", "5001"])
def test_no_kilometres_are_no_journey(kilometres):
    with pytest.raises(RefusedByUs) as refusal:
        mileage.allowance(5, D(kilometres))
    assert refusal.value.remedy


def test_the_scale_says_where_it_comes_from():
    said = mileage.said(5, D("120.0"), year=2026, electric=True)
    assert said.startswith("120 km, 5 CV, électrique (+ 20 %), année 2026 : barème")
    assert "art. 6 B" in said


# --- one purchase, seen twice --------------------------------------------------------------------

PAID = Paid(amount=D("88.00"), on=DAY, siren="003000517", name="Brasserie du Port",
            matricule="0042", card="4242")  # fmt: skip
INVOICED = Invoiced(amount=D("88.00"), on=DAY, siren="003000517", name="DU PORT SARL",
                    matricule="0042", card="XXXX-4242")  # fmt: skip


def test_all_signs_are_said():
    found = compare(PAID, INVOICED)
    assert found is not None
    assert found.reasons == (
        "Même montant TTC : 88,00 €.", "Même jour.", "La facture nomme le salarié 0042.",
        "Même SIREN : 003000517.", "Même carte : …4242.", "Même nom : « port ».",
    )  # fmt: skip
    assert found.is_sure
    assert not found.doubts


@pytest.mark.parametrize(
    ("paid", "invoiced", "sure"),
    [
        ({}, {"siren": "", "name": "", "matricule": "", "card": ""}, False),
        ({"name": "Chez Paul", "siren": "", "matricule": "", "card": ""}, {}, False),
        ({"on": date(2026, 11, 8)}, {}, True),
        ({"on": date(2026, 11, 9)}, {}, None),
        ({"on": date(2026, 11, 9), "matricule": ""}, {}, None),
        ({"on": None}, {}, True),
        ({"on": None, "matricule": ""}, {}, None),
        ({"amount": D("88.01")}, {}, None),
        ({"siren": "003000525"}, {}, None),
        ({"matricule": "0043"}, {}, None),
        ({"siren": "", "matricule": "", "card": ""}, {}, True),
        ({"siren": "", "matricule": "", "name": ""}, {}, True),
    ],
)
def test_amount_and_day_decide_the_rest_confirms_or_contradicts(paid, invoiced, sure):
    found = compare(replace(PAID, **paid), replace(INVOICED, **invoiced))
    assert (found and found.is_sure) is sure


def test_another_name_is_a_doubt():
    one = Paid(amount=D(10), on=DAY, name="Chez Paul")
    found = compare(one, Invoiced(amount=D(10), on=DAY, name="Durand SARL"))
    assert found is not None
    assert found.doubts == ("Le nom diffère : « Chez Paul » et « Durand SARL ».",)
    assert words_of("SARL Le Café des Arts") == {"arts"}


# --- habits --------------------------------------------------------------------------------------


def piece(nature, supplier="", month=11):
    return Piece(month=date(2026, month, 1), nature=Nature(nature), supplier=supplier)


def test_what_comes_back_gets_an_advice_with_its_hours():
    found = habits.habits(
        [piece("peage", "Autoroutes du Sud")] * 6 + [piece("restaurant", f"R{n}")
         for n in range(7)] + [piece("parking")] * 5 + [piece("kilometres")] * 9,
        more_than=5, minutes=8,
    )  # fmt: skip
    assert [(one.what, one.count, one.hours) for one in found] == [
        ("Restaurant", 7, D("0.9")), ("Autoroutes du Sud", 6, D("0.8")),
    ]  # fmt: skip
    assert "télépéage" in found[1].way
    assert "carte" in found[0].way


def test_a_month_is_counted_alone():
    pieces = [piece("peage", "A", 10)] * 4 + [piece("peage", "A", 11)] * 4
    assert habits.habits(pieces, more_than=5) == []


# --- the letter ----------------------------------------------------------------------------------


def test_the_letter_names_the_ticket_and_the_company():
    ticket = invoice_request.Ticket(
        seller="Brasserie du Port", on=DAY, amount=D("198.00"), label="Repas client", number="T-12",
        matricule="0042", card="4242",
    )  # fmt: skip
    company = invoice_request.Company(
        name="Fictif Audit SAS", siren="003000624", vat_number="FR00003000624", address="",
        electronic_address="003000624_FRAISCOLLABORATEUR",
    )  # fmt: skip
    text = invoice_request.letter(ticket, company)

    for word in ("05/11/2026", "198,00 €", "T-12", "003000624", "003000624_FRAISCOLLABORATEUR",
                 "0042", "4242", "S7", "Brasserie du Port"):  # fmt: skip
        assert word in text
    assert "- adresse :" not in text
    assert invoice_request.subject(ticket) == (
        "Demande de facture : achat du 05/11/2026, 198,00 € TTC"
    )


def test_what_nobody_knows_is_not_in_the_letter():
    ticket = invoice_request.Ticket(seller="", on=DAY, amount=D("60.00"), label="Perceuse")
    company = invoice_request.Company(
        name="Fictif Audit SAS", siren="003000624", vat_number="", address="1 rue Fictive, Lyon",
        electronic_address="003000624",
    )  # fmt: skip
    text = invoice_request.letter(ticket, company)

    for word in ("numéro du ticket", "carte", "AHK", "numéro de TVA", " chez "):
        assert word not in text
    assert "1 rue Fictive, Lyon" in text
