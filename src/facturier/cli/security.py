"""Commands about secrets and second factors."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    reseal = commands.add_parser(
        "reseal", help="sceller les secrets conservés avec la première clé de l'installation"
    )
    reseal.set_defaults(run=_reseal)
    reset = commands.add_parser(
        "reset-factor", help="retirer le second facteur d'une personne qui l'a perdu"
    )
    reset.add_argument("email", metavar="ADRESSE", help="adresse électronique de la personne")
    reset.set_defaults(run=_reset_factor)


def _reseal(_: argparse.Namespace) -> int:
    from facturier.server.security import operations  # noqa: PLC0415

    return operations.reseal()


def _reset_factor(options: argparse.Namespace) -> int:
    from facturier.server.security import operations  # noqa: PLC0415

    return operations.reset_factor(options.email)
