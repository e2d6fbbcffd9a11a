"""Who runs the command line on the server's machine names a dossier by its SIREN."""

from django.db import migrations

FIND = """
CREATE FUNCTION dossiers_of_siren(wanted text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_dossier WHERE siren = wanted OR electronic_address = wanted ORDER BY id
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("firm", "0003_sight")]
    operations = [migrations.RunSQL(FIND, "DROP FUNCTION dossiers_of_siren(text)")]
