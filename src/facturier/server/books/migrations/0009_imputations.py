"""The rules of imputation of a dossier, and which of them had a say in a line."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from facturier.server.row_level_security import hide


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0008_entries_by_day"),
        ("firm", "0007_imputations_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Imputation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.PositiveSmallIntegerField()),
                ("side", models.CharField(max_length=8)),
                ("asked", models.JSONField(default=dict, verbose_name="conditions")),
                ("account", models.CharField(blank=True, max_length=20, verbose_name="compte")),
                ("auxiliary", models.CharField(blank=True, max_length=20, verbose_name="compte de tiers")),
                ("share", models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="part déductible")),
                ("label", models.CharField(blank=True, max_length=200, verbose_name="libellé")),
                ("sentence", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(null=True)),
                ("created_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("dossier", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="imputations", to="firm.dossier")),
            ],
            options={"verbose_name": "règle d'imputation", "ordering": ("rank", "pk")},
        ),
        migrations.AddIndex(
            model_name="imputation",
            index=models.Index(condition=models.Q(("retired_at", None)), fields=["dossier", "rank"], name="imputation_in_force"),
        ),
        *hide("books_imputation"),
        migrations.AddField(
            model_name="entryline",
            name="imputation",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="books.imputation"),
        ),
    ]
