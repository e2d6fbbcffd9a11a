"""Commands of the archive: export it, verify an export."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    archive = commands.add_parser(
        "archive", help="exporter l'archive d'un dossier, avec ce qui la vérifie"
    )
    archive.add_argument("dossier", metavar="DOSSIER", help="SIREN ou adresse électronique")
    archive.add_argument(
        "-o", "--output", required=True, type=Path, metavar="SORTIE",
        help="dossier à créer, ou fichier .zip",
    )  # fmt: skip
    archive.add_argument("--month", type=_month, help="un seul mois : AAAA-MM")
    archive.set_defaults(run=_archive)
    verify = commands.add_parser(
        "verify", help="vérifier une archive exportée, ou un certificat d'exhaustivité"
    )
    verify.add_argument(
        "archive", metavar="ARCHIVE", help="dossier, fichier .zip, ou certificat .json"
    )
    verify.add_argument(
        "--tete", default="", metavar="EMPREINTE",
        help="empreinte de tête de la chaîne, notée ailleurs que dans l'archive",
    )  # fmt: skip
    verify.add_argument(
        "--cle", default="", metavar="EMPREINTE",
        help="empreinte de la clé qui doit avoir signé le certificat",
    )  # fmt: skip
    verify.set_defaults(run=_verify)


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("un mois s'écrit AAAA-MM, par exemple 2026-11")
    return text


def _archive(options: argparse.Namespace) -> int:
    from facturier.server.archive import command  # noqa: PLC0415

    return command.archive(options.dossier, options.output, options.month or "")


def _verify(options: argparse.Namespace) -> int:
    from facturier.server.archive import verify, verify_certificate  # noqa: PLC0415

    if options.archive.endswith(".json"):
        return verify_certificate.main([options.archive, "--cle", options.cle])
    return verify.main([options.archive, "--tete", options.tete])
