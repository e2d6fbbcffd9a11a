"""Answers of the portal that belong to no dossier are the administrators' business.

They speak of nothing known here: no flow, no file, no dossier. Whoever administers the installation
sees these rows and no others of the portal's tables.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ADMINISTERS = """
CREATE FUNCTION administers_installation() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM firm_person
        WHERE id = nullif(current_setting('facturier.person', true), '')::bigint
          AND is_superuser AND is_active)
$$;
CREATE POLICY of_administrators ON portal_portalanswer
    USING (dossier_id IS NULL AND file_id IS NULL AND about_id IS NULL
           AND (SELECT administers_installation()));
"""
UNDO = """
DROP POLICY of_administrators ON portal_portalanswer;
DROP FUNCTION administers_installation();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0003_closed"),
        ("security", "0004_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="portalanswer",
            name="closed_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="portalanswer",
            name="closed_why",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200,
                verbose_name="classée parce que",
            ),
        ),
        migrations.RunSQL(ADMINISTERS, UNDO),
    ]
