"""Names of flows grow with time; an address of bytes is entered once in an index, not twice.

For each unique or foreign column of words Django makes a second index, for ``LIKE``, which nobody
asks of a SHA-256 or of a key: it doubles what an invoice writes without an order.
"""

from django.db import migrations, models

from facturier.server.documents.ordered import ordered_uuid

TWINS = """
SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid::regclass::text = ANY (%s) AND relname LIKE '%%\\_like'
"""


def without_twins(*tables):
    """Return an operation that drops the indexes for ``LIKE`` of `tables`, nobody waiting."""

    def drop(_, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(TWINS, [list(tables)])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")

    return migrations.RunPython(drop, migrations.RunPython.noop)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("documents", "0014_document_by_number"), ("portal", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="flow",
            name="flow_id",
            field=models.UUIDField(default=ordered_uuid, editable=False, unique=True),
        ),
        without_twins(
            "documents_storedbytes", "documents_flow", "documents_document", "documents_event",
            "documents_message", "documents_envelope", "portal_portalfile",
        ),
    ]  # fmt: skip
