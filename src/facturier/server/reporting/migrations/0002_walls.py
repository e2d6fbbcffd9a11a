"""Row-level security; for the nightly job, the ids of all dossiers by cabinet."""

from django.db import migrations

from facturier.server.row_level_security import hide

DOSSIERS = """
CREATE FUNCTION dossiers_by_cabinet() RETURNS TABLE (cabinet bigint, dossier bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT cabinet_id, id FROM firm_dossier ORDER BY cabinet_id, id
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide(
            "reporting_reportingchoice",
            "reporting_qualification",
            "reporting_figurerow",
            "reporting_leftoutrow",
            "reporting_declaration",
            "reporting_sending",
        ),
        migrations.RunSQL(DOSSIERS, "DROP FUNCTION dossiers_by_cabinet()"),
    ]
