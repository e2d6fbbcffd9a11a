"""Which invoice a document corrects; what a person files away, and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0010_deposited_here"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="document",
            name="corrects",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections", to="documents.document",
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="closed_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="closed_why",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200,
                verbose_name="classé parce que",
            ),
        ),
        migrations.AddField(
            model_name="flow",
            name="corrects",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="+", to="documents.document",
            ),
        ),
        migrations.AddField(
            model_name="flow",
            name="filed_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="flow",
            name="filed_why",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200,
                verbose_name="classé parce que",
            ),
        ),
        migrations.AddField(
            model_name="flow",
            name="filed_at",
            field=models.DateTimeField(null=True, verbose_name="classé le"),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="flow",
                    name="state",
                    field=models.CharField(
                        choices=[
                            ("pending", "En attente"), ("done", "Traité"),
                            ("quarantined", "En quarantaine"), ("filed", "Classé"),
                        ],
                        default="pending",
                        max_length=12,
                    ),
                ),
            ],
        ),
    ]
