"""Find the envelopes of a month; a kind of envelope for certificates (no column changes)."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("archive", "0002_walls")]
    operations = [
        # What was left of an attempt that was interrupted.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS envelope_by_month", ""),
        AddIndexConcurrently(
            model_name="proofenvelope",
            index=models.Index(fields=["dossier", "month"], name="envelope_by_month"),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="proofenvelope",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("document", "Pièce prise en charge et contrôlée"),
                            ("delivered", "Remise à l'autre partie"),
                            ("status", "Statut"),
                            ("entry-proposed", "Écriture proposée"),
                            ("entry-validated", "Écriture validée"),
                            ("certificate", "Certificat d'exhaustivité"),
                        ],
                        max_length=20,
                        verbose_name="nature",
                    ),
                ),
            ],
        ),
    ]
