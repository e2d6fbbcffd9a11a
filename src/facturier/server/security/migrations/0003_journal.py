"""The journal only grows: lines come by a function, rights are noted by triggers.

No path that changes a right goes round the journal: page, command line and whoever writes SQL as
the serving role all meet the trigger, in the transaction of the change.
"""

from django.db import migrations

WALL = """
CREATE FUNCTION security_journal_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line of the journal is never changed nor removed'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER for_ever BEFORE UPDATE OR DELETE ON security_journalentry
    FOR EACH ROW EXECUTE FUNCTION security_journal_is_for_ever();
ALTER TABLE security_journalentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE security_journalentry FORCE ROW LEVEL SECURITY;
CREATE POLICY led ON security_journalentry FOR SELECT
    USING (cabinet_id = ANY ((SELECT cabinets_in_sight())::bigint[]));
ALTER TABLE security_acquaintance ENABLE ROW LEVEL SECURITY;
ALTER TABLE security_acquaintance FORCE ROW LEVEL SECURITY;
"""
WALL_UNDO = """
DROP TRIGGER for_ever ON security_journalentry;
DROP FUNCTION security_journal_is_for_ever();
DROP POLICY led ON security_journalentry;
ALTER TABLE security_journalentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE security_journalentry DISABLE ROW LEVEL SECURITY;
ALTER TABLE security_acquaintance NO FORCE ROW LEVEL SECURITY;
ALTER TABLE security_acquaintance DISABLE ROW LEVEL SECURITY;
"""

NOTE = """
-- The cabinets that have to do with a person: where they work, and those of the dossiers opened.
CREATE FUNCTION cabinets_of_person(who bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT cabinet_id FROM firm_membership WHERE person_id = who
    UNION SELECT d.cabinet_id FROM firm_dossieraccess a JOIN firm_dossier d ON d.id = a.dossier_id
          WHERE a.person_id = who
$$;
-- How a cabinet names who acts: a stranger's name is not told.
CREATE FUNCTION actor_for(who bigint, firm bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN who IS NULL THEN ''
        WHEN EXISTS (SELECT FROM security_acquaintance WHERE person_id = who AND cabinet_id = firm)
            THEN (SELECT coalesce(nullif(name, ''), email) FROM firm_person WHERE id = who)
        ELSE 'Compte extérieur au cabinet' END
$$;
-- One INSERT. Without cabinet nor dossier: one line for each cabinet of the person; a person that
-- nobody knows: one line that only the machine's administrator sees.
CREATE FUNCTION journal_note(sort text, named text, who bigint, program text, about bigint,
                             firm bigint, place text, told jsonb, at_most_once text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO security_journalentry
        (at, cabinet_id, dossier_id, person_id, actor, kind, what, detail, address, once)
    SELECT clock_timestamp(), c.id, about, who,
           left(coalesce(nullif(program, ''), actor_for(who, c.id)), 200),
           sort, left(named, 60), told, left(place, 45), at_most_once
    FROM (SELECT firm AS id WHERE firm IS NOT NULL
          UNION SELECT cabinet_id FROM firm_dossier WHERE firm IS NULL AND id = about
          UNION SELECT * FROM cabinets_of_person(who) WHERE firm IS NULL AND about IS NULL
          UNION SELECT NULL WHERE firm IS NULL AND about IS NULL
                AND NOT EXISTS (SELECT FROM cabinets_of_person(who))) c
    ON CONFLICT (cabinet_id, once) WHERE once <> '' DO NOTHING
$$;
"""
NOTE_UNDO = """
DROP FUNCTION journal_note(text, text, bigint, text, bigint, bigint, text, jsonb, text);
DROP FUNCTION actor_for(bigint, bigint);
DROP FUNCTION cabinets_of_person(bigint);
"""

# The address is the request's, set beside the person (facturier.server.sight).
RIGHTS = """
CREATE FUNCTION security_right_noted(named text, op text, firm bigint, about bigint, whom bigint,
                                     more jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT journal_note(
        'right', named, person_in_sight(),
        CASE WHEN person_in_sight() IS NULL THEN 'Administrateur de la machine' ELSE '' END,
        about, firm, coalesce(current_setting('facturier.address', true), ''),
        more || jsonb_build_object('op', lower(op), 'whom',
            (SELECT coalesce(nullif(name, ''), email) FROM firm_person WHERE id = whom)), '')
$$;
CREATE FUNCTION security_right_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    it jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    whom bigint;
    changed text[] := '{}';
    firm bigint;
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'firm_membership' THEN
        PERFORM security_right_noted('membership', TG_OP, (it->>'cabinet_id')::bigint, NULL,
            (it->>'person_id')::bigint, jsonb_build_object('role', it->>'role'));
    WHEN 'firm_dossieraccess' THEN
        PERFORM security_right_noted('access', TG_OP, NULL, (it->>'dossier_id')::bigint,
            (it->>'person_id')::bigint, jsonb_build_object('role', it->>'role'));
    WHEN 'firm_apiclient_dossiers' THEN
        PERFORM security_right_noted('program_dossier', TG_OP, NULL, (it->>'dossier_id')::bigint,
            NULL, jsonb_build_object('program', (
                SELECT o.name FROM firm_apiclient a JOIN allauth_idp_oidc_client o
                ON o.id = a.client_id WHERE a.id = (it->>'apiclient_id')::bigint)));
    WHEN 'firm_apiclient' THEN
        PERFORM security_right_noted('program', TG_OP, (it->>'cabinet_id')::bigint, NULL, NULL,
            jsonb_build_object('program', (SELECT name FROM allauth_idp_oidc_client
                                           WHERE id = it->>'client_id')));
    WHEN 'allauth_idp_oidc_client' THEN
        SELECT cabinet_id INTO firm FROM firm_apiclient WHERE client_id = it->>'id';
        IF OLD.secret <> NEW.secret AND firm IS NOT NULL THEN
            PERFORM security_right_noted('program_secret', TG_OP, firm, NULL, NULL,
                jsonb_build_object('program', it->>'name'));
        END IF;
    WHEN 'firm_cabinet' THEN
        IF OLD.second_factor_for IS DISTINCT FROM NEW.second_factor_for THEN
            PERFORM security_right_noted('second_factor_for', TG_OP, (it->>'id')::bigint, NULL,
                NULL, jsonb_build_object('roles', it->'second_factor_for'));
        END IF;
    ELSE  -- about a person, told to each of their cabinets
        whom := coalesce(it->>'user_id', it->>'id')::bigint;
        IF TG_TABLE_NAME = 'firm_person' THEN
            IF OLD.password <> NEW.password THEN changed := changed || 'password'::text; END IF;
            IF OLD.email <> NEW.email THEN changed := changed || 'email'::text; END IF;
            IF OLD.is_active <> NEW.is_active THEN
                changed := changed || CASE WHEN NEW.is_active THEN 'opened' ELSE 'closed' END;
            END IF;
            IF OLD.is_superuser <> NEW.is_superuser OR OLD.is_staff <> NEW.is_staff THEN
                changed := changed || 'administrator'::text;
            END IF;
        END IF;
        IF TG_TABLE_NAME <> 'firm_person' OR cardinality(changed) > 0 THEN
            FOR firm IN SELECT cabinets_of_person(whom) LOOP
                PERFORM security_right_noted(
                    CASE TG_TABLE_NAME WHEN 'firm_person' THEN 'account' ELSE 'factor' END,
                    TG_OP, firm, NULL, whom,
                    jsonb_build_object('changed', changed, 'type', it->>'type'));
            END LOOP;
        END IF;
    END CASE;
    RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON firm_membership
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON firm_dossieraccess
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER INSERT OR DELETE ON firm_apiclient_dossiers
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER INSERT OR DELETE ON firm_apiclient
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER UPDATE OF secret ON allauth_idp_oidc_client
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER UPDATE OF second_factor_for ON firm_cabinet
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER UPDATE OF password, email, is_active, is_superuser, is_staff
    ON firm_person FOR EACH ROW EXECUTE FUNCTION security_right_changed();
CREATE TRIGGER noted AFTER INSERT OR DELETE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION security_right_changed();
"""
RIGHTS_UNDO = """
DROP TRIGGER noted ON firm_membership; DROP TRIGGER noted ON firm_dossieraccess;
DROP TRIGGER noted ON firm_apiclient_dossiers; DROP TRIGGER noted ON firm_apiclient;
DROP TRIGGER noted ON allauth_idp_oidc_client; DROP TRIGGER noted ON firm_cabinet;
DROP TRIGGER noted ON firm_person; DROP TRIGGER noted ON mfa_authenticator;
DROP FUNCTION security_right_changed();
DROP FUNCTION security_right_noted(text, text, bigint, bigint, bigint, jsonb);
"""

# Before "noted" (triggers of one event run by name), so that who is appointed is known by name.
KNOWN = """
CREATE FUNCTION security_becomes_known() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'firm_membership' THEN
        INSERT INTO security_acquaintance (person_id, cabinet_id, dossier_id)
        VALUES (NEW.person_id, NEW.cabinet_id, NULL) ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO security_acquaintance (person_id, cabinet_id, dossier_id)
        SELECT NEW.person_id, cabinet_id, id FROM firm_dossier WHERE id = NEW.dossier_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER becomes_known AFTER INSERT OR UPDATE ON firm_membership
    FOR EACH ROW EXECUTE FUNCTION security_becomes_known();
CREATE TRIGGER becomes_known AFTER INSERT OR UPDATE ON firm_dossieraccess
    FOR EACH ROW EXECUTE FUNCTION security_becomes_known();
INSERT INTO security_acquaintance (person_id, cabinet_id, dossier_id)
    SELECT person_id, cabinet_id, NULL FROM firm_membership
    UNION SELECT a.person_id, d.cabinet_id, d.id
          FROM firm_dossieraccess a JOIN firm_dossier d ON d.id = a.dossier_id;
"""
KNOWN_UNDO = """
DROP TRIGGER becomes_known ON firm_membership; DROP TRIGGER becomes_known ON firm_dossieraccess;
DROP FUNCTION security_becomes_known();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0002_sessions"),
        ("firm", "0005_second_factor"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("allauth_idp_oidc", "0003_client_allow_uri_wildcards"),
    ]
    operations = [
        migrations.RunSQL(WALL, WALL_UNDO),
        migrations.RunSQL(NOTE, NOTE_UNDO),
        migrations.RunSQL(KNOWN, KNOWN_UNDO),
        migrations.RunSQL(RIGHTS, RIGHTS_UNDO),
    ]
