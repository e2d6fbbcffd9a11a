"""What a document holds, as rules ask for it: by group and by term, each gathered once.

A rule is asked of the records of its group (:class:`Scope`), or of the values of one term
(:class:`Place`). A thousand lines have a thousand records but a handful of different units, rates
and codes: what is said of a value is asked of each different one, once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from facturier.invoice import terms as dictionary


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The records that a group's rules are asked of, found from the document down.

    There is one for each group (:func:`scope_of`), known by its identity.
    """

    group: str
    """Id of the group; empty for the document itself."""
    steps: tuple[tuple[str, bool], ...]
    """Field name and whether it repeats, from the document to the record."""
    outer: Scope | None = None
    """The group around it; None for the document."""

    def records(self, document: Any) -> Iterator[tuple[Any, tuple[int, ...]]]:
        """Yield each record with the indexes that lead to it. An absent group yields nothing."""
        yield from _descend(document, self.steps, ())


def _descend(
    holder: Any, steps: tuple[tuple[str, bool], ...], indexes: tuple[int, ...]
) -> Iterator[tuple[Any, tuple[int, ...]]]:
    if not steps:
        yield holder, indexes
        return
    (name, many), rest = steps[0], steps[1:]
    held = getattr(holder, name)
    if many:
        for number, one in enumerate(held):
            yield from _descend(one, rest, (*indexes, number))
    elif held is not None:
        yield from _descend(held, rest, indexes)


@functools.cache
def scope_of(group: str) -> Scope:
    """Return the scope of a group id; empty for the document. Raises KeyError for a stranger."""
    if not group:
        return Scope("", ())
    found = dictionary.group_of(group)
    outer = scope_of(found.parent)
    return Scope(group, (*outer.steps, (found.path[-1], found.many)), outer)


FEW = 20
"""Numbers of which it costs less to ask of each than to look which are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where the value of a term, or a group, stands under the records of a scope.

    There is one for each pair of term and scope (:func:`place_of`), known by its identity.
    """

    scope: Scope
    steps: tuple[str, ...]
    """Field names from the record down; what lies between is no repeating group."""
    kind: type
    """Python type of one value."""
    many: bool

    read: Callable[[Any], Any]
    """Returns the value under one record; None when a group on the way is absent."""


@functools.cache
def place_of(identifier: str, group: str | None = None) -> tuple[str, Place]:
    """Return the scope to ask about a term or group, and its place there.

    The scope is the group around it, or the group named, further out (empty: the document).
    """
    terms, groups = dictionary.dictionary_with(identifier)
    item = terms.get(identifier) or groups[identifier]
    kind = item.type if isinstance(item, dictionary.Term) else item.record
    scope = item.parent if group is None else group
    steps = item.path[len(groups[scope].path) if scope else 0 :]
    return scope, Place(scope_of(scope), steps, kind, item.many, _reading(steps))


def _reading(steps: tuple[str, ...]) -> Callable[[Any], Any]:
    straight = attrgetter(".".join(steps))
    if len(steps) == 1:
        return straight

    def read(record: Any) -> Any:
        try:
            return straight(record)
        except AttributeError:  # a group on the way is absent
            return None

    return read


class Values(NamedTuple):
    """The values of one term under the records of one scope."""

    present: Collection[Any]
    """Those that stand, each different one once where that can be told."""
    complete: bool
    """Whether no record is without."""


def is_absent(value: Any) -> bool:
    """Whether nothing stands in a field: None, or the empty tuple of a term that repeats."""
    return value is None or (not value and value == ())


class Held:
    """One document, its records by scope and its values by place."""

    def __init__(self, document: Any) -> None:
        self.records: dict[Scope, Sequence[Any]] = {}
        """The records of each group that the document has, in its order; of no other."""
        self._hold(scope_of(""), (document,), type(document))
        self.values = _Gathered(self.records)
        """The values that stand at a place under the records of its scope."""

    def _hold(self, scope: Scope, records: Sequence[Any], document: type) -> None:
        self.records[scope] = records
        inner, read = _inner(scope, document)
        if not inner:
            return
        for one, column in zip(inner, zip(*map(read, records), strict=True), strict=True):
            # Most groups are absent: looking whether any stands takes one call.
            if any(column):
                many = one.steps[-1][1]
                held = [*chain.from_iterable(column)] if many else [*filter(None, column)]
                self._hold(one, held, document)


@functools.cache
def _inner(scope: Scope, document: type) -> tuple[tuple[Scope, ...], Callable[[Any], Any]]:
    """Return the scopes right inside another, and what reads their fields of a record."""
    groups = dictionary.dictionary(document)[1].values()
    inner = tuple(scope_of(one.id) for one in groups if one.parent == scope.group)
    return inner, fields(*(one.steps[-1][0] for one in inner))


def fields(*names: str) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads some fields of a record at once."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


class _Gathered(dict[Place, Values]):
    """Values by place, each gathered once, when first asked for."""

    def __init__(self, records: Mapping[Scope, Sequence[Any]]) -> None:
        super().__init__()
        self._records = records

    def __missing__(self, place: Place) -> Values:
        found = self[place] = _gathered(self._records.get(place.scope, ()), place)
        return found


def _are_mostly_one(numbers: list[Decimal]) -> bool:
    """Whether most of some numbers are equal to the first: as the VAT rates of lines are."""
    return len(numbers) > 1 and numbers.count(numbers[0]) * 2 > len(numbers)


def _gathered(records: Sequence[Any], place: Place) -> Values:
    values = [*map(place.read, records)]
    if place.many:
        present: Collection[Any] = [*filter(None, values)]
        return Values(present, len(present) == len(values))
    if place.kind is str:
        different = set(values)
        complete = None not in different
        different.discard(None)
        return Values(different, complete)
    present = [one for one in values if one is not None]
    complete = len(present) == len(values)
    if place.kind is Decimal and (len(present) > FEW or _are_mostly_one(present)):
        # Equal numbers may be written differently: 1.0 is not 1.00.
        present = dict(zip(map(str, present), present, strict=True)).values()
    return Values(present, complete)
