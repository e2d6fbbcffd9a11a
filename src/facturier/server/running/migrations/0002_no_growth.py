"""Indexes by which the night and the counters look at what they are about, not at all that is kept.

Built without holding a lock (``CONCURRENTLY``), hence outside of a transaction.
"""

from django.db import migrations

INDEXES = {
    # files of a month that are not statuses, and the parcels they came in: the nightly comparison
    "flow_of_month": "documents_flow (dossier_id, submitted_at) WHERE declared_syntax <> 'CDAR'",
    "parcel_of_month": "documents_envelope (dossier_id, created_at) WHERE kind = 'invoice'",
    # the counter « écritures à valider » of every page
    "entry_proposed": "books_entry (dossier_id) WHERE state = 'proposed'",
    # the latest number of a journal's year, below
    "entry_by_rank": "books_entry (journal_id, left(number, 5), (substring(number, 6)::bigint))"
    " WHERE number::text ~ '^[0-9]{4}-[0-9]{5,9}$'",
}

# The rows' wall would have the expressions of that index looked at row by row: hence a function of
# the owner. Whoever asks has locked the journal, which is in sight.
LATEST = """
CREATE OR REPLACE FUNCTION latest_number(journal bigint, year text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(max(substring(number, 6)::bigint), 0) FROM books_entry
    WHERE journal_id = journal AND left(number, 5) = year || '-'
      AND number::text ~ '^[0-9]{4}-[0-9]{5,9}$'
$$;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("running", "0001_pipes_state"), ("books", "0008_entries_by_day")]
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        )
        for name, on in INDEXES.items()
    ] + [migrations.RunSQL(LATEST, "DROP FUNCTION latest_number(bigint, text)")]
