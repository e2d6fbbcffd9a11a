"""The entry of a day's takings."""

from datetime import date
from decimal import Decimal

import pytest

from facturier.errors import UnbalancedEntry
from facturier.ledger import accounts, tills
from facturier.ledger.books import Books, Nature
from facturier.ledger.tills import Sold

D = Decimal
DAY = (
    Sold(nature=Nature.GOODS, category="S", rate=D("5.5"), net=D("100.00"), tax=D("5.50")),
    Sold(nature=Nature.SERVICES, category="S", rate=D(10), net=D("800.00"), tax=D("80.00")),
)


def told(entry):
    return [(one.account, one.balance) for one in entry.lines]


def test_money_against_sales_and_vat_by_rate():
    paid = {"especes": D("85.50"), "carte": D("900.00"), "cheque": D(0)}
    entry = tills.propose(date(2026, 10, 1), "Salle", DAY, paid, Books())
    assert told(entry) == [
        ("530000", D("85.50")), ("511500", D("900.00")),
        ("707000", D("-100.00")), ("445710", D("-5.50")),
        ("706000", D("-800.00")), ("445710", D("-80.00")),
    ]  # fmt: skip
    assert (entry.journal, entry.document) == ("VE", "Z 01/10/2026 Salle")
    assert entry.lines[3].fiscal is not None
    assert str(entry.lines[3].fiscal) == "S 5,5 % exigible"
    assert entry.remarks == ()


def test_unknown_means_are_said():
    entry = tills.propose(date(2026, 10, 1), "Salle", DAY, {}, Books())
    assert told(entry)[0] == ("530000", D("985.50"))
    assert "répartissez" in entry.lines[0].advice


def test_what_was_given_back_is_a_debit_and_on_account_a_customer():
    back = (Sold(nature=Nature.GOODS, category="S", rate=D(20), net=D("-10.00"), tax=D("-2.00")),)
    entry = tills.propose(date(2026, 10, 1), "Bar", back, {"en-compte": D("-12.00")},
                          Books(vat_on_receipts=True))  # fmt: skip
    assert told(entry) == [("411000", D("-12.00")), ("707000", D("10.00")), ("445710", D("2.00"))]
    assert entry.lines[0].auxiliary == "CDIVERS"
    assert entry.remarks


def test_what_does_not_add_up_is_refused():
    with pytest.raises(UnbalancedEntry, match="écart de 14,50 €"):
        tills.propose(date(2026, 10, 1), "Bar", DAY, {"carte": D("1000.00")}, Books())


def test_every_means_has_an_account_of_the_chart():
    assert all(accounts.exists(number) for number, _ in tills.MEANS.values())
