"""The kept books: balanced, validated by a person, then only reversed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from facturier.errors import RefusedByUs, Unpostable
from facturier.ledger import posting
from facturier.server.books import booking
from facturier.server.books.models import Entry, EntryLine
from facturier.server.documents.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(deposited, everybody_works, office):
    deposited("F-1")
    everybody_works()
    return Entry.objects.get(dossier=office.bakery)


def lines(entry):
    return [(x.account, x.auxiliary[:1], x.debit, x.credit) for x in entry.lines.all()]


def check_deferred():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_a_proposal_balances_and_says_where_it_comes_from(sale):
    assert sale.state == Entry.State.PROPOSED
    assert sum(x.debit - x.credit for x in sale.lines.all()) == 0
    assert {x.account[:3] for x in sale.lines.all()} == {"411", "707", "445"}
    assert all(x.term.startswith("BT-") for x in sale.lines.all())
    assert all(x.rule and x.sources for x in sale.lines.all())


def test_a_row_reads_back_as_the_ledger_s_entry(sale):
    entry = booking.entry_of(sale)
    again = booking.entry_of(booking.keep(sale.dossier, entry))
    assert again == entry


def test_validation_numbers_without_a_gap(deposited, everybody_works, office, expert):
    for number in ("F-1", "F-2", "F-3"):
        deposited(number)
    everybody_works()
    numbers = [
        booking.validate(entry, expert).number
        for entry in Entry.objects.filter(dossier=office.bakery)
    ]
    assert numbers == ["2026-00001", "2026-00002", "2026-00003"]
    assert Entry.objects.filter(validated_by=expert, validated_at__isnull=False).count() == 3


def test_what_is_validated_is_not_validated_again(sale, expert):
    booking.validate(sale, expert)
    with pytest.raises(RefusedByUs, match="déjà validée"):
        booking.validate(sale, expert)


def test_a_validated_entry_is_only_reversed(sale, expert):
    booking.validate(sale, expert)
    opposite = booking.reverse(sale, date(2026, 12, 1))
    assert booking.reverse(sale).pk == opposite.pk
    assert lines(opposite) == [(a, x, c, d) for a, x, d, c in lines(sale)]
    sale.refresh_from_db()
    assert sale.state == Entry.State.VALIDATED
    booking.validate(opposite, expert)
    sale.refresh_from_db()
    assert sale.state == Entry.State.REVERSED
    with pytest.raises(RefusedByUs, match="déjà contre-passée"):
        booking.reverse(sale)


def test_a_proposal_is_not_reversed(sale):
    with pytest.raises(RefusedByUs, match="proposée"):
        booking.reverse(sale)


@pytest.mark.parametrize(
    "change",
    [
        lambda e: Entry.objects.filter(pk=e.pk).update(label="autre"),
        lambda e: Entry.objects.filter(pk=e.pk).update(state="proposed"),
        lambda e: EntryLine.objects.filter(entry=e).update(account="471000"),
        lambda e: EntryLine.objects.filter(entry=e).delete(),
        lambda e: EntryLine.objects.create(
            dossier=e.dossier, entry=e, account="471000", label="x", debit=1
        ),
    ],
)
def test_the_database_refuses_to_change_a_validated_entry(sale, expert, change):
    booking.validate(sale, expert)
    with pytest.raises(DatabaseError, match="only reversed"), transaction.atomic():
        change(sale)


def test_lettering_a_validated_line_is_allowed(sale, expert):
    booking.validate(sale, expert)
    EntryLine.objects.filter(entry=sale, account__startswith="411").update(letter="AA")
    assert sale.lines.get(letter="AA").account.startswith("411")


def test_the_database_refuses_an_unbalanced_entry(sale):
    EntryLine.objects.create(
        dossier=sale.dossier, entry=sale, account="471000", label="x", debit=Decimal("0.01")
    )
    with pytest.raises(DatabaseError, match="not balanced"), transaction.atomic():
        check_deferred()
    EntryLine.objects.filter(account="471000").delete()


def test_an_entry_may_be_unbalanced_while_it_is_written(sale):
    for side in ("debit", "credit"):
        EntryLine.objects.create(
            dossier=sale.dossier, entry=sale, account="471000", label="x", **{side: 5}
        )
    check_deferred()


@pytest.mark.parametrize(("debit", "credit"), [(-1, 0), (0, -1), (1, 1)])
def test_the_database_refuses_an_impossible_line(sale, debit, credit):
    with pytest.raises(IntegrityError), transaction.atomic():
        EntryLine.objects.create(
            dossier=sale.dossier, entry=sale, account="471000", label="x",
            debit=debit, credit=credit,
        )  # fmt: skip


def test_what_cannot_be_booked_says_why(deposited, everybody_works, monkeypatch):
    def refuse(*_, **__):
        raise Unpostable("Il manque un taux de change.")

    monkeypatch.setattr(posting, "propose", refuse)
    deposited()
    everybody_works()
    assert not Entry.objects.exists()
    assert {d.unpostable for d in Document.objects.all()} == {"Il manque un taux de change."}
    assert {d.state for d in Document.objects.all()} == {"203"}
