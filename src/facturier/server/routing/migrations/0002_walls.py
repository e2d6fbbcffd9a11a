"""Rules are hidden like all of a dossier; an application that a rule names hears by rules alone."""

from django.db import migrations

from facturier.server.row_level_security import hide

SAME = """
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
      AND w.ack_status IN ('', NEW.ack_status)
"""
BY_RULES_ALONE = """
      AND NOT (NEW.direction = 'In' AND NEW.flow_type = 'SupplierInvoice' AND EXISTS (
          SELECT FROM routing_rule r WHERE r.webhook_id = w.id AND r.retired_at IS NULL))
"""


def function(more):
    return f"""
CREATE OR REPLACE FUNCTION api_flow_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.ack_status, NEW.flow_type, NEW.ack_details)
            IS NOT DISTINCT FROM (OLD.ack_status, OLD.flow_type, OLD.ack_details) THEN
        RETURN NULL;
    END IF;
    {SAME}{more};
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial"), ("api", "0003_notices")]
    operations = [
        *hide("routing_rule", "routing_placement"),
        migrations.RunSQL(function(BY_RULES_ALONE), function("")),
    ]
