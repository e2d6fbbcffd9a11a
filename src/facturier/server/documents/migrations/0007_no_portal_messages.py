"""What the public portal is owed stands in the portal's own outbox (portal 0002 moved the rows)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("documents", "0006_status_files"), ("portal", "0002_walls")]
    operations = [migrations.DeleteModel(name="PortalMessage")]
