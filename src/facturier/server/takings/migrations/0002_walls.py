"""Row-level security; days that are never changed nor removed."""

from django.db import migrations

from facturier.server.row_level_security import hide

TABLES = ("takings_daytakings", "takings_takingsline")
FOR_EVER = """
CREATE FUNCTION takings_are_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'takings are never changed nor removed: a correction replaces them'
        USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER for_ever BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION takings_are_for_ever();"
    for table in TABLES
)
FOR_EVER_UNDO = (
    "".join(f"DROP TRIGGER for_ever ON {table};" for table in TABLES)
    + "DROP FUNCTION takings_are_for_ever();"
)


class Migration(migrations.Migration):
    dependencies = [("takings", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide(
            "takings_takingschoice",
            "takings_closure",
            "takings_tilllayout",
            "takings_tillfile",
            *TABLES,
            "takings_dayentry",
        ),
        migrations.RunSQL(FOR_EVER, FOR_EVER_UNDO),
    ]
