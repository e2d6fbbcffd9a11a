"""What may stand where in a Factur-X profile: the forbidden, the missing and the repeated element.

Most assertions of the Factur-X sheets restate no business rule: they say that an element occurs
once, that a profile does not have it, that an attribute is needed, that a code is from a list. They
all speak of one path from the root of the document, so that they are one tree, ``profiles/*.txt``,
written by ``tools/import_structure.py``. A document is walked once along it.

A line of such a file is a step, indented by its depth, and what is asked of the elements there::

    ram:SellerTradeParty<TAB>just1 ram:Name FX-SCH-A-000031

- ``just1``, ``min1``, ``max2`` *name*: how many such children;
- ``needs @schemeID``, ``unused @schemeID``, ``unused``: of the attribute, of the element itself;
- ``code . 7``, ``code @schemeID 5``: the value, if there is one, is in list 7 of this profile.

A step may carry a condition: ``[ram:TypeCode=916]``, ``[@currencyID=$BT-5]``, ``[no @listID]``, or
``[else a; b]`` where neither holds. Values are compared as written, blanks and case included, as
the official sheets do. Of the steps that an element answers, the first one of the file takes it.

The sheets give no id to what a profile does not have; such a finding is called ``FX-NOT-USED``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from facturier.formats.cii import NAMESPACES
from facturier.formats.paths import clark
from facturier.invoice import codes

NOT_USED = "FX-NOT-USED"
"""What we call a finding about an element that a profile does not have."""

_FOLDER = Path(__file__).parent / "profiles"
_SETTLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
_CURRENCIES = {
    "$BT-5": f"{_SETTLEMENT}/ram:InvoiceCurrencyCode",
    "$BT-6": f"{_SETTLEMENT}/ram:TaxCurrencyCode",
}

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
Variables = Mapping[str, frozenset[str]]
Holds = Callable[[Element, Variables], bool]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that the tree does not allow."""

    rule: str
    ask: Ask
    element: Element
    """The element itself, or the one that misses a child or an attribute."""
    found: int = 0
    """How many there are of what is counted."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One assertion of the sheet."""

    rule: str
    form: str
    """``just``, ``min``, ``max``, ``needs``, ``unused`` or ``code``."""
    name: str = ""
    """Child or attribute it speaks of, with prefix; empty: the element itself."""
    times: int = 1
    codes: frozenset[str] = frozenset()
    tag: str = ""
    holds: Holds | None = None
    """Which of the children called `name` are counted; all when None."""

    @property
    def counts(self) -> bool:
        """Whether it counts children."""
        return self.form in {"just", "min", "max"}

    def admits(self, count: int) -> bool:
        """Whether so many children are right."""
        if self.form == "just":
            return count == self.times
        return count <= self.times if self.form == "max" else count >= self.times

    def is_met(self, element: Element) -> bool:
        """Whether an element has the value, the attribute or nothing, as it is asked."""
        value = element.get(self.tag) if self.tag else None
        if self.form == "code":
            value = value if self.tag else _text(element)
            return not value or value in self.codes
        if self.form == "needs":
            return value is not None
        return bool(self.tag) and value is None


@dataclass(slots=True)
class Place:
    """One step of the tree."""

    order: int
    asks: list[Ask] = field(default_factory=list)
    """What is asked of the value and the attributes of an element here."""
    counts: list[Ask] = field(default_factory=list)
    """What is asked of the number of its children."""
    below: dict[str, list[tuple[Holds | None, Place]]] = field(default_factory=dict)
    """Children by tag, each with its condition."""


def _text(element: Element) -> str:
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""


def _values(element: Element, steps: list[str]) -> Iterator[str]:
    """Yield what stands at a path below an element."""
    if not steps:
        yield _text(element)
    elif steps[0].startswith("@"):
        value = element.get(steps[0][1:])
        if value is not None:
            yield value
    else:
        for child in element.iterchildren(clark(steps[0], NAMESPACES)):
            yield from _values(child, steps[1:])


def _condition(text: str) -> Holds:
    if text.startswith("else "):
        others = [_condition(one) for one in text[5:].split("; ")]
        return lambda element, variables: not any(one(element, variables) for one in others)
    if text.startswith("no @"):
        name = text[4:]
        return lambda element, _: element.get(name) is None
    path, _, wanted = text.partition("=")
    steps = path.split("/")
    if wanted in _CURRENCIES:
        return lambda element, variables: any(
            value in variables[wanted] for value in _values(element, steps)
        )
    return lambda element, _: any(value == wanted for value in _values(element, steps))


def _step(text: str) -> tuple[str, Holds | None]:
    """Return the tag and the condition of a step."""
    name, _, test = text.partition("[")
    return clark(name, NAMESPACES), _condition(test[:-1]) if test else None


def _list(text: str) -> frozenset[str]:
    """Read a list: all its codes after ``=``, or the name of one of ours and what differs."""
    name, *rest = text.split()
    if name == "=":
        return frozenset(rest)
    known = codes.allowed(name, "cii") if name == "BR-CL-06" else codes.table(name).keys()
    added = {one[1:] for one in rest if one.startswith("+")}
    return frozenset(known) - {one[1:] for one in rest if one.startswith("-")} | added


def _ask(text: str, lists: Mapping[str, frozenset[str]]) -> Ask:
    form, _, rest = text.partition(" ")
    if form == "code":
        place, number, rule = rest.split()
        name = "" if place == "." else place
        return Ask(rule, form, name, codes=lists[number], tag=name[1:])
    if form == "unused":
        return Ask(NOT_USED, form, rest, tag=rest[1:])
    if form == "needs":
        name, rule = rest.split()
        return Ask(rule, form, name, tag=name[1:])
    name, _, rule = rest.rpartition(" ")
    tag, holds = _step(name)
    return Ask(rule, form[:-1], name.partition("[")[0], int(form[-1]), tag=tag, holds=holds)


@functools.cache
def _read(profile: str) -> Place:
    """Read the tree of a profile: of the place above the root."""
    lists: dict[str, frozenset[str]] = {}
    top = Place(-1)
    stack = [top]
    lines = (_FOLDER / f"{profile}.txt").read_text(encoding="utf-8").splitlines()
    for order, line in enumerate(lines):
        if line.startswith("list "):
            number, _, said = line[5:].partition("\t")
            lists[number] = _list(said)
        elif not line.startswith("#"):
            step, *asks = line.split("\t")
            name = step.lstrip(" ")
            del stack[len(step) - len(name) + 1 :]
            asked = [_ask(one, lists) for one in asks]
            place = Place(
                order,
                [one for one in asked if not one.counts],
                [one for one in asked if one.counts],
            )
            tag, holds = _step(name)
            stack[-1].below.setdefault(tag, []).append((holds, place))
            stack.append(place)
    return top


def objections(profile: str, root: Element) -> list[Wrong]:
    """Return what stands in a document, or misses there, against the tree of a profile."""
    variables = {
        name: frozenset(x.text or "" for x in root.findall(path, dict(NAMESPACES)))
        for name, path in _CURRENCIES.items()
    }
    wrong: list[Wrong] = []
    here = [place for _, place in _read(profile).below.get(root.tag, ())]
    if here:
        _walk(root, here, variables, wrong)
    return wrong


def _walk(element: Element, here: list[Place], variables: Variables, wrong: list[Wrong]) -> None:
    """Ask what the places of an element ask, then go down to its children."""
    place = here[0] if len(here) == 1 else _taking(here)
    if place.asks:
        wrong += [Wrong(ask.rule, ask, element) for ask in place.asks if not ask.is_met(element)]
    if place.counts:
        _count(element, place, variables, wrong)
    for child in element:
        tag = child.tag
        below: list[Place] = []
        for one in here:
            for holds, place in one.below.get(tag, ()):
                if holds is None or holds(child, variables):
                    below.append(place)
        if below:
            _walk(child, below, variables, wrong)


def _taking(here: list[Place]) -> Place:
    """Return the place that takes an element: the first one that asks something."""
    asking = [one for one in here if one.asks or one.counts]
    return min(asking or here, key=lambda one: one.order)


def _count(element: Element, place: Place, variables: Variables, wrong: list[Wrong]) -> None:
    tags = [child.tag for child in element]
    for ask in place.counts:
        if ask.holds is None:
            count = tags.count(ask.tag)
        else:
            count = sum(ask.holds(one, variables) for one in element.iterchildren(ask.tag))
        if not ask.admits(count):
            wrong.append(Wrong(ask.rule, ask, element, count))


def lines_of(profile: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the path of each place of a profile and what is asked there, as the file writes it."""
    stack: list[str] = []
    for line in (_FOLDER / f"{profile}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "list ")):
            continue
        step, *asks = line.split("\t")
        name = step.lstrip(" ")
        del stack[len(step) - len(name) :]
        stack.append(name)
        if asks:
            yield "/" + "/".join(stack), asks


def ids(profile: str) -> frozenset[str]:
    """Return every id that the tree of a profile may give."""

    def below(place: Place) -> Iterator[str]:
        for branches in place.below.values():
            for _, one in branches:
                yield from (ask.rule for ask in (*one.asks, *one.counts))
                yield from below(one)

    return frozenset(below(_read(profile)))
