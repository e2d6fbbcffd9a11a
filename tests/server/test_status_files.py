"""Statuses travel as CDAR: valid, kept, read from their bytes, once, in any order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.lifecycle.examples import INVOICE, event
from tests.server.invoices import ubl
from tests.server.mandated import mandate_of

from facturier import formats
from facturier.errors import RefusedByPeer, RefusedByUs
from facturier.formats.cdar import read_status, write_status
from facturier.lifecycle.messages import PPF, Characteristic, Event, Party, messages, received
from facturier.lifecycle.statuses import STATUSES, Side
from facturier.server.documents import history, status_files, store
from facturier.server.documents.deposit import deposit, remember, row_of
from facturier.server.documents.models import (
    Document,
    Envelope,
    Flow,
    Message,
    Transmission,
)
from facturier.server.documents.models import Event as EventRow
from facturier.server.portal.models import PortalFile

pytestmark = pytest.mark.django_db
SP, BP, S, B = Side.SELLER_PLATFORM, Side.BUYER_PLATFORM, Side.SELLER, Side.BUYER
DAY = date(2026, 11, 20)


def receipts(*pairs):
    return tuple(received(Decimal(a), Decimal(r), on=DAY) for a, r in pairs)


EMITTED = [
    (200, SP, "NON_TRANSMISE"), (200, SP, ""), (201, SP, ""), (202, BP, ""), (203, BP, ""),
    (204, B, ""), (205, B, ""), (209, S, ""), (211, B, ""), (211, S, ""), (214, Side.VALIDATOR, ""),
    *((code, B, reason) for code in (206, 207, 208, 210) for reason in STATUSES[code].reasons),
    *((213, side, reason) for side in (SP, BP) for reason in STATUSES[213].reasons),
]  # fmt: skip
RECEIPTS = {
    "par taux": receipts(("120.00", "20"), ("21.10", "5.5"), ("50.00", "0")),
    "partiel": receipts(("40.00", "20")),
    "plusieurs": (*receipts(("40.00", "20")), *receipts(("60.00", "20"))),
    "négatif": receipts(("-40.00", "20")),
}


@pytest.mark.parametrize(("code", "side", "reason"), EMITTED)
def test_each_status_we_say_leaves_as_a_valid_file(code, side, reason):
    made = messages(_with_validator(), event(code, side, reason=reason))
    assert [one.to_ppf for one in made] == ([False, True] if code in (200, 210, 213) else [False])
    for one in made:
        file = status_files.written(one)
        assert not file.broken, (code, file.why)
        assert formats.detect(file.data).syntax == "CDAR"
        again = read_status(file.data).message
        assert (again.status_code, again.recipients) == (code, one.recipients)


def _with_validator():
    validator = Party(role="AB", identifier="400000006", scheme="0002", name="VALIDEUR")
    return replace(INVOICE, validator=validator)


@pytest.mark.parametrize("kind", RECEIPTS)
def test_a_receipt_says_its_amounts_by_rate(kind):
    said = event(212, S, amounts=RECEIPTS[kind], comment="Virement revenu.")
    peer, portal = messages(INVOICE, said)
    assert portal.recipients == (PPF,)
    for one in (peer, portal):
        file = status_files.written(one)
        assert not file.broken, file.why
        (detail,) = read_status(file.data).message.details
        assert detail.characteristics == RECEIPTS[kind]


def test_a_file_that_breaks_a_rule_is_named():
    said = Event(code=212, side=S, at=datetime.now(UTC), amounts=(Characteristic(type_code="MEN"),))
    file = status_files.written(messages(INVOICE, said)[0])
    assert "BR-FR-CDV-14_MDT-207" in file.why


# --- on the way


@pytest.fixture
def exchanged(deposited, everybody_works):
    deposited("F-1", process="S1")
    everybody_works()


@pytest.fixture
def ours(exchanged):  # noqa: ARG001
    return Transmission.objects.get(document__direction="issued")


@pytest.fixture
def theirs(exchanged):  # noqa: ARG001
    return Transmission.objects.get(document__direction="received")


def said_of(transmission):
    return [
        (e.code, e.side, e.reason, e.comment, e.at, e.amounts)
        for e in transmission.events.order_by("pk")
        if e.code >= "202"
    ]


def test_bytes_travel_and_are_the_same_on_both_sides(ours, theirs, everybody_works):
    history.say(theirs, 207, B, reason="QTE_ERR", comment="Il en manque deux.")
    everybody_works()
    history.say(ours, 209, S)
    everybody_works()
    history.say(theirs, 205, B)
    history.say(ours, 212, S, amounts=receipts(("60", "20")))
    history.say(ours, 212, S, amounts=receipts(("-60", "20")), comment="Chèque impayé.")
    everybody_works()
    assert said_of(ours) != []
    assert sorted(said_of(ours)) == sorted(said_of(theirs))
    for code in ("202", "207", "209", "212"):
        kept = EventRow.objects.filter(code=code).values_list("source_id", flat=True)
        assert None not in kept
        assert len(set(kept)) == len(kept) / 2, "each file is on both sides"
    for message in Message.objects.filter(kind="status"):
        data = store.get(message.stored_id)
        assert not status_files.broken_rules(data)
        assert read_status(data).message.status_code == int(message.event.code)
        assert message.body == {}
    assert not Envelope.objects.filter(kind="status", stored=None).exists()
    assert len({one.state for one in Document.objects.all()}) == 1


def test_a_message_repeated_under_another_key_changes_nothing(
    ours, theirs, everybody_works, office
):
    history.say(theirs, 205, B)
    everybody_works()
    before = ours.events.count()
    waiting = Envelope.objects.filter(dossier=office.bakery, external_id=ours.external_id)
    envelope = waiting.get(key__contains="buyer:")
    Envelope.objects.create(
        dossier=office.bakery,
        key="encore",
        kind="status",
        sender_address=envelope.sender_address,
        recipient_address=envelope.recipient_address,
        external_id=envelope.external_id,
        stored=envelope.stored,
    )
    everybody_works()
    assert Flow.objects.get(message_key__endswith=":encore").state == "done"
    assert ours.events.count() == before


def incoming(office, data, *, external_id="", key="venu"):
    """Put a status file into the bakery's mailbox, as another platform would."""
    Envelope.objects.create(
        dossier=office.bakery,
        key=key,
        kind="status",
        sender_address=office.florist.electronic_address,
        recipient_address=office.bakery.electronic_address,
        external_id=external_id,
        stored=remember(row_of(data)),
    )


def status_of(ours, code, side=B, minutes=0, **more):
    """Return the message by which the other side says `code`."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)
    known = Event(code=205 if code not in STATUSES else code, side=side, at=at, **more)
    made = messages(history.state_of(ours).invoice, known)[0]
    return replace(made, status_code=code, status_label="")


def test_an_unknown_code_is_kept_and_changes_nothing(ours, office, everybody_works, client, expert):
    incoming(office, write_status(status_of(ours, 299)))
    everybody_works()
    ours.refresh_from_db()
    assert ours.state == "203"
    assert ours.events.order_by("pk").last().code == "299"
    client.force_login(expert)
    page = client.get(f"/dossiers/{office.bakery.pk}/documents/{ours.document_id}/")
    assert "Statut inconnu 299" in page.content.decode()


def test_messages_out_of_order_end_in_the_same_state(ours, office, everybody_works):
    incoming(office, write_status(status_of(ours, 205, minutes=3)), key="b")
    everybody_works()
    ours.refresh_from_db()
    incoming(office, write_status(status_of(ours, 204, minutes=1)), key="a")
    everybody_works()
    ours.refresh_from_db()
    assert ours.state == "205"
    assert [e.code for e in ours.events.order_by("pk")][-2:] == ["205", "204"]


def test_a_status_finds_its_invoice_without_any_word_of_the_network(ours, office, everybody_works):
    incoming(office, write_status(status_of(ours, 205)), external_id="inconnu ici")
    everybody_works()
    ours.refresh_from_db()
    assert ours.state == "205"


def test_who_claims_to_be_us_is_not_heard(ours, office, everybody_works):
    incoming(office, write_status(status_of(ours, 212, side=S, amounts=receipts(("1", "20")))))
    everybody_works()
    assert Flow.objects.get(message_key__endswith="venu").last_error_reason == "wrong-side"
    with pytest.raises(RefusedByPeer):
        status_files.speaker(status_of(ours, 212, side=S), S)


def test_statuses_go_to_the_address_of_the_invoice(theirs, office):
    assert theirs.peer_address == office.bakery.electronic_address
    row = history.say(theirs, 205, B)
    said = read_status(store.get(row.source_id)).message
    (to,) = said.recipients
    assert (to.address, to.address_scheme) == (theirs.document.seller_address, "0225")


def test_a_self_billed_invoice_answers_to_the_buyer(office, deposited, everybody_works):
    mandate_of(office.bakery, office.florist, office.bakery)
    data = ubl("A-1", seller=office.florist.siren, buyer=office.bakery.siren, type_code="389")
    deposited(data=data)
    everybody_works()
    got = Transmission.objects.get(document__direction="received")
    assert got.peer_address == got.document.buyer_address == office.bakery.electronic_address
    row = history.say(got, 205, S)  # the seller approves what was made out in his name
    (to,) = read_status(store.get(row.source_id)).message.recipients
    assert (to.role, to.address) == ("BY", got.document.buyer_address)


def test_the_page_gives_each_message(theirs, office, client, stranger):
    row = history.say(theirs, 205, B)
    client.force_login(stranger)  # who leads the florist's cabinet
    address = f"/dossiers/{office.florist.pk}/documents/{theirs.document_id}/"
    link = f"{address}message/{row.pk}/"
    assert link in client.get(address).content.decode()
    answer = client.get(link)
    assert answer.content == store.get(row.source_id)
    assert 'filename="F-1-205.xml"' in answer.headers["Content-Disposition"]


# --- to the public portal


def test_mandatory_statuses_wait_for_the_portal(ours, theirs, everybody_works):
    history.say(ours, 212, S, amounts=receipts(("60", "20")))
    history.say(theirs, 210, B, reason="CALCUL_ERR", comment="Total faux.")
    everybody_works()
    owed = PortalFile.objects.filter(interface="FFE0654A").order_by("pk")
    assert [one.event.code for one in owed] == ["200", "212", "210"]
    for one in owed:
        said = read_status(store.get(one.stored_id)).message
        assert (one.state, said.to_ppf, said.sender.scheme) == ("pending", True, "0238")
        assert not status_files.broken_rules(store.get(one.stored_id))
        assert one.due_at - one.event.at == timedelta(hours=24)
        assert (one.reference, one.siren) == (said.document_id, said.seller.identifier)


def test_a_rejection_at_deposit_is_owed_to_the_portal(deposited, everybody_works):
    deposited("F-1", total="120.01")
    everybody_works()
    assert [one.event.code for one in PortalFile.objects.all()] == ["213"]
    assert not Message.objects.exists()


def test_a_person_is_told_which_rule_a_status_would_break(theirs, monkeypatch):
    said = Event(code=212, side=S, at=datetime.now(UTC))
    (finding, *_) = status_files.written(messages(INVOICE, said)[0]).broken
    monkeypatch.setattr(status_files, "broken_rules", lambda _: (finding,))
    with pytest.raises(RefusedByUs, match="BR-FR-CDV-14"):
        history.say(theirs, 205, B)
    assert not theirs.events.filter(code="205").exists()


# --- deposited as a file


def deposit_status(office, said, *, dossier=None, data=None):
    dossier = dossier or office.florist
    data = data or write_status(said)
    return deposit(dossier, data, name="statut.xml", channel="api", declared_syntax="CDAR")


def fresh(flow):
    flow.refresh_from_db()
    return flow


def test_a_deposited_approval_is_acknowledged_and_travels_as_it_is(
    ours, theirs, office, everybody_works
):
    said = replace(status_of(theirs, 205), document_id="chosen by the client")
    flow = deposit_status(office, said)
    everybody_works()
    assert (fresh(flow).ack_status, flow.state) == ("Ok", "done")
    assert flow.flow_type == "SupplierInvoiceLC"
    assert theirs.events.get(code="205").source_id == flow.stored_id
    assert ours.events.get(code="205").source_id == flow.stored_id
    repeated = deposit_status(office, said)
    everybody_works()
    assert fresh(repeated).ack_status == "Ok"
    assert theirs.events.filter(code="205").count() == 1


def test_a_receipt_that_breaks_a_rule_is_refused_with_its_name(ours, office, everybody_works):
    said = status_of(ours, 212, side=S, amounts=receipts(("60", "20")))
    data = write_status(said).replace(b"<ram:ValuePercent>20</ram:ValuePercent>", b"")
    flow = deposit_status(office, said, dossier=office.bakery, data=data)
    everybody_works()
    assert (fresh(flow).ack_status, flow.state) == ("Error", "quarantined")
    (detail,) = flow.ack_details
    assert detail["reasonCode"] == "InvoiceLCRuleError"
    assert "BR-FR-CDV-14_MDT-207" in detail["reasonMessage"]
    assert not ours.events.filter(code="212").exists()


@pytest.mark.parametrize(
    ("what", "expected"),
    [("other side", "InvoiceLCAccessDenied"), ("other invoice", "InvoiceLCAccessDenied"),
     ("other company", "InvoiceLCAccessDenied"), ("platform", "InvoiceLCAccessDenied"),
     ("future", "InvoiceLCInvalidStatus"), ("not now", "InvoiceLCInvalidStatus")],
)  # fmt: skip
def test_a_deposited_status_that_may_not_be_said(theirs, office, everybody_works, what, expected):
    said = status_of(theirs, 205)
    if what == "not now":
        history.say(theirs, 210, B, reason="CALCUL_ERR", comment="Faux.")
        theirs.refresh_from_db()
        said = status_of(theirs, 205, minutes=1)
    changed = {
        "other side": status_of(theirs, 212, side=S, amounts=receipts(("60", "20"))),
        "other invoice": replace(said, invoice_number="F-9"),
        "other company": replace(said, issuer=replace(said.issuer, identifier="123456782")),
        "platform": status_of(theirs, 213, side=BP, reason="REJ_SEMAN"),
        "future": status_of(theirs, 205, minutes=30),
    }.get(what, said)
    before = theirs.events.count()
    flow = deposit_status(office, changed)
    everybody_works()
    assert fresh(flow).ack_details[0]["reasonCode"] == expected, flow.last_error
    assert theirs.events.count() == before


def test_a_status_dropped_on_the_page_is_understood(theirs, office, everybody_works):
    data = write_status(status_of(theirs, 205))
    flow = deposit(office.florist, data, name="statut.xml", channel="page")
    everybody_works()
    assert fresh(flow).ack_status == "Ok"
    assert theirs.events.filter(code="205").exists()
