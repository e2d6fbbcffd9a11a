"""People are invited by a link that serves once, leave with all their accesses, and who leads owes a second factor."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

WALL = """
ALTER TABLE security_invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE security_invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY led ON security_invitation
    USING (cabinet_id = ANY ((SELECT cabinets_in_sight())::bigint[]));
"""
WALL_UNDO = """
DROP POLICY led ON security_invitation;
ALTER TABLE security_invitation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE security_invitation DISABLE ROW LEVEL SECURITY;
"""

FUNCTIONS = """
-- Who holds the link is nobody yet: the hash of its secret opens one invitation, and says of which
-- cabinet. Nothing for one that served, was withdrawn or is too old.
CREATE FUNCTION invitation_behind(told text) RETURNS TABLE (invitation bigint, firm bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id, cabinet_id FROM security_invitation
    WHERE token_hash = told AND accepted_at IS NULL AND revoked_at IS NULL
      AND expires_at > clock_timestamp()
$$;
-- From when a person may not go on without a second factor; null when they may, or have one. Who
-- leads a cabinet gets `grace` from the day they were appointed (null: nothing is asked of them);
-- what a cabinet demands of a role is demanded at once.
CREATE FUNCTION second_factor_due(who bigint, grace interval) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM mfa_authenticator
                             WHERE user_id = who AND type IN ('totp', 'webauthn')) THEN NULL
        WHEN second_factor_missing(who) THEN to_timestamp(0)
        ELSE (SELECT min(since) + grace FROM firm_membership
              WHERE person_id = who AND role = 'expert_comptable') END
$$;
-- A person leaves a cabinet in sight: rights, responsibilities and sessions end; the account too
-- when no other cabinet knows it. The last who leads a cabinet stays.
CREATE FUNCTION person_leaves(who bigint, firm bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (firm = ANY (cabinets_in_sight())) IS NOT TRUE
       OR firm NOT IN (SELECT cabinets_of_person(who)) THEN
        RETURN 'unknown';
    END IF;
    PERFORM FROM firm_membership WHERE cabinet_id = firm AND role = 'expert_comptable' FOR UPDATE;
    IF NOT EXISTS (SELECT FROM firm_membership m JOIN firm_person p ON p.id = m.person_id
                   WHERE m.cabinet_id = firm AND m.role = 'expert_comptable'
                     AND m.person_id <> who AND p.is_active) THEN
        RETURN 'last';
    END IF;
    UPDATE firm_dossier SET responsible_id = NULL WHERE cabinet_id = firm AND responsible_id = who;
    DELETE FROM firm_dossieraccess a USING firm_dossier d
        WHERE a.person_id = who AND d.id = a.dossier_id AND d.cabinet_id = firm;
    -- told to the cabinet before it no longer knows the person
    IF NOT EXISTS (SELECT FROM cabinets_of_person(who) c WHERE c <> firm) THEN
        UPDATE firm_person SET is_active = false WHERE id = who;
    END IF;
    DELETE FROM firm_membership WHERE cabinet_id = firm AND person_id = who;
    DELETE FROM security_session WHERE person_id = who;
    RETURN CASE WHEN EXISTS (SELECT FROM cabinets_of_person(who)) THEN 'left' ELSE 'closed' END;
END $$;
"""
FUNCTIONS_UNDO = """
DROP FUNCTION invitation_behind(text); DROP FUNCTION second_factor_due(bigint, interval);
DROP FUNCTION person_leaves(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0004_people"), ("firm", "0006_since")]
    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="adresse électronique")),
                ("name", models.CharField(max_length=200, verbose_name="nom")),
                ("role", models.CharField(max_length=20, verbose_name="qualité")),
                ("dossiers", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), blank=True, default=list, size=None)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("cabinet", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="firm.cabinet")),
                ("invited_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "invitation",
                "ordering": ("-created_at", "-pk"),
                "indexes": [models.Index(fields=["cabinet", "-created_at"], name="invitation_by_cabinet")],
            },
        ),
        migrations.RunSQL(WALL, WALL_UNDO),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_UNDO),
    ]
