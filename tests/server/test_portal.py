"""What the public portal is owed, sent and answered, with a portal in memory."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from tests.server.invoices import ubl
from tests.server.mandated import mandate_of
from tests.server.portals import PortalInMemory

from facturier import formats
from facturier.errors import RefusedByUs
from facturier.formats import detect
from facturier.formats.flux1 import read_flux1
from facturier.lifecycle.statuses import Subject
from facturier.network.concentrator.known import Judged
from facturier.reporting.envelope import Interface
from facturier.server import clock, sight
from facturier.server.documents import history, store
from facturier.server.documents.models import Document, Event
from facturier.server.portal import allotment, answers, flux1, outbox, resending, sending
from facturier.server.portal.models import OPEN, PortalAnswer, PortalFile, PortalFlow, is_open
from facturier.server.running import health

pytestmark = pytest.mark.django_db
F1, F6 = "FFE0111A", "FFE0654A"


@pytest.fixture
def portal(settings):
    settings.PORTAL_APPLICATION = "TST001"
    settings.PORTAL_WAIT = 0
    with sight.of_portal():
        yield PortalInMemory()


@pytest.fixture
def exchange(portal):
    """One round with the portal; True when something went or came."""

    def once():
        made = allotment.allot()
        return bool(made) | bool(sending.send_all(portal)) | bool(answers.take_in(portal))

    return once


@pytest.fixture
def invoices(deposited, everybody_works):
    def some(*numbers, **asked):
        for number in numbers:
            deposited(number, **asked)
        everybody_works()
        return list(Document.objects.filter(direction="issued").order_by("pk"))

    return some


def files(interface=F1):
    return list(PortalFile.objects.filter(interface=interface).order_by("pk"))


def codes(document):
    return list(document.events.order_by("pk").values_list("code", flat=True))


# --- what is owed


def test_the_issuing_side_alone_owes_flux_1(invoices, office):
    (document,) = invoices("F-1")
    (file,) = files()
    assert (file.dossier, file.document, file.state) == (office.bakery, document, "pending")
    assert file.name == f"Base_{document.pk}_F-1.xml"
    assert (file.reference, file.siren) == ("F-1", office.bakery.siren)
    deposited_at = document.events.get(code="200").at
    assert file.due_at == deposited_at + timedelta(hours=24)
    sent = read_flux1(detect(store.get(file.stored_id))).invoice
    assert (sent.number, sent.lines, sent.seller.name) == ("F-1", (), None)


def test_who_makes_out_a_self_billed_invoice_owes_it(office, deposited, everybody_works):
    mandate_of(office.florist, office.bakery, office.florist)
    data = ubl("A-1", office.bakery.siren, office.florist.siren, type_code="389")
    deposited(data=data, dossier=office.florist)
    everybody_works()
    (file,) = files()
    assert (file.dossier, file.siren) == (office.florist, office.bakery.siren)


def test_what_is_not_domestic_b2b_owes_nothing(deposited, office, everybody_works):
    data = ubl("F-1", office.bakery.siren, office.florist.siren)
    deposited(data=data.replace(b"#BAR#B2B", b"#BAR#B2C"))
    everybody_works()
    assert Document.objects.get(direction="issued").state != "213"
    assert not PortalFile.objects.exists()


def test_a_rejected_invoice_owes_its_status_and_no_flux_1(invoices):
    invoices("F-1", total="120.01")
    assert (files(F1), [one.event.code for one in files(F6)]) == ([], ["213"])


def test_a_document_of_several_sellers_that_groups_nothing_is_rejected_by_its_own_name(invoices):
    invoices("F-1", process="B8")
    assert files(F1) == []
    (file,) = files(F6)
    assert (file.event.code, file.reference.partition("_")[0]) == ("213", "F-1")


def test_lines_travel_from_september_2027(invoices):
    (document,) = invoices("F-1")
    invoice = formats.read(store.get(document.sha256)).invoice
    for day, name, lines in ((31, "Base_", 0), (1, "Full_", 1)):
        month = 8 if day == 31 else 9
        with clock.set_to(datetime(2027, month, day, 12, tzinfo=UTC)):
            made = flux1.make(document, invoice)
        assert made.why == ""
        assert made.name.startswith(name)
        assert len(read_flux1(detect(made.data)).invoice.lines) == lines


def test_a_flux_1_that_breaks_a_rule_is_held_and_seen(invoices, exchange, client, expert, office):
    number = "F-2026-00000000000000001"  # 24 characters: the portal takes 20 until 2027
    (document,) = invoices(number)
    (file,) = files()
    assert (file.state, "20 caractères" in file.last_error) == ("held", True)
    while exchange():
        pass
    assert files()[0].state == "held"
    client.force_login(expert)
    page = client.get(f"/dossiers/{office.bakery.pk}/documents/{document.pk}/").content.decode()
    assert "Retenu" in page
    assert "20 caractères" in page
    with pytest.raises(RefusedByUs, match="20 caractères"):
        resending.again(file)


# --- flows


def test_files_wait_for_each_other(invoices, portal, exchange, settings):
    settings.PORTAL_WAIT = 3600
    invoices("F-1", "F-2")
    assert not exchange()
    PortalFile.objects.filter(interface=F1, reference="F-1").update(
        created_at=datetime.now(UTC) - timedelta(hours=1)
    )
    exchange()
    ((name, held),) = portal.files.items()
    assert name == "FFE0111A_TST001_TST0010111000000000000001.tar.gz"
    assert sorted(held) == sorted(one.name for one in files())


def test_a_full_flow_leaves_at_once_and_a_file_that_is_due_too(
    invoices, portal, exchange, settings
):
    settings.PORTAL_WAIT, settings.PORTAL_FILES = 3600, 2
    invoices("F-1", "F-2", "F-3")
    exchange()
    of_invoices = {name: sorted(held) for name, held in portal.files.items() if name[:8] == F1}
    assert [len(held) for held in of_invoices.values()] == [2]
    PortalFile.objects.filter(reference="F-3").update(due_at=datetime.now(UTC))
    exchange()
    assert [len(held) for name, held in portal.files.items() if name[:8] == F1] == [2, 1]


def test_numbers_follow_each_other_in_each_interface(invoices, exchange, settings):
    settings.PORTAL_FILES = 1
    invoices("F-1", "F-2", "F-3")
    while exchange():
        pass
    numbers = PortalFlow.objects.filter(direction="out").order_by("pk")
    for interface in (F1, F6):
        found = numbers.filter(interface=interface).values_list("number", flat=True)
        assert list(found) == [1, 2, 3]


def test_two_files_of_one_name_travel_apart(office, portal, exchange):
    for content in (b"<a/>", b"<b/>"):
        outbox.owe(
            office.bakery, Interface.F10, "declaration.xml", content, about="Déclaration",
            due_at=datetime.now(UTC), reference=content.decode(),
        )  # fmt: skip
    portal._answer = lambda _: None
    exchange()
    assert [list(one.values()) for one in portal.files.values()] == [[b"<a/>"], [b"<b/>"]]


def test_a_portal_that_is_down_is_asked_later_and_the_files_say_why(invoices, portal, exchange):
    (_,) = invoices("F-1")
    portal.is_down = True
    exchange()
    (file,) = files()
    assert (file.state, file.last_error) == ("pending", "Le portail ne répond pas.")
    portal.is_down = False
    exchange()
    assert files()[0].state == "pending", "it is left alone for a while"
    PortalFlow.objects.update(not_before=datetime.now(UTC))
    exchange()
    (file,) = files()
    assert (file.state, file.last_error) == ("accepted", "")


def test_a_flow_whose_receipt_was_lost_goes_again_byte_for_byte(invoices, portal, exchange):
    invoices("F-1")
    portal.loses_words = True
    exchange()
    first = dict(portal.flows)
    PortalFlow.objects.update(not_before=datetime.now(UTC))
    while exchange():
        pass
    assert all(portal.flows[name] == content for name, content in first.items())
    assert len(portal.flows) == 2  # flux 1 and flux 6
    assert [one.state for one in files()] == ["accepted"]


def test_a_name_that_the_portal_holds_for_other_bytes_costs_a_number(invoices, portal, exchange):
    """A restored backup may have forgotten the flows of its last hours."""
    portal.flows["FFE0111A_TST001_TST0010111000000000000001.tar.gz"] = b"before"
    invoices("F-1")
    exchange()
    while exchange():
        pass
    (file,) = files()
    assert (file.state, file.flow.number) == ("accepted", 2)
    assert PortalFlow.objects.get(interface=F1, number=1).state == "failed"


# --- answers


def test_an_accepted_invoice_says_so_in_its_history(invoices, exchange, client, expert, office):
    (document,) = invoices("F-1")
    while exchange():
        pass
    (file,) = files()
    assert (file.state, file.answer_code) == ("accepted", "250")
    assert [(one.code, one.dossier) for one in file.answers.all()] == [("250", office.bakery)]
    event = document.events.get(code="250")
    assert (event.side, event.source_id) == ("ppf", file.answers.get().stored_id)
    assert codes(document)[:2] == ["200", "201"]
    document.refresh_from_db()
    assert document.state in ("202", "203")
    (status,) = files(F6)
    assert (status.state, status.answer_code) == ("receivable", "500")
    client.force_login(expert)
    page = client.get(f"/dossiers/{office.bakery.pk}/documents/{document.pk}/").content.decode()
    assert "F1 déposée" in page


def test_one_of_three_is_rejected_then_corrected_in_another_flow(invoices, portal, exchange):
    documents = invoices("F-1", "F-2", "F-3")
    portal.objections = {"F-2": "REJ_COH"}
    while exchange():
        pass
    assert [one.state for one in files()] == ["accepted", "refused", "accepted"]
    refused = files()[1]
    assert (refused.answer_code, refused.answer_reason) == ("251", "REJ_COH")
    assert "G1.63 : Le SIREN n'existe pas. (BT-47)" in refused.last_error
    event = documents[1].events.get(code="251")
    assert (event.reason, "G1.63" in event.comment) == ("REJ_COH", True)
    after = resending.again(refused)
    assert resending.again(refused) == after, "a second click changes nothing"
    while exchange():
        pass
    after.refresh_from_db()
    assert (after.state, after.flow.number) == ("accepted", 2)
    assert codes(documents[1])[-1] == "250"
    assert not PortalFile.objects.filter(OPEN).exists()


def test_an_irreceivable_flow_names_its_file_and_the_others_go_again(invoices, portal, exchange):
    documents = invoices("F-1", "F-2", "F-3")
    guilty = files()[1]
    portal.irreceivable = ("IRR_SYNTAX", guilty.name)
    while exchange():
        pass
    assert [one.state for one in files()] == ["accepted", "refused", "accepted"]
    assert [one.flow.number for one in files()] == [2, 1, 2]
    assert documents[1].events.get(code="501").reason == "IRR_SYNTAX"
    assert not Event.objects.filter(document=documents[0], code="501").exists()


def test_an_irreceivable_flow_that_names_no_file_waits_for_a_person(invoices, portal, exchange):
    invoices("F-1", "F-2")
    portal.irreceivable = ("IRR_CODE_APP", "")
    while exchange():
        pass
    assert [(one.state, one.answer_reason) for one in files()] == [("refused", "IRR_CODE_APP")] * 2
    for one in files():
        resending.again(one)
    while exchange():
        pass
    assert [one.state for one in files()] == ["refused", "refused", "accepted", "accepted"]


def test_a_rejected_status_is_told_and_goes_again(invoices, portal, exchange):
    (document,) = invoices("F-1")
    (status,) = files(F6)
    portal.objections = {status.reference: "REJ_INC"}
    while exchange():
        pass
    status.refresh_from_db()
    assert (status.state, status.answer_code) == ("refused", "601")
    event = document.events.get(code="601")
    assert event.comment.startswith("F-1 · 200\n")
    resending.again(status)
    while exchange():
        pass
    assert [one.state for one in files(F6)] == ["refused", "receivable"]


def test_repeated_answers_and_any_order_lead_to_the_same(invoices, portal):
    invoices("F-1", "F-2")
    portal.objections = {"F-2": "REJ_UNI"}
    allotment.allot()
    sending.send_all(portal)
    brought = list(portal.waiting)
    for archives in (reversed(brought), brought, reversed(brought)):
        portal.waiting = list(archives)
        answers.take_in(portal)
    # the same messages in archives of other names
    for number, archive in enumerate(brought):
        answers.keep(type(archive)(name=f"FFE0604A_X{number}.tar.gz", content=archive.content))
    assert [one.state for one in files()] == ["accepted", "refused"]
    assert Event.objects.filter(side="ppf").count() == 2
    assert PortalAnswer.objects.count() == len(files()) + 2  # and 500 of each flow


def test_an_old_answer_does_not_hit_what_went_later(invoices, portal, exchange):
    """The 251 of the first file comes after the second was accepted."""
    (document,) = invoices("F-1")
    portal.objections = {"F-1": "REJ_COH"}
    while exchange():
        pass
    (refused,) = files()
    after = resending.again(refused)
    while exchange():
        pass
    early = Judged(
        subject=Subject.F1, file=refused.name, number="F-1", day=document.issue_date,
        siren=refused.siren, objections=(),
    )  # fmt: skip
    PortalFile.objects.filter(pk=after.pk).update(sent_at=portal.now + timedelta(hours=1))
    portal.bring("FFE0604A_TST001_OLD", {"old.xml": portal.letter(early)})
    while exchange():
        pass
    assert PortalAnswer.objects.get(name="old.xml").file == refused


def test_what_nobody_knows_is_kept(invoices, portal, exchange, office):
    (document,) = invoices("F-1")
    unknown = Judged(
        subject=Subject.F1, file="x.xml", number="INCONNUE", day=date(2026, 11, 1),
        siren=office.bakery.siren,
    )  # fmt: skip
    portal.bring("FFE0604A_TST001_1", {"a.xml": portal.letter(unknown), "b.xml": b"rien"})
    odd = portal.letter(
        Judged(subject=Subject.F1, file="x.xml", number="F-1", day=document.issue_date,
               siren=office.bakery.siren)
    ).replace(b">250<", b">259<")  # fmt: skip
    portal.bring("FFE0604A_TST001_2", {"c.xml": odd})
    portal.waiting.append(type(portal.waiting[0])(name="FFE0604A_TST001_3", content=b"abc"))
    while exchange():
        pass
    assert not portal.waiting
    kept = {one.name: one for one in PortalAnswer.objects.exclude(about__isnull=False)}
    assert (kept["a.xml"].file, kept["a.xml"].dossier) == (None, office.bakery)
    assert (kept["b.xml"].code, kept["b.xml"].dossier) == ("", None)
    assert kept["c.xml"].file == files()[0]
    assert document.events.filter(code="259", side="ppf").exists()
    assert files()[0].state == "accepted", "an unknown code changes no state"
    assert PortalFlow.objects.get(name="FFE0604A_TST001_3").state == "unreadable"
    told = health.portal_archives()
    assert (told.given_up, told.level) == (1, health.Level.WATCH)
    assert told.last_error.startswith("FFE0604A_TST001_3 : ")


# --- walls


def test_only_the_work_of_the_portal_sees_flows(invoices, exchange, office):
    invoices("F-1")
    while exchange():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('facturier.portal', '', true)")
    with sight.of([office.florist.pk]):
        assert not PortalFlow.objects.exists()
        assert not PortalFile.objects.filter(dossier=office.bakery).exists()
        assert not PortalAnswer.objects.exists()
    with sight.of([office.bakery.pk]):
        assert PortalFile.objects.filter(interface=F1).count() == 1
        assert {one.code for one in PortalAnswer.objects.all()} == {"250"}
        assert history.state_of(Document.objects.get().transmissions.get()).history


@pytest.mark.parametrize("is_repetition", [True, False])
def test_a_repetition_closes_by_itself_when_the_good_file_is_accepted(
    invoices, portal, exchange, is_repetition
):
    """REJ_UNI: the portal knows it already. Open until it has accepted the same from here."""
    invoices("F-1")
    portal.objections = {"F-1": "REJ_UNI"}
    while exchange():
        pass
    (refused,) = files()
    assert is_open(refused)
    good = PortalFile.objects.get(pk=refused.pk)
    good.pk, good.state, good.name = None, "pending", "autre.xml"
    good.flow, good.flow_name, good.answer_code, good.answer_reason = None, "", "", ""
    good.answer_at = good.sent_at = None
    good.save()
    if not is_repetition:
        PortalFile.objects.filter(pk=refused.pk).update(answer_reason="REJ_COH")
    while exchange():
        pass
    refused.refresh_from_db()
    assert files()[1].state == "accepted"
    assert is_open(refused) is not is_repetition, "another reason is a person's business"
    assert ("autre.xml" in refused.closed_why) is is_repetition
