"""One series of numbers a company, of what this platform deposited.

An invoice of a dossier that lives on another platform is accepted here but deposited there: when
that platform is this installation too (another cabinet's dossier), its deposit is the first.
"""

from django.db import migrations

ELSEWHERE = """
CREATE OR REPLACE FUNCTION issued_elsewhere(own bigint, siren text, wanted text, during int)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM documents_document AS one
        WHERE accepted AND direction = 'issued' AND seller_siren = siren AND seller_siren <> ''
          AND number = wanted AND dossier_id <> own
          AND extract(year FROM issue_date) = during
          AND EXISTS (
              SELECT FROM documents_transmission
              WHERE document_id = one.id AND platform = 'simulated'))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0009_event_action_and_attached")]
    operations = [migrations.RunSQL(ELSEWHERE, migrations.RunSQL.noop)]
