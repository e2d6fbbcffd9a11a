"""A rectificative that has left: the first invoice is to be said cancelled, by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.server.test_pages import words

from facturier import formats
from facturier.invoice import corrections
from facturier.lifecycle.statuses import Side
from facturier.server import clock
from facturier.server.documents import history, store
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document, Transmission
from facturier.server.jobs.work import work_through
from facturier.server.web import todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def disputed(deposited, everybody_works):
    deposited("F-1")
    everybody_works()
    theirs = Transmission.objects.get(document__direction="received")
    history.say(theirs, 207, Side.BUYER, reason="QTE_ERR", comment="Il en manque.")
    everybody_works()
    return Document.objects.get(direction="issued")


@pytest.fixture
def rectified(disputed, office, everybody_works):
    invoice = formats.read(store.get(disputed.sha256)).invoice
    made = corrections.rectification(invoice, number="F-2", on=invoice.issue_date)
    deposit(office.bakery, formats.write(made, "ubl").xml, name="f-2.xml", channel="api")
    everybody_works()
    return disputed


def counters(dossier):
    return todo.counters([dossier])[dossier.pk]


@pytest.mark.usefixtures("rectified")
def test_a_rectified_invoice_waits_once(office):
    found = counters(office.bakery)
    assert (found.to_cancel, found.to_answer, found.returns) == (1, 0, 1)


@pytest.mark.usefixtures("rectified")
def test_both_sides_know_what_a_rectificative_corrects():
    for direction in ("issued", "received"):
        mine = Document.objects.filter(direction=direction)
        assert mine.get(number="F-2").corrects == mine.get(number="F-1")


def test_a_cancellation_comes_first_once_its_rectificative_has_left(
    rectified, client, expert, office, everybody_works
):
    client.force_login(expert)
    text = words(client.get(reverse("dossier", args=[office.bakery.pk])))
    assert "Rectifiées : dites la première facture annulée" in text
    page = client.get(reverse("document", args=[office.bakery.pk, rectified.pk]))
    assert page.context["offers"].first[0].code == 220
    assert "Corrigée par F-2" in words(page)
    say = reverse("say", args=[office.bakery.pk, rectified.pk, 220])
    assert "Remplacée par la facture rectificative F-2" in words(client.get(say))
    assert client.post(say, {"confirme": "on"}).status_code == 302
    everybody_works()
    assert {one.state for one in Document.objects.filter(number="F-1")} == {"220"}
    assert counters(office.bakery).to_cancel == 0


def test_nothing_is_to_cancel_before_a_rectificative(disputed, client, expert, office):
    assert counters(office.bakery).to_cancel == 0
    client.force_login(expert)
    page = client.get(reverse("document", args=[office.bakery.pk, disputed.pk]))
    assert 220 not in [one.code for one in page.context["offers"].first]
    assert 220 in [one.code for one in page.context["offers"].others]


def test_a_final_invoice_corrects_no_deposit(deposited, everybody_works):
    deposited("F-1")
    deposited("F-2")
    everybody_works()
    assert not Document.objects.exclude(corrects=None).exists()


def test_a_delivery_is_late_after_a_day(deposited, office, client, expert):
    with clock.set_to(datetime.now(UTC) - timedelta(hours=25)):
        deposited("F-1")
        work_through(office.bakery.pk)
    assert counters(office.bakery).delivered_late == 1
    client.force_login(expert)
    text = words(client.get(reverse("dossier", args=[office.bakery.pk])))
    assert "pas encore remises à l'acheteur après 24 heures" in text
    document = Document.objects.get()
    page = words(client.get(reverse("document", args=[office.bakery.pk, document.pk])))
    assert "Remise à la plateforme de l'acheteur : en retard" in page
    # the portal's word about its own file shows nothing of the delivery
    history.answered(Transmission.objects.get(), 501, at=datetime.now(UTC), reason="IRR_SYNTAX")
    assert counters(office.bakery).delivered_late == 1
    work_through(office.florist.pk)
    work_through(office.bakery.pk)
    assert counters(office.bakery).delivered_late == 0


def test_a_delivery_of_today_is_not_late(deposited, office):
    deposited("F-1")
    work_through(office.bakery.pk)
    assert counters(office.bakery).delivered_late == 0
