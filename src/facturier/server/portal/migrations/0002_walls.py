"""Row-level security; the statuses that waited for the portal move into its outbox."""

from django.db import migrations

from facturier.server.row_level_security import hide, show_to_portal

# MDT-4 is not kept in a column: it is made of these (facturier.lifecycle.messages).
MOVE = """
INSERT INTO portal_portalfile (
    dossier_id, interface, name, sha256, document_id, event_id, label, reference, siren, state,
    due_at, flow_name, attempts, not_before, last_error, answer_code, answer_reason, created_at,
    sent_at)
SELECT m.dossier_id, 'FFE0654A', 'CDV_' || m.event_id || '.xml', m.sha256, e.document_id, m.event_id,
    d.number || ' · ' || m.code,
    d.number || '_' || m.code || '_' || to_char(e.at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS')
        || '#' || d.type_code || '_' || to_char(d.issue_date, 'YYYYMMDD'),
    d.seller_siren, CASE m.state WHEN 'blocked' THEN 'held' ELSE 'pending' END,
    m.due_at, '', m.attempts, m.not_before, m.last_error, '', '', m.created_at, m.sent_at
FROM documents_portalmessage m
JOIN documents_event e ON e.id = m.event_id
JOIN documents_document d ON d.id = e.document_id
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial"), ("documents", "0006_status_files")]
    operations = [
        *hide("portal_portalfile", "portal_portalanswer"),
        *show_to_portal("portal_portalflow", "portal_portalfile", "portal_portalanswer"),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
    ]
