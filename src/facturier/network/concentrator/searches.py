"""Searches of the portal's directory API: filters, order, pages.

The contract writes ``{"siren": {"op": "strict", "valeur": "…"}}``; a bare value is understood as
well, with the operator that the contract has for that datum, for clients that send it so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from facturier.errors import BadUsage
from facturier.formats.directory import Establishment, LegalUnit, Line, RoutingCode
from facturier.network.concentrator import payloads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from facturier.network.concentrator.payloads import Told
    from facturier.network.concentrator.records import Records

Found = LegalUnit | Establishment | RoutingCode | Line
STRICT, CONTAINS = "strict", "contient"
DEFAULT_LIMIT, LARGEST_LIMIT = 50, 1000
_WORDS = {True: "oui", False: "non"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What may be searched for."""

    kind: type[Found]
    key: str
    """What results are ordered by unless something else is asked for."""
    strict: tuple[str, ...]
    contains: tuple[str, ...]
    include: tuple[str, ...] = ()


RESOURCES: dict[str, Resource] = {
    "siren": Resource(
        kind=LegalUnit, key="siren", strict=("siren", "typeEntite", "etatAdministratif"),
        contains=("raisonSociale",),
    ),
    "siret": Resource(
        kind=Establishment, key="siret",
        strict=("siret", "siren", "typeEtablissement", "etatAdministratif"),
        contains=("denomination", "lignesAdresse", "codePostal", "subDivisionPays", "localite"),
        include=("siren",),
    ),
    "code-routage": Resource(
        kind=RoutingCode, key="siret", strict=("siret", "etatAdministratif"),
        contains=("identifiantRoutage", "libelleCodeRoutage", "lignesAdresse", "codePostal",
                  "localite"),
        include=("siren", "siret"),
    ),
    "ligne-annuaire": Resource(
        kind=Line, key="identifiantAdressage",
        strict=("matriculePlateforme", "siren", "siret", "suffixeAdressage"),
        contains=("identifiantAdressage", "identifiantRoutage"),
        include=("siren", "siret", "codeRoutage", "plateforme"),
    ),
}  # fmt: skip
"""By the name in the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a search found."""

    asked: Told
    """The search, as the contract writes it."""
    results: tuple[Told, ...]
    total: int
    is_last: bool


def search(name: str, asked: Mapping[str, Any], records: Records, today: date) -> Page:
    """Search a resource. Raises `BadUsage` for words that the contract does not have."""
    resource = RESOURCES[name]
    filters = asked.get("filtres", {})
    if not isinstance(filters, dict):
        raise BadUsage("« filtres » est un objet.")
    tests = [_test(resource, field, said) for field, said in filters.items()
             if field != "historisation"]  # fmt: skip
    on = _observed(filters.get("historisation"))
    found = [
        told
        for told in _all(resource, records, today, on)
        if all(_holds(told, field, operator, value) for field, operator, value in tests)
    ]
    for field, descending in reversed(_order(resource, asked.get("tris"))):
        found.sort(key=partial(_sorted_by, field), reverse=descending)
    first = _number(asked, "ignorer", 0)
    limit = min(_number(asked, "limite", DEFAULT_LIMIT), LARGEST_LIMIT)
    names = texts(asked.get("champs"))
    relations = set(texts(asked.get("inclure"))) & set(resource.include)
    page = found[first : first + limit]
    return Page(
        asked=_echo(resource, asked, tests),
        results=tuple(
            payloads.only(payloads.included(told, relations, records), names) for told in page
        ),
        total=len(found),
        is_last=first + limit >= len(found),
    )


def _echo(
    resource: Resource, asked: Mapping[str, Any], tests: Sequence[tuple[str, str, str]]
) -> Told:
    """Return a search with its filters written out, and without what the contract has no word for.

    Companies and lines cannot be searched with ``inclure``, says the contract; it is understood.
    """
    filters: Told = {field: {"op": operator, "valeur": value} for field, operator, value in tests}
    history = asked.get("filtres", {}).get("historisation")
    if isinstance(history, dict):
        filters["historisation"] = history
    said = {"filtres": filters} | {
        name: asked[name] for name in ("tris", "champs", "limite", "ignorer") if name in asked
    }
    if "inclure" in asked and resource.kind in (Establishment, RoutingCode):
        said["inclure"] = [one for one in texts(asked["inclure"]) if one in resource.include]
    return said


def may_include(record: Found) -> set[str]:
    """Return the records that may be asked for beside one."""
    return {name for one in RESOURCES.values() if one.kind is type(record) for name in one.include}


def texts(said: Any) -> list[str]:
    """Return a list of words, written as a list or separated by commas. Raises `BadUsage`."""
    if said is None:
        return []
    if isinstance(said, str):
        return [one for one in said.split(",") if one]
    if isinstance(said, list) and all(isinstance(one, str) for one in said):
        return said
    raise BadUsage("« champs » et « inclure » sont des listes de mots.")


def _all(resource: Resource, records: Records, today: date, on: date | None) -> Iterator[Told]:
    """Yield every record that may be seen: lines that are over or masked may not (DG §3.5)."""
    if resource.kind is not Line:
        held: Iterable[Found] = list(records.current(resource.kind))
    else:
        lines = records.open_lines(on or today)
        held = (one for one in lines if on is None or one.start <= on)
    for one in held:
        yield payloads.told(one, records)


def _test(resource: Resource, field: str, said: Any) -> tuple[str, str, str]:
    """Return a filter: datum, operator, value."""
    if field not in (*resource.strict, *resource.contains):
        raise BadUsage(f"Le filtre « {field} » n'existe pas.")
    operator = STRICT if field in resource.strict else CONTAINS
    value = said
    if isinstance(said, dict):
        operator, value = said.get("op", operator), said.get("valeur")
    if operator not in (STRICT, CONTAINS):
        raise BadUsage(f"L'opérateur « {operator} » n'existe pas : strict ou contient.")
    if not isinstance(value, str):
        raise BadUsage(f"La valeur du filtre « {field} » est un texte.")
    return field, operator, value


def _holds(told: Told, field: str, operator: str, value: str) -> bool:
    found = _value(told, field)
    if operator == STRICT:
        return found == value
    return value.casefold() in found.casefold()


def _sorted_by(field: str, told: Told) -> str:
    return _value(told, field).casefold()


def _value(told: Told, field: str) -> str:
    """Return a datum as a text, wherever it stands in the record."""
    address = told.get("adresse", {})
    if field == "lignesAdresse":
        return " ".join(address.get(f"ligneAdresse{n}", "") for n in (1, 2, 3))
    for place in (told, address, told.get("historisation", {})):
        if field in place:
            value = place[field]
            return _WORDS[value] if isinstance(value, bool) else str(value)
    return ""


def _observed(said: Any) -> date | None:
    """Return the day on which the directory is looked at; None when it is not said."""
    held = said.get("dateObservation") if isinstance(said, dict) else None
    text = held.get("valeur") if isinstance(held, dict) else held
    return day(text) if text else None


def day(text: Any) -> date:
    """Read a day. Raises `BadUsage`."""
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise BadUsage(f"« {text} » n'est pas une date AAAA-MM-JJ.") from error


def _order(resource: Resource, said: Any) -> list[tuple[str, bool]]:
    if said is None:
        return [(resource.key, False)]
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise BadUsage("« tris » est une liste d'objets « champ » et « ordre ».")
    return [(str(one.get("champ")), one.get("ordre") == "descendant") for one in said]


def _number(asked: Mapping[str, Any], name: str, default: int) -> int:
    value = asked.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadUsage(f"« {name} » est un entier positif ou nul.")
    return value
