"""Row-level security."""

from django.db import migrations

from facturier.server.row_level_security import hide


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("firm", "0003_sight")]
    operations = [*hide("tickets_ticket", "tickets_ticketinvoice")]
