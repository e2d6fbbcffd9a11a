"""What a store of millions must not cost: the questions of every day are answered from an index."""

from datetime import date

import psycopg
import pytest
from django.db import connection, connections

from facturier.ledger import entries as ledger
from facturier.server import postgres
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents.ordered import ordered_uuid

pytestmark = pytest.mark.django_db


OTHERS = """
SELECT i.relname, t.relname, EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relname IN ('documents_flow', 'documents_envelope', 'books_entry')
AND NOT x.indisprimary AND i.relname <> %s"""


def plan(index, sql):
    """Return how the database answers when it has this index alone, and may not read the table.

    Of a table without rows, any index that begins with the dossier would do as well.
    """
    settings = connections["owner"].settings_dict
    with psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"]
    ) as owner:
        owner.execute("SET LOCAL enable_seqscan = off")
        for name, table, is_constraint in owner.execute(OTHERS, [index]).fetchall():
            if is_constraint:
                owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
            else:
                owner.execute(f'DROP INDEX "{name}"')
        lines = owner.execute(f"EXPLAIN {sql}").fetchall()
        owner.rollback()
    return "\n".join(line for (line,) in lines)


@pytest.mark.parametrize(
    ("index", "sql"),
    [
        ("entry_by_rank", ("SELECT max(substring(number, 6)::bigint) FROM books_entry"
         " WHERE journal_id = 1 AND left(number, 5) = '2026-'"
         " AND number::text ~ '^[0-9]{4}-[0-9]{5,9}$'")),
        ("flow_of_month", ("SELECT FROM documents_flow WHERE dossier_id = 1"
         " AND submitted_at > now() AND NOT (declared_syntax = 'CDAR' OR flow_type LIKE '%LC')")),
        ("parcel_of_month", ("SELECT FROM documents_envelope WHERE dossier_id = 1"
         " AND kind = 'invoice' AND created_at > now()")),
        ("entry_proposed", ("SELECT count(*) FROM books_entry WHERE dossier_id = 1"
         " AND state = 'proposed'")),
    ],
)  # fmt: skip
def test_a_question_has_its_index(index, sql):
    assert f" {index} " in plan(index, sql)


def test_the_next_number_is_the_last_line_of_an_index(office, django_assert_num_queries):
    journal = booking.journal(office.bakery, "VE")
    row = Entry(dossier=office.bakery, journal=journal, date=date(2026, 3, 1))
    numbers = [
        "2026-00009",
        "2026-99999",
        "2026-100000",
        "2026-0000123",
        "2025-77777",
        "2026-X",
        "A-1",
    ]
    for number in numbers:
        Entry.objects.create(
            dossier=office.bakery, journal=journal, date=row.date, label="x", number=number,
            state=ledger.State.VALIDATED.value,
        )  # fmt: skip
    with django_assert_num_queries(2) as asked:  # the month of closing, the number
        assert booking._next_number(row) == "2026-100001"
    assert "latest_number" in asked[-1]["sql"]


def test_the_address_of_bytes_is_indexed_once_and_never_for_like():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'i' AND relname LIKE '%\\_like'"
            " AND relname ~ '^(documents|portal_portalfile)'"
        )
        assert not cursor.fetchall()


def test_the_private_server_gets_its_share_of_the_memory(tmp_path):
    private = postgres.PrivatePostgres(tmp_path / "postgres", postgres.sized())
    private.start()
    try:
        with psycopg.connect(host=str(private.socket), user="postgres") as found:
            (pages,) = found.execute(
                "SELECT setting::bigint * 8192 FROM pg_settings WHERE name = 'shared_buffers'"
            ).fetchone()
    finally:
        private.stop()
    assert 128 << 20 <= pages <= 1 << 30


def test_names_of_flows_grow_with_time_and_are_not_guessed():
    names = [ordered_uuid() for _ in range(2000)]
    assert {one.version for one in names} == {7}
    assert {one.variant for one in names} == {"specified in RFC 4122"}
    assert [one.int >> 80 for one in names] == sorted(one.int >> 80 for one in names)
    assert len({one.int & (1 << 62) - 1 for one in names}) == len(names)
