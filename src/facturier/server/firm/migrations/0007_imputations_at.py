"""A dossier says when its rules of imputation last changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("firm", "0006_since")]
    operations = [
        migrations.AddField(
            model_name="dossier",
            name="imputations_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
