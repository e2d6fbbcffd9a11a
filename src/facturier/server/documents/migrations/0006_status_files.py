"""Statuses travel as files; those owed to the public portal wait in an outbox of their own."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from facturier.server.row_level_security import hide

STATES = [
    ("pending", "À transmettre"),
    ("sent", "Transmis"),
    ("accepted", "Accepté"),
    ("refused", "Refusé"),
    ("blocked", "Retenu : le message enfreint une règle"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0005_work_now"),
        ("firm", "0004_find_by_siren"),
    ]
    operations = [
        migrations.AddField(
            model_name="message",
            name="event",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="message",
                to="documents.event",
            ),
        ),
        migrations.CreateModel(
            name="PortalMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=3, verbose_name="statut")),
                (
                    "state",
                    models.CharField(choices=STATES, default="pending", max_length=10),
                ),
                ("due_at", models.DateTimeField(verbose_name="à transmettre avant")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="portal_messages",
                        to="firm.dossier",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="portal_message",
                        to="documents.event",
                    ),
                ),
                (
                    "stored",
                    models.ForeignKey(
                        db_column="sha256",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="documents.storedbytes",
                    ),
                ),
            ],
            options={
                "verbose_name": "statut dû au portail public",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["dossier", "not_before"],
                        name="portal_to_do",
                    )
                ],
            },
        ),
        *hide("documents_portalmessage"),
    ]
