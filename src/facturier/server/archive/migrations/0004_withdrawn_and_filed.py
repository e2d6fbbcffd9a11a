"""Two more kinds of envelope: an entry withdrawn, something filed away (no column changes)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0003_months_and_certificates")]
    operations = [
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
                            ("entry-withdrawn", "Écriture retirée"),
                            ("filed", "Fichier ou pièce classé"),
                            ("certificate", "Certificat d'exhaustivité"),
                        ],
                        max_length=20,
                        verbose_name="nature",
                    ),
                ),
            ],
        ),
    ]
