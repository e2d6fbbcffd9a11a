"""Commands about who may enter: a first cabinet, secrets, second factors."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    cabinet = commands.add_parser(
        "open-cabinet", help="ouvrir un cabinet et le compte de son premier expert-comptable"
    )
    cabinet.add_argument("name", metavar="RAISON_SOCIALE")
    cabinet.add_argument("--siren", required=True, help="SIREN du cabinet")
    cabinet.add_argument("--email", required=True, help="adresse avec laquelle il se connecte")
    cabinet.add_argument("--person", required=True, metavar="NOM", help="prénom et nom")
    cabinet.add_argument(
        "--url", default="http://127.0.0.1:8000", help="adresse du serveur, pour le lien affiché"
    )
    cabinet.set_defaults(run=_open_cabinet)
    reseal = commands.add_parser(
        "reseal", help="sceller les secrets conservés avec la première clé de l'installation"
    )
    reseal.set_defaults(run=_reseal)
    reset = commands.add_parser(
        "reset-factor", help="retirer le second facteur d'une personne qui l'a perdu"
    )
    reset.add_argument("email", metavar="ADRESSE", help="adresse électronique de la personne")
    reset.set_defaults(run=_reset_factor)


def _open_cabinet(options: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    return commands.open_cabinet(
        options.name, options.siren, options.email, options.person, options.url
    )


def _reseal(_: argparse.Namespace) -> int:
    from facturier.server.security import operations  # noqa: PLC0415

    return operations.reseal()


def _reset_factor(options: argparse.Namespace) -> int:
    from facturier.server.security import operations  # noqa: PLC0415

    return operations.reset_factor(options.email)
