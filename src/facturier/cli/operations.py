"""Commands of who runs the platform: settings, tables, backups, the story of one flow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from facturier.errors import EXIT_CODE, ConfigurationError


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    settings = commands.add_parser(
        "check-settings", help="contrôler les réglages donnés par l'environnement"
    )
    settings.set_defaults(run=_check_settings)
    migrate = commands.add_parser("migrate", help="mettre les tables à jour, en propriétaire")
    migrate.add_argument(
        "--check", action="store_true", help="dire ce qui manque, sans rien changer"
    )
    migrate.set_defaults(run=_migrate)
    backup = commands.add_parser(
        "backup", help="sauvegarder la base, les octets conservés et les clés"
    )
    backup.add_argument("file", metavar="FICHIER", type=Path, help="archive .tar à créer")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser(
        "restore", help="rétablir une sauvegarde dans une installation vide"
    )
    restore.add_argument("file", metavar="FICHIER", type=Path)
    restore.set_defaults(run=_restore)
    trace = commands.add_parser("trace", help="raconter tout ce qui est arrivé à un flux")
    trace.add_argument("flow", metavar="FLUX", help="flowId ; l'en-tête Trace-Id du dépôt le donne")
    trace.set_defaults(run=_trace)


def _check_settings(_: argparse.Namespace) -> int:
    from facturier.server import environment  # noqa: PLC0415

    found = [*environment.complaints(), *environment.unknown()]
    for one in found:
        print(one, file=sys.stderr)
    for name, given in environment.shown().items():
        print(f"{name:26} {given}")
    return EXIT_CODE[ConfigurationError] if found else 0


def _migrate(options: argparse.Namespace) -> int:
    from facturier.server.running import migrating  # noqa: PLC0415

    return migrating.check() if options.check else migrating.run()


def _backup(options: argparse.Namespace) -> int:
    from facturier.server.running import backup  # noqa: PLC0415

    return backup.run(options.file)


def _restore(options: argparse.Namespace) -> int:
    from facturier.server.running import restore  # noqa: PLC0415

    return restore.run(options.file)


def _trace(options: argparse.Namespace) -> int:
    from facturier.server.running import trace  # noqa: PLC0415

    return trace.run(options.flow)
