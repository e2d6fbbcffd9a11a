"""Who sees what: said by the application, said again by the database."""

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from facturier.invoice.parties import demo_siren
from facturier.server import sight
from facturier.server.documents.models import Flow
from facturier.server.firm.models import Cabinet, Dossier

pytestmark = pytest.mark.django_db


def names(person):
    return {dossier.name for dossier in Dossier.objects.visible_to(person)}


def test_each_persona_sees_its_dossiers(expert, collaborateur, client_person, stranger):
    assert names(expert) == {"Boulangerie Simulée", "Maçonnerie Simulée"}
    assert names(collaborateur) == {"Boulangerie Simulée"}
    assert names(client_person) == {"Boulangerie Simulée"}
    assert names(stranger) == {"Fleuriste Simulé"}


def test_a_person_who_left_sees_nothing(expert):
    expert.is_active = False
    expert.save()
    assert names(expert) == set()
    with sight.of_person(expert.pk):
        assert Dossier.objects.count() == 0


def test_the_database_agrees_with_the_application(expert, collaborateur, client_person, stranger):
    for person in (expert, collaborateur, client_person, stranger):
        said_by_application = names(person)
        with sight.of_person(person.pk):
            assert {dossier.name for dossier in Dossier.objects.all()} == said_by_application


@pytest.mark.usefixtures("office")
def test_nobody_sees_nothing():
    with sight.of_person(None):
        assert Dossier.objects.count() == 0


def test_the_sight_is_restored(office):
    with sight.of([office.bakery.pk]):
        with sight.of([office.florist.pk]):
            assert [d.pk for d in Dossier.objects.all()] == [office.florist.pk]
        assert [d.pk for d in Dossier.objects.all()] == [office.bakery.pk]
    assert Dossier.objects.count() == 3


def test_the_sight_is_restored_after_a_failure(office):
    with sight.of([office.bakery.pk]):
        with pytest.raises(RuntimeError), sight.of([office.florist.pk]):
            raise RuntimeError
        assert [d.pk for d in Dossier.objects.all()] == [office.bakery.pk]


def test_raw_sql_does_not_pass_the_wall(office, stranger):
    Flow.objects.create(dossier=office.bakery, direction="Out", channel="page", name="a.xml")
    with sight.of_person(stranger.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM documents_flow")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE documents_flow SET name = 'volé'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM documents_flow")
        assert cursor.rowcount == 0
    assert Flow.objects.get().name == "a.xml"


def test_nothing_can_be_written_behind_the_wall(office, stranger):
    with pytest.raises(ProgrammingError, match="row-level security"), sight.of_person(stranger.pk):
        Flow.objects.create(dossier=office.bakery, direction="Out", channel="page", name="a.xml")


def test_an_expert_opens_a_dossier_in_the_own_cabinet_only(office, expert):
    def opened_in(cabinet, siren):
        return Dossier.objects.create(
            cabinet=cabinet, name="Nouveau", siren=siren, electronic_address=siren
        )

    with sight.of_person(expert.pk):
        assert opened_in(office.cabinet, demo_siren(9005)).pk
        with pytest.raises(ProgrammingError), transaction.atomic():
            opened_in(office.other_cabinet, demo_siren(9006))


def tables_with_a_dossier(cursor):
    cursor.execute(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'dossier_id'"
        " WHERE c.relkind = 'r'"
    )
    return cursor.fetchall()


def test_every_table_that_carries_a_dossier_is_behind_the_wall():
    with connection.cursor() as cursor:
        found = tables_with_a_dossier(cursor)
    assert len(found) >= 12
    assert [name for name, enabled, forced in found if not (enabled and forced)] == []


@pytest.mark.usefixtures("office")
@pytest.mark.django_db(transaction=True)
def test_without_a_setting_the_application_role_sees_nothing(raw):
    assert Dossier.objects.count() == 3
    assert Cabinet.objects.count() == 2
    with raw.cursor() as cursor:
        for name, *_ in [*tables_with_a_dossier(cursor), ("firm_dossier",)]:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            assert cursor.fetchone() == (0,), name
        # a setting of an ended transaction leaves '' behind, which must not mean "all" nor fail
        cursor.execute("BEGIN; SET LOCAL facturier.dossiers = '{1}'; COMMIT")
        cursor.execute("SELECT count(*) FROM firm_dossier")
        assert cursor.fetchone() == (0,)


def test_the_application_role_cannot_lift_the_wall(raw):
    for statement in (
        "ALTER TABLE firm_dossier DISABLE ROW LEVEL SECURITY",
        "DROP POLICY in_sight ON firm_dossier",
        "SET ROLE facturier_owner",
        "CREATE TABLE mine (id int)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(statement)
    raw.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute("SELECT * FROM firm_dossier")


def test_the_directory_tells_only_an_id(office, stranger):
    with sight.of_person(stranger.pk):
        assert sight.dossier_at(office.bakery.electronic_address) == office.bakery.pk
        assert sight.dossier_at("000000000") is None
