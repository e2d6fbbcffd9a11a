"""Row-level security; the dossiers that have something to examine."""

from django.db import migrations

from facturier.server.row_level_security import hide

# Ids only.
TO_EXAMINE = """
CREATE FUNCTION dossiers_to_examine() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT document.dossier_id FROM documents_document document
    WHERE NOT EXISTS (SELECT FROM anomalies_examination examination
                      WHERE examination.document_id = document.id)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("anomalies", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide("anomalies_examination", "anomalies_spotted"),
        migrations.RunSQL(TO_EXAMINE, "DROP FUNCTION dossiers_to_examine()"),
    ]
