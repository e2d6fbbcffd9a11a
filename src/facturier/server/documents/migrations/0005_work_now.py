"""What is due is told by the clock, not by the beginning of the asking transaction."""

from django.db import migrations

WORK = """
CREATE OR REPLACE FUNCTION dossiers_with_work() RETURNS SETOF bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT dossier_id FROM documents_flow
    WHERE state = 'pending' AND not_before <= clock_timestamp()
    UNION SELECT dossier_id FROM documents_message
    WHERE state = 'pending' AND not_before <= clock_timestamp()
    UNION SELECT dossier_id FROM documents_envelope WHERE taken_at IS NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_unpostable")]
    operations = [migrations.RunSQL(WORK, migrations.RunSQL.noop)]
