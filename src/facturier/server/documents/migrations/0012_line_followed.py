from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0011_corrects_and_filed")]
    operations = [
        migrations.AddField(
            model_name="transmission",
            name="line",
            field=models.CharField(
                blank=True, db_default="", max_length=300, verbose_name="ligne suivie"
            ),
        ),
    ]
