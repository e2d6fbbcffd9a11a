"""What each person may see, said by the database; row-level security of the firm's tables."""

from django.db import migrations

from facturier.server.row_level_security import hide

# SECURITY DEFINER: they run as the owner, who is not bound by row-level security. Each answers one
# narrow question, and only with ids. search_path is fixed so that nobody can slip a table under.
FUNCTIONS = """
CREATE FUNCTION dossiers_visible_to(person bigint) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(d.id), '{}') FROM firm_dossier d
    WHERE EXISTS (SELECT FROM firm_person p WHERE p.id = person AND p.is_active)
      AND (EXISTS (SELECT FROM firm_membership m WHERE m.person_id = person
                   AND m.cabinet_id = d.cabinet_id AND m.role = 'expert_comptable')
           OR EXISTS (SELECT FROM firm_dossieraccess a
                      WHERE a.person_id = person AND a.dossier_id = d.id))
$$;
CREATE FUNCTION cabinets_led_by(person bigint) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(m.cabinet_id), '{}') FROM firm_membership m
    JOIN firm_person p ON p.id = m.person_id AND p.is_active
    WHERE m.person_id = person AND m.role = 'expert_comptable'
$$;
CREATE FUNCTION dossiers_of_api_client(client text) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(d.id), '{}') FROM firm_apiclient c
    JOIN firm_apiclient_dossiers l ON l.apiclient_id = c.id
    JOIN firm_dossier d ON d.id = l.dossier_id AND d.cabinet_id = c.cabinet_id
    WHERE c.client_id = client
$$;
CREATE FUNCTION dossier_at(address text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier WHERE electronic_address = address
$$;
-- The settings of the transaction (facturier.server.sight). An unset one reads as null, one that an
-- earlier transaction had set reads as ''.
CREATE FUNCTION dossiers_in_sight() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('facturier.dossiers', true), '')::bigint[]
$$;
CREATE FUNCTION cabinets_in_sight() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('facturier.cabinets', true), '')::bigint[]
$$;
"""

DROP = "".join(
    f"DROP FUNCTION {signature};"
    for signature in (
        "dossiers_visible_to(bigint)", "cabinets_led_by(bigint)", "dossiers_of_api_client(text)",
        "dossier_at(text)", "dossiers_in_sight()", "cabinets_in_sight()",
    )
)  # fmt: skip

# An expert-comptable opens a dossier before it can be in anybody's sight.
DOSSIER = """
ALTER TABLE firm_dossier ENABLE ROW LEVEL SECURITY;
ALTER TABLE firm_dossier FORCE ROW LEVEL SECURITY;
CREATE POLICY in_sight ON firm_dossier
USING (id = ANY ((SELECT dossiers_in_sight())::bigint[])
       OR cabinet_id = ANY ((SELECT cabinets_in_sight())::bigint[]));
"""
DOSSIER_UNDO = """
DROP POLICY in_sight ON firm_dossier;
ALTER TABLE firm_dossier NO FORCE ROW LEVEL SECURITY;
ALTER TABLE firm_dossier DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("firm", "0002_api_clients")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(DOSSIER, DOSSIER_UNDO),
        *hide("firm_dossieraccess", "firm_apiclient_dossiers"),
    ]
