"""Searches of the directory service: which data may be asked for, and how they are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection, models, transaction
from psycopg.errors import QueryCanceled

from facturier.formats.directory import Nature, routing_key
from facturier.server.api import directory_contract as contract
from facturier.server.api.answers import Refusal
from facturier.server.directory import lookup
from facturier.server.directory.models import (
    Facility,
    LegalUnit,
    Line,
    Platform,
    RoutingCode,
    Version,
    current,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from facturier.server.api.directory_contract import Filter, Search, Told

COUNTED = 10_000
"""More results than this are not counted."""
MILLISECONDS = 5000
STATE_PLATFORM = "9999"
"""Chorus Pro."""
_LOOKUPS = {"strict": "iexact", "contains": "icontains", "startWith": "istartswith"}
_ANY = frozenset(_LOOKUPS)
_STRICT = frozenset({"strict"})
_CONTAINS = frozenset({"strict", "contains"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What can be asked about one kind of record."""

    model: type[Version]
    order: str
    filters: dict[str, tuple[tuple[str, ...], frozenset[str]]]
    """By name: columns (any of them), operators."""
    fields: dict[str, tuple[str, str]]
    """By name: the key of the answer, ``a.b`` for one inside another, and the column to sort by."""
    include: dict[str, str]
    """By name: the key of the answer."""
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name of a filter with its own words: what stands in the column for each."""


_ACTIVE = {"A": ["A"], "C": ["C", "I", "F"]}
_PLACE: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "addressLines": (("line_1", "line_2", "line_3"), frozenset({"contains", "startWith"})),
    "postalCode": (("post_code",), frozenset({"strict", "startWith"})),
    "locality": (("city",), _ANY),
}
UNITS = Resource(
    model=LegalUnit, order="siren",
    filters={
        "siren": (("siren",), _STRICT), "businessName": (("name",), _ANY),
        "entityType": (("kind",), _STRICT), "administrativeStatus": (("status",), _STRICT),
    },
    fields={
        "siren": ("siren", "siren"), "businessName": ("businessName", "name"),
        "entityType": ("entityType", "kind"),
        "administrativeStatus": ("administrativeStatus", "status"),
        "instructions": ("instructions", "diffusion"),
    },
    include={},
    words={
        "entityType": {"Public": ["P"], "PrivateVatRegistered": ["A"]},
        "administrativeStatus": _ACTIVE,
    },
)  # fmt: skip
FACILITIES = Resource(
    model=Facility, order="siret",
    filters={
        "siret": (("siret",), _STRICT), "siren": (("siren",), _STRICT),
        "facilityType": (("kind",), _STRICT), "name": (("name",), _ANY),
        "countrySubdivision": (("subdivision",), _STRICT),
        "administrativeStatus": (("status",), _STRICT), **_PLACE,
    },
    fields={
        "siret": ("siret", "siret"), "siren": ("siren", "siren"), "name": ("name", "name"),
        "facilityType": ("facilityType", "kind"),
        "administrativeStatus": ("administrativeStatus", "status"),
        "siretInstructions": ("siretInstructions", "diffusion"), "address": ("address", "city"),
        "pmStatus": ("b2gAdditionalData.pm", "public"),
        "pmOnly": ("b2gAdditionalData.pmOnly", "public"),
        "managesPaymentStatus": ("b2gAdditionalData.managesPaymentStatus", "public"),
        "managesLegalCommitment": ("b2gAdditionalData.managesLegalCommitmentCode", "public"),
        "managesLegalCommitmentOrService": (
            "b2gAdditionalData.managesLegalCommitmentOrServiceCode", "public"),
        "serviceCodeStatus": ("b2gAdditionalData.serviceCodeStatus", "public"),
    },
    include={"siren": "legalUnit"},
    words={"facilityType": {"P": ["P"], "S": ["S"]}, "administrativeStatus": _ACTIVE},
)  # fmt: skip
CODES = Resource(
    model=RoutingCode, order="about",
    filters={
        "routingIdentifier": (("routing",), _CONTAINS), "siret": (("siret",), _STRICT),
        "routingCodeName": (("name",), _CONTAINS), "administrativeStatus": (("status",), _STRICT),
        **_PLACE,
    },
    fields={
        "siret": ("siret", "siret"), "routingIdentifier": ("routingIdentifier", "routing"),
        "routingIdentifierType": ("routingIdentifierType", "routing_scheme"),
        "routingCodeName": ("routingCodeName", "name"),
        "managesLegalCommitmentCode": ("managesLegalCommitmentCode", "engagement"),
        "managesLegalCommitment": ("managesLegalCommitmentCode", "engagement"),
        "administrativeStatus": ("administrativeStatus", "status"), "address": ("address", "city"),
    },
    include={"siren": "legalUnit", "siret": "facility"},
    words={"administrativeStatus": _ACTIVE},
)  # fmt: skip
LINES = Resource(
    model=Line, order="about",
    filters={
        "addressingIdentifier": (("identifier",), _CONTAINS), "siren": (("siren",), _STRICT),
        "siret": (("siret",), _STRICT), "routingIdentifier": (("routing",), _CONTAINS),
        "addressingSuffix": (("suffix",), _CONTAINS),
    },
    fields={
        "addressingIdentifier": ("addressingIdentifier", "identifier"), "siren": ("siren", "siren"),
        "siret": ("siret", "siret"), "routingIdentifier": ("routingIdentifier", "routing"),
        "addressingSuffix": ("addressingSuffix", "suffix"),
    },
    include={"siren": "legalUnit", "siret": "facility", "routingCode": "routingCode"},
)  # fmt: skip


def search(resource: Resource, asked: Search) -> contract.Found:
    """Return a page of what is found. Raises `Refusal`: 400 (unknown words), 408 (too slow)."""
    limit = min(max(asked.limit or contract.USUAL_RESULTS, 1), contract.MOST_RESULTS)
    ignore = min(max(asked.ignore or 0, 0), contract.LARGEST_OFFSET)
    rows = _filtered(resource, asked.filters or {}).order_by(*_order(resource, asked), "pk")
    _known(resource, asked.fields_, asked.include)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {MILLISECONDS}")
            total = rows.order_by()[: COUNTED + 1].count()
            page = list(rows[ignore : ignore + limit])
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            words = "Cette recherche est trop large : précisez-la, par exemple par le SIREN."
            raise Refusal(408, "REQUEST_TIMEOUT", words) from error
        raise
    echo = asked.model_dump(by_alias=True, exclude_none=True) | {"limit": limit, "ignore": ignore}
    return contract.Found(
        search=echo, total_number_of_results=total if total <= COUNTED else -1,
        results=told(resource, page, asked.fields_, asked.include),
    )  # fmt: skip


def _filtered(resource: Resource, filters: dict[str, Filter]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = current(resource.model)
    if resource is LINES:
        rows = rows.filter(nature=Nature.DEFINITION)
    for name, wanted in filters.items():
        if name not in resource.filters:
            raise _unknown("filters", name, resource.filters)
        columns, operators = resource.filters[name]
        if wanted.op not in operators:
            raise _unknown(f"filters.{name}.op", wanted.op, operators)
        _check_value(name, wanted.value)
        rows = rows.filter(_demand(resource, name, columns, wanted))
    return rows


def _check_value(name: str, value: str) -> None:
    """Refuse what no record can hold: the answer repeats the question in the contract's terms."""
    longest = contract.LONGEST.get(name, contract.LONGEST_VALUE)
    if len(value) > longest:
        words = f"filters.{name}.value : au plus {longest} caractères."
        raise Refusal(400, "INVALID_FIELD", words)
    if value and (not value.isprintable() or value.isspace()):
        words = f"filters.{name}.value : un mot d'une ligne est attendu."
        raise Refusal(400, "INVALID_FIELD", words)


def _demand(resource: Resource, name: str, columns: Sequence[str], wanted: Filter) -> models.Q:
    if name in resource.words:
        words = resource.words[name]
        if wanted.value not in words:
            raise _unknown(f"filters.{name}.value", wanted.value, words)
        return models.Q(**{f"{columns[0]}__in": words[wanted.value]})
    # an exact word finds its index; case matters only where people write
    plain = wanted.op == "strict" and columns[0] in ("siren", "siret")
    look = "exact" if plain else _LOOKUPS[wanted.op]
    demand = models.Q()
    for column in columns:
        demand |= models.Q(**{f"{column}__{look}": wanted.value})
    return demand


def _order(resource: Resource, asked: Search) -> list[str]:
    order = []
    for one in asked.sorting or []:
        if one.field is None:
            continue
        if one.field not in resource.fields:
            raise _unknown("sorting.field", one.field, resource.fields)
        column = resource.fields[one.field][1]
        order.append(column if one.order == "ascending" else f"-{column}")
    return [*order, resource.order]


def _known(resource: Resource, fields: Iterable[str] | None, include: Iterable[str] | None) -> None:
    for name, given, known in (
        ("fields", fields, resource.fields), ("include", include, resource.include),
    ):  # fmt: skip
        for one in given or ():
            if one not in known:
                raise _unknown(name, one, known)


def _unknown(where: str, word: str, known: Iterable[str]) -> Refusal:
    words = f"{where} : « {word[:50]} » n'est pas admis ; valeurs admises : "
    return Refusal(400, "INVALID_FIELD", words + ", ".join(sorted(known)) + ".")


def told(
    resource: Resource, rows: Sequence[Any], fields: Sequence[str] | None,
    include: Sequence[str] | None,
) -> list[Told]:  # fmt: skip
    """Return what is said of rows: the data that were asked for (default: all), and relations."""
    _known(resource, fields, include)
    say: Callable[[Any], Told] = {
        LegalUnit: contract.unit, Facility: contract.facility,
        RoutingCode: contract.routing_code, Line: _sayer(rows) if resource is LINES else dict,
    }[resource.model]  # fmt: skip
    answers = [_chosen(resource, say(row), fields) for row in rows]
    for name in include or ():
        _add(resource.include[name], rows, answers)
    return answers


def _chosen(resource: Resource, answer: Told, fields: Sequence[str] | None) -> Told:
    if not fields:
        return answer
    wanted = {resource.fields[one][0] for one in fields}
    always = {"platformType", "directoryLineStatus"}
    chosen = {key: value for key, value in answer.items() if key in wanted | always}
    inside = {one.partition(".")[2] for one in wanted if "." in one}
    public = answer.get("b2gAdditionalData")
    if inside and public:
        chosen["b2gAdditionalData"] = {k: v for k, v in public.items() if k in inside}
    return chosen


def _sayer(rows: Sequence[Line]) -> Callable[[Line], Told]:
    """Return what tells a line: its status needs the masks, its platform the portal's list."""
    today = lookup.today()
    masks = set(
        current(Line)
        .filter(about__in={row.about for row in rows}, nature=Nature.MASKING)
        .values_list("about", "start", "platform")
    )
    of_the_state = set(current(Platform).filter(kind="PPF").values_list("number", flat=True))

    def say(row: Line) -> Told:
        status = "Enabled" if row.as_line().is_in_effect(today) else "Disabled"
        if row.start > today:
            status = "Upcoming"
        if (row.about, row.start, row.platform) in masks:
            status = "Disabled"
        public = not row.own and row.platform in (of_the_state | {STATE_PLATFORM})
        return contract.line(row, status, of_the_state=public)

    return say


def _add(key: str, rows: Sequence[Any], answers: Sequence[Told]) -> None:
    """Add a relation to each answer, with one query for all."""
    related, about, say = _RELATIONS[key]
    others = current(related).filter(about__in={about(row) for row in rows})
    found = {one.about: one for one in others}
    for row, answer in zip(rows, answers, strict=True):
        if (other := found.get(about(row))) is not None:
            answer[key] = say(other)


def _siren(row: Any) -> str:
    return str(getattr(row, "siren", "") or row.siret[:9])


def _siret(row: Any) -> str:
    return str(row.siret)


def _code(row: Any) -> str:
    return routing_key(row.siret, row.routing)


_RELATIONS: dict[str, tuple[type[Version], Callable[[Any], str], Callable[[Any], Told]]] = {
    "legalUnit": (LegalUnit, _siren, contract.unit),
    "facility": (Facility, _siret, contract.included_facility),
    "routingCode": (RoutingCode, _code, contract.included_routing_code),
}
