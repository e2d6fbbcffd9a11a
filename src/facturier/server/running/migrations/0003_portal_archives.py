"""How many archives of the portal could not be read lately: of no dossier, so the owner counts."""

from django.db import migrations

UNREADABLE = """
CREATE OR REPLACE FUNCTION portal_archives_unreadable(since timestamptz)
RETURNS TABLE (how_many bigint, latest timestamptz, words text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*), max(sent_at),
        (array_agg(name || ' : ' || last_error ORDER BY sent_at DESC))[1]
    FROM portal_portalflow
    WHERE direction = 'in' AND state = 'unreadable' AND sent_at >= since
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("running", "0002_no_growth"), ("portal", "0001_initial")]
    operations = [
        migrations.RunSQL(UNREADABLE, "DROP FUNCTION portal_archives_unreadable(timestamptz)")
    ]
