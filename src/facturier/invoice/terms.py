"""The dictionary of business terms, read from the model's own fields.

A term is one piece of information that EN 16931-1 (``BT-31``) or the French extension
EXTENDED-CTC-FR (``EXT-FR-FE-29``) names; a group (``BG-4``) holds terms and groups. The model
(:mod:`facturier.invoice.model`) is the only place where they are declared; everything else (the
mappings of each syntax, the rules, the docs, the screens) speaks of them by id through
:func:`dictionary`.

Other documents have terms too (``MDT-105`` of a status message). Their model says so with
:func:`document`; an id then tells by its letters whose term it is.

Source: EN 16931-1:2017+A1:2019 table 2 (names, cardinality); spec XP Z12-012 for ``EXT-FR-FE``.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a field of the model declares about itself, kept in its metadata."""

    id: str
    """Id of the term or group; empty when only the place of use can tell (a party's name)."""
    name: str
    nom: str
    many: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)
    """For a group used in several places: field path inside it → term id at this place."""
    label: tuple[str, str] = ("{}", "{}")
    """For a part of such a group: how its owner is called in the names of what stands in it."""


def repeated(identifier: str) -> str:
    """Return the id of what comes after the first of its kind, where EN 16931 has one only."""
    return f"{identifier}-R"


def is_repeated(identifier: str) -> bool:
    """Return whether an id is that of a second or further one of its kind (``BT-9-R``)."""
    return identifier.endswith(("-R", "-C"))


def term(id: str = "", name: str = "", nom: str = "", *, many: bool = False) -> Any:  # noqa: A002
    """Declare a business term on a field of a record.

    `name` is the official English name, `nom` the French one. `many` makes it a tuple.
    """
    place = Place(id=id, name=name, nom=nom, many=many)
    return field(default=() if many else None, metadata={"place": place})


def part(
    id: str,  # noqa: A002
    name: str,
    nom: str,
    *,
    many: bool = False,
    ids: Mapping[str, str] | None = None,
    label: tuple[str, str] = ("{}", "{}"),
) -> Any:
    """Declare a group of terms on a field.

    `ids` names the terms of a record that is used in many places; `label` says, in a part of such a
    record, how its owner is called in their names.
    """
    place = Place(id=id, name=name, nom=nom, many=many, ids=ids or {}, label=label)
    return field(default=() if many else None, metadata={"place": place, "part": True})


@dataclass_transform(kw_only_default=True, frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a frozen, slotted, keyword-only record of a class of terms."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


@functools.cache
def opened(cls: type) -> type:
    """Return the twin of a frozen record whose instances can still be written to.

    A reader fills a record as it meets its values, in the file's order; a frozen one would take
    them all at once, and cost four times as much. The twin has the same slots, so that
    ``record.__class__ = record.closed`` makes it one of `cls`, and no other code sees a twin. Its
    fields begin with their defaults, or None.
    """
    fields = {one.name: one.default for one in dataclasses.fields(cls)}
    lines = [
        f"\n    self.{name} = {None if default is dataclasses.MISSING else default!r}"
        for name, default in fields.items()
    ]
    made: dict[str, Any] = {"__slots__": tuple(fields), "closed": cls}
    exec(f"def __init__(self):{''.join(lines)}", made)  # noqa: S102  # defaults are None or ()
    del made["__builtins__"]
    return type(cls.__name__, (), made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A business group at its place in the invoice."""

    id: str
    name: str
    nom: str
    path: tuple[str, ...]
    """Field names from the invoice down: ``("seller", "postal_address")``."""
    many: bool
    record: type
    """The class that holds its terms."""
    parent: str
    """Id of the group around it; empty for the invoice itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A business term at its place in the invoice."""

    id: str
    name: str
    nom: str
    path: tuple[str, ...]
    many: bool
    type: type
    """Python type of one value: str, Decimal, date, Identifier, Attachment."""
    parent: str
    """Id of the group around it; empty for the invoice itself."""

    @property
    def field(self) -> str:
        """Name of the field that holds it."""
        return self.path[-1]

    @property
    def cardinality(self) -> str:
        """``0..1`` or ``0..n``: presence is a rule, not a type."""
        return "0..n" if self.many else "0..1"


def _value_type(annotation: Any) -> Any:
    """Strip ``| None`` and ``tuple[…, ...]`` from a field's annotation."""
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    if get_origin(annotation) in (types.UnionType, typing.Union):
        return next(a for a in get_args(annotation) if a is not types.NoneType)
    return annotation


@functools.cache
def fields_of(cls: type) -> tuple[tuple[str, Place, bool, Any], ...]:
    """Return (field name, place, is a group, type of one value) for each declared field."""
    hints = typing.get_type_hints(cls)
    return tuple(
        (f.name, f.metadata["place"], "part" in f.metadata, _value_type(hints[f.name]))
        for f in dataclasses.fields(cls)
        if "place" in f.metadata
    )


def _party_name(template: str, owner: str) -> str:
    """Put the owner's name into a shared field's name: "{} name" → "Seller name"."""
    text = template.format(owner) if "{}" in template else template
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where the walk through the model stands."""

    path: tuple[str, ...] = ()
    group: str = ""
    owner: tuple[str, str] = ("", "")
    ids: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""


def _walk(cls: type, scope: _Scope) -> Iterator[Term | Group]:
    """Yield each term and group below `cls`, in the order of the model."""
    shared = bool(scope.ids)
    for name, place, is_group, kind in fields_of(cls):
        key = scope.prefix + name
        identifier = scope.ids.get(key, "") if shared else place.id
        path = (*scope.path, name)
        if not is_group:
            if identifier:
                yield Term(
                    id=identifier,
                    name=_party_name(place.name, scope.owner[0]),
                    nom=_party_name(place.nom, scope.owner[1]),
                    path=path,
                    many=place.many,
                    type=kind,
                    parent=scope.group,
                )
            continue
        if shared and not identifier:
            continue
        label = (_party_name(place.name, scope.owner[0]), _party_name(place.nom, scope.owner[1]))
        yield Group(
            id=identifier,
            name=label[0],
            nom=label[1],
            path=path,
            many=place.many,
            record=kind,
            parent=scope.group,
        )
        if shared:
            name_of, nom_of = place.label
            owner = (name_of.format(scope.owner[0]), nom_of.format(scope.owner[1]))
            inner = _Scope(path, identifier, owner, scope.ids, key + ".")
        else:
            inner = _Scope(path, identifier, (place.name, place.nom), place.ids)
        yield from _walk(kind, inner)


_DOCUMENTS: dict[str, type] = {}
"""The letters that ids begin with → the document that has them; all others are the invoice's."""


def document(*letters: str) -> Callable[[type[T]], type[T]]:
    """Declare a record to be a document of its own, whose ids begin with these letters."""

    def declare(cls: type[T]) -> type[T]:
        _DOCUMENTS.update(dict.fromkeys(letters, cls))
        return cls

    return declare


Dictionary = tuple[dict[str, Term], dict[str, Group]]


def dictionary(of: type | None = None) -> Dictionary:
    """Return all terms and all groups of a document by id; of the invoice when none is named.

    Raises AssertionError when an id stands twice.
    """
    from facturier.invoice.model import Invoice  # noqa: PLC0415  # the model declares with `term`

    return _dictionary(of or Invoice)


def dictionaries() -> tuple[Dictionary, ...]:
    """Return the dictionary of each document that has been declared, the invoice's first."""
    return (dictionary(), *map(dictionary, dict.fromkeys(_DOCUMENTS.values())))


def dictionary_with(identifier: str) -> Dictionary:
    """Return the terms and groups of the document that an id belongs to, by its letters."""
    return dictionary(_DOCUMENTS.get(identifier.partition("-")[0]))


@functools.cache
def _dictionary(of: type) -> Dictionary:
    terms: dict[str, Term] = {}
    groups: dict[str, Group] = {}
    for item in _walk(of, _Scope()):
        assert item.id not in terms, item.id
        assert item.id not in groups, item.id
        if isinstance(item, Term):
            terms[item.id] = item
        else:
            groups[item.id] = item
    return terms, groups


def term_of(identifier: str) -> Term:
    """Return the term with this id. Raises KeyError."""
    return dictionary_with(identifier)[0][identifier]


def group_of(identifier: str) -> Group:
    """Return the group with this id. Raises KeyError."""
    return dictionary_with(identifier)[1][identifier]


def label(identifier: str, language: str = "fr") -> str:
    """Return the name of a term or group for a person; the id itself when it is unknown."""
    terms, groups = dictionary_with(identifier)
    part_of = identifier.rpartition("-")[0]  # BT-158-3 is a part of BT-158
    found = terms.get(identifier) or groups.get(identifier) or terms.get(part_of)
    if found is None:
        return identifier
    return found.nom if language == "fr" else found.name


@dataclass(frozen=True, slots=True)
class Held:
    """One value found in an invoice: the term, the indexes of the groups around it, the value."""

    term: Term
    indexes: tuple[int, ...]
    value: Any


def values(invoice: Any) -> Iterator[Held]:
    """Yield each value that a document holds, in the model's order. Absent terms are left out."""
    document_type: type = type(invoice)
    children = _children(document_type)

    def walk(holder: Any, parent: str, indexes: tuple[int, ...]) -> Iterator[Held]:
        for item in children.get(parent, ()):
            held = getattr(holder, item.path[-1])
            if held is None or held == ():
                continue
            if isinstance(item, Term):
                for value in held if item.many else (held,):
                    yield Held(item, indexes, value)
            elif item.many:
                for number, one in enumerate(held):
                    yield from walk(one, item.id, (*indexes, number))
            else:
                yield from walk(held, item.id, indexes)

    yield from walk(invoice, "", ())


@functools.cache
def _children(of: type) -> dict[str, list[Term | Group]]:
    """Return the terms and groups of a document by the group right around them."""
    terms, groups = dictionary(of)
    children: dict[str, list[Term | Group]] = {}
    items: list[Term | Group] = [*terms.values(), *groups.values()]
    for item in items:
        children.setdefault(item.parent, []).append(item)
    return children
