"""What the portal demands of an update of the directory (flux 13): G1.80 to G1.115.

Source: annexe 7 of the DGFiP external specifications v3.2. No official file tests these rules. What
only the whole directory knows (a SIREN or a SIRET that is active: G1.96, G1.97; a routing code that
exists: G1.92) is not judged here; the lines and platforms that are known are given by who asks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from facturier.findings import Finding, Layer, Severity
from facturier.formats.directory import (
    ROUTING_SCHEME,
    Line,
    Nature,
    RoutingCode,
    Update,
)

RESERVED = frozenset({"9997", "9998", "9999"})
"""Numbers of Chorus Pro (sending, receiving) and of the fictitious platform."""
_YEARS = range(2000, 2100)
_SIREN, _SIRET = re.compile(r"[0-9]{9}"), re.compile(r"[0-9]{14}")
_ROUTING = re.compile(r"[A-Za-z0-9_-]+")
_SUFFIX = re.compile(r"[A-Za-z0-9_.-]+")
_COUNTRY = re.compile(r"[A-Z]{2}")

Said = tuple[str, str, str]
"""Rule, message, remedy."""


@dataclass(slots=True)
class Known:
    """What is known of the directory before an update."""

    lines: list[Line] = field(default_factory=list)
    """Lines of the addresses that the update speaks of."""
    platforms: Collection[str] | None = None
    """Numbers of the platforms that are registered; None when nobody knows."""
    whole: bool = True
    """Whether all lines of these addresses are known; else what a line repeats is not judged."""


def check_update(
    update: Update,
    today: date,
    lines: Iterable[Line] | None = None,
    platforms: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Return what the portal would object to in an update sent on a day, line by line in order.

    `lines` are those that the directory has for the same addresses, `platforms` the numbers of
    registered platforms. Without them, what a line must repeat or name (G1.84, part of G1.87,
    G1.94) is not judged.
    """
    known = Known(list(lines or ()), platforms, lines is not None)
    findings = [
        _finding(said, f"DG-5 n° {number}")
        for number, code in enumerate(update.routing_codes, 1)
        for said in _of_code(code)
    ]
    for number, line in enumerate(update.lines, 1):
        objections = [*_of_address(line), *_of_period(line, today, known), *_of_mesh(line, known)]
        objections += _of_platform(line, known)
        findings += [_finding(said, f"DG-7 n° {number}") for said in objections]
        known.lines.append(line)
    return tuple(findings)


def _finding(said: Said, where: str) -> Finding:
    rule, message, remedy = said
    return Finding(
        rule=rule,
        layer=Layer.DIRECTORY,
        severity=Severity.FATAL,
        message=message,
        where=where,
        remedy=remedy,
    )


def _of_code(code: RoutingCode) -> Iterator[Said]:
    if not _SIRET.fullmatch(code.siret):
        yield "G2.07", f"Le SIRET « {code.siret} » ne compte pas 14 chiffres.", "Corrigez le SIRET."
    yield from _of_routing(code.routing, code.routing_scheme)
    country = code.postal_address.country
    if country and (not _COUNTRY.fullmatch(country) or country == "EL"):
        yield "G2.01", f"« {country} » n'est pas un code pays.", "Écrivez FR, DE, GR…"


def _of_routing(routing: str, scheme: str) -> Iterator[Said]:
    if scheme != ROUTING_SCHEME:
        yield (
            "G1.83",
            f"L'identifiant de routage est qualifié par « {scheme} ».",
            f"Qualifiez-le par {ROUTING_SCHEME}.",
        )
    if not _ROUTING.fullmatch(routing):
        yield (
            "G1.95",
            f"L'identifiant de routage « {routing} » contient un signe que le portail refuse.",
            "N'employez que lettres sans accent, chiffres, - et _.",
        )


def _of_address(line: Line) -> Iterator[Said]:
    where = line.address
    if not _SIREN.fullmatch(where.siren):
        yield "G1.89", f"Le SIREN « {where.siren} » ne compte pas 9 chiffres.", "Corrigez le SIREN."
    if where.siret and not _SIRET.fullmatch(where.siret):
        yield (
            "G2.07",
            f"Le SIRET « {where.siret} » ne compte pas 14 chiffres.",
            "Corrigez le SIRET.",
        )
    if where.siret and not where.siret.startswith(where.siren):
        yield (
            "G1.80",
            f"Le SIRET {where.siret} n'est pas un établissement du SIREN {where.siren}.",
            "Le SIRET commence par le SIREN : corrigez l'un ou l'autre.",
        )
    if where.routing:
        yield from _of_routing(where.routing, where.routing_scheme)
        if not where.siret:
            yield (
                "G1.91",
                f"L'identifiant de routage « {where.routing} » est donné sans SIRET.",
                "Ajoutez le SIRET de l'établissement auquel il appartient.",
            )
    if where.suffix and where.siret:
        yield (
            "G1.93",
            "Un suffixe est donné avec un SIRET.",
            "Un suffixe va avec le SIREN seul : retirez le SIRET ou le suffixe.",
        )
    if where.suffix and not _SUFFIX.fullmatch(where.suffix):
        yield (
            "G1.115",
            f"Le suffixe « {where.suffix} » contient un signe que le portail refuse.",
            "N'employez que lettres sans accent, chiffres, -, _ et le point.",
        )


def _of_period(line: Line, today: date, known: Known) -> Iterator[Said]:
    for day in (line.start, line.end):
        if day is not None and day.year not in _YEARS:
            yield "G1.36", f"L'année {day.year} n'est pas entre 2000 et 2099.", "Corrigez la date."
    if line.start <= today and line.nature == Nature.MASKING:
        yield (
            "G1.85",
            f"Ce masquage prendrait effet le {line.start:%d/%m/%Y}, qui n'est pas à venir.",
            "On ne masque qu'une ligne à venir ; terminez celle qui est en vigueur.",
        )
    elif line.start <= today and known.whole and not _repeats(line, today, known):
        yield (
            "G1.87",
            f"Cette ligne prendrait effet le {line.start:%d/%m/%Y}, qui n'est pas à venir.",
            "Choisissez demain au plus tôt, ou reprenez la ligne en vigueur avec une autre fin.",
        )
    if line.end is not None and line.end <= today and line.nature == Nature.DEFINITION:
        yield (
            "G1.88",
            f"La fin d'effet, {line.end:%d/%m/%Y}, n'est pas à venir.",
            "Choisissez demain au plus tôt.",
        )
    if line.end is not None and line.end <= line.start:
        yield (
            "G1.113",
            "La fin d'effet n'est pas après le début.",
            "Corrigez les dates de la ligne.",
        )


def _repeats(line: Line, today: date, known: Known) -> bool:
    return any(
        _is_same(line, one) and one.platform == line.platform and one.is_in_effect(today)
        for one in known.lines
    )


def _is_same(line: Line, other: Line) -> bool:
    """Tell whether two lines are of the same address and begin on the same day."""
    return line.start == other.start and _mesh(line) == _mesh(other)


def _mesh(line: Line) -> str:
    return line.address.identifier.casefold()


def _of_mesh(line: Line, known: Known) -> Iterator[Said]:
    """Compare a line with those of the same address: a definition overlaps none, a masking line
    repeats one.
    """  # noqa: D205
    definitions = [
        one for one in known.lines if one.nature == Nature.DEFINITION and _mesh(one) == _mesh(line)
    ]
    if line.nature == Nature.MASKING:
        if known.whole and not any(
            _is_same(line, one) and (line.end, line.platform) == (one.end, one.platform)
            for one in definitions
        ):
            yield (
                "G1.84",
                "Ce masquage ne reprend aucune ligne connue à l'identique.",
                "Reprenez la ligne à masquer : mêmes dates, même adresse, même plateforme.",
            )
        return
    for one in _standing(definitions, known):
        if not _is_same(line, one) and _overlap(line, one):
            yield (
                "G1.86",
                f"Elle recouvre celle du {one.start:%d/%m/%Y} (plateforme {one.platform}).",
                "Terminez ou masquez d'abord l'autre ligne, plus haut dans le même fichier.",
            )


def _standing(definitions: list[Line], known: Known) -> Iterator[Line]:
    """Yield the definitions that no later one replaces and no masking line cancels."""
    last = {one.start: one for one in definitions}
    cancelled = {(one.start, _mesh(one)) for one in known.lines if one.nature == Nature.MASKING}
    for one in last.values():
        if (one.start, _mesh(one)) not in cancelled:
            yield one


def _overlap(line: Line, other: Line) -> bool:
    return (other.until is None or line.start < other.until) and (
        line.until is None or other.start < line.until
    )


def _of_platform(line: Line, known: Known) -> Iterator[Said]:
    if line.platform in RESERVED:
        yield (
            "G1.112",
            f"Le matricule {line.platform} est réservé au portail.",
            "Donnez le matricule de la plateforme agréée qui recevra les factures.",
        )
    elif known.platforms is not None and line.platform not in known.platforms:
        yield (
            "G1.94",
            f"La plateforme {line.platform} n'est pas immatriculée.",
            "Vérifiez le matricule dans l'annuaire.",
        )
