"""Requests are hidden like all of a dossier; an address that the portal granted is served."""

from django.db import migrations

from facturier.server.row_level_security import hide

# A dossier's own address first; else the latest request that the portal accepted.
SERVED = """
CREATE OR REPLACE FUNCTION dossier_at(address text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT found.id FROM (
        SELECT d.id, 0 AS rank, 0 AS latest FROM firm_dossier d
        WHERE d.electronic_address = address
        UNION ALL
        SELECT r.dossier_id, 1, -r.id FROM directory_linerequest r
        JOIN portal_portalfile f ON f.id = r.file_id
        WHERE r.about = lower(address) AND r.deed = 'open' AND f.state = 'accepted'
    ) found
    WHERE NOT EXISTS (SELECT FROM connections_connection c
                      WHERE c.dossier_id = found.id AND c.is_active)
    ORDER BY found.rank, found.latest LIMIT 1
$$;
"""
SERVED_BEFORE = """
CREATE OR REPLACE FUNCTION dossier_at(address text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier d WHERE electronic_address = address
      AND NOT EXISTS (SELECT FROM connections_connection c
                      WHERE c.dossier_id = d.id AND c.is_active)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_exports_and_requests"),
        ("connections", "0002_walls"),
        ("portal", "0003_closed"),
    ]
    operations = [
        *hide("directory_linerequest"),
        migrations.RunSQL(SERVED, SERVED_BEFORE),
    ]
