"""A proposal may be withdrawn, for the status that took its object away.

The constraint on numbers becomes wider: the new one stands before the old one goes, so that at no
moment a validated entry may be without number.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

WIDER = models.CheckConstraint(
    condition=Q(state__in=("proposed", "withdrawn")) | ~Q(number=""),
    name="entry_in_the_books_has_number",
)


class Migration(migrations.Migration):
    dependencies = [("books", "0004_moved_lines"), ("documents", "0011_corrects_and_filed")]
    operations = [
        migrations.AddField(
            model_name="entry",
            name="cause",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="entries", to="documents.event",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="entry",
                    name="state",
                    field=models.CharField(
                        choices=[
                            ("proposed", "Proposée"), ("validated", "Validée"),
                            ("reversed", "Contre-passée"), ("withdrawn", "Retirée"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
            ],
        ),
        AddConstraintNotValid(model_name="entry", constraint=WIDER),
        ValidateConstraint(model_name="entry", name=WIDER.name),
        migrations.RemoveConstraint(model_name="entry", name="validated_entry_has_number"),
    ]
