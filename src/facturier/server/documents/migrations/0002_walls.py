"""Row-level security, the append-only history, the moment of change of a flow."""

from django.db import migrations

from facturier.server.row_level_security import hide

APPEND_ONLY = """
CREATE FUNCTION documents_event_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event is never changed nor removed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER for_ever BEFORE UPDATE OR DELETE ON documents_event
    FOR EACH ROW EXECUTE FUNCTION documents_event_is_for_ever();
"""
APPEND_ONLY_UNDO = """
DROP TRIGGER for_ever ON documents_event;
DROP FUNCTION documents_event_is_for_ever();
"""

# Clients page through flows by date with a strict "greater than" (XP Z12-013): two changes of one
# dossier never get the same instant, and a later change never an earlier one.
CHANGE = """
CREATE FUNCTION documents_flow_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := greatest(
        clock_timestamp(),
        (SELECT max(f.updated_at) FROM documents_flow f WHERE f.dossier_id = NEW.dossier_id)
            + interval '1 microsecond');
    RETURN NEW;
END $$;
CREATE TRIGGER changed BEFORE INSERT OR UPDATE ON documents_flow
    FOR EACH ROW EXECUTE FUNCTION documents_flow_changed();
"""
CHANGE_UNDO = """
DROP TRIGGER changed ON documents_flow;
DROP FUNCTION documents_flow_changed();
"""

# For the sweep that repeats lost wake-up calls: ids only.
WORK = """
CREATE FUNCTION dossiers_with_work() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT dossier_id FROM documents_flow WHERE state = 'pending' AND not_before <= now()
    UNION SELECT dossier_id FROM documents_message WHERE state = 'pending' AND not_before <= now()
    UNION SELECT dossier_id FROM documents_envelope WHERE taken_at IS NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide(
            "documents_flow", "documents_document", "documents_transmission", "documents_event",
            "documents_findingrow", "documents_message", "documents_envelope",
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDO),
        migrations.RunSQL(CHANGE, CHANGE_UNDO),
        migrations.RunSQL(WORK, "DROP FUNCTION dossiers_with_work()"),
    ]
