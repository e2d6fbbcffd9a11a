"""One more kind of envelope: a received invoice was routed (no column changes)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0005_conservation")]
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
                            ("routed", "Facture reçue aiguillée"),
                            ("certificate", "Certificat d'exhaustivité"),
                            ("held", "Conservation forcée"),
                            ("released", "Conservation forcée levée"),
                            ("purged", "Purge"),
                        ],
                        max_length=20,
                        verbose_name="nature",
                    ),
                )
            ]
        )
    ]
