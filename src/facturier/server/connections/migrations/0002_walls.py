"""Row-level security of connections; what has work; whose hook is called; who is served here."""

from django.db import migrations

from facturier.server.row_level_security import hide

# For the sweep and for the hook: ids only.
WORK = """
CREATE FUNCTION connections_with_work() RETURNS TABLE (connection bigint, dossier bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id, c.dossier_id FROM connections_connection c
    WHERE c.is_active AND c.not_before <= clock_timestamp()
      AND (c.poll_at <= clock_timestamp()
           OR EXISTS (SELECT FROM documents_message m
                      JOIN documents_transmission t ON t.id = m.transmission_id
                      WHERE m.dossier_id = c.dossier_id AND m.state = 'pending'
                        AND m.not_before <= clock_timestamp() AND t.platform = 'afnor'))
$$;
CREATE FUNCTION dossier_of_hook(hook uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT dossier_id FROM connections_connection WHERE hook_id = hook AND is_active
$$;
"""
WORK_UNDO = """
DROP FUNCTION connections_with_work();
DROP FUNCTION dossier_of_hook(uuid);
"""

# A dossier that lives on another platform receives there: nothing is put into its mailbox by us.
SERVED = """
CREATE OR REPLACE FUNCTION dossier_at(address text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier d WHERE electronic_address = address
      AND NOT EXISTS (SELECT FROM connections_connection c
                      WHERE c.dossier_id = d.id AND c.is_active)
$$;
"""
SERVED_UNDO = """
CREATE OR REPLACE FUNCTION dossier_at(address text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier WHERE electronic_address = address
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("connections", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide("connections_connection", "connections_handed", "connections_arrival"),
        migrations.RunSQL(WORK, WORK_UNDO),
        migrations.RunSQL(SERVED, SERVED_UNDO),
    ]
