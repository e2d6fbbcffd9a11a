"""For the nightly job, the ids of the dossiers in which it has something to do."""

from django.db import migrations

TO_REPORT = """
CREATE FUNCTION dossiers_to_report(day date, since timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier dossier
    WHERE EXISTS (SELECT FROM documents_flow flow
                  WHERE flow.dossier_id = dossier.id AND flow.updated_at >= since)
       OR EXISTS (SELECT FROM reporting_declaration one
                  WHERE one.dossier_id = dossier.id
                    AND (one.is_stale OR one.state IN ('ready', 'sent', 'refused', 'to-rectify')
                         OR one.state = 'open' AND one."end" < day))
       OR NOT EXISTS (SELECT FROM reporting_declaration one
                      WHERE one.dossier_id = dossier.id
                        AND one.start <= day AND one."end" >= day)
    ORDER BY id
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_walls")]
    operations = [
        migrations.RunSQL(TO_REPORT, "DROP FUNCTION dossiers_to_report(date, timestamptz)"),
    ]
