"""A cabinet says which roles may not do without a second factor."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("firm", "0004_find_by_siren")]
    operations = [
        migrations.AddField(
            "cabinet",
            "second_factor_for",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=20), blank=True, default=list, size=None,
                help_text="Rôles (d'une appartenance ou d'un accès) qui ne peuvent pas s'en passer.",
                verbose_name="second facteur obligatoire",
            ),
        ),
    ]
