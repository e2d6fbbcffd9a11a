"""A private PostgreSQL for the session, two cabinets and the four personas.

Tests connect as the application's role, bound by row-level security. In the body of a test every
dossier is in sight (`wide_sight`), so that it can prepare and look; a request made with the test
client, the pipeline and `sight.of(...)` narrow the sight exactly as in production.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections
from tests.server.invoices import ubl

from facturier.invoice.parties import demo_siren
from facturier.server import commands, postgres
from facturier.server.documents.deposit import deposit
from facturier.server.firm.models import Cabinet, Dossier, DossierAccess, Membership, Person
from facturier.server.jobs.work import work_through

IDS_IN_TESTS = 20_000
"""More dossiers and cabinets than a test session creates."""


@pytest.fixture(scope="session")
def private_postgres():
    """A server of this test session (of this xdist worker) alone."""
    folder = Path(tempfile.mkdtemp(prefix="facturier-test-"))
    server = postgres.PrivatePostgres(folder / "pg", settings=postgres.FAST_AND_UNSAFE)
    server.start()
    server.provision()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(private_postgres, django_db_blocker):
    """Migrate as the owner; from then on tests use the application's role."""
    for alias, role in (("default", postgres.APP), ("owner", postgres.OWNER)):
        connections[alias].close()
        connections[alias].settings_dict |= {
            "HOST": str(private_postgres.socket), "USER": role, "NAME": postgres.DATABASE,
            "PASSWORD": "", "PORT": "",
        }  # fmt: skip
    with django_db_blocker.unblock():
        commands.migrate()
        with connections["owner"].cursor() as cursor:
            # Only in tests: transactional tests empty the tables when they end.
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {postgres.APP}")
        connections["owner"].close()
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def documents_folder(settings, tmp_path):
    """Each test has its own store of bytes."""
    settings.DOCUMENTS = tmp_path / "documents"
    return settings.DOCUMENTS


@pytest.fixture(autouse=True)
def _cheap_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def wide_sight(db):  # noqa: ARG001 - usefixtures has no effect on fixtures
    """Show every dossier to the body of the test (for the whole connection)."""
    everything = "{" + ",".join(map(str, range(1, IDS_IN_TESTS))) + "}"

    def set_to(value):
        with connection.cursor() as cursor:
            for name in ("facturier.dossiers", "facturier.cabinets"):
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])

    set_to(everything)
    with connection.cursor() as cursor:  # tables that Django does not empty after a test
        cursor.execute("DELETE FROM procrastinate_jobs")
    yield
    connection.needs_rollback = False
    set_to("")


@dataclass
class Office:
    """Two cabinets; the personas are people of the first, the stranger leads the second."""

    cabinet: Cabinet
    other_cabinet: Cabinet
    bakery: Dossier
    mason: Dossier
    florist: Dossier
    """Dossier of the other cabinet."""


@pytest.fixture
def office(wide_sight):  # noqa: ARG001
    cabinet = Cabinet.objects.create(name="Cabinet Simulé", siren=demo_siren(9000))
    other = Cabinet.objects.create(name="Autre Cabinet Simulé", siren=demo_siren(9001))

    def dossier(owner, name, siren):
        return Dossier.objects.create(
            cabinet=owner, name=name, siren=siren, electronic_address=siren, is_simulation=True
        )

    return Office(
        cabinet, other,
        dossier(cabinet, "Boulangerie Simulée", demo_siren(9002)),
        dossier(cabinet, "Maçonnerie Simulée", demo_siren(9003)),
        dossier(other, "Fleuriste Simulé", demo_siren(9004)),
    )  # fmt: skip


def person(email, name):
    return Person.objects.create_user(email, "mot de passe", name=name)


@pytest.fixture
def expert(office):
    someone = person("expert@exemple.fr", "Claire Expert")
    Membership.objects.create(person=someone, cabinet=office.cabinet, role="expert_comptable")
    return someone


@pytest.fixture
def collaborateur(office):
    someone = person("collaborateur@exemple.fr", "Karim Collaborateur")
    Membership.objects.create(person=someone, cabinet=office.cabinet, role="collaborateur")
    DossierAccess.objects.create(person=someone, dossier=office.bakery, role="collaborateur")
    return someone


@pytest.fixture
def client_person(office):
    someone = person("client@exemple.fr", "Anne Boulangère")
    DossierAccess.objects.create(person=someone, dossier=office.bakery, role="client")
    return someone


@pytest.fixture
def stranger(office):
    someone = person("etranger@exemple.fr", "Luc Étranger")
    Membership.objects.create(person=someone, cabinet=office.other_cabinet, role="expert_comptable")
    return someone


@pytest.fixture
def raw(office):  # noqa: ARG001
    """A connection of its own, as the application's role, with no sight at all."""
    settings = connections["default"].settings_dict
    with psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"], autocommit=True
    ) as one:
        yield one


@pytest.fixture
def deposited(office):
    """Deposit an invoice of the bakery to the florist (other cabinet); return its flow."""
    numbers = iter(range(1, 1000))

    def deposit_one(number=None, *, dossier=None, data=None, **asked):
        if data is None:
            data = ubl(
                number or f"F-{next(numbers)}",
                seller=office.bakery.siren,
                buyer=office.florist.siren,
                **asked,
            )
        return deposit(dossier or office.bakery, data, name="facture.xml", channel="page")

    return deposit_one


@pytest.fixture
def everybody_works(office):
    """Let the workers of every dossier work until nothing is left."""

    def work():
        dossiers = (office.bakery, office.mason, office.florist)
        while sum(work_through(dossier.pk) for dossier in dossiers):
            pass

    return work
