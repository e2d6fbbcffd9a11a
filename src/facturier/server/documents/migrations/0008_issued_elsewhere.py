"""A company's invoice numbers are one series, even when the installation has it as two dossiers.

The function answers yes or no and nothing about the other dossier, which may be another cabinet's.
"""

from django.db import migrations

INDEX = """
CREATE INDEX issued_number ON documents_document (seller_siren, number)
    WHERE accepted AND direction = 'issued' AND seller_siren <> '';
"""
ELSEWHERE = """
CREATE FUNCTION issued_elsewhere(own bigint, siren text, wanted text, during int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM documents_document
        WHERE accepted AND direction = 'issued' AND seller_siren = siren AND seller_siren <> ''
          AND number = wanted AND dossier_id <> own
          AND extract(year FROM issue_date) = during)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0007_no_portal_messages")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX issued_number"),
        migrations.RunSQL(
            ELSEWHERE, "DROP FUNCTION issued_elsewhere(bigint, text, text, int)"
        ),
    ]
