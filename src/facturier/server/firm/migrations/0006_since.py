"""Since when a person works in a cabinet: the grace period of the second factor begins then."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("firm", "0005_second_factor")]
    operations = [
        migrations.AddField(
            "membership",
            "since",
            models.DateTimeField(db_default=Now(), editable=False, verbose_name="depuis le"),
        ),
    ]
