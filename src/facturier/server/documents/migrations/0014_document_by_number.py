"""An invoice is looked for by its number: is it there already, which one is meant, corrected."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("documents", "0013_unsent_messages")]
    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=models.Index(fields=["dossier", "number"], name="document_by_number"),
        ),
    ]
