"""Commands of the platform. Django is imported only when they are called."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    demo = commands.add_parser("demo", help="démonstration complète, réseau simulé")
    demo.add_argument("--port", type=int, default=8000)
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="lancer le serveur web")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument(
        "--address", default="127.0.0.1", help="adresse d'écoute (par défaut 127.0.0.1)"
    )
    serve.set_defaults(run=_serve)
    work = commands.add_parser("work", help="lancer un ouvrier")
    # What `work` starts and watches; with three words, the flow at which the last was stopped.
    work.add_argument("--inner", nargs="*", help=argparse.SUPPRESS)
    work.set_defaults(run=_work)
    deposit = commands.add_parser("deposit", help="déposer des fichiers dans un dossier")
    deposit.add_argument("files", nargs="+", metavar="FICHIER", type=Path)
    deposit.add_argument("--dossier", required=True, help="SIREN du dossier")
    deposit.set_defaults(run=_deposit)


def _demo(options: argparse.Namespace) -> int:
    from facturier.server import demo  # noqa: PLC0415

    return demo.run(port=options.port)


def _serve(options: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    return commands.serve(port=options.port, address=options.address)


def _work(options: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    if options.inner is None:
        return commands.work()
    try:
        return commands.work_unguarded(options.inner)
    except KeyboardInterrupt:
        return 0


def _deposit(options: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    return commands.deposit(options.files, options.dossier)
