"""What named itself is forgotten after its time, in every dossier at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

FORGET = """
CREATE FUNCTION forget_requests(before timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM api_asked WHERE asked_at < before;
    DELETE FROM api_answered WHERE at < before;
$$;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("api", "0006_changes")]
    operations = [
        migrations.RunSQL(FORGET, "DROP FUNCTION forget_requests(timestamptz)"),
        AddIndexConcurrently("asked", models.Index(fields=["asked_at"], name="asked_by_age")),
        AddIndexConcurrently("answered", models.Index(fields=["at"], name="answered_by_day")),
    ]
