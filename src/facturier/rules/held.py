"""What a document holds, as rules ask for it: by group and by term, each gathered once.

A rule is asked of the records of its group (:class:`Scope`), or of the values of one term
(:class:`Place`). A thousand lines have a thousand records but a handful of different units, rates
and codes: what is said of a value is asked of each different one, once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from facturier.invoice import terms as dictionary


@dataclass(frozen=True, slots=True)
class Scope:
    """The records that a group's rules are asked of, found from the document down."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where the value of a term, or a group, stands under the records of a scope.

    There is one for each pair of term and scope (:func:`place_of`), known by its identity: it
    belongs to one scope.
    """

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
    return scope, Place(steps, kind, item.many, _reading(steps))


def _reading(steps: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(steps) == 1:
        return attrgetter(steps[0])

    def read(record: Any) -> Any:
        for step in steps:
            if record is None:
                return None
            record = getattr(record, step)
        return record

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


NOTHING = Values((), complete=False)


class Held:
    """One document, its records by scope and its values by place."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._records: dict[str, Sequence[Any]] = {"": (document,)}
        self._values: dict[Place, Values] = {}

    def records(self, scope: Scope) -> Sequence[Any]:
        """Return the records of a scope, in the order of the document."""
        found = self._records.get(scope.group)
        if found is None:
            assert scope.outer is not None, "the document is there from the start"
            found = self._records[scope.group] = _inside(
                self.records(scope.outer), *scope.steps[-1]
            )
        return found

    def values(self, scope: Scope, place: Place) -> Values:
        """Return the values that stand at a place under the records of its scope."""
        found = self._values.get(place)
        if found is None:
            found = self._values[place] = _gathered(self.records(scope), place)
        return found


def _inside(holders: Sequence[Any], name: str, many: bool) -> Sequence[Any]:  # noqa: FBT001
    """Return the records that a field of some others holds."""
    if len(holders) != 1:
        held = [getattr(holder, name) for holder in holders]
        return [one for some in held for one in some] if many else _there(held)
    only = getattr(holders[0], name)
    if many:
        return tuple(only)
    return () if only is None else (only,)


def _gathered(records: Sequence[Any], place: Place) -> Values:
    values: list[Any] = list(map(attrgetter(place.steps[0]), records))
    for step in place.steps[1:]:
        values = [None if one is None else getattr(one, step) for one in values]
    if values and not any(values) and values.count(None if not place.many else ()) == len(values):
        return NOTHING  # most fields of most lines
    if place.many:
        present: Collection[Any] = [one for one in values if one]
        return Values(present, len(present) == len(values))
    if place.kind is str:
        different = set(values)
        complete = None not in different
        different.discard(None)
        return Values(different, complete)
    present = _there(values)
    complete = len(present) == len(values)
    if place.kind is Decimal:  # equal numbers may be written differently: 1.0 is not 1.00
        present = dict(zip(map(str, present), present, strict=True)).values()
    return Values(present, complete)


def _there(values: Iterable[Any]) -> list[Any]:
    return [one for one in values if one is not None]
