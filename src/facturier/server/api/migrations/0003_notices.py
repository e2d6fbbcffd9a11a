"""Row-level security of webhooks; the database itself notes what a webhook is owed."""

from django.db import migrations

from facturier.server.row_level_security import hide

# In the transaction that changes the flow, whatever changes it: no notice is lost, none is about
# something that was rolled back.
OWED = """
CREATE FUNCTION api_flow_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.ack_status, NEW.flow_type, NEW.ack_details)
            IS NOT DISTINCT FROM (OLD.ack_status, OLD.flow_type, OLD.ack_details) THEN
        RETURN NULL;
    END IF;
    INSERT INTO api_notice (dossier_id, webhook_id, flow, state, attempts, not_before, last_error,
                            created_at)
    SELECT NEW.dossier_id, w.id, jsonb_build_object(
            'flow_id', NEW.flow_id, 'tracking_id', NEW.tracking_id, 'name', NEW.name,
            'processing_rule', NEW.processing_rule,
            'processing_rule_computed', NEW.processing_rule_computed,
            'declared_syntax', NEW.declared_syntax, 'declared_profile', NEW.declared_profile,
            'submitted_at', NEW.submitted_at, 'updated_at', NEW.updated_at,
            'flow_type', NEW.flow_type, 'direction', NEW.direction, 'channel', NEW.channel,
            'ack_status', NEW.ack_status, 'ack_details', NEW.ack_details),
        'pending', 0, clock_timestamp(), '', clock_timestamp()
    FROM api_webhook w
    WHERE w.dossier_id = NEW.dossier_id
      AND (w.flow_types = '[]' OR w.flow_types ? NEW.flow_type)
      AND w.flow_direction IN ('', NEW.direction)
      AND w.ack_status IN ('', NEW.ack_status);
    RETURN NULL;
END $$;
CREATE TRIGGER owed AFTER INSERT OR UPDATE ON documents_flow
    FOR EACH ROW EXECUTE FUNCTION api_flow_changed();
"""
OWED_UNDO = """
DROP TRIGGER owed ON documents_flow;
DROP FUNCTION api_flow_changed();
"""

# For the sweep: ids only.
DUE = """
CREATE FUNCTION webhooks_with_notices() RETURNS TABLE (webhook bigint, dossier bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT n.webhook_id, n.dossier_id FROM api_notice n
    JOIN api_webhook w ON w.id = n.webhook_id
    WHERE n.state = 'pending' AND n.not_before <= clock_timestamp()
      AND w.not_before <= clock_timestamp()
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("api", "0002_webhooks"), ("documents", "0005_work_now")]
    operations = [
        *hide("api_webhook", "api_notice"),
        migrations.RunSQL(OWED, OWED_UNDO),
        migrations.RunSQL(DUE, "DROP FUNCTION webhooks_with_notices()"),
    ]
