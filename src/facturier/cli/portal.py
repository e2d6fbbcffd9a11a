"""Files of the public portal: ``extract`` (flux 1) and ``directory`` (flux 12 to 14).

``directory`` exits 1 when the portal would refuse the update it was given; ``directory import``
brings the platform's own directory to the state of an export.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from facturier.cli.terminal import bytes_of, day, spoken, worded
from facturier.errors import BadUsage

if TYPE_CHECKING:
    from facturier.formats.directory import Header, Line

_HEAD = 4096


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

    directory = commands.add_parser(
        "directory",
        help="résumer un export de l'annuaire (F14) ou contrôler une demande (F12, F13)",
    )
    directory.add_argument(
        "words",
        nargs="+",
        metavar="[import] FICHIER",
        help=".xml ou .tar.gz ; « import » le prend dans l'annuaire de la plateforme",
    )
    directory.add_argument("--siren", default="", help="montrer les lignes de ce SIREN")
    directory.add_argument(
        "--against", type=Path, metavar="F14", help="comparer une demande à cet export"
    )
    directory.add_argument("--on", type=day, help="jour d'effet (par défaut aujourd'hui)")
    directory.set_defaults(run=_directory)


def _extract(options: argparse.Namespace) -> int:
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
        print(worded(f"le portail veut un nom qui commence par « {profile}_ »."), file=sys.stderr)
    target.write_bytes(xml)
    for line in (*found.changes, *found.remarks):
        print(worded(line), file=sys.stderr)
    return 0


def _directory(options: argparse.Namespace) -> int:
    *verbs, name = options.words
    if verbs not in ([], ["import"]):
        raise BadUsage("Un seul fichier à la fois.", remedy="facturier directory [import] FICHIER")
    options.file = Path(name)
    if verbs:
        from facturier.server import commands  # noqa: PLC0415

        options.file.stat()  # a file that is not there is said before a database is started
        return commands.import_directory(options.file)
    today = options.on or date.today()  # noqa: DTZ011  # the day of who types the command
    with options.file.open("rb") as file:
        is_update = b"AnnuaireActualisation" in file.read(_HEAD)
    return _update(options, today) if is_update else _export(options, today)


def _export(options: argparse.Namespace, today: date) -> int:
    """Print what a flux 14 holds, reading it once as a stream."""
    from facturier.formats.directory import Line, Platform  # noqa: PLC0415
    from facturier.formats.directory_files import opened_directory  # noqa: PLC0415

    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    mine: list[Line] = []
    with opened_directory(options.file) as directory:
        for record in directory.records():
            counts[type(record).__name__] += 1
            if isinstance(record, Platform):
                names[record.number] = record.trade_name or record.name
            elif isinstance(record, Line):
                counts["en vigueur"] += record.is_in_effect(today)
                if record.address.siren == options.siren:
                    mine.append(record)
        print(worded(_produced(directory.header)))
    for kind, word in _WORDS.items():
        print(f"{counts[kind]:>12n} {worded(word)}")
    in_effect = worded(f"lignes en vigueur le {today:%d/%m/%Y}")
    print(f"{counts['en vigueur']:>12n} {in_effect}")
    if options.siren:
        print(*map(worded, _shown(mine, names, today, options.siren)), sep="\n")
    return 0


_WORDS = {
    "LegalUnit": "unités légales",
    "Establishment": "établissements",
    "RoutingCode": "codes de routage",
    "Platform": "plateformes",
    "Line": "lignes d'annuaire",
}


def _produced(header: Header) -> str:
    from facturier.formats.directory import Extent  # noqa: PLC0415

    kind = {Extent.FULL: "complet", Extent.DIFFERENTIAL: "différentiel"}.get(
        header.extent,  # type: ignore[call-overload]  # any text may stand in a file
        header.extent,
    )
    since = f", depuis le {header.previous_at:%d/%m/%Y %H:%M}" if header.previous_at else ""
    return f"Annuaire (flux 14) {kind}, produit le {header.produced_at:%d/%m/%Y %H:%M}{since}"


def _shown(lines: list[Line], names: dict[str, str], today: date, siren: str) -> Iterator[str]:
    """Yield the lines of a SIREN, as a person reads them."""
    yield ""
    if not lines:
        yield f"Aucune ligne pour le SIREN {siren}."
    for line in lines:
        until = f" au {line.until:%d/%m/%Y} exclu" if line.until else ""
        state = "en vigueur" if line.is_in_effect(today) else f"nature {line.nature}"
        name = names.get(line.platform, "")
        yield (
            f"{line.address.identifier}  → {line.platform} {name}".rstrip()
            + f"  du {line.start:%d/%m/%Y}{until}  ({state})"
        )


def _known(export: Path | None, sirens: set[str]) -> tuple[list[Line] | None, set[str] | None]:
    """Return the lines of some companies and the platforms that an export has; None without one."""
    if export is None:
        return None, None
    from facturier.formats.directory import Line, Platform  # noqa: PLC0415
    from facturier.formats.directory_files import opened_directory  # noqa: PLC0415

    lines: list[Line] = []
    platforms: set[str] = set()
    with opened_directory(export) as directory:
        for record in directory.records():
            if isinstance(record, Line) and record.address.siren in sirens:
                lines.append(record)
            elif isinstance(record, Platform) and record.status == "A":
                platforms.add(record.number)
    return lines, platforms


def _update(options: argparse.Namespace, today: date) -> int:
    """Print what a flux 12 or 13 asks for, and what the portal would object to."""
    from facturier.formats import detect  # noqa: PLC0415
    from facturier.formats.directory_files import read_update  # noqa: PLC0415
    from facturier.language import finding_in  # noqa: PLC0415
    from facturier.rules.france.directory import check_update  # noqa: PLC0415

    update = read_update(detect(bytes_of(options.file)).root)
    print(worded("Demande d'actualisation de l'annuaire (flux 12 ou 13)"))
    print(f"{len(update.routing_codes):>12n} {worded(_WORDS['RoutingCode'])}")
    print(f"{len(update.lines):>12n} {worded(_WORDS['Line'])}")
    mine = [line for line in update.lines if line.address.siren == options.siren]
    if options.siren:
        print(*map(worded, _shown(mine, {}, today, options.siren)), sep="\n")
    lines, platforms = _known(options.against, {one.address.siren for one in update.lines})
    findings = check_update(update, today, lines, platforms)
    for found in findings:
        said = finding_in(found, spoken())
        print(f"{said.where} : {said.rule}. {said.message} {said.remedy}")
    return int(bool(findings))
