"""E-reporting on the platform: what is declared, when, sent, answered, rectified; by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from tests.server.declared import GERMAN, abroad, french, invoice
from tests.server.portals import PortalInMemory

from facturier.errors import RefusedByUs
from facturier.formats.detect import detect
from facturier.formats.flux10 import read_report
from facturier.invoice.model import PrecedingInvoice
from facturier.lifecycle.messages import received
from facturier.lifecycle.statuses import Side, Subject
from facturier.network.concentrator.known import Judged, Objection
from facturier.reporting.figures import figures
from facturier.reporting.periods import Data
from facturier.reporting.sales import Category, Sale
from facturier.rules import check
from facturier.server import clock, sight
from facturier.server.documents import history, store
from facturier.server.documents.models import Document, Event
from facturier.server.portal import allotment, answers, sending
from facturier.server.reporting import agenda, nightly, periods, qualifying, takings, transmitting
from facturier.server.reporting.models import (
    Declaration,
    FigureRow,
    LeftOutRow,
    Qualification,
    ReportingChoice,
)

pytestmark = pytest.mark.django_db
State = Declaration.State
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MONTHLY, QUARTERLY, EXEMPT = "reel_mensuel", "reel_trimestriel", "franchise"


@pytest.fixture(autouse=True)
def _day():
    with clock.set_to(NOW):
        yield


class Concentrator(PortalInMemory):
    """Answers declarations too: 300, or 301 with the reason that the test wants."""

    refuses = ""

    def _judged(self, flow, name, data):
        if not flow.startswith("FFE1025A"):
            return super()._judged(flow, name, data)
        head = read_report(detect(data)).report.header
        found = ()
        if self.refuses:
            found = (
                Objection(reason=self.refuses, rule="G1.53", message="Total faux.", place="TT-82"),
            )
            self.refuses = ""
        return Judged(
            subject=Subject.F10, file=name, number=head.identifier, day=date(2026, 11, 22),
            siren=head.declarant.identifier, objections=found,
        )  # fmt: skip


@pytest.fixture
def portal(settings):
    settings.PORTAL_APPLICATION, settings.PORTAL_WAIT = "TST001", 0
    return Concentrator()


@pytest.fixture
def exchange(portal):
    def until_quiet():
        # files wait from the true moment on, whatever day it is in the story
        with clock.set_to(datetime.now(UTC)), sight.of_portal():
            while allotment.allot() or sending.send_all(portal) or answers.take_in(portal):
                pass

    return until_quiet


@pytest.fixture
def bakery(office):
    return office.bakery


@pytest.fixture
def take_in(bakery, deposited, everybody_works):
    """Deposit files in the bakery; return its documents by number."""

    def take(*files):
        for data in files:
            deposited(data=data)
        everybody_works()
        return {one.number: one for one in bakery.documents.all()}

    return take


def sold(dossier, number, *lines, day, **more):
    return invoice(number, *lines, day=day, seller=french(dossier), **more)


def pay(document, *parts, on):
    """Say 212: rate and amount with VAT."""
    amounts = [received(Decimal(amount), Decimal(rate), on=on) for rate, amount in parts]
    return history.say(document.transmissions.get(), 212, Side.SELLER, amounts=amounts)


@pytest.fixture
def two_months(bakery, take_in):
    """September and October 2026, by hand.

    ========  ======  =============================  =================================
    03/09     F-1     100.10 at 20 %, 50.00 at 10 %  VAT 20.02, 5.00
    03/09     F-2     10.05 at 20 %                  VAT 2.01
    09/09     A-1     credit note, 20.00 at 20 %     VAT -4.00
    15/09     S-1     services, 33.33 at 20 %        VAT 6.67 (6.666), paid 40.00 on 30/09
    20/09     X-1     to Germany, 1000.00            no VAT
    31/10     F-3     5.55 at 5.5 %                  VAT 0.31 (0.30525)
    ========  ======  =============================  =================================
    """
    seller = french(bakery)
    found = take_in(
        sold(bakery, "F-1", ("100.10", "S", "20"), ("50.00", "S", "10"), day="2026-09-03"),
        sold(bakery, "F-2", ("10.05", "S", "20"), day="2026-09-03"),
        sold(
            bakery,
            "A-1",
            ("20.00", "S", "20"),
            day="2026-09-09",
            type_code="381",
            preceding_invoices=(PrecedingInvoice(number="F-1", issue_date=date(2026, 9, 3)),),
        ),
        sold(bakery, "S-1", ("33.33", "S", "20"), day="2026-09-15", process="S1"),
        abroad("X-1", "1000.00", day="2026-09-20", seller=seller),
        sold(bakery, "F-3", ("5.55", "S", "5.5"), day="2026-10-31"),
    )
    assert {one.number: one.state for one in found.values() if one.state != "200"} == {}
    pay(found["S-1"], ("20", "40.00"), on=date(2026, 9, 30))
    return found


def table(dossier, data="transactions", role="SE"):
    """Return the declarations up to October: days, last day, state, sums."""
    periods.bring_up_to_date(dossier)
    rows = dossier.declarations.filter(data=data, role=role, end__lt="2026-11-10")
    return [
        (f"{one.start:%d/%m}–{one.end:%d/%m}", f"{one.due_on:%d/%m}", one.state,
         " ".join(f"{s['base']} {s['tax']}" for s in one.sums))
        for one in rows.order_by("start")
    ]  # fmt: skip


def the(dossier, start, data="transactions", role="SE"):
    periods.bring_up_to_date(dossier)
    return dossier.declarations.get(start=start, data=data, role=role)


# --- two months, three regimes -------------------------------------------------------------------


@pytest.mark.usefixtures("two_months")
def test_monthly_declares_transactions_by_decade_and_receipts_by_month(bakery):
    # 100.10 + 10.05 - 20.00 + 50.00 = 140.15 and 20.02 + 2.01 - 4.00 + 5.00 = 23.03
    # 33.33 + 1000.00 and 6.67
    assert table(bakery) == [
        ("01/09–10/09", "20/09", "ready", "140.15 23.03"),
        ("11/09–20/09", "30/09", "ready", "1033.33 6.67"),
        ("21/09–30/09", "10/10", "empty", ""),
        ("01/10–10/10", "20/10", "empty", ""),
        ("11/10–20/10", "31/10", "empty", ""),
        ("21/10–31/10", "10/11", "ready", "5.55 0.31"),
    ]
    assert table(bakery, "paiements") == [
        ("01/09–30/09", "10/10", "ready", "40.00 0.00"),
        ("01/10–31/10", "10/11", "empty", ""),
    ]


@pytest.mark.usefixtures("two_months")
@pytest.mark.parametrize(
    ("regime", "transactions", "payments"),
    [
        (QUARTERLY,
         [("01/09–30/09", "10/10", "ready", "1173.48 29.70"),
          ("01/10–31/10", "10/11", "ready", "5.55 0.31")],
         [("01/09–30/09", "10/10", "ready", "40.00 0.00"), ("01/10–31/10", "10/11", "empty", "")]),
        ("simplifie",
         [("01/09–30/09", "31/10", "ready", "1173.48 29.70"),
          ("01/10–31/10", "30/11", "ready", "5.55 0.31")],
         [("01/09–30/09", "31/10", "ready", "40.00 0.00"), ("01/10–31/10", "30/11", "empty", "")]),
        (EXEMPT,
         [("01/09–31/10", "30/11", "ready", "1179.03 30.01")],
         [("01/09–31/10", "30/11", "ready", "40.00 0.00")]),
    ],
)  # fmt: skip
def test_other_regimes_have_other_periods_and_limits(bakery, regime, transactions, payments):
    bakery.vat_regime = regime
    bakery.save()
    assert table(bakery) == transactions
    assert table(bakery, "paiements") == payments


@pytest.mark.usefixtures("two_months")
def test_the_file_tells_the_figures_that_the_page_shows(bakery):
    decade = the(bakery, "2026-09-01")
    made = transmitting.draft(decade)
    assert made.told == periods.current_figures(decade)
    told = [(f"{f.day:%d/%m}", f.category, int(f.rate), str(f.base), str(f.tax)) for f in made.told]
    assert told == [
        ("03/09", "TLB1", 10, "50.00", "5.00"),
        ("03/09", "TLB1", 20, "110.15", "22.03"),
        ("09/09", "TLB1", 20, "-20.00", "-4.00"),
    ]
    assert not made.verdict.fatal
    second = transmitting.draft(the(bakery, "2026-09-11"))
    assert [(f.block, f.number, f.category, f.country) for f in second.told] == [
        ("10.1", "X-1", "K", "DE"), ("10.3", "", "TPS1", ""),
    ]  # fmt: skip
    paid = transmitting.draft(the(bakery, "2026-09-01", "paiements"))
    assert [(f.block, f.day, str(f.base)) for f in paid.told] == [
        ("10.4", date(2026, 9, 30), "40.00")
    ]


@pytest.mark.usefixtures("two_months")
def test_a_change_of_regime_keeps_what_was_sent_and_moves_the_rest(bakery, exchange):
    transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    bakery.vat_regime = QUARTERLY
    bakery.save()
    # the days of September that are left keep their decades; October is a month
    assert [row[:3] for row in table(bakery)] == [
        ("01/09–10/09", "20/09", "accepted"),
        ("11/09–20/09", "30/09", "ready"),
        ("21/09–30/09", "10/10", "empty"),
        ("01/10–31/10", "10/11", "ready"),
    ]


# --- sent, answered, rectified -------------------------------------------------------------------


@pytest.mark.usefixtures("two_months")
def test_a_declaration_leaves_once_and_is_accepted(bakery, exchange, expert, portal):
    decade = the(bakery, "2026-09-01")
    sent = transmitting.transmit(decade, expert)
    assert (sent.kind, sent.by, sent.file.due_at) == ("IN", expert, NOW + transmitting.LATE_DELAY)
    assert the(bakery, "2026-09-01").state == State.SENT
    with pytest.raises(RefusedByUs, match="attend la réponse"):
        transmitting.transmit(decade, expert)
    exchange()
    assert the(bakery, "2026-09-01").state == State.ACCEPTED
    (archive,) = portal.files.values()
    (xml,) = archive.values()
    assert xml == store.get(sent.file.stored_id)
    assert check(detect(xml)).outcome == "valid"
    report = read_report(xml).report
    assert (report.header.type_code, report.header.identifier) == ("IN", sent.identifier)
    with pytest.raises(RefusedByUs, match="Rien n'a changé"):
        transmitting.transmit(decade, expert)


@pytest.mark.usefixtures("two_months")
def test_a_late_invoice_makes_a_rectification_that_says_what_changed(
    bakery, exchange, take_in, expert
):
    transmitting.transmit(the(bakery, "2026-09-01"), expert)
    exchange()
    take_in(sold(bakery, "F-9", ("7.77", "S", "20"), day="2026-09-03"))  # VAT 1.55 (1.554)
    decade = the(bakery, "2026-09-01")
    assert decade.state == State.TO_RECTIFY
    sent = transmitting.transmit(decade, expert)
    assert sent.kind == "RE"
    assert sent.changes == [
        {"about": {"block": "10.3", "day": "2026-09-03", "number": "", "category": "TLB1",
                   "rate": "20", "country": "", "currency": "EUR"},
         "before": {"base": "110.15", "tax": "22.03"}, "after": {"base": "117.92", "tax": "23.58"}}
    ]  # fmt: skip
    told = figures(read_report(store.get(sent.file.stored_id)).report)
    assert [str(one.base) for one in told] == ["50.00", "117.92", "-20.00"], "all, not the change"
    exchange()
    assert the(bakery, "2026-09-01").state == State.RECTIFIED


@pytest.mark.usefixtures("two_months")
def test_what_was_told_in_time_and_changed_is_not_late(bakery, exchange, take_in):
    with clock.set_to(datetime(2026, 9, 12, tzinfo=UTC)):
        transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    take_in(sold(bakery, "F-9", ("7.77", "S", "20"), day="2026-09-03"))
    periods.bring_up_to_date(bakery)
    first = agenda.agenda([bakery], until=date(2026, 12, 1))[0]
    assert (first.state, first.when, first.is_late) == ("À rectifier", "Sans attendre", False)


@pytest.mark.usefixtures("two_months")
@pytest.mark.parametrize("reason", ["REJ_UNI", "REJ_PER"])
def test_a_refused_first_transmission_goes_again_as_initial(bakery, exchange, portal, reason):
    portal.refuses = reason
    first = transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    refused = the(bakery, "2026-09-01")
    assert refused.state == State.REFUSED
    first.file.refresh_from_db()
    assert (first.file.answer_code, first.file.answer_reason) == ("301", reason)
    assert "G1.53" in first.file.last_error
    with clock.set_to(datetime(2026, 11, 22, 9, tzinfo=UTC)):
        again = transmitting.transmit(refused)
    assert (again.kind, again.file.replaces) == ("IN", first.file)
    assert again.identifier != first.identifier
    exchange()
    assert the(bakery, "2026-09-01").state == State.ACCEPTED


@pytest.mark.usefixtures("two_months")
def test_a_refused_rectification_leaves_what_was_accepted(bakery, exchange, portal, take_in):
    transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    take_in(sold(bakery, "F-9", ("7.77", "S", "20"), day="2026-09-03"))
    portal.refuses = "REJ_COH"
    with clock.set_to(datetime(2026, 11, 22, 9, tzinfo=UTC)):
        transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    assert the(bakery, "2026-09-01").state == State.REFUSED
    with clock.set_to(datetime(2026, 11, 22, 10, tzinfo=UTC)):
        again = transmitting.transmit(the(bakery, "2026-09-01"))
    assert (again.kind, len(again.changes)) == ("RE", 1)


@pytest.mark.usefixtures("two_months")
def test_nothing_leaves_of_an_open_or_an_empty_period(bakery):
    with pytest.raises(RefusedByUs, match=r"n'est pas finie \(G7.43\)"):
        transmitting.transmit(the(bakery, "2026-11-21"))
    with pytest.raises(RefusedByUs, match="rien à déclarer"):
        transmitting.transmit(the(bakery, "2026-10-01"))


def test_what_was_sent_back_is_taken_out_by_a_rectification_even_if_nothing_is_left(
    bakery, take_in, exchange
):
    found = take_in(abroad("X-1", "1000.00", day="2026-09-20", seller=french(bakery)))
    transmitting.transmit(the(bakery, "2026-09-11"))
    exchange()
    Document.objects.filter(pk=found["X-1"].pk).update(state="213")
    event = Event(code="213", document=found["X-1"], dossier=bakery)
    qualifying.heard(event)  # as the history tells it of the buyer's platform
    decade = the(bakery, "2026-09-11")
    assert (decade.state, decade.sums) == (State.TO_RECTIFY, [])
    sent = transmitting.transmit(decade)
    assert [(one["before"]["base"], one["after"]) for one in sent.changes] == [("1000.00", None)]
    report = read_report(store.get(sent.file.stored_id)).report
    assert report.transactions.invoices == ()


# --- what is declared, and why -------------------------------------------------------------------


def test_each_document_says_in_which_flow_it_is_declared(bakery, office, deposited, take_in):
    deposited("F-1")
    take_in(
        sold(bakery, "C-1", ("10.00", "S", "20"), day="2026-09-03"),
        abroad("X-1", "10.00", day="2026-09-03", seller=french(bakery)),
        invoice("P-1", ("10.00", "K", "0"), day="2026-09-03", seller=GERMAN, buyer=french(bakery),
                process="S1"),
        sold(bakery, "M-1", ("10.00", "S", "20"), day="2026-09-03", process="M1"),
    )  # fmt: skip
    told = {
        one.document.number: (one.role, one.block, one.receipts_block)
        for one in Qualification.objects.filter(dossier=bakery).select_related("document")
    }
    assert told == {
        "F-1": ("", "1", ""), "C-1": ("SE", "10.3", ""), "X-1": ("SE", "10.1", ""),
        "P-1": ("BY", "10.1", ""), "M-1": ("SE", "10.3", "10.4"),
    }  # fmt: skip
    assert Qualification.objects.get(dossier=office.florist).block == "1"
    left = LeftOutRow.objects.get()
    assert (left.document.number, "mêle biens et services" in left.reason) == ("M-1", True)
    assert the(bakery, "2026-09-01").left_out == 1
    bought = bakery.declarations.get(role="BY")  # no empty period of purchases is opened
    assert (bought.state, bought.sums[0]["base"]) == (State.READY, "10.00")


def test_an_invoice_that_cannot_be_told_holds_up_no_other(bakery, take_in, exchange):
    take_in(
        sold(bakery, "M-1", ("10.00", "S", "20"), day="2026-09-03", process="M1"),
        sold(bakery, "C-1", ("10.00", "S", "20"), day="2026-09-03"),
    )
    transmitting.transmit(the(bakery, "2026-09-01"))
    exchange()
    assert the(bakery, "2026-09-01").state == State.ACCEPTED


def test_receipts_follow_the_days_and_rates_of_status_212(bakery, take_in):
    found = take_in(
        sold(bakery, "S-1", ("100.00", "S", "20"), ("10.00", "S", "10"), day="2026-09-03",
             process="S1"),
    )  # fmt: skip
    pay(found["S-1"], ("20", "60.00"), ("10", "11.00"), on=date(2026, 9, 30))
    pay(found["S-1"], ("20", "60.00"), on=date(2026, 10, 1))
    assert table(bakery, "paiements") == [
        ("01/09–30/09", "10/10", "ready", "71.00 0.00"),
        ("01/10–31/10", "10/11", "ready", "60.00 0.00"),
    ]
    assert not transmitting.draft(the(bakery, "2026-09-01", "paiements")).verdict.fatal


def test_a_receipt_of_goods_is_not_declared(bakery, take_in):
    found = take_in(sold(bakery, "C-1", ("10.00", "S", "20"), day="2026-09-03"))
    pay(found["C-1"], ("20", "12.00"), on=date(2026, 9, 30))
    assert not FigureRow.objects.filter(data="paiements").exists()
    assert "biens" in Qualification.objects.get().receipts_reason


def test_takings_are_told_with_the_invoices_of_their_day(bakery, take_in, monkeypatch):
    till = Sale(
        day=date(2026, 9, 3), category=Category.GOODS, rate=Decimal(20),
        taxable_amount=Decimal("1000.00"), tax_amount=Decimal("200.00"), count=57,
    )  # fmt: skip

    def takings_of(dossier, period):
        assert dossier == bakery
        return [one for one in (till,) if one.day in period]

    take_in(sold(bakery, "C-1", ("10.00", "S", "20"), day="2026-09-03"))
    assert the(bakery, "2026-09-01").sums[0]["base"] == "10.00"
    monkeypatch.setattr(takings, "takings_of", takings_of)
    periods.touch(bakery.pk, periods.Data.TRANSACTIONS, [till.day])
    decade = the(bakery, "2026-09-01")
    assert decade.sums == [{"currency": "EUR", "base": "1010.00", "tax": "202.00"}]
    sent = transmitting.transmit(decade)
    (day,) = read_report(store.get(sent.file.stored_id)).report.transactions.sales
    assert (str(day.without_vat), int(day.count)) == ("1010.00", 58)


def test_documents_that_were_there_before_are_qualified_by_the_night(bakery, take_in):
    take_in(sold(bakery, "C-1", ("10.00", "S", "20"), day="2026-09-03"))
    FigureRow.objects.all().delete()
    Qualification.objects.all().delete()
    assert qualifying.catch_up(bakery) == 1
    assert the(bakery, "2026-09-01").sums[0]["base"] == "10.00"
    assert qualifying.catch_up(bakery) == 0


# --- the night -----------------------------------------------------------------------------------


def automatic(dossier):
    ReportingChoice.objects.create(dossier=dossier, is_automatic=True)


@pytest.mark.usefixtures("two_months")
def test_the_night_sends_what_is_automatic_and_nothing_else(bakery, exchange, take_in):
    assert nightly.prepare(bakery.pk) == 0, "a person sends"
    automatic(bakery)
    # three transactions and one of receipts, all past their limit
    assert nightly.prepare(bakery.pk) == 4
    exchange()
    assert nightly.prepare(bakery.pk) == 0
    take_in(sold(bakery, "F-9", ("7.77", "S", "20"), day="2026-09-03"))
    assert nightly.prepare(bakery.pk) == 1, "the rectification"


def test_the_night_looks_only_where_something_is_to_be_done(office, deposited):
    mason = office.mason
    tuesday = datetime(2026, 11, 24, 3, tzinfo=UTC)
    with clock.set_to(tuesday):
        assert mason.pk in nightly.due(), "nothing is open yet"
        nightly.prepare(mason.pk)
        mason.declarations.filter(state=State.READY).delete()
        assert mason.pk not in nightly.due()
        periods.touch(mason.pk, Data.TRANSACTIONS, [tuesday.date()])
        assert mason.pk in nightly.due(), "a figure changed"
        nightly.prepare(mason.pk)
        periods.touch_all(mason.pk)
        assert mason.pk in nightly.due(), "its regime changed"
        nightly.prepare(mason.pk)
        assert mason.pk not in nightly.due()
        deposited(dossier=mason)
        assert mason.pk in nightly.due(), "a file came"
    with clock.set_to(datetime(2026, 11, 29, 3, tzinfo=UTC)):
        assert {mason.pk, office.florist.pk} <= set(nightly.due()), "on Sunday, all"
    with clock.set_to(datetime(2027, 1, 5, 3, tzinfo=UTC)):
        assert mason.pk in nightly.due(), "a period has ended"


@pytest.mark.usefixtures("two_months")
def test_what_is_not_due_yet_waits_for_its_eve(bakery):
    automatic(bakery)
    bakery.vat_regime = EXEMPT
    bakery.save()
    with clock.set_to(datetime(2026, 11, 28, 4, tzinfo=UTC)):
        assert nightly.prepare(bakery.pk) == 0
    with clock.set_to(datetime(2026, 11, 29, 4, tzinfo=UTC)):
        assert nightly.prepare(bakery.pk) == 2


@pytest.mark.usefixtures("two_months")
def test_a_refused_declaration_waits_for_a_person(bakery, exchange, portal):
    automatic(bakery)
    portal.refuses = "REJ_COH"
    assert nightly.prepare(bakery.pk) == 4
    exchange()
    assert nightly.prepare(bakery.pk) == 0
    assert bakery.declarations.filter(state=State.REFUSED).count() == 1


@pytest.mark.usefixtures("two_months")
def test_who_follows_a_dossier_is_told_before_the_limit_and_once_after(bakery, expert):
    bakery.vat_regime, bakery.responsible = EXEMPT, expert
    bakery.save()
    periods.bring_up_to_date(bakery)
    assert nightly.warn([bakery.pk]) == 0, "eight days are left"
    with clock.set_to(datetime(2026, 11, 27, 5, tzinfo=UTC)):
        assert nightly.warn([bakery.pk]) == 1
        assert nightly.warn([bakery.pk]) == 0
    with clock.set_to(datetime(2026, 12, 1, 5, tzinfo=UTC)):
        assert nightly.warn([bakery.pk]) == 1
        assert nightly.warn([bakery.pk]) == 0
    first, second = mail.outbox
    assert first.to == [expert.email]
    assert "dernier jour le 30/11/2026 (dans 3 j)" in first.body
    assert "EN RETARD : la limite était le 30/11/2026" in second.body


def test_every_dossier_is_called_by_cabinet(office, bakery):
    found = nightly.all_dossiers()
    assert bakery.pk in found[office.cabinet.pk]
    assert office.florist.pk in found[office.other_cabinet.pk]


# --- the calendar --------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_months")
def test_the_calendar_says_what_is_late_due_and_to_come(bakery, office):
    periods.bring_up_to_date(bakery)
    found = agenda.agenda([bakery, office.mason], until=date(2026, 12, 22))
    mine = [
        (f"{one.due_on:%d/%m}", one.nature, one.state, one.when)
        for one in found
        if one.dossier == bakery and one.nature != "flux-6"
    ]
    assert mine[:6] == [
        ("20/09", "transactions", "À transmettre", "En retard de 63 jours"),
        ("30/09", "transactions", "À transmettre", "En retard de 53 jours"),
        ("10/10", "paiements", "À transmettre", "En retard de 43 jours"),
        ("10/11", "transactions", "À transmettre", "En retard de 12 jours"),
        ("10/12", "paiements", "Ouverte", "Dans 18 jours"),
        ("10/12", "transactions", "Ouverte", "Dans 18 jours"),
    ]
    # 21–30/11 and November are open; 01–10/12 and 11–20/12 are to come: due 20/12 and 31/12
    assert ("20/12", "transactions", "À venir", "Dans 28 jours") in mine
    assert [one.due_on for one in found if one.dossier == office.mason][-1] == date(2026, 12, 20)


def test_the_clocks_of_flux_1_are_in_the_calendar(bakery, deposited, everybody_works):
    deposited("F-1")
    deposited("F-2")
    everybody_works()
    found = [one for one in agenda.agenda([bakery], until=date(2026, 12, 1))
             if one.nature == "flux-1"]  # fmt: skip
    assert [(one.what, one.state) for one in found] == [
        ("2 fichiers à transmettre", "À transmettre")
    ]


def test_the_calendar_asks_as_often_for_two_dossiers_as_for_many(
    office, bakery, django_assert_num_queries
):
    many = [bakery, office.mason]
    with django_assert_num_queries(3):
        agenda.agenda(many, until=date(2026, 12, 22))
    many += [
        type(bakery).objects.create(
            cabinet=office.cabinet, name=f"D{n}", siren=bakery.siren, electronic_address=f"d{n}"
        )
        for n in range(20)
    ]
    with django_assert_num_queries(3):
        agenda.agenda(many, until=date(2026, 12, 22))


# --- walls ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_months")
def test_nobody_sees_the_declarations_of_another(bakery, stranger):
    periods.bring_up_to_date(bakery)
    with sight.of_person(stranger.pk), connection.cursor() as cursor:
        for name in ("declaration", "figurerow", "qualification", "leftoutrow", "sending"):
            cursor.execute(
                f"SELECT count(*) FROM reporting_{name} WHERE dossier_id = %s", [bakery.pk]
            )
            assert cursor.fetchone() == (0,), name
    assert Document.objects.filter(dossier=bakery).exists()
    assert replace(GERMAN, name="x").name == "x"
