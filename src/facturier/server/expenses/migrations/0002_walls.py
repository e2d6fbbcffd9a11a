"""Row-level security."""

from django.db import migrations

from facturier.server.row_level_security import hide


class Migration(migrations.Migration):
    dependencies = [("expenses", "0001_initial"), ("firm", "0003_sight")]
    operations = hide(
        "expenses_expensechoice",
        "expenses_employee",
        "expenses_knownpayer",
        "expenses_paidinvoice",
        "expenses_claim",
        "expenses_claimline",
    )
