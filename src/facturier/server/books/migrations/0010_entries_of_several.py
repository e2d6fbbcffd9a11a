"""A document of several sellers, or of both ways, has an entry for each of its invoices.

The wider index stands before the narrower constraint goes: no invoice is ever booked twice.
"""

from django.db import migrations, models

ONE_EACH = models.UniqueConstraint(
    fields=["document", "piece"],
    condition=models.Q(reverses__isnull=True),
    name="one_entry_per_piece",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("books", "0009_imputations")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_entry_per_piece"
                    " ON books_entry (document_id, piece) WHERE reverses_id IS NULL",
                    "DROP INDEX CONCURRENTLY one_entry_per_piece",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(model_name="entry", constraint=ONE_EACH),
            ],
        ),
        migrations.RemoveConstraint(model_name="entry", name="one_entry_per_document"),
    ]
