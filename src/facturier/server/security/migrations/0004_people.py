"""People, memberships, second factors and programs stand behind the wall too.

A person in sight sees the own rows, and the names of those who work or worked where they work.
Who signs in is nobody yet: `person_known_as` finds them by address, which they must have typed, and
the request then sees that one person (facturier.server.security.middleware).
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION person_known_as(address text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM firm_person WHERE lower(email) = lower(address)
$$;
CREATE FUNCTION people_in_sight() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT person_id), '{}') FROM (
        SELECT person_id FROM security_acquaintance
        WHERE cabinet_id = ANY (cabinets_in_sight())
        UNION ALL SELECT person_id FROM security_acquaintance
        WHERE dossier_id = ANY (dossiers_in_sight())
        UNION ALL SELECT person_id FROM security_acquaintance
        WHERE dossier_id IS NULL AND cabinet_id IN
            (SELECT cabinet_id FROM firm_dossier WHERE id = ANY (dossiers_in_sight()))) known
$$;
-- Whose account somebody may change: those of the cabinets they lead.
CREATE FUNCTION people_led() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT person_id), '{}') FROM security_acquaintance
    WHERE cabinet_id = ANY (cabinets_in_sight())
$$;
-- Of the dossiers in sight.
CREATE FUNCTION firms_in_sight() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT cabinet_id), '{}') FROM firm_dossier
    WHERE id = ANY (dossiers_in_sight())
$$;
-- Whether a person must still enrol: a cabinet of theirs asks it of their role, and they have none.
CREATE FUNCTION second_factor_missing(who bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM firm_membership m JOIN firm_cabinet c ON c.id = m.cabinet_id
        WHERE m.person_id = who AND m.role = ANY (c.second_factor_for)
        UNION ALL SELECT FROM firm_dossieraccess a JOIN firm_dossier d ON d.id = a.dossier_id
            JOIN firm_cabinet c ON c.id = d.cabinet_id
        WHERE a.person_id = who AND a.role = ANY (c.second_factor_for))
    AND NOT EXISTS (SELECT FROM mfa_authenticator
                    WHERE user_id = who AND type IN ('totp', 'webauthn'))
$$;
-- For the page of a cabinet: who has which factor. Only of a cabinet in sight.
CREATE FUNCTION second_factors_in(firm bigint)
RETURNS TABLE (person bigint, types text[], beyond boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.person_id,
           ARRAY (SELECT DISTINCT f.type::text FROM mfa_authenticator f
                  WHERE f.user_id = k.person_id ORDER BY 1),
           EXISTS (SELECT FROM cabinets_of_person(k.person_id) c
                   WHERE c <> ALL (cabinets_in_sight()))
    FROM (SELECT DISTINCT person_id FROM security_acquaintance
          WHERE cabinet_id = firm AND firm = ANY (cabinets_in_sight())) k
    WHERE firm IN (SELECT cabinets_of_person(k.person_id))
$$;
-- The factors and sessions of a person end. A cabinet may ask it of people who are only its own;
-- whoever also belongs to a cabinet out of sight is the machine's administrator's business.
CREATE FUNCTION second_factor_reset(who bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cabinets_of_person(who))
       OR EXISTS (SELECT FROM cabinets_of_person(who) c
                  WHERE (c = ANY (cabinets_in_sight())) IS NOT TRUE) THEN
        RETURN false;
    END IF;
    DELETE FROM mfa_authenticator WHERE user_id = who;
    DELETE FROM security_session WHERE person_id = who;
    RETURN true;
END $$;
"""
DROP = "".join(
    f"DROP FUNCTION {signature};"
    for signature in (
        "person_known_as(text)", "people_in_sight()", "people_led()", "firms_in_sight()",
        "second_factor_missing(bigint)", "second_factors_in(bigint)",
        "second_factor_reset(bigint)",
    )
)  # fmt: skip


def wall(table, **policies):
    """Return the statement that forces row-level security on `table`, and the one that lifts it."""
    forward = f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
    forward += f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
    back = f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
    back += f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    for name, (command, condition) in policies.items():
        uses = "WITH CHECK" if command == "INSERT" else "USING"
        forward += f"CREATE POLICY {name} ON {table} FOR {command} {uses} ({condition});"
        back = f"DROP POLICY {name} ON {table};" + back
    return migrations.RunSQL(forward, back)


SELF = "(SELECT person_in_sight())"
LED = "ANY ((SELECT cabinets_in_sight())::bigint[])"
FIRMS = "ANY ((SELECT firms_in_sight())::bigint[])"
PEOPLE = "ANY ((SELECT people_in_sight())::bigint[])"
STAFF = "ANY ((SELECT people_led())::bigint[])"
OWN = {"own": ("ALL", f"user_id = {SELF}")}


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0003_journal"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        wall(
            "firm_person",
            known=("SELECT", f"id = {SELF} OR id = {PEOPLE}"),
            new=("INSERT", f"id = {SELF}"),
            changed=("UPDATE", f"id = {SELF} OR id = {STAFF}"),
        ),
        # That a cabinet exists is no secret: it stands in the public register.
        wall(
            "firm_cabinet",
            known=("SELECT", "true"),
            new=("INSERT", "true"),
            changed=("UPDATE", f"id = {LED}"),
            ended=("DELETE", f"id = {LED}"),
        ),
        # Nobody appoints themselves: only a cabinet in sight is written.
        wall(
            "firm_membership",
            known=("SELECT", f"person_id = {SELF} OR cabinet_id = {LED} OR cabinet_id = {FIRMS}"),
            new=("INSERT", f"cabinet_id = {LED}"),
            changed=("UPDATE", f"cabinet_id = {LED}"),
            ended=("DELETE", f"cabinet_id = {LED}"),
        ),
        wall(
            "firm_apiclient",
            known=("SELECT", f"cabinet_id = {LED} OR cabinet_id = {FIRMS}"),
            new=("INSERT", f"cabinet_id = {LED} OR cabinet_id = {FIRMS}"),
            changed=("UPDATE", f"cabinet_id = {LED} OR cabinet_id = {FIRMS}"),
            ended=("DELETE", f"cabinet_id = {LED} OR cabinet_id = {FIRMS}"),
        ),
        wall("mfa_authenticator", **OWN),
        wall("account_emailaddress", **OWN),
        wall("firm_person_groups", own=("ALL", f"person_id = {SELF}")),
        wall("firm_person_user_permissions", own=("ALL", f"person_id = {SELF}")),
    ]
