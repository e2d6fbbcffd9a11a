"""A line that moves from one entry to another must leave both balanced."""

from django.db import migrations

BALANCE = """
CREATE OR REPLACE FUNCTION books_entry_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    touched bigint[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.entry_id]
                                   WHEN 'DELETE' THEN ARRAY[OLD.entry_id]
                                   ELSE ARRAY[OLD.entry_id, NEW.entry_id] END;
    off record;
BEGIN
    SELECT entry_id, sum(debit) - sum(credit) AS difference INTO off
    FROM books_entryline WHERE entry_id = ANY (touched)
    GROUP BY entry_id HAVING sum(debit) <> sum(credit) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is not balanced: %', off.entry_id, off.difference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("books", "0003_proposals")]
    operations = [migrations.RunSQL(BALANCE, migrations.RunSQL.noop)]
