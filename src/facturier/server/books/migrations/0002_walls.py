"""Row-level security, balanced entries, validated entries that nobody changes."""

from django.db import migrations

from facturier.server.row_level_security import hide

# Deferred: an entry may be unbalanced while its lines are being written, never at commit.
# SECURITY DEFINER: the sum must not depend on what the transaction may see.
BALANCE = """
CREATE FUNCTION books_entry_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    concerned bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.entry_id ELSE NEW.entry_id END;
    difference numeric;
BEGIN
    SELECT sum(debit) - sum(credit) INTO difference
    FROM books_entryline WHERE entry_id = concerned;
    IF difference <> 0 THEN
        RAISE EXCEPTION 'entry % is not balanced: %', concerned, difference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT OR UPDATE OR DELETE ON books_entryline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_entry_balances();
"""
BALANCE_UNDO = """
DROP TRIGGER balances ON books_entryline;
DROP FUNCTION books_entry_balances();
"""

# After validation an entry may only become "reversed"; of its lines only the lettering may change.
VALIDATED = """
CREATE FUNCTION books_validated_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept books_entry := OLD;
BEGIN
    IF OLD.state = 'proposed' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'validated' AND NEW.state = 'reversed' THEN
        kept.state := NEW.state;
    END IF;
    IF TG_OP = 'DELETE' OR NEW IS DISTINCT FROM kept THEN
        RAISE EXCEPTION 'a validated entry is only reversed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON books_entry
    FOR EACH ROW EXECUTE FUNCTION books_validated_entry_stays();

CREATE FUNCTION books_validated_line_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kept books_entryline;
    touched bigint[];
BEGIN
    touched := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.entry_id]
                          WHEN 'DELETE' THEN ARRAY[OLD.entry_id]
                          ELSE ARRAY[OLD.entry_id, NEW.entry_id] END;
    IF TG_OP = 'UPDATE' THEN
        kept := OLD;
        kept.letter := NEW.letter;
        kept.lettered_on := NEW.lettered_on;
        IF NEW IS NOT DISTINCT FROM kept THEN
            RETURN NEW;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM books_entry WHERE id = ANY (touched) AND state <> 'proposed') THEN
        RAISE EXCEPTION 'a validated entry is only reversed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER stays BEFORE INSERT OR UPDATE OR DELETE ON books_entryline
    FOR EACH ROW EXECUTE FUNCTION books_validated_line_stays();
"""
VALIDATED_UNDO = """
DROP TRIGGER stays ON books_entryline;
DROP TRIGGER stays ON books_entry;
DROP FUNCTION books_validated_line_stays();
DROP FUNCTION books_validated_entry_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("books", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide("books_journal", "books_entry", "books_entryline"),
        migrations.RunSQL(BALANCE, BALANCE_UNDO),
        migrations.RunSQL(VALIDATED, VALIDATED_UNDO),
    ]
