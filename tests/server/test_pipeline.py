"""From the deposit to both sides' books, and everything that can go wrong on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from tests.server.invoices import ubl
from tests.server.mandated import mandate_of

from facturier.lifecycle.messages import received as receipt
from facturier.lifecycle.statuses import Side
from facturier.server.books.models import Entry
from facturier.server.documents import history, intake
from facturier.server.documents.deposit import retry
from facturier.server.documents.models import (
    Document,
    Envelope,
    Event,
    FindingRow,
    Flow,
    Message,
    StoredBytes,
)
from facturier.server.jobs import work
from facturier.server.jobs.work import MOST_ATTEMPTS, work_through

pytestmark = pytest.mark.django_db


def codes(document):
    return [event.code for event in document.events.order_by("pk")]


def issued(number="F-1"):
    return Document.objects.get(direction="issued", number=number)


def received(number="F-1"):
    return Document.objects.get(direction="received", number=number)


def test_an_invoice_reaches_the_buyer_and_both_books(deposited, everybody_works, office):
    flow = deposited()
    assert flow.state == Flow.State.PENDING
    everybody_works()
    flow.refresh_from_db()
    assert (flow.state, flow.ack_status, flow.last_error) == ("done", "Ok", "")
    assert (flow.flow_type, flow.declared_syntax, flow.processing_rule) == (
        "CustomerInvoice", "UBL", "B2B",
    )  # fmt: skip
    sent, got = issued(), received()
    assert (sent.dossier, got.dossier) == (office.bakery, office.florist)
    assert sent.stored == got.stored
    assert codes(sent) == ["200", "201", "202", "203"]
    assert codes(got) == ["202", "203"]
    assert sent.state == got.state == "203"
    assert sent.total_with_vat == 120
    assert sent.outcome == "valid"
    assert {book["state"] for book in sent.books} >= {"checked"}
    assert {entry.journal.code for entry in Entry.objects.all()} == {"VE", "HA"}
    assert {entry.dossier for entry in Entry.objects.all()} == {office.bakery, office.florist}


def test_the_bytes_are_kept_as_they_came(deposited):
    flow = deposited(data=b"n'importe quoi")
    assert StoredBytes.objects.get(pk=flow.sha256).size == 14


def test_working_again_changes_nothing(deposited, everybody_works):
    deposited()
    everybody_works()
    before = (Document.objects.count(), Event.objects.count(), Flow.objects.count())
    Flow.objects.update(not_before=timezone.now())
    everybody_works()
    assert before == (Document.objects.count(), Event.objects.count(), Flow.objects.count())


def test_the_buyer_refuses_and_the_seller_learns_why(deposited, everybody_works, office, stranger):
    deposited()
    everybody_works()
    history.say(
        received().transmissions.get(), 210, Side.BUYER, reason="TX_TVA_ERR",
        comment="Le taux est de 5,5 %.", author=stranger,
    )  # fmt: skip
    everybody_works()
    told = issued().events.order_by("pk").last()
    assert (told.code, told.side, told.reason, told.comment) == (
        "210", "buyer", "TX_TVA_ERR", "Le taux est de 5,5 %.",
    )  # fmt: skip
    assert told.author is None
    assert issued().state == received().state == "210"
    assert history.state_of(issued().transmissions.get()).refused
    flow = told.flow
    assert (flow.flow_type, flow.direction, flow.dossier) == (
        "CustomerInvoiceLC", "In", office.bakery,
    )  # fmt: skip


def test_a_receipt_travels_with_its_amounts(deposited, everybody_works):
    deposited()
    everybody_works()
    history.say(
        issued().transmissions.get(), 212, Side.SELLER,
        amounts=[receipt(Decimal("120.00"), Decimal(20))],
    )  # fmt: skip
    everybody_works()
    ours = history.event_of(issued().events.get(code="212"))
    theirs = history.event_of(received().events.get(code="212"))
    assert ours.amounts == theirs.amounts
    assert theirs.amounts[0].amount == Decimal("120.00")


def test_an_invalid_invoice_is_rejected_with_its_findings(deposited, everybody_works):
    deposited(total="121.00")
    everybody_works()
    rejected = issued()
    event = rejected.events.get()
    assert (event.code, event.side, event.reason) == ("213", "seller-platform", "REJ_SEMAN")
    assert "BR-CO-15" in event.comment
    assert "BR-CO-15" in FindingRow.objects.filter(document=rejected).values_list("rule", flat=True)
    assert not rejected.accepted
    assert not Document.objects.filter(direction="received").exists()
    assert not Entry.objects.exists()


def test_a_duplicate_is_refused_and_the_first_is_untouched(deposited, everybody_works):
    deposited("F-7")
    everybody_works()
    first = issued("F-7")
    deposited("F-7", process="S1")  # other bytes, same number
    everybody_works()
    first.refresh_from_db()
    assert first.state == "203"
    second = Document.objects.get(direction="issued", accepted=False)
    assert [(e.code, e.reason) for e in second.events.all()] == [("213", "DOUBLON")]
    assert Document.objects.filter(direction="received").count() == 1


def test_the_same_file_twice_is_a_duplicate_too(deposited, everybody_works):
    deposited("F-7")
    deposited("F-7")
    everybody_works()
    assert sorted(Document.objects.filter(direction="issued").values_list("state", flat=True)) == [
        "203", "213",
    ]  # fmt: skip


def test_a_rejected_number_may_be_used_again(deposited, everybody_works):
    deposited("F-7", total="121.00")
    everybody_works()
    deposited("F-7")
    everybody_works()
    assert received("F-7").state == "203"


def test_the_same_number_of_another_year_is_another_invoice(deposited, everybody_works):
    deposited("F-7")
    deposited("F-7", date="2025-11-20")
    everybody_works()
    assert Document.objects.filter(direction="received").count() == 2


def test_an_unknown_recipient_leaves_it_deposited(deposited, everybody_works, office):
    deposited(buyer_address=f"{office.florist.siren}_AILLEURS")
    everybody_works()
    event = issued().events.get()
    assert (event.code, event.reason) == ("200", "NON_TRANSMISE")
    assert not Message.objects.exists()
    assert Entry.objects.count() == 1


def test_an_address_of_somebody_else_is_a_rejection(deposited, everybody_works, office):
    deposited(buyer_address=office.mason.siren)
    everybody_works()
    event = issued().events.get()
    assert (event.code, event.reason) == ("213", "ADR_ERR")
    assert "BR-FR-21" in event.comment


def test_a_self_billed_invoice_goes_to_the_seller(deposited, everybody_works, office):
    mandate_of(office.florist, office.bakery, office.florist)
    deposited(dossier=office.florist, type_code="389")
    everybody_works()
    assert issued().dossier == office.florist
    assert received().dossier == office.bakery
    assert [e.side for e in issued().events.order_by("pk")][:2] == ["buyer-platform"] * 2
    assert Entry.objects.get(dossier=office.florist).journal.code == "HA"


def test_a_purchase_brought_by_hand_is_filed(deposited, everybody_works, office):
    deposited(dossier=office.florist)
    everybody_works()
    filed = received()
    assert (filed.dossier, filed.state) == (office.florist, "203")
    assert not Message.objects.exists()
    assert not Document.objects.filter(dossier=office.bakery).exists()


def test_an_invoice_of_others_is_put_aside(deposited, everybody_works, office):
    flow = deposited(dossier=office.mason)
    everybody_works()
    flow.refresh_from_db()
    assert flow.state == Flow.State.QUARANTINED
    assert "ni émise ni reçue par Maçonnerie Simulée" in flow.last_error


@pytest.mark.parametrize(
    ("data", "reason_code"),
    [(b"", "EmptyFlow"), (b"pas du XML", "FlowTypeError"), (b"<Invoice>", "InvalidSchema")],
)
def test_an_unreadable_file_is_put_aside_with_its_reason(
    deposited, everybody_works, data, reason_code
):
    bad = deposited(data=data)
    deposited()
    everybody_works()
    bad.refresh_from_db()
    assert (bad.state, bad.ack_status) == (Flow.State.QUARANTINED, "Error")
    assert bad.last_error
    assert bad.attempts == 1
    assert bad.ack_details[0]["reasonMessage"]
    assert bad.ack_details[0]["reasonCode"] == reason_code
    assert bad.findings.count() == 1
    assert issued().state == "203"


@pytest.fixture
def broken_step(monkeypatch):
    """Make step "work on a flow" fail for files named so, as a bug of ours would."""
    real, broken = intake.work_on, {"yes": True}

    def work_on(flow):
        if flow.name == "bogue.xml" and broken["yes"]:
            raise ZeroDivisionError
        real(flow)

    monkeypatch.setattr(intake, "work_on", work_on)
    return broken


def test_a_failure_of_ours_is_tried_again_then_put_aside(
    deposited, everybody_works, office, broken_step
):
    flow = deposited("F-9")
    Flow.objects.filter(pk=flow.pk).update(name="bogue.xml")
    deposited("F-10")
    everybody_works()
    assert issued("F-10").state == "203"
    flow.refresh_from_db()
    assert flow.state == Flow.State.PENDING
    assert 1 <= flow.attempts < MOST_ATTEMPTS  # more than once on a slow machine
    for _ in range(MOST_ATTEMPTS):
        Flow.objects.filter(pk=flow.pk).update(not_before=timezone.now() - timedelta(seconds=1))
        work_through(office.bakery.pk)
    flow.refresh_from_db()
    assert (flow.state, flow.attempts) == (Flow.State.QUARANTINED, MOST_ATTEMPTS)
    assert "Erreur interne" in flow.last_error
    broken_step["yes"] = False
    retry(flow)
    everybody_works()
    flow.refresh_from_db()
    assert (flow.state, flow.last_error) == ("done", "")
    assert flow.findings.filter(layer="internal").count() == 0
    assert issued("F-9").state == "203"


def test_retrying_what_is_not_put_aside_does_nothing(deposited, everybody_works):
    flow = deposited()
    everybody_works()
    retry(flow)
    flow.refresh_from_db()
    assert flow.state == Flow.State.DONE


def test_a_parcel_delivered_twice_is_one(deposited, everybody_works):
    deposited()
    everybody_works()
    Message.objects.update(state=Message.State.PENDING)
    Envelope.objects.update(taken_at=None)
    everybody_works()
    assert codes(issued()) == ["200", "201", "202", "203"]
    assert codes(received()) == ["202", "203"]


def test_changes_of_flows_never_share_an_instant(deposited, everybody_works, office):
    for _ in range(5):
        deposited()
    everybody_works()
    instants = list(Flow.objects.filter(dossier=office.bakery).values_list("updated_at", flat=True))
    assert len(instants) == len(set(instants)) > 5


def test_a_purchase_brought_twice_is_booked_once(deposited, everybody_works, office):
    deposited("F-9", dossier=office.florist)
    everybody_works()
    deposited("F-9", dossier=office.florist)
    everybody_works()
    first, second = Document.objects.order_by("pk")
    assert (first.state, second.state) == ("203", "213")
    assert second.events.get().reason == "DOUBLON"
    assert Entry.objects.get().document == first


def test_what_came_by_hand_before_the_network_is_received_and_booked_once(
    deposited, everybody_works, office
):
    deposited("F-9", dossier=office.florist)
    everybody_works()
    deposited("F-9")
    everybody_works()
    by_hand, by_network = Document.objects.filter(direction="received").order_by("pk")
    assert by_network.state == issued("F-9").state == "203"
    assert Entry.objects.get(dossier=office.florist).document == by_hand
    assert "déjà été déposée à la main" in by_network.unpostable


def test_the_network_brings_a_number_once(deposited, everybody_works, office):
    """Another platform may let through what ours would have stopped."""
    deposited("F-9")
    everybody_works()
    Document.objects.filter(direction="issued").update(accepted=False)
    deposited("F-9")
    everybody_works()
    assert [d.state for d in Document.objects.filter(direction="received").order_by("pk")] == [
        "203", "213",
    ]  # fmt: skip
    assert codes(Document.objects.filter(direction="issued").latest("pk"))[-1] == "213"
    assert Entry.objects.filter(dossier=office.florist).count() == 1


def test_two_foreign_suppliers_may_both_have_an_invoice_1(deposited, everybody_works, office):
    for name in ("Berlin GmbH", "Roma Srl"):
        deposited(dossier=office.florist, data=foreign_purchase(office.florist.siren, name))
    everybody_works()
    assert {(d.direction, d.state) for d in Document.objects.all()} == {("received", "203")}
    assert {entry.journal.code for entry in Entry.objects.all()} <= {"HA"}


def foreign_purchase(buyer, name):
    """Return an invoice whose seller has no SIREN."""
    german = ubl("1", "003001336", buyer).decode().replace("#BAR#B2B", "#BAR#B2BINT")
    legal = f"<cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>"
    start = german.index("<cbc:RegistrationName>Vendeur")
    end = german.index("</cac:PartyLegalEntity>", start) + len("</cac:PartyLegalEntity>")
    return (german[:start] + legal + german[end:]).encode()


def test_an_invoice_to_oneself_goes_nowhere(deposited, everybody_works, office):
    deposited(data=ubl("F-1", office.bakery.siren, office.bakery.siren))
    everybody_works()
    assert codes(Document.objects.get()) == ["200"]
    assert not Flow.objects.filter(state="pending").exists()


def test_what_a_list_cannot_hold_is_shortened_never_a_fault(deposited, everybody_works, office):
    data = ubl("F-1", office.bakery.siren, office.florist.siren).decode()
    data = data.replace(f"Vendeur {office.bakery.siren}", "V" * 5000)
    flow = deposited(data=data.encode())
    everybody_works()
    flow.refresh_from_db()
    assert (flow.last_error, issued().state, issued().seller_name) == ("", "203", "V" * 300)


@pytest.mark.parametrize(
    "odd",
    [
        {"number": "9" * 999}, {"type_code": "3" * 99}, {"process": "B" * 999},
        {"buyer_address": "9" * 999}, {"total": f"1{'0' * 30}.00"},
    ],
    ids=lambda odd: next(iter(odd)),
)  # fmt: skip
def test_absurd_values_are_rejected_with_their_reason(deposited, everybody_works, odd):
    flow = deposited(**odd)
    everybody_works()
    flow.refresh_from_db()
    assert (flow.state, flow.last_error) == ("done", "")
    assert Document.objects.get(flow=flow).state in ("213", "200")


def test_a_message_whose_bytes_are_gone_delays_no_other(
    deposited, everybody_works, office, documents_folder
):
    deposited("F-1")
    deposited("F-2")
    work._flows(office.bakery.pk)
    lost = issued("F-1").sha256
    (documents_folder / lost[:2] / lost).unlink()
    everybody_works()
    assert received("F-2").state == "203"
    message = Message.objects.get(kind="invoice", transmission__document__number="F-1")
    assert (message.state, message.attempts) == ("pending", 1)
