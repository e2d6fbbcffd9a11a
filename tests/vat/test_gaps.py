"""Each reason of a difference between the tax office and the books, from plain data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from facturier.ledger.books import Side
from facturier.ledger.entries import Fiscal, Line, Timing
from facturier.ledger.operations import IMPORT
from facturier.vat.gaps import compare
from facturier.vat.kinds import KINDS
from facturier.vat.sides import Booked, Known, Period
from facturier.vat.told import DayTold, Flow, Reach, Receipt, Told, VatPart, day_key

OCTOBER = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))
DAY, LATER = date(2026, 10, 5), date(2026, 11, 3)
KNOWN = Known(period=OCTOBER, obliged_from=date(2026, 9, 1))
SALE, PURCHASE = Side.SALE, Side.PURCHASE
TAXED = (("S", "20", "100", "20"),)


def told(side=SALE, parts=TAXED, **more):
    """An invoice of 100 at 20 % that the tax office holds."""
    made = tuple(
        VatPart(category=category, rate=Decimal(rate), base=Decimal(base), tax=Decimal(tax),
                reason=reason[0] if reason else "")
        for category, rate, base, tax, *reason in parts
    )  # fmt: skip
    given = {
        "key": "document:1", "number": "F-1", "day": DAY, "party": "Autre", "flow": Flow.INVOICES,
        "reach": Reach.HELD, "process": "B1", "gross": Decimal(120),
    }  # fmt: skip
    return Told(side=side, parts=made, **(given | more))


def entry(*lines, key="document:1", day=DAY, label="Saisie", number=1, **more):
    """An entry of (account, amount, rate, base, category, rule) lines."""
    made = tuple(_line(*one) for one in lines)
    return Booked(key=key, entry=number, document="F-1", day=day, label=label, lines=made, **more)


def _line(account, amount, rate="", base=None, category="S", rule="", timing=Timing.NOW):
    signed = Decimal(amount)
    third = account.startswith(("40", "41"))
    return Line(
        account=account, label="", debit=max(signed, Decimal(0)), credit=max(-signed, Decimal(0)),
        auxiliary="F1" if third else "", rule=rule, base=Decimal(base) if base else None,
        fiscal=Fiscal(category=category, rate=Decimal(rate), timing=timing) if rate else None,
    )  # fmt: skip


SOLD = entry(("411", "120"), ("707", "-100", "20"), ("44571", "-20", "20", "100"))
BOUGHT = entry(("607", "100"), ("44566", "20", "20", "100"), ("401", "-120"))
WAITS = entry(("411", "120"), ("44574", "-20", "20", "100", "S", "", Timing.ON_PAYMENT))
WAITS_BUY = entry(("44564", "20", "20", "100", "S", "", Timing.ON_PAYMENT), ("401", "-120"))
PAID = entry(("512", "120"), ("411", "-120"), ("44574", "20"),
             ("44571", "-20", "20", "100", "S", "R-BANQUE-TVA"), number=2)  # fmt: skip
PAID_BUY = entry(("401", "120"), ("44564", "-20"),
                 ("44566", "20", "20", "100", "S", "P-BANQUE-TVA"), number=2)  # fmt: skip
CASHED = (Receipt(day=DAY, rate=Decimal(20), gross=Decimal(120)),)
TILL = DayTold(day=DAY, category="TLB1", rate=Decimal("5.5"), base=Decimal(200), tax=Decimal(11))
TILL_BOOKED = entry(("53", "211"), ("707", "-200", "5.5"), ("44571", "-11", "5.5", "200"),
                    key=day_key(DAY))  # fmt: skip


def view(tolds=(), days=(), entries=(), known=KNOWN):
    found = compare(tolds, days, entries, known)
    for row in found.rows:
        assert found.unexplained(row.row) == (0, 0), "each euro is some document's"
    return found


def kinds(*sides, **more):
    return [gap.kind.id for gap in view(*sides, **more).gaps]


CLEAN = {
    "a sale": ([told()], [], [SOLD]),
    "a purchase": ([told(PURCHASE)], [], [BOUGHT]),
    "a service that waits": ([told(on_payment=True)], [], [WAITS]),
    "a service that was paid": ([told(on_payment=True, receipts=CASHED)], [], [WAITS, PAID]),
    "a purchase that was paid": (
        [told(PURCHASE, on_payment=True, receipts=CASHED)], [], [WAITS_BUY, PAID_BUY]),
    "a day of the till": ([], [TILL], [TILL_BOOKED]),
    "a credit note": ([told(type_code="381")], [], [
        entry(("411", "-120"), ("707", "100", "20"), ("44571", "20", "20", "100"))]),
    "an export": ([told(parts=(("G", "0", "100", "0"),))], [], [
        entry(("411", "100"), ("707", "-100", "0", None, "G"))]),
    "building work": ([told(PURCHASE, parts=(("AE", "0", "100", "0"),))], [], [
        entry(("604", "100"), ("401", "-100"),
              ("445667", "20", "20", "100", "AE", "A-AUTOLIQ"),
              ("445717", "-20", "20", "100", "AE", "A-AUTOLIQ"))]),
    "goods from the Union": (
        [told(PURCHASE, parts=(("K", "0", "100", "0"),), flow=Flow.INTERNATIONAL)], [], [
            entry(("445662", "20", "20", "100", "K", "A-INTRACOM"),
                  ("445200", "-20", "20", "100", "K", "A-INTRACOM"))]),
    "goods of a seller not established": (
        [told(PURCHASE, parts=(("AE", "0", "100", "0"),), flow=Flow.INTERNATIONAL)], [], [
            entry(("445662", "20", "20", "100", "AE", "A-BIENS"),
                  ("445200", "-20", "20", "100", "AE", "A-BIENS"))]),
    "refused, never booked": ([told(state="210")], [], []),
    "out of scope": ([told(parts=(("O", "0", "100", "0"),), flow=Flow.NONE)], [], []),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_the_same_on_both_sides_is_no_gap(name):
    assert kinds(*CLEAN[name]) == []


def _as(made, **more):
    return replace(made, **more)


TWO = (_as(SOLD, entry=1), _as(SOLD, entry=2))
HALF = entry(("6251", "110"), ("44566", "10", "20", "50"), ("401", "-120"))
MOSTLY_WAITS = entry(("6251", "101"), ("44564", "19", "20", "95", "S", "", Timing.ON_PAYMENT),
                     ("401", "-120"))  # fmt: skip
NONE = entry(("6251", "120"), ("401", "-120"))
GAPS = {
    # reason: what was told, days, entries, how the tax office differs in base and tax
    "non-comptabilisee": ([told(PURCHASE)], [], [], (0, 20)),
    "deux-fois": ([told()], [], TWO, (-100, -20)),
    "autre-mois": ([told()], [], [_as(SOLD, day=LATER)], (100, 20)),
    "taux": ([told()], [], [
        entry(("411", "110"), ("707", "-100", "10"), ("44571", "-10", "10", "100"))], (0, 10)),
    "case": ([told(parts=(("G", "0", "100", "0"),))], [], [
        entry(("411", "100"), ("707", "-100", "0", None, "K"))], (0, 0)),
    "montant": ([told()], [], [
        entry(("411", "60"), ("707", "-50", "20"), ("44571", "-10", "20", "50"))], (50, 10)),
    "refusee-comptabilisee": ([told(state="210")], [], [SOLD], (-100, -20)),
    "encaissement-non-dit": ([told(on_payment=True)], [], [WAITS, PAID], (-100, -20)),
    "encaissement-non-comptabilise": (
        [told(on_payment=True, receipts=CASHED)], [], [WAITS], (100, 20)),
    "encaissement-different": (
        [told(on_payment=True, receipts=(_as(CASHED[0], gross=Decimal(60)),))], [],
        [WAITS, PAID], (-50, -10)),
    "debits-non-dits": ([told(on_payment=True, process="S1")], [], [SOLD], (-100, -20)),
    "deduction-trop-tot": ([told(PURCHASE, on_payment=True)], [], [BOUGHT], (0, -20)),
    "deduction-sans-facture": ([], [], [_as(BOUGHT, key="ecriture:1")], (0, -20)),
    "vente-sans-facture": ([], [], [_as(SOLD, key="ecriture:1")], (-100, -20)),
    "flux1-refuse": ([told(reach=Reach.REFUSED)], [], [SOLD], (-100, -20)),
    "non-declaree": (
        [told(parts=(("G", "0", "100", "0"),), flow=Flow.INTERNATIONAL, reach=Reach.NEVER)], [],
        [entry(("411", "100"), ("707", "-100", "0", None, "G"))], (-100, 0)),
    "jour-manquant": ([], [], [TILL_BOOKED], (-200, -11)),
    "recette-non-comptabilisee": ([], [TILL], [], (200, 11)),
    "deja-collectee-comptee": ([told(process="B7")], [], [SOLD], (-100, -20)),
    "acompte-option-2": (
        [told(parts=(("S", "20", "1000", "200"),), process="B4", gross=Decimal(1200),
              paid=Decimal(360))], [],
        [entry(("411", "840"), ("4191", "300", "20"), ("707", "-1000", "20"),
               ("44571", "-140", "20", "700"))], (300, 60)),
    "marge": ([told(parts=(("E", "0", "600", "0", "VATEX-EU-F"),))], [], [
        entry(("411", "600"), ("707", "-600")),
        entry(("707", "20"), ("44571", "-20", "20", "100"), number=2)], (-100, -20)),
    "deja-collectee": ([told(process="S7")], [], [], (0, 0)),
    "participation": (
        [told(PURCHASE, address="987600029_gestiontiers")], [], [], (0, 20)),
    "refus-autofacture": ([told(type_code="389", state="210")], [], [SOLD], (-100, -20)),
    "escompte": ([told()], [], [
        SOLD, entry(("665", "2"), ("44571", "0.40", "20", "2"), ("411", "-2.40"), number=2)],
        (2, Decimal("0.40"))),
    "peage": ([], [], [
        _as(BOUGHT, key="ecriture:1", label="Péage A6")], (0, -20)),
    "mixte": ([told(on_payment=True, process="M1", receipts=CASHED)], [], [
        entry(("411", "120"), ("707", "-60", "20"), ("44571", "-12", "20", "60"))], (40, 8)),
    "paye-sans-212": ([told(PURCHASE, on_payment=True)], [], [WAITS_BUY, PAID_BUY], (0, -20)),
    "non-deductible": ([told(PURCHASE)], [], [HALF], (0, 10)),
    "deduction-plus-tard": ([told(PURCHASE)], [], [_as(BOUGHT, day=LATER)], (0, 20)),
    "contre-passee": ([told(state="210")], [], [
        SOLD, _as(entry(("411", "-120"), ("707", "100", "20"), ("44571", "20", "20", "100")),
                  day=LATER, cancels=True)], (-100, -20)),
    "en-route": ([told(reach=Reach.WAITING)], [], [SOLD], (-100, -20)),
    "hors-champ": ([told(parts=(("E", "0", "100", "0"),), flow=Flow.NONE, reach=Reach.NEVER)], [],
                   [entry(("411", "100"), ("706", "-100", "0", None, "E"))], (-100, 0)),
    "debours": ([told(parts=(("O", "0", "100", "0"),), flow=Flow.NONE, reach=Reach.NEVER)], [],
                [entry(("411", "100"), ("706", "-100", "0", None, "E"))], (-100, 0)),
    "importation": ([], [], [
        entry(("445662", "20", "20", "100", "S", IMPORT),
              ("445717", "-20", "20", "100", "S", IMPORT), key="ecriture:1")], (-100, 0)),
    "hors-obligation": ([], [], [_as(SOLD, key="ecriture:1", day=DAY)], (-100, -20)),
}  # fmt: skip
EARLY = replace(KNOWN, obliged_from=date(2027, 9, 1))


def test_each_kind_is_shown():
    assert set(GAPS) == set(KINDS)


@pytest.mark.parametrize("name", sorted(GAPS))
def test_each_reason_is_named_to_the_cent(name):
    tolds, days, entries, (base, tax) = GAPS[name]
    found = view(tolds, days, entries, EARLY if name == "hors-obligation" else KNOWN)

    (gap,) = found.gaps
    assert gap.kind.id == name
    assert sum((one.base for one in gap.differences), Decimal(0)) == base
    assert sum((one.tax for one in gap.differences), Decimal(0)) == tax
    assert found.to_do == (() if gap.kind.lawful else (gap,))
    assert found.lawful == ((gap,) if gap.kind.lawful else ())


def test_a_day_whose_declaration_is_still_due_is_on_its_way():
    known = replace(KNOWN, late_days=frozenset({day_key(DAY)}))

    assert kinds([], [], [TILL_BOOKED], known=known) == ["en-route"]


@pytest.mark.parametrize(("tolds", "entries", "name"), [
    ([told(PURCHASE)], [NONE], "non-deductible"),
    ([told(PURCHASE, on_payment=True, receipts=CASHED)], [NONE], "non-deductible"),
    ([told(PURCHASE, on_payment=True, receipts=CASHED)], [WAITS_BUY],
     "encaissement-non-comptabilise"),
    ([told(PURCHASE, on_payment=True, receipts=CASHED)], [MOSTLY_WAITS],
     "encaissement-non-comptabilise"),
    ([told(PURCHASE, on_payment=True, process="S2")], [BOUGHT], "paye-sans-212"),
    ([told(on_payment=True, process="S2")], [SOLD], "encaissement-non-dit"),
    ([told(PURCHASE)], [entry(("607", "110"), ("44566", "10", "10", "100"), ("401", "-120"))],
     "taux"),
    ([told(PURCHASE, day=LATER)], [BOUGHT], "autre-mois"),
    ([told(day=LATER)], [SOLD], "autre-mois"),
    ([], [_as(BOUGHT, key="ecriture:1", lines=tuple(
        replace(line, rule="NDF-TVA") for line in BOUGHT.lines))], "peage"),
    ([told(PURCHASE)], [BOUGHT, _as(BOUGHT, entry=2, day=LATER)], None),
    ([told(reach=Reach.NEVER)], [SOLD], "vente-sans-facture"),
])  # fmt: skip
def test_which_side_and_when_decide(tolds, entries, name):
    assert kinds(tolds, [], entries) == ([name] if name else [])


def test_what_is_to_be_done_comes_first_the_largest_first():
    small = told(key="document:2", number="F-2", parts=(("S", "20", "10", "2"),))
    margin = _as(GAPS["marge"][0][0], key="document:3", number="F-3")
    entries = [_as(one, key="document:3") for one in GAPS["marge"][2]]

    assert kinds([small, told(), margin], [], entries) == [
        "non-comptabilisee", "non-comptabilisee", "marge"]  # fmt: skip


def test_drafts_are_told_apart():
    (row,) = view([told()], [], [_as(SOLD, is_draft=True)]).rows

    assert (row.booked_tax, row.draft_tax, row.tax) == (20, 20, 0)


@pytest.mark.parametrize(("gap", "owed"), [("jour-manquant", 11), ("non-comptabilisee", 20)])
def test_a_gap_tells_what_it_does_to_the_vat_to_pay(gap, owed):
    tolds, days, entries, _ = GAPS[gap]

    found = view(tolds, days, entries)
    assert (found.gaps[0].tax, found.tax) == (owed, owed)
