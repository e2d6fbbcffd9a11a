"""How the rules of a book are asked: all at once and quickly, then those in doubt one by one.

Nearly every question is answered « yes ». :func:`doubts` therefore only looks for rules that may
not hold: what is said of a term is asked of each different value (:mod:`.held`), what is asked of
some documents is not entered for others, and a question that several rules share is asked once.
It may doubt a rule without cause, never the reverse: the book then asks the rules in doubt of each
record, in order, to say what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from facturier.rules.held import Held, Place, Scope, scope_of
from facturier.rules.rule import Given, Holds, OfDocument, OfValue, Rule, Unless


class Asked(NamedTuple):
    """One question, and the rules that it answers."""

    holds: Holds
    absent: OfDocument | None
    """Of a question on a value: whether it holds where there is none; None: always."""
    rules: list[Rule]


class Column(NamedTuple):
    """The questions on one value under each record."""

    place: Place
    read: Callable[[Any], Any]
    many: bool
    asked: list[Asked]
    missed: list[Asked]
    """Those that also ask about a record without the value."""


# The loops below are the heart of a check and are written out: a call costs as much as a question.
# A predicate that raises is in doubt: the book asks it again, and says what happened.


@dataclass(slots=True)
class Round:
    """The questions that are asked of the records of one scope, in the same documents."""

    given: OfDocument | None
    """In which documents; None: in all."""
    columns: list[Column] = field(default_factory=list)
    of_records: list[Asked] = field(default_factory=list)

    def doubts_of_one(self, record: Any, facts: Any) -> list[Rule]:
        """Return what may not hold of the only record of its scope."""
        found: list[Rule] = []
        for _, read, many, asked, missed in self.columns:
            value = read(record)
            if value is None or (many and not value):
                if missed:
                    found += _doubted_absence(missed, facts)
                continue
            for holds, _, rules in asked:
                try:
                    if not holds(value, facts):
                        found += rules
                except Exception:  # noqa: BLE001
                    found += rules
        for holds, _, rules in self.of_records:
            try:
                if not holds(record, facts):
                    found += rules
            except Exception:  # noqa: BLE001
                found += rules
        return found

    def doubts(self, scope: Scope, held: Held, facts: Any) -> list[Rule]:
        """Return what may not hold of some record of its scope."""
        found: list[Rule] = []
        gathered = held.values
        for place, _, _, asked, missed in self.columns:
            values, complete = gathered[place]
            if missed and not complete:
                found += _doubted_absence(missed, facts)
            if values:
                found += _doubted(asked, values, facts)
        return found + _doubted(self.of_records, held.records[scope], facts)


def _doubted(questions: list[Asked], ones: Collection[Any], facts: Any) -> list[Rule]:
    found: list[Rule] = []
    for holds, _, rules in questions:
        try:
            for one in ones:
                if not holds(one, facts):
                    found += rules
                    break
        except Exception:  # noqa: BLE001
            found += rules
    return found


def _doubted_absence(questions: list[Asked], facts: Any) -> list[Rule]:
    found: list[Rule] = []
    for _, absent, rules in questions:
        try:
            if absent is not None and not absent(facts):
                found += rules
        except Exception:  # noqa: BLE001
            found += rules
    return found


@dataclass(slots=True)
class Group:
    """The rules of one scope, as they are asked."""

    scope: Scope
    number: int
    """Its place in the order of the book."""
    rules: list[Rule] = field(default_factory=list)
    """In the order of the book."""
    rounds: dict[OfDocument | None, Round] = field(default_factory=dict)

    def add(self, rule: Rule) -> None:
        """Put a rule where its question is asked."""
        self.rules.append(rule)
        holds = rule.holds
        given = holds.document if isinstance(holds, Given) else None
        if isinstance(holds, Given):
            holds = holds.holds
        part = self.rounds.setdefault(given, Round(given))
        # Where it is not asked it may be doubted without cause: looking at values only is quick.
        if isinstance(holds, Unless) and isinstance(holds.holds, OfValue):
            holds = holds.holds
        if isinstance(holds, OfValue):
            column = _column(part.columns, holds.place)
            asked = _asked(column.asked, holds.holds, holds.absent, rule)
            if asked is not None and holds.absent is not None:
                column.missed.append(asked)
        else:
            _asked(part.of_records, holds, None, rule)

    def doubts(self, held: Held, facts: Any) -> Sequence[Rule]:
        """Return the rules that may not hold of some record, in the order of the book.

        There is one record at least.
        """
        records = held.records[self.scope]
        found: list[Rule] = []
        for part in self.rounds.values():
            if part.given is not None and not part.given(facts):
                continue
            if len(records) == 1:
                found += part.doubts_of_one(records[0], facts)
            else:
                found += part.doubts(self.scope, held, facts)
        if not found:
            return ()
        doubted = {id(rule) for rule in found}
        return [rule for rule in self.rules if id(rule) in doubted]


def _column(among: list[Column], place: Place) -> Column:
    """Return the column of a place, new if need be."""
    for known in among:
        if known.place is place:
            return known
    among.append(Column(place, place.read, place.many, [], []))
    return among[-1]


def _asked(among: list[Asked], holds: Holds, absent: OfDocument | None, rule: Rule) -> Asked | None:
    """Add a question; None when it is asked already, for another rule."""
    for known in among:
        if known.holds is holds and known.absent is absent:
            known.rules.append(rule)
            return None
    among.append(Asked(holds, absent, [rule]))
    return among[-1]


def arranged(rules: Iterable[Rule], categories: frozenset[str]) -> Mapping[Scope, Group]:
    """Return by scope the rules that are asked of documents with these VAT categories."""
    groups: dict[Scope, Group] = {}
    for rule in rules:
        scope = scope_of(rule.scope)
        group = groups.setdefault(scope, Group(scope, len(groups)))
        if not rule.category or rule.category in categories:
            group.add(rule)
    return {scope: group for scope, group in groups.items() if group.rules}
