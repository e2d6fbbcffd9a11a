"""What waits in the outbox, or was given up there, is counted for the to-do of each dossier."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("documents", "0012_line_followed")]
    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=~models.Q(state="sent"), fields=["dossier"], name="message_unsent"
            ),
        ),
    ]
