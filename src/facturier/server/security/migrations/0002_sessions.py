"""A session is opened by its key and by nothing else; its person sees it in a list.

The serving role may read and end the sessions of the person in sight. Any other it reaches only
through these functions, which run as the owner and ask for the key (its hash): whoever finds a hole
in a page cannot list the sessions of others.
"""

from django.db import migrations

PERSON = """
-- Who asks, as the request says (facturier.server.sight); null outside of a request.
CREATE FUNCTION person_in_sight() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('facturier.person', true), '')::bigint
$$;
"""
FUNCTIONS = """
CREATE FUNCTION session_read(wanted text, idle interval)
RETURNS TABLE (data text, seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.data, s.seen_at FROM security_session s
    WHERE s.key_hash = wanted AND s.expires_at > clock_timestamp()
      AND s.seen_at > clock_timestamp() - idle
$$;
CREATE FUNCTION session_open(new text, who bigint, kept text, lasts interval, place text, told text)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH opened AS (
        INSERT INTO security_session
            (key_hash, person_id, data, address, agent, opened_at, seen_at, expires_at)
        VALUES (new, who, kept, place, told, clock_timestamp(), clock_timestamp(),
                clock_timestamp() + lasts)
        ON CONFLICT (key_hash) DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM opened)
$$;
CREATE FUNCTION session_keep(wanted text, who bigint, kept text, place text, told text)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH held AS (
        UPDATE security_session SET person_id = who, data = kept, address = place, agent = told
        WHERE key_hash = wanted RETURNING 1)
    SELECT EXISTS (SELECT FROM held)
$$;
CREATE FUNCTION session_touch(wanted text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE security_session SET seen_at = clock_timestamp() WHERE key_hash = wanted
$$;
CREATE FUNCTION session_end(wanted text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM security_session WHERE key_hash = wanted
$$;
CREATE FUNCTION sessions_forget(idle interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM security_session
        WHERE expires_at < clock_timestamp() OR seen_at < clock_timestamp() - idle RETURNING 1)
    SELECT count(*) FROM gone
$$;
"""
WALL = """
ALTER TABLE security_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE security_session FORCE ROW LEVEL SECURITY;
CREATE POLICY own_read ON security_session FOR SELECT
    USING (person_id = (SELECT person_in_sight()));
CREATE POLICY own_end ON security_session FOR DELETE
    USING (person_id = (SELECT person_in_sight()));
"""
WALL_UNDO = """
DROP POLICY own_read ON security_session; DROP POLICY own_end ON security_session;
ALTER TABLE security_session NO FORCE ROW LEVEL SECURITY;
ALTER TABLE security_session DISABLE ROW LEVEL SECURITY;
"""
DROP = "".join(
    f"DROP FUNCTION {signature};"
    for signature in (
        "session_read(text, interval)", "session_open(text, bigint, text, interval, text, text)",
        "session_keep(text, bigint, text, text, text)", "session_touch(text)", "session_end(text)",
        "sessions_forget(interval)",
    )
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("security", "0001_initial"), ("firm", "0003_sight")]
    operations = [
        migrations.RunSQL(PERSON, "DROP FUNCTION person_in_sight()"),
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(WALL, WALL_UNDO),
    ]
