"""How the rules of a book are asked: all at once and quickly, then those in doubt one by one.

Nearly every question is answered « yes ». :func:`doubts` therefore only looks for rules that may
not hold: what is said of a term is asked of each different value (:mod:`.held`), what is asked of
some documents is not entered for others, and a question that several rules share is asked once.
It may doubt a rule without cause, never the reverse: the book then asks the rules in doubt of each
record, in order, to say what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from facturier.rules.held import Held, Place, Scope, is_absent, scope_of
from facturier.rules.rule import Given, Holds, OfDocument, OfValue, Rule, Unless


class Asked(NamedTuple):
    """One question, and the rules that it answers."""

    holds: Holds
    absent: OfDocument | None
    """Of a question on a value: whether it holds where there is none; None: always."""
    rules: list[Rule]


@dataclass(slots=True)
class Column:
    """The questions on one value under each record."""

    place: Place
    asked: list[Asked] = field(default_factory=list)
    missed: list[Asked] = field(default_factory=list)
    """Those that also ask about a record without the value."""


@dataclass(slots=True)
class Round:
    """The questions that are asked of the records of one scope, in the same documents."""

    given: OfDocument | None
    """In which documents; None: in all."""
    columns: dict[Place, Column] = field(default_factory=dict)
    of_records: list[Asked] = field(default_factory=list)

    def doubts_of_one(self, record: Any, facts: Any) -> list[Asked]:
        """Return what may not hold of the only record of its scope."""
        found: list[Asked] = []
        for column in self.columns.values():
            value = column.place.read(record)
            if is_absent(value):
                if column.missed:
                    found += _doubted_absence(column.missed, facts)
            else:
                found += _doubted_of_one(column.asked, value, facts)
        return found + _doubted_of_one(self.of_records, record, facts)

    def doubts(self, scope: Scope, held: Held, facts: Any) -> list[Asked]:
        """Return what may not hold of some record of its scope."""
        found: list[Asked] = []
        for column in self.columns.values():
            values, complete = held.values(scope, column.place)
            if column.missed and not complete:
                found += _doubted_absence(column.missed, facts)
            if values:
                found += _doubted(column.asked, values, facts)
        return found + _doubted(self.of_records, held.records(scope), facts)


# A predicate that raises is in doubt: the book asks it again, and says what happened.


def _doubted_of_one(questions: list[Asked], one: Any, facts: Any) -> list[Asked]:
    found = []
    for asked in questions:
        try:
            if asked.holds(one, facts):
                continue
        except Exception:  # noqa: BLE001, S110
            pass
        found.append(asked)
    return found


def _doubted(questions: list[Asked], ones: Collection[Any], facts: Any) -> list[Asked]:
    found = []
    for asked in questions:
        holds = asked.holds
        try:
            for one in ones:
                if not holds(one, facts):
                    break
            else:
                continue
        except Exception:  # noqa: BLE001, S110
            pass
        found.append(asked)
    return found


def _doubted_absence(questions: list[Asked], facts: Any) -> list[Asked]:
    found = []
    for asked in questions:
        try:
            if asked.absent is None or asked.absent(facts):
                continue
        except Exception:  # noqa: BLE001, S110
            pass
        found.append(asked)
    return found


@dataclass(slots=True)
class Group:
    """The rules of one scope, as they are asked."""

    scope: Scope
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
            column = part.columns.setdefault(holds.place, Column(holds.place))
            asked = _asked(column.asked, holds.holds, holds.absent, rule)
            if asked is not None and holds.absent is not None:
                column.missed.append(asked)
        else:
            _asked(part.of_records, holds, None, rule)

    def doubts(self, held: Held, facts: Any) -> Sequence[Rule]:
        """Return the rules that may not hold of some record, in the order of the book."""
        records = held.records(self.scope)
        if not records:
            return ()
        found: list[Asked] = []
        for part in self.rounds.values():
            if part.given is not None and not part.given(facts):
                continue
            if len(records) == 1:
                found += part.doubts_of_one(records[0], facts)
            else:
                found += part.doubts(self.scope, held, facts)
        if not found:
            return ()
        doubted = {id(rule) for asked in found for rule in asked.rules}
        return [rule for rule in self.rules if id(rule) in doubted]


def _asked(among: list[Asked], holds: Holds, absent: OfDocument | None, rule: Rule) -> Asked | None:
    """Add a question; None when it is asked already, for another rule."""
    for known in among:
        if known.holds is holds and known.absent is absent:
            known.rules.append(rule)
            return None
    among.append(Asked(holds, absent, [rule]))
    return among[-1]


def arranged(rules: Iterable[Rule], categories: frozenset[str]) -> tuple[Group, ...]:
    """Return by scope the rules that are asked of documents with these VAT categories."""
    groups: dict[str, Group] = {}
    for rule in rules:
        group = groups.setdefault(rule.scope, Group(scope_of(rule.scope)))
        if not rule.category or rule.category in categories:
            group.add(rule)
    return tuple(group for group in groups.values() if group.rules)
