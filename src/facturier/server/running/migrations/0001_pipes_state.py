"""What waits in each pipe, as numbers, whoever asks; the indexes that make the question cheap.

Built without holding a lock (``CONCURRENTLY``), hence outside of a transaction.
"""

from django.db import migrations

INDEXES = {
    "flow_set_aside": "documents_flow (dossier_id) WHERE state = 'quarantined'",
    "message_given_up": "documents_message (dossier_id) WHERE state = 'failed'",
    "message_sent": "documents_message (dossier_id, sent_at)",
    "portal_file_open": "portal_portalfile (dossier_id, due_at)"
    " WHERE state IN ('pending', 'held', 'refused')",
}

STATE = """
CREATE OR REPLACE FUNCTION pipes_state() RETURNS TABLE (
    pipe text, waiting bigint, oldest_seconds double precision, late bigint, given_up bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'treatment', count(*), extract(epoch FROM clock_timestamp() - min(submitted_at)), 0,
        (SELECT count(*) FROM documents_flow WHERE state = 'quarantined')
    FROM documents_flow WHERE state = 'pending'
    UNION ALL
    SELECT 'platforms', count(*), extract(epoch FROM clock_timestamp() - min(created_at)), 0,
        (SELECT count(*) FROM documents_message WHERE state = 'failed')
    FROM documents_message WHERE state = 'pending'
    UNION ALL
    SELECT 'portal', count(*) FILTER (WHERE state = 'pending'),
        extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'pending')),
        count(*) FILTER (WHERE due_at < clock_timestamp()),
        count(*) FILTER (WHERE state IN ('held', 'refused'))
    FROM portal_portalfile WHERE state IN ('pending', 'held', 'refused')
    UNION ALL
    SELECT 'clients', count(*) FILTER (WHERE state = 'pending'),
        extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'pending')),
        0, count(*) FILTER (WHERE state = 'failed')
    FROM api_notice
$$;
"""

# For the administrator who follows one document from the command line: ids only.
OF_FLOW = """
CREATE OR REPLACE FUNCTION dossier_of_flow(wanted uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT dossier_id FROM documents_flow WHERE flow_id = wanted
$$;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("documents", "0006_status_files"),
        ("portal", "0001_initial"),
        ("api", "0003_notices"),
    ]
    operations = [
        *(
            migrations.RunSQL(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}",
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            )
            for name, on in INDEXES.items()
        ),
        migrations.RunSQL(STATE, "DROP FUNCTION pipes_state()"),
        migrations.RunSQL(OF_FLOW, "DROP FUNCTION dossier_of_flow(uuid)"),
    ]
