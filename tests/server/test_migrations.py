"""Migrations only add: servers of the version before go on while the tables are already the next's.

What goes away does so in two steps, in two versions: first nobody reads or writes it any more (and
a column may be null), then it is dropped. What may hold a lock for long (an index, a constraint on
a table that exists) is built without one. Every exception is named here, with its reason.
"""

import re

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import connections, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.fields import NOT_PROVIDED

from facturier.server.documents.models import Document
from facturier.server.jobs.work import work_through

NO_INSTALLATION = "before the first version: no installation holds data"
MAY = {
    # app.migration: why it may do what it does
    "api.0005_sealed_keys": NO_INSTALLATION,
    "books.0003_proposals": NO_INSTALLATION,
    "books.0005_withdrawn": "a constraint becomes wider: all that the version before writes fits",
    "books.0008_entries_by_day": "a constraint becomes wider, after the narrower one stands",
    "books.0010_entries_of_several": "a constraint becomes wider, after its index stands",
    "documents.0003_facts_and_sides": NO_INSTALLATION,
    "documents.0004_unpostable": NO_INSTALLATION,
    "documents.0007_no_portal_messages": NO_INSTALLATION,
    "documents.0008_issued_elsewhere": NO_INSTALLATION,
    "documents.0015_fewer_index_entries": "a default of the program; unused indexes, no lock",
    "firm.0005_second_factor": NO_INSTALLATION,
}

ADDS = (
    migrations.CreateModel, AddIndexConcurrently, ValidateConstraint,
    migrations.SeparateDatabaseAndState,
)  # fmt: skip
HARMS = re.compile(
    r"\b(?:DROP\s+(?:TABLE|COLUMN|INDEX(?!\s+CONCURRENTLY)|CONSTRAINT|SCHEMA)"
    r"|TRUNCATE|LOCK\s+TABLE|RENAME\s+(?:TO|COLUMN)|SET\s+NOT\s+NULL|ALTER\s+COLUMN"
    r"|VACUUM\s+FULL|CLUSTER|CREATE\s+(?:UNIQUE\s+)?INDEX(?!\s+CONCURRENTLY))\b",
    re.IGNORECASE,
)
BODY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
"""What a function does when it is called is not what the migration does."""


def ours():
    loader = MigrationLoader(None)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if type(migration).__module__.startswith("facturier."):
            yield app, name, migration


MIGRATIONS = {f"{app}.{name}": migration for app, name, migration in ours()}


def objections(migration):
    """Yield what the servers of the version before would notice."""
    born = set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            born.add(operation.name_lower)
        model = getattr(operation, "model_name", "").lower()
        if model in born or isinstance(operation, ADDS):
            continue
        said = operation.describe()
        match operation:
            case migrations.AddField(field=field):
                filled = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
                if not filled:
                    yield f"{said}: an insert of the version before has no value for it"
            case migrations.RunSQL():
                found = HARMS.search(BODY.sub("", _sql(operation.sql)))
                if found:
                    yield f"{said}: {found[0]}"
            case migrations.AlterModelOptions() | migrations.AlterModelManagers():
                pass  # no column
            case _:
                yield said


def _sql(sql):
    if isinstance(sql, str):
        return sql
    return ";".join(one if isinstance(one, str) else one[0] for one in sql)


def test_all_of_ours_are_looked_at():
    assert len(MIGRATIONS) >= 20
    assert set(MAY) <= set(MIGRATIONS)


@pytest.mark.parametrize("name", sorted(MIGRATIONS))
def test_a_migration_only_adds_or_says_why(name):
    found = list(objections(MIGRATIONS[name]))
    if name in MAY:
        assert found, f"{name} only adds: it needs no exception"
    else:
        assert not found, "\n".join(found)


def test_each_exception_has_a_reason():
    assert all(len(why) > 20 for why in MAY.values())


class Planned(migrations.Migration):
    """What the rule is asked about."""


def planned(*operations):
    one = Planned("essai", "documents")
    one.operations = operations
    return list(objections(one))


TEXT = models.TextField(null=True)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("flow", "name"),
        migrations.DeleteModel("Flow"),
        migrations.RenameField("flow", "name", "other"),
        migrations.RenameModel("Flow", "Other"),
        migrations.AlterField("flow", "name", models.CharField(max_length=10)),
        migrations.AddField("flow", "colour", models.TextField(default="")),
        migrations.AddIndex("flow", models.Index(fields=["name"], name="x")),
        migrations.AddConstraint("flow", models.UniqueConstraint(fields=["name"], name="x")),
        migrations.RunPython(lambda *_: None),
        migrations.RunSQL("ALTER TABLE documents_flow DROP COLUMN name"),
        migrations.RunSQL("CREATE INDEX x ON documents_flow (name)"),
        migrations.RunSQL("ALTER TABLE documents_flow ALTER COLUMN name SET NOT NULL"),
    ],
    ids=lambda one: one.describe()[:40],
)
def test_what_would_be_noticed_is_objected_to(operation):
    assert planned(operation)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("flow", "colour", TEXT),
        migrations.AddField("flow", "colour", models.TextField(db_default="")),
        migrations.RunSQL("CREATE INDEX CONCURRENTLY x ON documents_flow (name)"),
        migrations.RunSQL("CREATE FUNCTION f() RETURNS int AS $$ DROP TABLE t $$ LANGUAGE sql"),
        AddIndexConcurrently("flow", models.Index(fields=["name"], name="x")),
    ],
    ids=lambda one: one.describe()[:40],
)
def test_what_only_adds_is_welcome(operation):
    assert planned(operation) == []


def test_a_table_of_the_same_migration_may_be_finished():
    assert planned(
        migrations.CreateModel("Colour", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddIndex("colour", models.Index(fields=["id"], name="x")),
    ) == []  # fmt: skip


NEXT = """
ALTER TABLE documents_flow ADD COLUMN colour text;
ALTER TABLE documents_document ADD COLUMN colour text NOT NULL DEFAULT 'bleu';
CREATE TABLE documents_colour (id bigserial PRIMARY KEY, dossier_id bigint NOT NULL);
CREATE INDEX next_index ON documents_event (dossier_id, code);
"""
NEXT_UNDO = """
ALTER TABLE documents_flow DROP COLUMN colour;
ALTER TABLE documents_document DROP COLUMN colour;
DROP TABLE documents_colour;
DROP INDEX next_index;
"""


def as_owner(sql):
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
    connections["owner"].close()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_server_works_on_the_tables_of_the_next_version(
    client, deposited, everybody_works, expert, office
):
    as_owner(NEXT)
    try:
        deposited("F-1")
        everybody_works()
        states = set(Document.objects.values_list("direction", "state"))
        client.force_login(expert)
        assert client.get(f"/dossiers/{office.bakery.pk}/").status_code == 200
    finally:
        as_owner(NEXT_UNDO)
    assert states == {("issued", "203"), ("received", "203")}
    assert work_through(office.bakery.pk) == 0
