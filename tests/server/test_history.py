"""What was said stays said, and the stored status is what it adds up to."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from facturier.errors import RefusedByUs
from facturier.lifecycle.statuses import Side
from facturier.lifecycle.transitions import offered
from facturier.server.documents import history
from facturier.server.documents.models import Document, Event, Message, Transmission

pytestmark = pytest.mark.django_db


@pytest.fixture
def exchanged(deposited, everybody_works):
    deposited()
    everybody_works()


@pytest.fixture
def ours(exchanged):  # noqa: ARG001
    return Transmission.objects.get(document__direction="issued")


@pytest.fixture
def theirs(exchanged):  # noqa: ARG001
    return Transmission.objects.get(document__direction="received")


@pytest.mark.usefixtures("exchanged")
def test_an_event_can_neither_change_nor_go():
    for statement in ("UPDATE documents_event SET code = '205'", "DELETE FROM documents_event"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Event.objects.count() == 6


@pytest.mark.usefixtures("exchanged")
@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_of_the_table_changes_an_event(private_postgres):
    with psycopg.connect(
        host=str(private_postgres.socket), user="facturier_owner", dbname="facturier"
    ) as owner:
        assert owner.execute("SELECT count(*) FROM documents_event").fetchone() == (6,)
        for statement in ("UPDATE documents_event SET code = '205'", "DELETE FROM documents_event"):
            with (
                pytest.raises(psycopg.errors.RestrictViolation, match="never changed"),
                owner.transaction(),
            ):
                owner.execute(statement)


def test_the_seller_may_not_approve(ours):
    with pytest.raises(RefusedByUs, match="l'acheteur"):
        history.say(ours, 205, Side.SELLER)
    assert ours.events.count() == 4


def test_a_refusal_needs_a_reason(theirs):
    with pytest.raises(RefusedByUs, match="motif"):
        history.say(theirs, 210, Side.BUYER)


def test_an_action_is_offered_to_its_side_only(ours, theirs):
    buyer = {one.code for one in offered(history.state_of(theirs), Side.BUYER)}
    seller = {one.code for one in offered(history.state_of(ours), Side.SELLER)}
    assert {204, 205, 207, 210, 211} <= buyer
    assert 212 in seller
    assert not buyer & {200, 201, 202, 203, 212, 213}
    assert not seller & {204, 205, 207, 210}


def test_every_treatment_status_travels(ours, theirs, everybody_works):
    for code, reason in ((204, ""), (207, "QTE_ERR"), (205, ""), (211, "")):
        history.say(theirs, code, Side.BUYER, reason=reason)
    everybody_works()
    assert [e.code for e in ours.events.order_by("pk")] == [
        "200", "201", "202", "203", "204", "207", "205", "211",
    ]  # fmt: skip
    assert Document.objects.get(direction="issued").state == "211"


def test_a_cache_that_disagrees_is_noticed(ours):
    Transmission.objects.filter(pk=ours.pk).update(state="205")
    ours.refresh_from_db()
    with pytest.raises(AssertionError, match="205 is stored, 203 folded"):
        history.state_of(ours)


def test_an_event_reads_back_as_it_was_said(theirs, stranger):
    row = history.say(theirs, 207, Side.BUYER, reason="QTE_ERR", comment="Il en manque deux.",
                      author=stranger)  # fmt: skip
    event = history.event_of(Event.objects.get(pk=row.pk))
    assert (event.code, event.side, event.reason, event.comment, event.author) == (
        207, Side.BUYER, "QTE_ERR", "Il en manque deux.", "Luc Étranger",
    )  # fmt: skip
    assert event.at == row.at


def test_nothing_is_sent_to_who_cannot_be_reached(deposited, everybody_works, office):
    deposited(buyer_address=f"{office.florist.siren}_AILLEURS")
    everybody_works()
    transmission = Transmission.objects.get()
    history.say(transmission, 220, Side.SELLER)
    assert not Message.objects.exists()
