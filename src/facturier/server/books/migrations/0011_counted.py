"""Statistics of the books may be taken at once, when a whole year came in.

Without them PostgreSQL believes that a dossier has one line, and looks thirty thousand entries up
one by one; by itself it notices within a minute. ANALYZE is the owner's right: the function has it.
"""

from django.db import migrations

COUNT = """
CREATE FUNCTION books_count() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE books_entry;
    ANALYZE books_entryline;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("books", "0010_entries_of_several")]
    operations = [migrations.RunSQL(COUNT, "DROP FUNCTION books_count();")]
