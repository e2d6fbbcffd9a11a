"""What a person or a program may send to make the server stumble, and does not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.db.utils import DatabaseError
from django.test import override_settings
from django.urls import reverse

from facturier.server import sight
from facturier.server.books.models import Entry
from facturier.server.documents.models import Flow, StoredBytes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("word", ["1e999999", "1e-9999999", "0e9999999", "-1e16", "NaN", "%00"])
def test_any_word_can_be_searched(client, expert, office, word):
    client.force_login(expert)
    address = reverse("received", args=[office.bakery.pk])
    assert client.get(f"{address}?q={word}").status_code == 200


@pytest.mark.parametrize("page", ["received", "entries"])
def test_a_very_long_search_searches_nothing(
    client, expert, office, page, django_assert_max_num_queries
):
    client.force_login(expert)
    address = reverse(page, args=[office.bakery.pk])
    with django_assert_max_num_queries(40) as done:
        assert client.get(address, {"q": "a " * 3000}).status_code == 200
    assert not any("LIKE" in query["sql"] for query in done.captured_queries)


@pytest.mark.parametrize("day", ["0001-01-01", "0001-06-30", "9999-12-31", "hier"])
@pytest.mark.parametrize("page", ["journals", "fec"])
def test_any_day_can_be_asked_for_as_the_closing(client, expert, office, page, day):
    client.force_login(expert)
    address = reverse(page, args=[office.bakery.pk])
    assert client.get(address, {"cloture": day}).status_code == 200


def test_a_forgotten_password_is_answered_and_the_mail_kept(client, expert, tmp_path):
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend", EMAIL_FILE_PATH=tmp_path
    ):
        answer = client.post(reverse("account_reset_password"), {"email": expert.email})
    assert answer.status_code == 302
    assert expert.email in next(tmp_path.iterdir()).read_text()


@pytest.mark.parametrize(
    ("fault", "status"), [(OperationalError("away"), 503), (ValueError("x"), 500)]
)
def test_a_program_is_answered_in_its_language_whatever_fails(client, monkeypatch, fault, status):
    def fail(*_):
        raise fault

    monkeypatch.setattr(sight, "of_person", fail)
    client.raise_request_exception = False
    answer = client.get("/flow-service/v1/healthcheck")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert answer.json()["errorCode"] in ("RESOURCE_ERROR", "INTERNAL_ERROR")
    page = client.get("/")
    assert page.status_code == status
    assert ("Retry-After" in answer) is ("Retry-After" in page) is (status == 503)
    assert page["Content-Type"].startswith("text/html")


def test_kept_bytes_are_never_forgotten(deposited):
    deposited()
    for change in (StoredBytes.objects.all().delete, lambda: StoredBytes.objects.update(size=1)):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|referenced"),
            transaction.atomic(),
        ):
            change()


def test_a_line_that_changes_entries_leaves_both_balanced(deposited, everybody_works):
    """A debit and a credit moved into one entry balance there, and unbalance where they were."""
    for number in ("F-1", "F-2", "F-3"):
        deposited(number)
    everybody_works()
    first, second, third = Entry.objects.filter(document__direction="issued").order_by("pk")

    def move():
        with transaction.atomic(), connection.cursor() as cursor:
            first.lines.filter(debit__gt=0).update(entry=second)
            third.lines.filter(credit__gt=0).update(entry=second)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="not balanced"):
        move()


def test_a_month_of_invoices_is_dropped_at_once(client, expert, office):
    client.force_login(expert)
    files = [SimpleUploadedFile(f"{number}.xml", b"<x/>") for number in range(150)]
    answer = client.post(reverse("deposit", args=[office.bakery.pk]), {"fichiers": files})
    assert answer.status_code == 302
    assert Flow.objects.count() == 150
