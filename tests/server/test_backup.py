"""A backup is taken, restored into an empty installation, and the proof stays green there."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from facturier.cli import main
from facturier.errors import BadUsage, ConfigurationError
from facturier.server import postgres
from facturier.server.documents import store
from facturier.server.running import backup, migrating, restore

ROOT = Path(__file__).parents[2]
EMPTY = "facturier_vide"
BOTH = ["default", "owner"]


@pytest.fixture
def empty_installation(private_postgres, tmp_path):
    """A second database on the same server, and a folder of its own; the environment to use it."""
    private_postgres.provision(EMPTY)
    where = f"host={private_postgres.socket}"
    yield os.environ | {
        "DATABASE_URL": f"postgresql://{postgres.APP}@/{EMPTY}?{where}",
        "DATABASE_OWNER_URL": f"postgresql://{postgres.OWNER}@/{EMPTY}?{where}",
        "FACTURIER_VAR": str(tmp_path / "ailleurs"), "PYTHONPATH": f"{ROOT}/src:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "facturier.server.settings",
    }  # fmt: skip
    with psycopg.connect(
        host=str(private_postgres.socket), user="postgres", autocommit=True
    ) as connection:
        connection.execute(f"DROP DATABASE {EMPTY} WITH (FORCE)")


def run(environment, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "facturier.cli", *map(str, arguments)], env=environment, cwd=ROOT,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_a_restored_backup_proves_what_it_proved(
    deposited, everybody_works, office, empty_installation, tmp_path, settings
):
    settings.VAR = tmp_path
    (tmp_path / "secret-key").write_text("clé de la première installation")
    deposited("F-1")
    everybody_works()
    target = tmp_path / "sauvegarde.tar"
    assert backup.write(target) == len(list(store.addresses())) >= 3
    assert target.stat().st_mode & 0o777 == 0o600

    done = run(empty_installation, "restore", target)
    assert done.returncode == 0, done.stderr
    var = Path(empty_installation["FACTURIER_VAR"])
    assert (var / "secret-key").read_text() == "clé de la première installation"
    done = run(empty_installation, "archive", office.bakery.siren, "-o", tmp_path / "a.zip")
    assert done.returncode == 0, done.stderr
    assert main(["verify", str(tmp_path / "a.zip")]) == 0
    with psycopg.connect(
        empty_installation["DATABASE_OWNER_URL"], autocommit=True
    ) as copy, connections["owner"].cursor() as original:  # fmt: skip
        copy.execute("SET TimeZone = 'UTC'")  # as Django's connections have it
        for table in (
            "documents_event",
            "documents_flow",
            "books_entryline",
            "archive_proofenvelope",
        ):
            question = f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
            original.execute(question)
            assert copy.execute(question).fetchone() == original.fetchone(), table
        refused = "SELECT has_table_privilege('facturier_app', 'documents_event', 'DELETE')"
        assert copy.execute(refused).fetchone() == (False,)


@pytest.fixture
def small_backup(tmp_path, settings):
    settings.VAR = tmp_path
    store.put(b"octets")
    target = tmp_path / "sauvegarde.tar"
    backup.write(target)
    return target


@pytest.mark.django_db(databases=BOTH)
def test_a_backup_never_overwrites(small_backup):
    with pytest.raises(BadUsage, match="existe déjà"):
        backup.run(small_backup)


def altered(source, change):
    """Copy a backup, with its entries as `change` leaves them."""
    target = source.with_name("autre.tar")
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old:
            backup._add_bytes(new, entry.name, change(entry.name, old.extractfile(entry).read()))
    return target


@pytest.mark.django_db(databases=BOTH)
def test_altered_bytes_are_named(small_backup, settings, tmp_path):
    def change(name, data):
        return data + b"!" if name.startswith("documents/") else data

    settings.DOCUMENTS = tmp_path / "neufs"
    with tarfile.open(altered(small_backup, change)) as tar:
        entry = next(one for one in tar if one.name.startswith("documents/"))
        with pytest.raises(BadUsage, match=store.address(b"octets")):
            restore._keep_bytes(Path(entry.name).name, tar.extractfile(entry))
    assert list((tmp_path / "neufs").rglob("*.*")) == []


@pytest.mark.django_db(databases=BOTH)
def test_a_backup_of_a_later_version_is_refused(small_backup):
    def change(name, data):
        if name != backup.MANIFEST:
            return data
        told = json.loads(data)
        told["migrations"].append("documents.9999_demain")
        return json.dumps(told).encode()

    with tarfile.open(altered(small_backup, change)) as tar:
        told = restore._manifest(tar)
    with pytest.raises(ConfigurationError, match=r"documents\.9999_demain"):
        restore._must_be_known(told)


def test_another_file_is_no_backup(tmp_path):
    other = tmp_path / "autre.tar"
    other.write_bytes(b"rien")
    with pytest.raises(BadUsage, match="sauvegarde"):
        restore._opened(other)
    with tarfile.open(other, "w") as tar:
        backup._add_bytes(tar, "lisez-moi", b"")
    with restore._opened(other) as tar, pytest.raises(BadUsage, match="sauvegarde"):
        restore._manifest(tar)


@pytest.mark.django_db(databases=BOTH)
def test_an_installation_with_tables_is_not_empty(small_backup):
    assert small_backup.exists()
    with pytest.raises(ConfigurationError, match="n'est pas vide"):
        restore._must_be_empty()


@pytest.mark.django_db
def test_a_database_that_lacks_a_migration_is_told(monkeypatch):
    assert migrating.missing() == []
    migrating.must_be_complete()
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415

    known = MigrationRecorder.applied_migrations
    monkeypatch.setattr(
        MigrationRecorder, "applied_migrations",
        lambda self: {key: one for key, one in known(self).items() if key[0] != "archive"},
    )  # fmt: skip
    assert "archive.0001_initial" in migrating.missing()
    with pytest.raises(ConfigurationError, match=r"archive\.0001_initial"):
        migrating.must_be_complete()


@pytest.mark.slow
def test_migrate_brings_an_empty_database_up_to_date(empty_installation):
    told = run(empty_installation, "migrate", "--check")
    assert told.returncode == 1, told.stderr
    assert "documents.0001_initial" in told.stdout
    refused = run(empty_installation, "work")
    assert refused.returncode == 78
    assert "facturier migrate" in refused.stderr
    done = run(empty_installation, "migrate")
    assert done.returncode == 0, done.stderr
    told = run(empty_installation, "migrate", "--check")
    assert (told.returncode, told.stdout) == (0, "La base est à jour.\n")
