"""Row-level security; certificates that only grow; what the nightly comparison may ask."""

from django.db import migrations

from facturier.server.row_level_security import hide

APPEND_ONLY = (
    "CREATE TRIGGER for_ever BEFORE UPDATE OR DELETE ON completeness_certificate"
    " FOR EACH ROW EXECUTE FUNCTION archive_is_for_ever();"
)
APPEND_ONLY_UNDO = "DROP TRIGGER for_ever ON completeness_certificate;"

# Ids only: a dossier to look at has files, waiting post or a platform.
TO_COMPARE = """
CREATE FUNCTION dossiers_to_compare(since timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier dossier
    WHERE EXISTS (SELECT FROM documents_flow flow
                  WHERE flow.dossier_id = dossier.id AND flow.updated_at >= since)
       OR EXISTS (SELECT FROM documents_envelope letter
                  WHERE letter.dossier_id = dossier.id AND letter.taken_at IS NULL)
       OR EXISTS (SELECT FROM connections_connection
                  WHERE dossier_id = dossier.id AND is_active)
$$;
"""

# Of parcels whose key (drawn by us) is known, whether the recipient's mailbox holds them.
HELD = """
CREATE FUNCTION parcels_held(boxes bigint[], keys text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT asked.key FROM unnest(boxes, keys) AS asked(box, key)
    WHERE EXISTS (SELECT FROM documents_envelope letter
                  WHERE letter.dossier_id = asked.box AND letter.key = asked.key)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("completeness", "0001_initial"),
        ("archive", "0003_months_and_certificates"),
        ("connections", "0002_walls"),
        ("documents", "0005_work_now"),
    ]
    operations = [
        *hide("completeness_comparison", "completeness_certificate"),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDO),
        migrations.RunSQL(TO_COMPARE, "DROP FUNCTION dossiers_to_compare(timestamptz)"),
        migrations.RunSQL(HELD, "DROP FUNCTION parcels_held(bigint[], text[])"),
    ]
