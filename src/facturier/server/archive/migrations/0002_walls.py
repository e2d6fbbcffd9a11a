"""Row-level security; envelopes, seals and timestamps that only grow; a chain without a gap."""

from django.db import migrations

from facturier.server.row_level_security import hide

TABLES = ("archive_proofenvelope", "archive_seal", "archive_timestamp")

APPEND_ONLY = """
CREATE FUNCTION archive_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the archive is never changed nor removed'
        USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER for_ever BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION archive_is_for_ever();"
    for table in TABLES
)
APPEND_ONLY_UNDO = (
    "".join(f"DROP TRIGGER for_ever ON {table};" for table in TABLES)
    + "DROP FUNCTION archive_is_for_ever();"
)

# SECURITY DEFINER: what follows what must not depend on what the transaction may see.
FOLLOWS = """
CREATE FUNCTION archive_envelope_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head archive_proofenvelope;
    said json := NEW.body::json;
BEGIN
    SELECT * INTO head FROM archive_proofenvelope
    WHERE dossier_id = NEW.dossier_id ORDER BY sequence DESC LIMIT 1;
    IF NEW.sequence <> coalesce(head.sequence, 0) + 1
       OR NEW.previous <> coalesce(head.hash, repeat('0', 64))
       OR NEW.recorded_at < head.recorded_at
       OR NEW.hash <> encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex')
       OR said ->> 'sequence' IS DISTINCT FROM NEW.sequence::text
       OR said ->> 'previous' IS DISTINCT FROM NEW.previous
       OR said ->> 'kind' IS DISTINCT FROM NEW.kind
       OR said ->> 'month' IS DISTINCT FROM NEW.month THEN
        RAISE EXCEPTION 'envelope % does not follow the chain', NEW.sequence
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM archive_seal
               WHERE dossier_id = NEW.dossier_id AND last >= NEW.sequence) THEN
        RAISE EXCEPTION 'envelope % is of a sealed month', NEW.sequence
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follows BEFORE INSERT ON archive_proofenvelope
    FOR EACH ROW EXECUTE FUNCTION archive_envelope_follows();
"""
FOLLOWS_UNDO = """
DROP TRIGGER follows ON archive_proofenvelope;
DROP FUNCTION archive_envelope_follows();
"""

# For the hourly job: ids only. A month is sealed when a later one has begun in Paris.
TO_SEAL = """
CREATE FUNCTION dossiers_to_seal(before text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT envelope.dossier_id FROM archive_proofenvelope envelope
    WHERE envelope.month < before AND NOT EXISTS (
        SELECT FROM archive_seal seal
        WHERE seal.dossier_id = envelope.dossier_id AND seal.month = envelope.month)
$$;
CREATE FUNCTION dossiers_to_stamp() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT seal.dossier_id FROM archive_seal seal
    WHERE NOT EXISTS (SELECT FROM archive_timestamp stamp WHERE stamp.seal_id = seal.id)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        *hide(*TABLES),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDO),
        migrations.RunSQL(FOLLOWS, FOLLOWS_UNDO),
        migrations.RunSQL(TO_SEAL, "DROP FUNCTION dossiers_to_seal(text); DROP FUNCTION dossiers_to_stamp()"),
    ]
