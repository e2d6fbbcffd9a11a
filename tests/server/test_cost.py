"""What an invoice asks of the database on its whole way: a bound that only a decision may raise."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facturier.server.documents.models import Event

pytestmark = pytest.mark.django_db

INVOICES = 10
MOST_QUERIES = 95
"""Of one invoice: taken in by its seller, handed over, taken in by its buyer, both statuses heard;
two documents, six events, their proof, two entries, the portal's two files."""
SIGHT = ("SAVEPOINT", "RELEASE", "SELECT set_config", "SELECT coalesce(current_setting")
"""Not counted: one a transaction, but four inside the transaction of a test."""


def test_an_invoice_asks_little_of_the_database(deposited, everybody_works):
    deposited()
    everybody_works()  # what is made once: journals, prepared tables
    for _ in range(INVOICES):
        deposited()
    with CaptureQueriesContext(connection) as asked:
        everybody_works()
    assert Event.objects.filter(code="203").count() == 2 * (INVOICES + 1)
    counted = [one["sql"] for one in asked if not one["sql"].startswith(SIGHT)]
    begun = Counter(" ".join(one.split()[:4]) for one in counted)
    assert len(counted) <= MOST_QUERIES * INVOICES, begun.most_common(20)


def test_a_table_is_written_once_a_transaction(deposited, everybody_works):
    """Of one invoice: each side's statuses, envelopes and flows go together."""
    deposited()
    with CaptureQueriesContext(connection) as asked:
        everybody_works()
    written = Counter(
        one["sql"].split('"')[1] for one in asked if one["sql"].startswith("INSERT INTO")
    )
    transactions = 5  # both sides take the invoice in, it leaves, two statuses are heard
    assert written["archive_proofenvelope"] == transactions
    assert written["documents_event"] == transactions - 1
