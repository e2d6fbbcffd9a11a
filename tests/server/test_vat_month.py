"""A month of nineteen situations: the draft is the form filled by hand, and each gap is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.server.vat_month import Month, closed, ordinary, planted

from facturier.errors import RefusedByUs
from facturier.server.vat import credit, returns, settling
from facturier.vat.sides import Period

pytestmark = pytest.mark.django_db
OCTOBER = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))

BY_HAND = """
A1   6700          1000 + 600 + 300 + 500 + 1500 - 100 + 1000 + 200 + 1000 + 700
A2   5000          the building work of AC-1
B2   4000          the moulds from Germany, AC-2
E1   2000          FA-7
F2   3000          FA-8
08  14400   2880   sales 1000 + 600 + 500 + 1500 - 100 + 200 + 1000 + 700 = 5400; 5000; 4000
09   1000     55   the till, 1055 at 5,5 %
9B    300     30   FA-4, on debits
16          2965
17           800   of the acquisition
19           300   the computer, AC-5
20          2000   AC-1 1000 + AC-2 800 + AC-4 160 + AC-6 40, paid; nothing of the hotel
22            50   brought forward
23          2350
28           615   2965 - 2350
"""
LAWFUL = """
FA-6    acompte-option-2   500.00  100.00   the VAT of the deposit is in FA-5 already
FA-10   deja-collectee       0.00    0.00   the till told it
FA-11   marge            -1000.00 -200.00   no VAT on the invoice
AC-3    non-deductible       0.00   15.00   the hotel of staff
"""


PLANTED = """
GA-1    non-comptabilisee                0.00   22.00   received, its proposal withdrawn
GA-2    deux-fois                        0.00  -44.00   typed again from paper
GA-3    autre-mois                     330.00   66.00   booked on 2 November
GA-4    taux                             0.00   44.00   booked at 10 %: 88 - 44
Z       jour-manquant                 -500.00  -50.00   550 at 10 %, after the transmission
VTE-6   vente-sans-facture            -660.00 -132.00   typed, no invoice
FA-3    encaissement-non-dit          -400.00  -80.00   480 in the bank, no 212
GA-8    refusee-comptabilisee            0.00 -176.00   refused by 210, typed all the same
SANS-9  deduction-sans-facture           0.00  -18.00   typed, no invoice
GA-10   case                             0.00    0.00   an export on the line of the Union
GA-11   encaissement-non-comptabilise    0.00   24.00   212 of the seller, no payment booked
GA-12   flux1-refuse                  -130.00  -26.00   the portal refused the flux 1
"""


def form(text):
    """Read a form filled by hand: line, base where it has one, tax where it has one."""
    found = {}
    for row in text.strip().splitlines():
        code, base, tax = row[:4].strip(), row[4:10].strip(), row[10:18].strip()
        found[code] = (Decimal(base or 0), Decimal(tax or 0))
    return found


def gaps(found):
    return {
        (gap.number.partition(" ")[0], gap.kind.id): (
            sum((one.base for one in gap.differences), Decimal(0)),
            sum((one.tax for one in gap.differences), Decimal(0)),
        )
        for gap in found
    }


def told(text):
    rows = [row.split(maxsplit=4) for row in text.strip().splitlines()]
    return {(row[0], row[1]): (Decimal(row[2]), Decimal(row[3])) for row in rows}


@pytest.fixture
def month(office, expert, settings, everybody_works):
    return Month(office, expert, settings, everybody_works)


def test_a_month_of_nineteen_situations_and_what_goes_wrong_in_it(month):
    ordinary(month)
    credit.type_in(month.us, OCTOBER, Decimal(50), month.expert)
    closed(month)
    clean = returns.draft(month.us, OCTOBER)
    view = returns.view(month.us, clean)

    assert {box.code: (box.shown_base, box.shown_tax) for box in clean.made.boxes} == form(BY_HAND)
    assert view.to_do == ()
    assert gaps(view.lawful) == told(LAWFUL)

    planted(month)
    closed(month)
    month.till(21, ("10", "550.00"))
    month.validate_all()
    view = returns.view(month.us, returns.draft(month.us, OCTOBER))

    assert gaps(view.to_do) == told(PLANTED)
    assert gaps(view.lawful) == told(LAWFUL)

    said = month.us.documents.get(number="GA-11")
    (paid,) = settling.propose(said, OCTOBER)
    assert [(line.account, line.debit - line.credit) for line in paid.lines.all()] == [
        ("512000", -144), ("401000", 144), ("445640", -24), ("445660", 24)]  # fmt: skip
    left = dict(told(PLANTED))
    del left["GA-11", "encaissement-non-comptabilise"]
    assert gaps(returns.view(month.us, returns.draft(month.us, OCTOBER)).to_do) == left
    with pytest.raises(RefusedByUs, match="plus que la facture"):
        settling.propose(said, OCTOBER)
