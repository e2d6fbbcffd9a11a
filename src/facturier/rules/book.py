"""Rulebooks: rules with a version and dates, compiled once, run over an invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from facturier.findings import Finding, Layer, Severity
from facturier.invoice import terms as dictionary
from facturier.rules.facts import Facts
from facturier.rules.rule import Rule
from facturier.rules.status_facts import StatusFacts

PathOf = Callable[[str, tuple[int, ...]], str]

SHOWN_VALUES = 4
"""How many of the values a rule speaks of are quoted in its message."""
SHOWN_LETTERS = 80
"""How much of one value is quoted."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The records that a group's rules are asked of, found from the invoice down."""

    steps: tuple[tuple[str, bool], ...]
    """Field name and whether it repeats, from the invoice to the record."""

    def records(self, invoice: Any) -> Iterator[tuple[Any, tuple[int, ...]]]:
        """Yield each record with the indexes that lead to it. An absent group yields nothing."""
        yield from _descend(invoice, self.steps, ())


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


def scope_of(group: str) -> Scope:
    """Return the scope of a group id; empty for the invoice. Raises KeyError for a stranger."""
    steps: list[tuple[str, bool]] = []
    while group:
        found = dictionary.group_of(group)
        steps.append((found.path[-1], found.many))
        group = found.parent
    return Scope(tuple(reversed(steps)))


@dataclass(frozen=True)
class Rulebook:
    """A body of rules as one official version states it."""

    id: str
    version: str
    layer: Layer
    rules: tuple[Rule, ...]
    valid_from: date
    valid_until: date | None = None
    never_fires: Mapping[str, str] = field(default_factory=dict)
    """Official ids that cannot fail, in both syntaxes or in the one named after ``@``, with the
    reason in French."""

    def is_in_force(self, on: date) -> bool:
        """Whether this version applies on that day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    @cached_property
    def compiled(self) -> dict[str, tuple[tuple[Scope, tuple[Rule, ...]], ...]]:
        """Rules by syntax, then by scope, so that the runner's loops are short."""
        return {syntax: self._by_scope(syntax) for syntax in ("", "UBL", "CII")}

    def _by_scope(self, syntax: str) -> tuple[tuple[Scope, tuple[Rule, ...]], ...]:
        """Group the rules of one syntax by scope.

        Of an invoice that has no syntax yet all rules are asked, but one row where each syntax
        has its own, and one id where the same question bears another one in each syntax.
        """
        grouped: dict[str, list[Rule]] = {}
        seen: set[tuple[Any, ...]] = set()
        for rule in self.rules:
            key = (rule.id, rule.terms[:1])
            question = (rule.holds, rule.terms[:1])
            if (syntax and rule.syntax not in ("", syntax)) or key in seen:
                continue
            if not syntax and rule.syntax and question in seen:
                continue
            seen |= {key, question}
            grouped.setdefault(rule.scope, []).append(rule)
        return tuple((scope_of(group), tuple(rules)) for group, rules in grouped.items())

    def check(self, facts: Facts | StatusFacts, path_of: PathOf | None = None) -> list[Finding]:
        """Return what this book finds wrong, in the order of its rules."""
        findings: list[Finding] = []
        for scope, written in self.compiled[facts.syntax]:
            rules = [r for r in written if not r.category or r.category in facts.categories]
            if not rules:
                continue
            for record, indexes in scope.records(facts.invoice):
                for rule in rules:
                    try:
                        if rule.holds(record, facts):
                            continue
                    except Exception as error:  # noqa: BLE001  # one broken rule never hides others
                        findings.append(_internal(rule, error))
                        continue
                    findings.append(_finding(rule, record, indexes, facts, path_of))
        return findings


def _finding(
    rule: Rule,
    record: Any,
    indexes: tuple[int, ...],
    facts: Facts | StatusFacts,
    path_of: PathOf | None,
) -> Finding:
    first = rule.terms[0] if rule.terms else ""
    return Finding(
        rule=rule.id,
        layer=rule.layer,
        severity=rule.severity,
        message=_expected(rule.meaning) + _values_read(rule, record),
        where=_where(first, indexes, facts.invoice),
        path=path_of(first, indexes) if path_of and first else "",
        remedy=rule.remedy,
    )


def _expected(meaning: str) -> str:
    """Say that what should be true is not: the meaning of a rule alone reads as a fact."""
    is_word = meaning[1:2].islower() or meaning[1:2] in {" ", "'"}  # and no code such as BT-3
    return "Attendu : " + (meaning[:1].lower() + meaning[1:] if is_word else meaning)


def _internal(rule: Rule, error: Exception) -> Finding:
    return Finding(
        rule=rule.id,
        layer=Layer.INTERNAL,
        severity=Severity.INTERNAL,
        message=f"La règle {rule.id} n'a pas pu être évaluée ({type(error).__name__}: {error}).",
        remedy="C'est un défaut de Facturier : transmettez-nous ce fichier, anonymisé.",
    )


def _where(term: str, indexes: tuple[int, ...], invoice: Any) -> str:
    """Say the place as a person would: ``BT-131 ligne 3``."""
    if not indexes:
        return term
    known = dictionary.dictionary_with(term)
    item = known[0].get(term) or known[1].get(term)
    if item is not None and item.path[0] == "decisions" and not any(indexes):
        return term  # a status message nearly always holds one of each
    if item is not None and item.path[0] == "lines":
        line = invoice.lines[indexes[0]]
        rest = "".join(f" n° {i + 1}" for i in indexes[1:])
        return f"{term} ligne {line.identifier or indexes[0] + 1}{rest}"
    return f"{term} n° {' / '.join(str(i + 1) for i in indexes)}"


def _values_read(rule: Rule, record: Any) -> str:
    """Quote the values of the rule's terms that stand on the record itself."""
    shown = []
    for term in rule.terms:
        item = dictionary.dictionary_with(term)[0].get(term)
        if item is None or item.parent != rule.scope:
            continue
        value = getattr(record, item.path[-1], None)
        if value is not None and value != ():
            shown.append(f"{term} = {_shown(value)}")
    return f" Valeurs lues : {', '.join(shown[:SHOWN_VALUES])}." if shown else ""


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return _short(format(value, "f").replace(".", ","))
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, tuple):
        more = " ; …" if len(value) > SHOWN_VALUES else ""
        return " ; ".join(_shown(one) for one in value[:SHOWN_VALUES]) + more
    return f"« {_short(str(value))} »"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_LETTERS else text[: SHOWN_LETTERS - 1] + "…"


def in_force(books: Iterable[Rulebook], on: date) -> tuple[Rulebook, ...]:
    """Return the books that apply on a day."""
    return tuple(book for book in books if book.is_in_force(on))
