"""What goes to the public portal and comes from it: ``extract`` (flux 1)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Literal

from facturier.cli.terminal import bytes_of, day


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    extract = commands.add_parser(
        "extract", help="extraire d'une facture les données réglementaires (flux 1)"
    )
    extract.add_argument("file", metavar="FACTURE", type=Path)
    extract.add_argument(
        "--flux1", choices=("base", "full"), help="le profil ; par défaut celui de la date"
    )
    extract.add_argument("--syntax", choices=("ubl", "cii"), help="par défaut celle de la facture")
    extract.add_argument("--on", type=day, help="date d'envoi (par défaut aujourd'hui)")
    extract.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="SORTIE",
        help="un fichier, ou un dossier où le nommer Base_… ou Full_…",
    )
    extract.set_defaults(run=_extract)


def _extract(options: argparse.Namespace) -> int:
    from datetime import date  # noqa: PLC0415

    from facturier.formats import read  # noqa: PLC0415
    from facturier.formats.detect import Syntax  # noqa: PLC0415
    from facturier.formats.flux1 import write_flux1  # noqa: PLC0415
    from facturier.reporting import extract as flux1  # noqa: PLC0415

    reading = read(bytes_of(options.file))
    today = options.on or date.today()  # noqa: DTZ011  # the day of who types the command
    named = {"base": flux1.Profile.BASE, "full": flux1.Profile.FULL}
    profile = named.get(options.flux1) or flux1.profile_on(today)
    own: Literal["ubl", "cii"] = "cii" if reading.detected.syntax is Syntax.CII else "ubl"
    found = flux1.extract(reading.invoice, profile, on=today)
    xml, _ = write_flux1(found.invoice, options.syntax or own)
    target = options.output
    if target.is_dir():
        target /= flux1.file_name(profile, f"{options.file.stem}.xml")
    elif flux1.named_profile(target.name) is not profile:
        print(f"le portail veut un nom qui commence par « {profile}_ ».", file=sys.stderr)
    target.write_bytes(xml)
    for line in (*found.changes, *found.remarks):
        print(line, file=sys.stderr)
    return 0
