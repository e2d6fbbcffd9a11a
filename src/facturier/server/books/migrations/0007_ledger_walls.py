"""Row-level security of the ledger's tables; a locked period takes no entry any more.

The lock is held by the database too: whoever validates reads the latest lock of the dossier.
"""

from django.db import migrations

from facturier.server.row_level_security import hide

LOCKED = """
CREATE FUNCTION books_period_is_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    locked date;
BEGIN
    IF NEW.state = 'validated' AND NEW.taken_over_id IS NULL
       AND (TG_OP = 'INSERT' OR OLD.state = 'proposed') THEN
        SELECT until INTO locked FROM books_periodlock
        WHERE dossier_id = NEW.dossier_id ORDER BY at DESC, id DESC LIMIT 1;
        IF NEW.date <= locked THEN
            RAISE EXCEPTION 'the books are locked until %', locked
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER period_is_open BEFORE INSERT OR UPDATE ON books_entry
    FOR EACH ROW EXECUTE FUNCTION books_period_is_open();
"""
LOCKED_UNDO = """
DROP TRIGGER period_is_open ON books_entry;
DROP FUNCTION books_period_is_open();
"""


class Migration(migrations.Migration):
    dependencies = [("books", "0006_ledger"), ("firm", "0003_sight")]
    operations = [
        *hide("books_account", "books_takeover", "books_periodlock"),
        migrations.RunSQL(LOCKED, LOCKED_UNDO),
    ]
