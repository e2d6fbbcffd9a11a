"""Whether the tables are those of this program, and how they become so.

Migrations only add (``tests/server/test_migrations.py``), so that processes of the version before
go on while the tables are already those of the next: migrate first, then replace the processes.
"""

from __future__ import annotations

import sys

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from facturier.errors import ConfigurationError


def missing(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the migrations that the database lacks, ``app.name``, in their order."""
    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def must_be_complete() -> None:
    """Raise `ConfigurationError` when the database lacks a migration."""
    if found := missing():
        raise ConfigurationError(
            f"La base n'est pas à jour : {len(found)} migration(s) manquent, "
            f"dont {found[0]}.", reason="migrations",
            remedy="Lancez « facturier migrate » avec DATABASE_OWNER_URL, puis recommencez.",
        )  # fmt: skip


def check() -> int:
    """Print what the database lacks; return 1 when it lacks something, else 0."""
    from facturier.server import commands  # noqa: PLC0415

    with commands.database(migrated=False):
        found = missing()
    sys.stdout.write("".join(f"{name}\n" for name in found))
    sys.stdout.write(
        f"{len(found)} migration(s) à appliquer.\n" if found else "La base est à jour.\n"
    )
    return 1 if found else 0


def run() -> int:
    """Apply what the database lacks, as the owner of its tables; print what. Returns 0.

    Raises `ConfigurationError` when somebody holds a table for longer than the lock's time-out:
    nothing is then changed by the migration that had to wait.
    """
    from facturier.server import commands  # noqa: PLC0415

    with commands.database(migrated=False):
        found = missing("owner")
        try:
            commands.migrate()
        except OperationalError as error:
            raise ConfigurationError(
                f"La migration n'a pas pu se faire : {error}", reason="migrate",
                remedy="Si une table était occupée, recommencez dans un moment : ce qui est fait "
                "reste fait.",
            ) from None  # fmt: skip
    sys.stdout.write("".join(f"{name}\n" for name in found))
    sys.stdout.write(f"{len(found)} migration(s) appliquée(s).\n")
    return 0
