"""Bring a backup back, into an installation that holds nothing."""

from __future__ import annotations

import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from facturier.errors import BadUsage, ConfigurationError
from facturier.server import commands, environment
from facturier.server.documents import store
from facturier.server.running import backup

_PIECE = 1 << 20


def run(source: Path) -> int:
    """Restore the backup `source` into this empty installation; print what came back.

    Returns 0; 1 when bytes that the database names are not in the backup. Raises `BadUsage` for a
    file that is no backup, or a damaged one, `ConfigurationError` when the installation is not
    empty or older than the backup. Nothing is changed before those two are known.
    """
    with commands.database(migrated=False), _opened(source) as tar:
        told = _manifest(tar)
        _must_be_empty()
        _must_be_known(told)
        files = _take(tar)
        commands.migrate()
        lost = _missing()
    sys.stdout.write(
        f"Sauvegarde du {told['created_at']} rétablie : {files} fichier(s) conservé(s).\n"
    )
    for name, given in told["settings"].items():
        if given != environment.shown().get(name):
            sys.stdout.write(f"Alors : {name} = {given}\n")
    for sha256 in lost:
        sys.stderr.write(f"absent de la sauvegarde : {sha256}\n")
    return 1 if lost else 0


def _opened(source: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(source, "r:")
    except tarfile.TarError:
        raise BadUsage(f"{source} n'est pas une sauvegarde de Facturier.") from None


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    first = tar.next()
    file = tar.extractfile(first) if first and first.name == backup.MANIFEST else None
    told: dict[str, Any] = json.load(file) if file else {}
    if told.get("format") != backup.FORMAT:
        raise BadUsage(f"{tar.name!s} n'est pas une sauvegarde de Facturier.")
    return told


def _must_be_empty() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        (tables,) = cursor.fetchone()
    if tables or next(store.addresses(), None):
        what = f"{tables} tables dans la base" if tables else "fichiers dans le stockage"
        raise ConfigurationError(
            f"Cette installation n'est pas vide ({what}) : rien n'a été changé.",
            reason="not-empty",
            remedy="Rétablissez dans une base et un dossier FACTURIER_VAR neufs.",
        )  # fmt: skip


def _must_be_known(told: dict[str, Any]) -> None:
    """Refuse a backup of a later version: this program would not know its tables."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if later := sorted(set(told["migrations"]) - known):
        raise ConfigurationError(
            f"Cette sauvegarde vient d'une version plus récente ({told['version']} : {later[0]}).",
            reason="newer", remedy="Installez cette version de Facturier, puis recommencez.",
        )  # fmt: skip


def _take(tar: tarfile.TarFile) -> int:
    """Take everything out of the backup; return how many files of bytes."""
    files = 0
    for entry in tar:
        file = tar.extractfile(entry)
        assert file is not None, entry.name
        folder, _, name = entry.name.rpartition("/")
        if entry.name == backup.DUMP:
            _restore_tables(file)
        elif folder == backup.KEYS and name in backup.KEPT_KEYS:
            _keep_key(name, file.read())
        elif folder.startswith(backup.DOCUMENTS):
            _keep_bytes(name, file)
            files += 1
    return files


def _restore_tables(file: IO[bytes]) -> None:
    with tempfile.NamedTemporaryFile(suffix=".dump") as copy:
        while piece := file.read(_PIECE):
            copy.write(piece)
        copy.flush()
        backup.run_program(
            "pg_restore", "--no-owner", "--no-privileges", "--single-transaction",
            "--exit-on-error", f"--dbname={connections['owner'].settings_dict['NAME']}", copy.name,
        )  # fmt: skip


def _keep_key(name: str, data: bytes) -> None:
    path = Path(settings.VAR) / name
    draft = path.with_name(f"{name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(data)
    draft.replace(path)


def _keep_bytes(sha256: str, file: IO[bytes]) -> None:
    """Keep one file of bytes. Raises `BadUsage` when it is not what its name promises."""
    data = file.read()
    if store.address(data) != sha256:
        raise BadUsage(
            f"La sauvegarde est abîmée : le fichier {sha256} a changé.",
            remedy="Prenez une autre sauvegarde, dans une installation vide.",
        )
    store.put(data)


def _missing() -> list[str]:
    """Return the addresses that something still needs and the store does not have."""
    kept = set(store.addresses())
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT sha256 FROM documents_storedbytes")
        absent = [one for (one,) in cursor.fetchall() if one not in kept]
        cursor.execute("SELECT * FROM bytes_needed_elsewhere(0, %s)", [absent])  # not the purged
        return sorted({str(one) for (one,) in cursor.fetchall()})
