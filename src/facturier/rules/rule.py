"""What a rule is, and the words to write one with.

A rule has an official id, a scope (the group it is asked of), the terms it speaks of, a predicate
that says what must be *true*, and a mutation that breaks it. From that one definition come the
check, its page in the docs, ``facturier explain``, its tests and its parity with the official file.

    TOTALS = Family(Layer.EN16931)

    @TOTALS.rule("BR-CO-10", on="BG-22", terms="BT-106 BT-131", breaks="BT-106 + 1",
                 also="BR-CO-13", remedy="Recalculez BT-106 en additionnant les BT-131.")
    def line_total_is_sum_of_lines(totals, facts):
        \"\"\"Le total des lignes est la somme des montants nets de ligne.\"\"\"
        return totals.line_net_amount == rounded(facts.line_total)

    TOTALS.required("BR-12", "BT-106")
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from facturier.findings import Layer, Severity
from facturier.formats.codecs import XML_SPACE
from facturier.invoice import terms as dictionary
from facturier.invoice.money import CENT
from facturier.rules.facts import Facts
from facturier.rules.held import Place, is_absent, place_of

Holds = Callable[[Any, Any], bool]
"""Asked with a record, or a value, and the facts of its document."""
OfDocument = Callable[[Any], bool]
"""Asked with the facts of a document."""


@dataclass(frozen=True, slots=True)
class OfValue:
    """A predicate on a record that looks at one value of it, and at nothing else of it.

    What it says of a value it says of every equal one, so that the runner asks once.
    """

    place: Place
    holds: Holds
    """Asked with the value, where it stands."""
    absent: OfDocument | None
    """Whether it holds where there is no value; None: always."""

    def __call__(self, record: Any, facts: Any) -> bool:
        """Whether it holds of the record."""
        value = self.place.read(record)
        if is_absent(value):
            return self.absent is None or self.absent(facts)
        return self.holds(value, facts)


@dataclass(frozen=True, slots=True)
class Given:
    """A predicate that is asked of some documents only."""

    document: OfDocument
    """Whether it is asked of this one."""
    holds: Holds

    def __call__(self, record: Any, facts: Any) -> bool:
        """Whether it holds of the record, or is not asked."""
        return not self.document(facts) or self.holds(record, facts)


@dataclass(frozen=True, slots=True)
class Unless:
    """A predicate that is not asked of some records."""

    unless: Holds
    """Whether it is not asked of this one."""
    holds: Holds

    def __call__(self, record: Any, facts: Any) -> bool:
        """Whether it holds of the record, or is not asked."""
        return self.unless(record, facts) or self.holds(record, facts)


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
    """Ids that truly fail with it; ``BR-09@CII`` when it does so in one syntax only."""
    example: str = "standard"
    """Name of the invoice of :mod:`facturier.rules.examples` that `breaks` is applied to."""
    syntax: str = ""
    """``UBL`` or ``CII`` when the id exists in one syntax only; empty: both."""
    category: str = ""
    """VAT category without which it need not be asked; empty: always asked."""

    def fires(self, syntax: str) -> frozenset[str]:
        """Return the ids that `breaks` makes fail on `example` in a syntax, its own included."""
        named = (one.partition("@") for one in self.also)
        return frozenset({self.id, *(id_ for id_, _, only in named if only in ("", syntax))})


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
        category: str = "",
        severity: Severity | None = None,
        unless: Holds | None = None,
        given: OfDocument | None = None,
    ) -> None:
        """Add one rule. `terms` and `also` are lists of ids separated by blanks.

        `unless` says of which records the rule is not asked, `given` of which documents it is.
        """
        if unless is not None:
            holds = either(unless, holds)
        if given is not None:
            holds = Given(given, holds)
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
                category=category,
            )
        )

    def rule(self, id: str, **said: Any) -> Callable[[Holds], Holds]:  # noqa: A002
        """Add the decorated predicate; its docstring is the meaning. Can be stacked for two ids."""

        def keep(holds: Holds) -> Holds:
            self.add(id, holds, meaning=_meaning(holds), **said)
            return holds

        return keep

    def of_term(
        self,
        id: str,  # noqa: A002
        term: str,
        holds: Holds,
        *,
        on: str | None = None,
        absent: OfDocument | None = None,
        **said: Any,
    ) -> None:
        """Add one rule on the value of a term: `holds` is asked with it, not with its record.

        Of a term that repeats the value is the tuple of all. Where there is none, `absent` says
        whether the rule holds (it does when nothing is said). `on` names a group further out when
        it is asked of that group.
        """
        scope, place = place_of(term, on)
        said.setdefault("terms", term)
        self.add(id, OfValue(place, holds, absent), on=scope, **said)

    def rule_of_term(
        self,
        id: str,  # noqa: A002
        term: str,
        **said: Any,
    ) -> Callable[[Holds], Holds]:
        """Add the decorated predicate on the value of a term; its docstring is the meaning."""

        def keep(holds: Holds) -> Holds:
            self.of_term(id, term, holds, meaning=_meaning(holds), **said)
            return holds

        return keep

    def required(
        self,
        id: str,  # noqa: A002
        term: str,
        *,
        blank: str = "",
        missing: Callable[[Facts], bool] | None = None,
        **said: Any,
    ) -> None:
        """The term, or the group, must be there.

        `on` names a group further out when the term is missed even where its own group is absent.
        Blank text is not there, but in the syntaxes named in `blank`, whose official file looks
        for the element only; `missing` says when what stands there does not count.
        """
        name = dictionary.label(term)
        blank_is_there = blank.split()

        def is_absent_rightly(facts: Facts) -> bool:
            return facts.is_malformed(term) and not (missing is not None and missing(facts))

        def is_present(value: Any, facts: Facts) -> bool:
            if missing is not None and missing(facts):
                return False
            return present(value) or facts.syntax in blank_is_there or facts.is_malformed(term)

        said.setdefault("breaks", f"{term} =")
        said.setdefault("meaning", f"« {name} » ({term}) doit être renseigné.")
        said.setdefault("remedy", f"Renseignez « {name} » ({term}).")
        self.of_term(id, term, is_present, absent=is_absent_rightly, **said)

    def at_most_two_decimals(self, id: str, term: str, **said: Any) -> None:  # noqa: A002
        """An amount has at most two decimals as written: ``12.000`` has three."""
        name = dictionary.label(term)

        def is_in_cents(amount: Decimal, _: Facts) -> bool:
            return amount.same_quantum(CENT) or decimals(amount) <= 2  # noqa: PLR2004

        said.setdefault("breaks", f"{term} + 0.000")
        self.of_term(
            id,
            term,
            is_in_cents,
            meaning=f"« {name} » ({term}) s'écrit avec deux décimales au plus.",
            remedy=f"Arrondissez {term} au centime.",
            **said,
        )

    def code_in(self, id: str, term: str, codes: Collection[str], **said: Any) -> None:  # noqa: A002
        """A coded term takes its value from a list. Absent is fine: presence is another rule."""
        name = dictionary.label(term)

        def is_listed(code: str, _: Facts) -> bool:
            return code.strip(XML_SPACE) in codes

        said.setdefault("breaks", f'{term} = "ZZZZ"')
        said.setdefault("meaning", f"« {name} » ({term}) prend sa valeur dans la liste officielle.")
        said.setdefault("remedy", f"Choisissez pour {term} un code de la liste.")
        self.of_term(id, term, is_listed, **said)


def _meaning(holds: Holds) -> str:
    return (inspect.getdoc(holds) or "").replace("\n", " ")


def never(_: Any) -> bool:
    """What `absent` is where a rule holds of no record without the value."""
    return False


def reader(identifier: str, on: str | None = None) -> tuple[str, Callable[[Any], Any]]:
    """Return the scope to ask about a term or group, and the way to read it from there.

    The scope is the group around it, or the group `on` further out (empty: the invoice); on the
    way an absent group reads as None.
    """
    scope, place = place_of(identifier, on)
    return scope, place.read


def present(value: Any) -> bool:
    """Whether a value read from an invoice is there: not None, not empty, not blank."""
    if isinstance(value, str):
        return bool(value.strip(XML_SPACE))
    # Not compared with an empty tuple: a Decimal takes long to see that it is none.
    return bool(value) if isinstance(value, tuple) else value is not None


@functools.cache
def either(unless: Holds, holds: Holds) -> Holds:
    """Return a predicate that is not asked where `unless` is true."""
    return Unless(unless, holds)


def decimals(value: Decimal | None) -> int:
    """Return how many decimals a number was written with; 0 for an absent one."""
    if value is None:
        return 0
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def all_rules(families: Iterable[Family]) -> tuple[Rule, ...]:
    """Return the rules of several families. Raises AssertionError when one stands twice.

    An id that speaks of several terms has one row for each, so that a finding names its place.
    """
    rules = tuple(rule for family in families for rule in family.rules)
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    for rule in rules:
        for syntax in (rule.syntax,) if rule.syntax else ("UBL", "CII"):
            key = (rule.id, syntax, rule.terms[:1])
            assert key not in seen, f"{rule.id} stands twice"
            seen.add(key)
    return rules
