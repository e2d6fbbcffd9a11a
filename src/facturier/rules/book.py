"""Rulebooks: rules with a version and dates, compiled once, run over an invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from facturier.findings import Finding, Layer, Severity, shortened
from facturier.invoice import terms as dictionary
from facturier.rules.asking import Group, arranged
from facturier.rules.held import Held, Scope
from facturier.rules.odd_files import OddFile
from facturier.rules.rule import Rule

PathOf = Callable[[str, tuple[int, ...]], str]


class DocumentFacts(Protocol):
    """What the runner needs of the facts of any document; each kind has more for its rules."""

    @property
    def invoice(self) -> Any:
        """The document under check."""

    @property
    def syntax(self) -> str:
        """``UBL``, ``CII`` or empty."""

    @property
    def categories(self) -> frozenset[str]:
        """Every VAT category that occurs in it."""


SHOWN_VALUES = 4
"""How many of the values a rule speaks of are quoted in its message."""


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
    odd: Mapping[str, OddFile] = field(default_factory=dict)
    """By syntax, what the book says of files that say more than the invoice read from them."""

    def is_in_force(self, on: date) -> bool:
        """Whether this version applies on that day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    @cached_property
    def _categories(self) -> frozenset[str]:
        """The VAT categories that some rule is for."""
        return frozenset(rule.category for rule in self.rules if rule.category)

    @cached_property
    def _arranged(self) -> dict[tuple[str, frozenset[str]], Mapping[Scope, Group]]:
        """The rules as they are asked, by syntax and by the categories that the document has."""
        return {}

    def _asked_of(self, facts: DocumentFacts) -> Mapping[Scope, Group]:
        key = (facts.syntax, facts.categories & self._categories)
        if key not in self._arranged:
            self._arranged[key] = arranged(self._of_syntax(facts.syntax), key[1])
        return self._arranged[key]

    def _of_syntax(self, syntax: str) -> Iterator[Rule]:
        """Yield the rules of one syntax.

        Of an invoice that has no syntax yet all rules are asked, but one row where each syntax
        has its own, and one id where the same question bears another one in each syntax.
        """
        seen: set[tuple[Any, ...]] = set()
        for rule in self.rules:
            key = (rule.id, rule.terms[:1])
            question = (rule.holds, rule.terms[:1])
            if (syntax and rule.syntax not in ("", syntax)) or key in seen:
                continue
            if not syntax and rule.syntax and question in seen:
                continue
            seen |= {key, question}
            yield rule

    def check(
        self,
        facts: DocumentFacts,
        path_of: PathOf | None = None,
        held: Held | None = None,
    ) -> list[Finding]:
        """Return what this book finds wrong, in the order of its rules.

        `held` is given by who asks several books of the same document.
        """
        held = held or Held(facts.invoice)
        findings: list[Finding] = []
        groups = self._asked_of(facts)
        doubted: list[tuple[Group, Sequence[Rule]]] = []
        for scope in held.records:  # fewer than groups: most stand in no document
            group = groups.get(scope)
            if group is not None and (rules := group.doubts(held, facts)):
                doubted.append((group, rules))
        for group, rules in sorted(doubted, key=lambda one: one[0].number):
            findings += _objections(group.scope, rules, facts, path_of)
        odd = self.odd.get(facts.syntax)
        if odd is None or not getattr(facts, "is_odd_file", False):
            return findings
        findings = odd.judged(findings, facts, lambda id_: self._meant(id_, facts, path_of))
        return findings + odd.repeated(facts, self.layer)

    def _meant(self, id_: str, facts: DocumentFacts, path_of: PathOf | None) -> Finding | None:
        """Return the finding of a rule that the file breaks and the invoice read from it does not.

        None when this book has no such rule in the syntax of the file.
        """
        for rule in self.rules:
            if rule.id == id_ and rule.syntax in ("", facts.syntax):
                return _finding(rule, None, (), facts, path_of)
        return None


def _objections(
    scope: Scope, rules: Sequence[Rule], facts: DocumentFacts, path_of: PathOf | None
) -> Iterator[Finding]:
    """Ask each rule of each record, and say what does not hold."""
    for record, indexes in scope.records(facts.invoice):
        for rule in rules:
            try:
                if rule.holds(record, facts):
                    continue
            except Exception as error:  # noqa: BLE001  # one broken rule never hides others
                yield _internal(rule, error)
                continue
            yield _finding(rule, record, indexes, facts, path_of)


def _finding(
    rule: Rule,
    record: Any,
    indexes: tuple[int, ...],
    facts: DocumentFacts,
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
    if item is not None and item.path[0] in ("transactions", "payments"):
        from facturier.rules.report_facts import told_place  # noqa: PLC0415  # few need it

        return f"{term} {told_place(invoice, item.path, indexes)}"
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
        return shortened(format(value, "f").replace(".", ","))
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, tuple):
        more = " ; …" if len(value) > SHOWN_VALUES else ""
        return " ; ".join(_shown(one) for one in value[:SHOWN_VALUES]) + more
    return f"« {shortened(str(value))} »"


def in_force(books: Iterable[Rulebook], on: date) -> tuple[Rulebook, ...]:
    """Return the books that apply on a day."""
    return tuple(book for book in books if book.is_in_force(on))
