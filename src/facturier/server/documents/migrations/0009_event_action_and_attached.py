from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0008_issued_elsewhere")]
    operations = [
        migrations.AddField(
            model_name="event",
            name="action",
            field=models.CharField(
                blank=True, db_default="", max_length=3, verbose_name="action demandée"
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="attached",
            field=models.TextField(blank=True, db_default="", verbose_name="pièces jointes"),
        ),
    ]
