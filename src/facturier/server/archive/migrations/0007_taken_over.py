"""One more kind of envelope: the FEC of another program was taken over (no column changes)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0006_routed")]
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
                            ("taken-over", "FEC d'un autre logiciel repris"),
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
