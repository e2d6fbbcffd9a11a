"""How the files of the directory are built: the parts of a block, their order, how each is written.

Source: annexe 3 of the DGFiP external specifications v3.2 (F13, F14) and the structure that their
schemas ask for. The schemas themselves may not be handed on: what they refuse is said here in our
own way, record by record, so that a file of several gigabytes is judged while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from facturier.formats.directory import ROUTING_SCHEME, SIREN_SCHEME, SIRET_SCHEME

if TYPE_CHECKING:
    from lxml import etree

FORM, CODE, COHERENCE = "ANNUAIRE-FORME", "ANNUAIRE-CODE", "ANNUAIRE-COHERENCE"
"""Our words, told in :mod:`facturier.rules.advice.words`."""

Said = tuple[str, str, str]
"""Rule, message, remedy."""
_SPACE = " \t\r\n"
_TO_EDITOR = "Transmettez le constat à l'éditeur du logiciel qui a produit le fichier."
_SCHEMES = (
    f"Un SIREN se qualifie par {SIREN_SCHEME}, un SIRET par {SIRET_SCHEME}, un code de routage par "
    f"{ROUTING_SCHEME}."
)
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One element of a block."""

    tag: str
    term: str
    """Its id in annexe 3."""
    holds: Callable[[str], bool] | None = None
    """Whether a text is one of it."""
    wanted: str = ""
    """What it must be, in French."""
    rule: str = FORM
    """Id of what is broken by another text."""
    required: bool = True
    schemes: Callable[[str], bool] | None = None
    """Whether a qualifier (`qualifiant`) is one of it; None where there must be none."""
    inside: tuple[Part, ...] = ()


def _matching(pattern: str) -> Callable[[str], bool]:
    found = re.compile(pattern).fullmatch
    return lambda text: found(text) is not None


def _day(text: str) -> bool:
    try:
        return len(text) == 8 and bool(date(int(text[:4]), int(text[4:6]), int(text[6:])))  # noqa: PLR2004  # AAAAMMJJ
    except ValueError:
        return False


def _text(tag: str, term: str, most: int, *, required: bool = False) -> Part:
    return Part(
        tag=tag,
        term=term,
        holds=lambda text: len(text) <= most,
        wanted=f"un texte d'au plus {most} caractères",
        required=required,
    )


def _code(tag: str, term: str, codes: str) -> Part:
    known = frozenset(codes.split())
    return Part(
        tag=tag,
        term=term,
        holds=known.__contains__,
        wanted=f"un code parmi {', '.join(codes.split())}",
        rule=CODE,
    )


def _date(tag: str, term: str, *, required: bool = False) -> Part:
    return Part(tag=tag, term=term, holds=_day, wanted="une date AAAAMMJJ", required=required)


def _number(tag: str, term: str, digits: int, scheme: str = "", *, required: bool = True) -> Part:
    return Part(
        tag=tag,
        term=term,
        holds=_matching(f"[0-9]{{{digits}}}"),
        wanted=f"{digits} chiffres",
        required=required,
        schemes=scheme.__eq__ if scheme else None,
    )


def _routing(tag: str, term: str, *, required: bool) -> Part:
    return Part(
        tag=tag,
        term=term,
        holds=lambda text: 0 < len(text) <= 100,  # noqa: PLR2004
        wanted="un identifiant d'au plus 100 caractères",
        required=required,
        schemes=lambda scheme: scheme not in {SIREN_SCHEME, SIRET_SCHEME, ""},
    )


def _flag(tag: str, term: str, *, required: bool = True) -> Part:
    return Part(
        tag=tag,
        term=term,
        holds=frozenset({"true", "false", "1", "0"}).__contains__,
        wanted="true ou false",
        required=required,
    )


def _place(group: str, first: int) -> tuple[Part, ...]:
    """Return the parts of a postal address, numbered from `first` on."""
    tags = ("LigneAdresse1", "LigneAdresse2", "LigneAdresse3", "Localite", "CP", "SubdivisionPays")
    return (
        *(
            _text(tag, f"DT-{group}-{number}", 10 if tag == "CP" else 255)
            for number, tag in enumerate(tags, first)
        ),
        Part(
            tag="CodePays",
            term=f"DT-{group}-{first + len(tags)}",
            holds=_matching("[A-Z]{2}"),
            wanted="un code pays de deux lettres",
            rule=CODE,
            required=False,
        ),
    )


def _instance(group: str) -> Part:
    return Part(
        tag="IdInstance",
        term=f"DT-{group}-0",
        holds=_matching(r"[+-]?[0-9]+"),
        wanted="un nombre entier",
    )


def _known_as(group: str, reasons: str = "C P S") -> tuple[Part, ...]:
    return _instance(group), _code("MotifPresence", f"DT-{group}-1", reasons)


_B2G = tuple(
    _flag(tag, f"DT-4-13-{number}")
    for number, tag in enumerate(
        (
            "EngagementJuridique",
            "Service",
            "EngJurServ",
            "MOA",
            "MOAunique",
            "StatutMiseEnPaiement",
        ),
        1,
    )
)
_CODE = (
    _code("Statut", "DT-5-2", "A I"),
    _number("IdSIRET", "DT-5-3", 14, SIRET_SCHEME),
    _routing("IdRoutage", "DT-5-4", required=True),
    _text("Nom", "DT-5-5", 100, required=True),
    *_place("5", 6),
)
_PERIOD = (_date("DateDebut", "DT-7-3-1", required=True), _date("DateFin", "DT-7-3-2"))
_ADDRESS = (
    _number("IdLinSIREN", "DT-7-5-1-1", 9, SIREN_SCHEME),
    _number("IdLinSIRET", "DT-7-5-1-2", 14, SIRET_SCHEME, required=False),
    _routing("IdLinRoutage", "DT-7-5-1-3", required=False),
    _text("Suffixe", "DT-7-5-1-4", 100),
)
_NATURE = _code("Nature", "DT-7-2", "D M")
_RECEIVER = _number("IdPlateforme", "DT-7-6", 4)

EXPORT = {
    "UniteLegale": (
        *_known_as("3"),
        _code("Statut", "DT-3-2", "A I"),
        _number("IdSIREN", "DT-3-3", 9, SIREN_SCHEME),
        _text("Nom", "DT-3-4", 150, required=True),
        _code("TypeEntite", "DT-3-5", "P A"),
        _code("Diffusible", "DT-3-6", "O P M"),
    ),
    "Etablissement": (
        *_known_as("4"),
        _code("Statut", "DT-4-2", "A I"),
        _number("IdSIRET", "DT-4-3", 14, SIRET_SCHEME),
        _code("TypeEtablissement", "DT-4-4", "P S"),
        _text("Nom", "DT-4-5", 100, required=True),
        *_place("4", 6),
        Part(tag="DonneesB2G", term="DG-4-13", required=False, inside=_B2G),
        _code("Diffusible", "DT-4-14", "O P M"),
    ),
    "CodeRoutage": (
        *_known_as("5"),
        *_CODE,
        _flag("EngagementJuridique", "DT-5-13", required=False),
    ),
    "IdPlateformeReception": (
        *_known_as("6"),
        _code("Statut", "DT-6-2", "A I"),
        _code("TypePlateforme", "DT-6-3", "PPF PDP AP NA"),
        _number("Matricule", "DT-6-4", 4),
        _number("IdSIREN", "DT-6-5", 9, SIREN_SCHEME, required=False),
        _text("Nom", "DT-6-6", 99, required=True),
        _text("NomCommercial", "DT-6-7", 99),
        _text("Contact", "DT-6-8", 100),
        _date("DateDebutImmatriculation", "DT-6-9", required=True),
        _date("DateFinImmatriculation", "DT-6-10"),
    ),
    "LigneAnnuaire": (
        *_known_as("7", "C V P S N"),
        _NATURE,
        Part(
            tag="DateEffet",
            term="DG-7-3",
            inside=(*_PERIOD, _date("DateFinEffective", "DT-7-3-3")),
        ),
        Part(
            tag="InfoAdressage",
            term="DG-7-5",
            inside=(_text("Identifiant", "DT-7-5-1", 125, required=True), *_ADDRESS),
        ),
        _RECEIVER,
    ),
}
"""Record of a flux 14 → its parts, in order."""


def _asked(part: Part) -> Part:
    """Return a part as an update has it: what a rule of annexe 7 judges is left to that rule."""
    if part.holds is _day:
        return replace(part, rule="G1.09")
    if part.tag in {"IdLinSIREN", "IdLinSIRET", "IdSIRET", "CodePays"}:
        return replace(part, holds=None)
    if part.tag in {"IdLinRoutage", "IdRoutage"}:
        return replace(part, schemes=lambda _: True)
    return part


UPDATE = {
    "CodeRoutage": tuple(map(_asked, _CODE)),
    "LigneAnnuaire": (
        _NATURE,
        Part(tag="DateEffet", term="DG-7-3", inside=tuple(map(_asked, _PERIOD))),
        Part(
            tag="InfoAdressage",
            term="DG-7-5",
            inside=(Part(tag="Identifiant", term="DT-7-5-1", inside=tuple(map(_asked, _ADDRESS))),),
        ),
        _RECEIVER,
    ),
}
"""Record of a flux 13 → its parts, in order."""

EXPORT_BLOCKS = {
    "BlocUnitesLegales": "UniteLegale",
    "BlocEtablissements": "Etablissement",
    "BlocCodesRoutage": "CodeRoutage",
    "BlocIdPlateformesReception": "IdPlateformeReception",
    "BlocLignesAnnuaire": "LigneAnnuaire",
}
"""Block of a flux 14 → what it is made of, in the file's order."""
UPDATE_BLOCKS = {name: EXPORT_BLOCKS[name] for name in ("BlocCodesRoutage", "BlocLignesAnnuaire")}
GROUPS = {
    "UniteLegale": "DG-3",
    "Etablissement": "DG-4",
    "CodeRoutage": "DG-5",
    "IdPlateformeReception": "DG-6",
    "LigneAnnuaire": "DG-7",
}
"""Record → its id in annexe 3."""


def form_of(element: etree._Element, parts: tuple[Part, ...]) -> Iterator[Said]:
    """Yield what is wrong in the form of one block."""
    yield from _bare(element)
    position = 0
    for child in _elements(element):
        found = next((at for at in range(position, len(parts)) if parts[at].tag == child.tag), None)
        if found is None:
            yield _misplaced(child, element)
            continue
        yield from map(_missing, (one for one in parts[position:found] if one.required))
        yield from _of_part(child, parts[found])
        position = found + 1
    yield from map(_missing, (one for one in parts[position:] if one.required))


def order_of(root: etree._Element, head: tuple[str, ...], blocks: dict[str, str]) -> Iterator[Said]:
    """Yield what is wrong in the children of the root: strangers, and blocks out of their order."""
    order = [*head, *blocks]
    position = 0
    yield from _bare(root)
    for child in _elements(root):
        tag = str(child.tag)
        if tag not in order[position:]:
            yield _misplaced(child, root)
            continue
        position = order.index(tag) + 1
        if tag in blocks:
            yield from _bare(child)


def strange(child: etree._Element, parent: etree._Element) -> Said:
    """Return what is said of an element that has no place where it stands."""
    return _misplaced(child, parent)


def empty(tag: str) -> Said:
    """Return what is said of a block without records."""
    return FORM, f"Le bloc {tag} est vide.", "Retirez le bloc, ou remplissez-le."


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the children that are elements; comments are none."""
    return (child for child in element if isinstance(child.tag, str))


def _bare(element: etree._Element) -> Iterator[Said]:
    """Object to text between elements, and to attributes that nobody asked for."""
    loose = (element.text or "") + "".join(child.tail or "" for child in element)
    if loose.strip(_SPACE):
        yield FORM, f"Du texte se trouve entre les éléments de {element.tag}.", _TO_EDITOR
    if any(not name.startswith("{") for name in map(str, element.attrib)):
        yield FORM, f"{element.tag} porte un attribut qui n'y a pas sa place.", _TO_EDITOR


def _of_part(child: etree._Element, part: Part) -> Iterator[Said]:
    if part.inside:
        yield from form_of(child, part.inside)
        return
    if next(_elements(child), None) is not None:
        yield FORM, f"{part.tag} ({part.term}) contient des éléments, pas un texte.", _TO_EDITOR
        return
    text = (child.text or "").strip(_SPACE)
    if part.holds is not None and not part.holds(text):
        yield (
            part.rule,
            f"{part.tag} ({part.term}) vaut « {text[:_MOST_SHOWN]} ».",
            f"Écrivez {part.wanted}.",
        )
    yield from _of_scheme(child, part)


def _of_scheme(child: etree._Element, part: Part) -> Iterator[Said]:
    named = child.get("qualifiant")
    allowed = 1 if part.schemes is not None else 0
    if sum(not name.startswith("{") for name in map(str, child.attrib)) > (
        allowed if named is not None else 0
    ):
        yield FORM, f"{part.tag} ({part.term}) porte un attribut de trop.", _TO_EDITOR
    if part.schemes is None:
        return
    if named is None:
        yield FORM, f"{part.tag} ({part.term}) n'a pas d'attribut qualifiant.", "Ajoutez-le."
    elif not part.schemes(named.strip(_SPACE)):
        yield (
            CODE,
            f"{part.tag} ({part.term}) est qualifié par « {named[:_MOST_SHOWN]} ».",
            _SCHEMES,
        )


def _misplaced(child: etree._Element, parent: etree._Element) -> Said:
    return (
        FORM,
        f"L'élément {str(child.tag)[:_MOST_SHOWN]} n'a pas sa place à cet endroit de {parent.tag}.",
        "Retirez-le, ou remettez les éléments dans l'ordre de l'annexe 3.",
    )


def _missing(part: Part) -> Said:
    return FORM, f"Il manque {part.tag} ({part.term}).", f"Ajoutez {part.tag}."
