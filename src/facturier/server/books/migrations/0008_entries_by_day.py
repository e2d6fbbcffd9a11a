"""Entries by day; numbers of another program may return each year, ours never do.

The narrower index stands before the constraint goes, so that no number of ours is ever taken twice.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

OWN_NUMBER = models.UniqueConstraint(
    fields=["journal", "number"],
    condition=~models.Q(number="") & models.Q(taken_over=None),
    name="one_own_entry_per_number",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("books", "0007_ledger_walls")]
    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["dossier", "date"], name="entry_by_day"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY one_own_entry_per_number ON books_entry"
                    " (journal_id, number) WHERE number <> '' AND taken_over_id IS NULL",
                    "DROP INDEX CONCURRENTLY one_own_entry_per_number",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(model_name="entry", constraint=OWN_NUMBER),
            ],
        ),
        migrations.RemoveConstraint(model_name="entry", name="one_entry_per_number"),
    ]
