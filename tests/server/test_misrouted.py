"""A platform answers 221: the address is looked up again, the invoice follows it or is lost."""

import pytest
from tests.server.invoices import ubl

from facturier.errors import RefusedByUs
from facturier.lifecycle.statuses import Side
from facturier.server.directory import lookup
from facturier.server.directory.models import Line
from facturier.server.documents import history, misrouted
from facturier.server.documents.models import Document, Envelope, Event, Flow, Message
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered_221(office, deposited):
    """An invoice to the florist, whose platform answers that it does not receive for it."""

    def make(number="F-221"):
        deposited(number)
        work_through(office.bakery.pk)
        # the other platform: it takes the parcel, and says 221 instead of 202
        envelope = Envelope.objects.get(dossier=office.florist, kind="invoice")
        flow = Flow.objects.create(
            dossier=office.florist, direction="In", channel="simulated", name="f.xml",
            stored=envelope.stored, message_key=f"{office.florist.pk}:{envelope.key}",
            state="done", next_step="",
        )  # fmt: skip
        envelope.taken_at = envelope.created_at
        envelope.save()
        issued = Document.objects.get(number=number, direction="issued")
        there = Document.objects.get(pk=issued.pk)
        there.pk, there.dossier, there.flow = None, office.florist, flow
        there.direction = "received"
        there.accepted, there.state = False, ""
        there.save()
        theirs = there.transmissions.create(
            dossier=office.florist, peer_address=office.bakery.electronic_address,
            external_id=envelope.external_id,
        )  # fmt: skip
        history.say(theirs, 221, Side.BUYER_PLATFORM, reason="ROUTAGE_ERR")
        work_through(office.florist.pk)
        return issued

    return make


def moved_to(office, dossier):
    """The portal's directory: the florist's address leads to another mailbox of ours."""
    line = Line.objects.get(about=office.florist.electronic_address, replaced_at=None)
    office.florist.electronic_address += "_ANCIENNE"
    office.florist.save()
    dossier.electronic_address = line.identifier
    dossier.save()


def state(document):
    document.refresh_from_db()
    return document.state


def told(document):
    rows = Event.objects.filter(document=document, code="200", reason="NON_TRANSMISE")
    return [one.comment for one in rows.order_by("pk")]


def test_the_line_that_was_followed_is_kept(office, deposited):
    deposited("F-1")
    work_through(office.bakery.pk)
    sent = Document.objects.get().transmissions.get()
    assert sent.line == lookup.told(lookup.line_in_effect(office.florist.electronic_address).line)
    assert office.florist.siren in sent.line


def test_the_same_line_again_nobody_has_it_and_the_seller_is_told(office, answered_221):
    issued = answered_221()
    work_through(office.bakery.pk)
    assert state(issued) == "221"
    [words] = told(issued)
    assert "en vigueur" in words
    assert "duplicata" in words
    assert "n'en refaites pas une autre" in words
    assert Message.objects.filter(kind="invoice").count() == 1, "not to the same again"
    flow = Event.objects.get(document=issued, reason="NON_TRANSMISE").flow
    assert flow.flow_type == "CustomerInvoiceLC", "the seller's program learns it"
    assert issued.portal_files.filter(label__contains="200").count() == 1, "the portal knew already"


def test_another_line_the_same_file_leaves_again(office, answered_221, everybody_works):
    issued = answered_221()
    moved_to(office, office.mason)
    work_through(office.bakery.pk)
    everybody_works()
    assert state(issued) == "203"
    assert told(issued) == []
    received = Document.objects.get(dossier=office.mason, direction="received")
    assert received.sha256 == issued.sha256
    assert issued.transmissions.count() == 1
    codes = [one.code for one in Event.objects.filter(document=issued).order_by("pk")]
    assert [one for one in codes if int(one) < 250] == ["200", "201", "221", "201", "202", "203"]


def test_heard_twice_it_leaves_once(office, answered_221, everybody_works):
    issued = answered_221()
    work_through(office.bakery.pk)
    row = Event.objects.get(document=issued, code="221")
    misrouted.answer(row.transmission)
    assert len(told(issued)) == 1 or told(issued)[0] == told(issued)[1]
    moved_to(office, office.mason)
    assert misrouted.can_leave_again(issued.transmissions.get())
    assert "en vigueur" in misrouted.again(issued.transmissions.get())
    with pytest.raises(RefusedByUs, match="déjà partie"):
        misrouted.again(issued.transmissions.get())
    everybody_works()
    assert state(issued) == "203"


def test_a_person_sends_again_what_had_nobody_at_its_address(office, deposited, everybody_works):
    address = f"{office.florist.siren}_COMPTA"
    deposited(data=ubl("F-2", office.bakery.siren, office.florist.siren, buyer_address=address))
    everybody_works()
    issued = Document.objects.get(number="F-2")
    [sent] = issued.transmissions.all()
    assert (state(issued), sent.is_connected, sent.line) == ("200", False, "")
    with pytest.raises(RefusedByUs, match="n'est pas dans l'annuaire"):
        misrouted.again(sent)
    office.mason.electronic_address = address
    office.mason.save()
    misrouted.again(sent)
    everybody_works()
    assert state(issued) == "203"
