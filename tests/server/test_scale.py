"""Every table that grows carries the dossier or the cabinet, and is found by it.

So an existing distributed PostgreSQL can spread the tables by that column later, without a redesign
(docs/explanation/scale.md).
"""

import pytest
from django.apps import apps
from django.db import connection

KEYS = ("dossier_id", "cabinet_id")
PERSON = "one row a person or a sign-in of theirs: as many as people, not as documents"
NATIONAL = "the national directory: the same for every firm, a copy on each shard"
QUEUE = "wake-up calls: emptied as they are done, one queue a shard"
ELSEWHERE = {
    "documents_storedbytes": "keyed by the content itself: spread by its SHA-256",
    "portal_portalflow": "archives of the platform, of many dossiers each: one numbered series",
    "api_ratewindow": "one row a program",
    "firm_cabinet": "the cabinet itself",
    "firm_dossier": "the dossier itself; carries its cabinet",
    **dict.fromkeys(
        (
            "firm_person", "firm_person_groups", "firm_person_user_permissions", "auth_group",
            "auth_group_permissions", "auth_permission", "django_content_type",
            "account_emailaddress", "account_emailconfirmation", "mfa_authenticator",
            "allauth_idp_oidc_client", "allauth_idp_oidc_token", "security_session",
            "security_attempts",
        ),
        PERSON,
    ),
    **dict.fromkeys(
        (
            "directory_legalunit", "directory_facility", "directory_routingcode",
            "directory_platform", "directory_line", "directory_import", "directory_export",
        ),
        NATIONAL,
    ),
    **dict.fromkeys(
        (
            "procrastinate_jobs", "procrastinate_events", "procrastinate_workers",
            "procrastinate_periodic_defers",
        ),
        QUEUE,
    ),
}  # fmt: skip
MAY_BE_NULL = {
    "portal_portalanswer": "an answer about a whole archive, or about nothing known",
    "security_journalentry": "an act of somebody who belongs to no cabinet",
}
UNIQUE_EVERYWHERE = "a UUID that we drew: unique by itself, the database need not compare shards"
UNIQUE_ELSEWHERE = {
    "documents_flow.flow_id": UNIQUE_EVERYWHERE,
    "documents_flow.message_key": "begins with the dossier",
    "security_invitation.token_hash": "of a word that we drew: as a UUID",
    "documents_message.key": UNIQUE_EVERYWHERE,
    "api_webhook.webhook_id": UNIQUE_EVERYWHERE,
    "connections_connection.hook_id": UNIQUE_EVERYWHERE,
}
"""Unique across dossiers: column → why spreading the table by dossier keeps it true."""

INDEXES = """
SELECT c.relname, i.indisunique AND NOT i.indisprimary,
       array_agg(a.attname::text ORDER BY k.rank)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, rank)
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
GROUP BY c.relname, i.indexrelid, i.indisunique, i.indisprimary
"""
COLUMNS = """
SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns
WHERE table_schema = 'public' AND column_name IN ('dossier_id', 'cabinet_id')
"""
FOREIGN = """
SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f'
"""


def ask(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def tables():
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True)}


pytestmark = pytest.mark.django_db


def test_each_table_that_grows_carries_its_key():
    columns = {}
    for table, column, may_be_null in ask(COLUMNS):
        columns.setdefault(table, {})[column] = may_be_null
    for table in sorted(tables() - ELSEWHERE.keys()):
        assert table in columns, f"{table}: neither dossier nor cabinet; or say in ELSEWHERE why"
        filled = [name for name, may_be_null in columns[table].items() if not may_be_null]
        assert filled or table in MAY_BE_NULL, f"{table}: its key may be null"


def test_each_is_found_by_its_key():
    first = {}
    for table, _, names in ask(INDEXES):
        first.setdefault(table, set()).add(names[0])
    for table in sorted(tables() - ELSEWHERE.keys()):
        assert first[table] & set(KEYS), f"{table}: no index begins with the dossier"


def test_what_is_unique_is_so_within_a_dossier_or_says_why():
    foreign = set(ask(FOREIGN))
    for table, is_unique, names in ask(INDEXES):
        if table in ELSEWHERE or table not in tables() or not is_unique or set(names) & set(KEYS):
            continue
        of_one_parent = any((table, name) in foreign for name in names)
        said = f"{table}.{'+'.join(name or '()' for name in names)}"
        assert of_one_parent or said in UNIQUE_ELSEWHERE, said


def test_no_exception_is_forgotten():
    assert set(ELSEWHERE) <= tables() | {"security_attempts"}
    assert all(len(why) > 10 for why in (*ELSEWHERE.values(), *MAY_BE_NULL.values()))
