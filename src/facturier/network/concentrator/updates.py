"""What the portal thinks of one flux 13: an update of the directory.

Source: DGFiP external specifications v3.2, dossier général §3.5.6 to §3.5.8; annexe 7, G1.80 to
G1.115, of which G1.92, G1.96 and G1.97 ask the directory itself. A file is one object: it is taken
whole, or nothing of it is. Flux 13 has no number of its own: MDT-87 is the name of the file. Which
reason goes with which rule is written nowhere; :data:`REASONS` is our reading of table 7.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.errors import MalformedDocument
from facturier.formats.detect import Detected, Syntax
from facturier.formats.directory import (
    Line,
    Nature,
    RoutingCode,
    Update,
    key_of,
    routing_key,
)
from facturier.formats.directory_files import read_update
from facturier.lifecycle.statuses import Subject
from facturier.network.concentrator.known import Directed, Judged, Objection
from facturier.rules.france.directory import check_update
from facturier.rules.france.directory_files import check_update_file
from facturier.rules.france.directory_form import CODE, FORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from facturier.findings import Finding
    from facturier.network.concentrator.known import Application, Directory, Known, Moment

REASONS = {
    **dict.fromkeys(
        ("G1.09", "G1.36", "G1.83", "G1.89", "G1.95", "G1.115", "G2.01", "G2.07"), "REJ_VAL_INC"
    ),
    **dict.fromkeys(("G1.80", "G1.92", "G1.94", "G1.96", "G1.97"), "REJ_COH"),
}
"""Rule → reason of the rejection; REJ_RG for the others."""
ACTIVE = "A"


def syntax_objections(detected: Detected, name: str, moment: Moment) -> Iterator[Objection]:
    """Yield why a file cannot be taken as a flux 13: 501."""
    if detected.syntax is not Syntax.F13:
        yield Objection(reason="IRR_SYNTAX", message="Ce fichier n'est pas un flux 13.", place=name)
        return
    found = check_update_file(detected.root, moment.today)
    for one in [one for one in found if one.rule in (FORM, CODE)][:1]:
        yield Objection(reason="IRR_SYNTAX", message=one.message, place=name)
        return
    try:
        read_update(detected.root)
    except MalformedDocument as error:
        yield Objection(reason="IRR_SYNTAX", message=error.message, place=name)


def judged(
    detected: Detected, name: str, application: Application, known: Known, moment: Moment
) -> Judged:
    """Judge a flux 13 that is well built: 400 or 401."""
    update = read_update(detected.root)
    objections = tuple(objections_to(update, application, known, moment))
    return Judged(
        subject=Subject.DIRECTORY,
        file=name,
        number=name,
        day=moment.today,
        key=name,
        objections=objections,
        changes=(*update.routing_codes, *update.lines),
    )


def objections_to(
    update: Update, application: Application, known: Directory, moment: Moment
) -> Iterator[Objection]:
    """Yield what the portal objects to, routing codes first, then lines, in their order."""
    codes: dict[str, RoutingCode] = {}
    for number, code in enumerate(update.routing_codes, 1):
        only = Update(routing_codes=(code,))
        yield from _told(check_update(only, moment.today), f"DG-5 n° {number}")
        yield from _of_siret(code.siret, f"DG-5 n° {number}", known)
        codes[key_of(code)] = code
    before: list[Line] = []
    platforms = {*known.platforms(), application.platform} - {""}
    for number, line in enumerate(update.lines, 1):
        place = f"DG-7 n° {number}"
        lines = [*known.lines(line.address.siren), *before]
        found = check_update(Update(lines=(line,)), moment.today, lines, platforms or None)
        yield from _told(found, place)
        yield from _of_address(line, place, known, codes)
        yield from _of_rights(line, place, application, lines)
        before.append(line)


def _told(findings: Iterable[Finding], place: str) -> Iterator[Objection]:
    for one in findings:
        yield _objection(one.rule, one.message, place)


def _objection(rule: str, message: str, place: str) -> Objection:
    # G7.29: of a flux 13 the rule is told in the message, the number of the line is the place
    return Objection(
        reason=REASONS.get(rule, "REJ_RG"), rule=rule, message=f"{rule} : {message}", place=place
    )


def _of_address(
    line: Line, place: str, known: Directory, codes: dict[str, RoutingCode]
) -> Iterator[Objection]:
    """Object to a company, a place or a routing code that is unknown or closed."""
    where = line.address
    unit = known.unit(where.siren)
    if unit is None or unit.status != ACTIVE:
        words = f"Le SIREN {where.siren} n'est pas dans l'annuaire, ou n'est plus actif."
        yield _objection("G1.96", words, place)
    if where.siret:
        yield from _of_siret(where.siret, place, known)
    if where.siret and where.routing:
        key = routing_key(where.siret, where.routing)
        code = codes.get(key) or known.routing_code(where.siret, where.routing)
        if code is None or code.status != ACTIVE:
            yield _objection(
                "G1.92", f"Le code de routage « {where.routing} » n'existe pas ou plus.", place
            )


def _of_siret(siret: str, place: str, known: Directory) -> Iterator[Objection]:
    found = known.establishment(siret)
    if found is None or found.status != ACTIVE:
        yield _objection(
            "G1.97", f"Le SIRET {siret} n'est pas dans l'annuaire, ou n'est plus actif.", place
        )


def _of_rights(
    line: Line, place: str, application: Application, lines: Sequence[Line]
) -> Iterator[Objection]:
    """Object to a line that gives an address to another platform than the one that writes.

    It may repeat any line that exists, to end or to mask it: a new platform takes over so.
    """
    if not application.platform or line.platform == application.platform:
        return
    repeats = any(key_of(one) == key_of(_defined(line)) for one in lines)
    opens = line.nature == Nature.DEFINITION and line.end is None
    if opens or not repeats:
        yield Objection(
            reason="REJ_HAB",
            message=f"La plateforme {application.platform} ne peut pas donner une adresse à la "
            f"plateforme {line.platform}.",
            place=place,
        )


def _defined(line: Line) -> Directed:
    return replace(line, nature=Nature.DEFINITION)
