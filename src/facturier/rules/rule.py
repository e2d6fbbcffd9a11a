"""What a rule is, and the words to write one with.

A rule has an official id, a scope (the group it is asked of), the terms it speaks of, a predicate
that says what must be *true*, and a mutation that breaks it. From that one definition come the
check, its page in the docs, ``facturier explain``, its tests and its parity with the official file.

    totals = Family(Layer.EN16931)

    @totals.rule("BR-CO-10", on="BG-22", terms="BT-106 BT-131", breaks="BT-106 + 1",
                 also="BR-CO-13", remedy="Recalculez BT-106 en additionnant les BT-131.")
    def line_total_is_sum_of_lines(totals, facts):
        \"\"\"Le total des lignes doit être la somme des montants nets de ligne.\"\"\"
        return cents(totals.line_net_amount) == facts.line_total

    totals.required("BR-12", "BT-106")
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from facturier.findings import Layer, Severity
from facturier.invoice import terms as dictionary
from facturier.rules.facts import Facts

Holds = Callable[[Any, Facts], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a rulebook."""

    id: str
    """Official id, verbatim."""
    layer: Layer
    severity: Severity
    scope: str
    """Id of the group that the predicate is asked of, once a record; empty: the invoice."""
    terms: tuple[str, ...]
    """Ids it speaks of; the first one is where the finding points."""
    holds: Holds
    """``holds(record, facts)`` is true when the rule is respected. Never raises on purpose."""
    meaning: str
    """What must be true, in French."""
    remedy: str
    """What to do when it is not, in French."""
    breaks: str = ""
    """A mutation, in term language, that makes exactly this rule fail on `example`."""
    also: tuple[str, ...] = ()
    """Ids that truly fail with it."""
    example: str = "standard"
    """Name of the invoice of :mod:`facturier.rules.examples` that `breaks` is applied to."""
    syntax: str = ""
    """``UBL`` or ``CII`` when the id exists in one syntax only; empty: both."""


@dataclass(slots=True)
class Family:
    """The rules of one module, in the order they were written."""

    layer: Layer
    severity: Severity = Severity.FATAL
    rules: list[Rule] = field(default_factory=list)

    def add(
        self,
        id: str,  # noqa: A002
        holds: Holds,
        *,
        on: str = "",
        terms: str,
        meaning: str,
        remedy: str,
        breaks: str = "",
        also: str = "",
        example: str = "standard",
        syntax: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Add one rule. `terms` and `also` are lists of ids separated by blanks."""
        self.rules.append(
            Rule(
                id=id,
                layer=self.layer,
                severity=severity or self.severity,
                scope=on,
                terms=tuple(terms.split()),
                holds=holds,
                meaning=meaning,
                remedy=remedy,
                breaks=breaks,
                also=tuple(also.split()),
                example=example,
                syntax=syntax,
            )
        )

    def rule(self, id: str, **said: Any) -> Callable[[Holds], Holds]:  # noqa: A002
        """Add the decorated predicate; its docstring is the meaning. Can be stacked for two ids."""

        def keep(holds: Holds) -> Holds:
            meaning = (inspect.getdoc(holds) or "").replace("\n", " ")
            self.add(id, holds, meaning=meaning, **said)
            return holds

        return keep

    def required(self, id: str, term: str, **said: Any) -> None:  # noqa: A002
        """The term, or the group, must be there."""
        name = dictionary.label(term)
        on, read = _reader(term)

        def is_present(holder: Any, facts: Facts) -> bool:
            value = read(holder)
            return (value is not None and value != ()) or facts.is_malformed(term)

        said.setdefault("breaks", f"{term} =")
        said.setdefault("meaning", f"« {name} » ({term}) doit être renseigné.")
        said.setdefault("remedy", f"Renseignez « {name} » ({term}).")
        self.add(id, is_present, on=said.pop("on", on), terms=said.pop("terms", term), **said)

    def at_most_two_decimals(self, id: str, term: str, **said: Any) -> None:  # noqa: A002
        """An amount has at most two decimals as written."""
        name = dictionary.label(term)
        on, read = _reader(term)

        def is_in_cents(holder: Any, _: Facts) -> bool:
            return decimals(read(holder)) <= 2  # noqa: PLR2004

        said.setdefault("breaks", f"{term} + 0.001")
        self.add(
            id,
            is_in_cents,
            on=on,
            terms=term,
            meaning=f"« {name} » ({term}) a au plus deux décimales.",
            remedy=f"Arrondissez {term} au centime.",
            **said,
        )

    def code_in(self, id: str, term: str, codes: Collection[str], **said: Any) -> None:  # noqa: A002
        """A coded term takes its value from a list. Absent is fine: presence is another rule."""
        name = dictionary.label(term)
        on, read = _reader(term)

        def is_listed(holder: Any, _: Facts) -> bool:
            value = read(holder)
            return value is None or value.strip() in codes

        said.setdefault("breaks", f'{term} = "ZZZZ"')
        said.setdefault("meaning", f"« {name} » ({term}) prend sa valeur dans la liste officielle.")
        said.setdefault("remedy", f"Choisissez pour {term} un code de la liste.")
        self.add(id, is_listed, on=on, terms=term, **said)


def _reader(identifier: str) -> tuple[str, Callable[[Any], Any]]:
    """Return the scope to ask about a term or group, and the way to read it from there."""
    terms, groups = dictionary.dictionary()
    item = terms.get(identifier) or groups[identifier]
    name = item.path[-1]

    def read(holder: Any) -> Any:
        return getattr(holder, name)

    return item.parent, read


def decimals(value: Decimal | None) -> int:
    """Return how many decimals a number was written with; 0 for an absent one."""
    if value is None:
        return 0
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def all_rules(families: Iterable[Family]) -> tuple[Rule, ...]:
    """Return the rules of several families. Raises AssertionError when an id stands twice."""
    rules = tuple(rule for family in families for rule in family.rules)
    seen: set[tuple[str, str]] = set()
    for rule in rules:
        for syntax in (rule.syntax,) if rule.syntax else ("UBL", "CII"):
            assert (rule.id, syntax) not in seen, f"{rule.id} stands twice"
            seen.add((rule.id, syntax))
    return rules
