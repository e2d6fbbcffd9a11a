"""Received invoices are handed to other applications: into a folder, or by mail."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from facturier.server.row_level_security import hide

DUE = """
CREATE FUNCTION dossiers_with_handovers() RETURNS SETOF bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT dossier_id FROM routing_handover
    WHERE state = 'pending' AND not_before <= clock_timestamp()
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("firm", "0005_second_factor"), ("routing", "0002_walls")]
    operations = [
        migrations.AddField(
            model_name="rule",
            name="folder",
            field=models.CharField(
                blank=True, db_default="", max_length=100, verbose_name="dossier de dépôt"
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="mail",
            field=models.EmailField(
                blank=True, db_default="", max_length=254, verbose_name="adresse de courriel"
            ),
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("folder", models.CharField(blank=True, max_length=100, verbose_name="dossier de dépôt")),
                ("mail", models.EmailField(blank=True, max_length=254, verbose_name="adresse de courriel")),
                ("state", models.CharField(choices=[("pending", "À remettre"), ("done", "Remise"), ("failed", "Abandonnée")], default="pending", max_length=8, verbose_name="état")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_error", models.TextField(blank=True, verbose_name="dernière erreur")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("done_at", models.DateTimeField(null=True, verbose_name="remise le")),
                ("dossier", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="firm.dossier")),
                ("placement", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="handovers", to="routing.placement")),
            ],
            options={
                "verbose_name": "remise à une autre application",
                "indexes": [
                    models.Index(condition=models.Q(("state", "pending")), fields=["dossier", "not_before"], name="handover_due"),
                    models.Index(fields=["dossier", "-created_at"], name="handover_list"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("folder", "")) ^ models.Q(("mail", "")), name="handover_goes_one_way"),
                ],
            },
        ),
        *hide("routing_handover"),
        migrations.RunSQL(DUE, "DROP FUNCTION dossiers_with_handovers()"),
    ]
