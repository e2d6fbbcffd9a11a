"""``facturier concentrator``: the simulated concentrator of the public portal."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    concentrator = commands.add_parser(
        "concentrator", help="lancer le concentrateur simulé du portail public (PPF)"
    )
    concentrator.add_argument("--port", type=int, default=8100)
    concentrator.add_argument(
        "--address", default="127.0.0.1", help="par défaut cette machine seulement"
    )
    concentrator.add_argument(
        "--folder", type=Path, required=True, metavar="DOSSIER", help="où il garde ce qu'il tient"
    )
    concentrator.add_argument(
        "--application",
        action="append",
        default=[],
        metavar="CODE:SECRET[:MATRICULE]",
        help="une plateforme raccordée ; se répète",
    )
    concentrator.add_argument(
        "--applications",
        type=Path,
        metavar="FICHIER",
        help="plateformes raccordées, une par ligne (le secret ne se voit pas dans la commande)",
    )
    concentrator.add_argument(
        "--directory",
        type=Path,
        metavar="F14",
        help="prendre cet export dans l'annuaire avant de commencer",
    )
    concentrator.add_argument(
        "--daily-directory",
        action="store_true",
        help="envoyer chaque jour l'annuaire (flux 14) aux plateformes",
    )
    concentrator.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from facturier.network.concentrator import application, serving  # noqa: PLC0415
    from facturier.network.concentrator.records import Records  # noqa: PLC0415
    from facturier.network.concentrator.store import Store  # noqa: PLC0415

    lines = list(options.application)
    if options.applications:
        lines += options.applications.read_text(encoding="utf-8").split()
    for line in lines:
        application.declared(line)  # a mistake is told before anything starts
    if options.directory:
        store = Store(options.folder)
        if not Records(store.connection).last_instance():  # what was changed since is kept
            application.load_directory(store, options.directory)
    os.environ[application.DAILY] = "1" if options.daily_directory else ""
    os.environ[application.FOLDER] = str(options.folder.absolute())
    os.environ[application.APPLICATIONS] = "\n".join(lines)
    return serving.serve(port=options.port, address=options.address)
