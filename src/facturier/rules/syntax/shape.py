"""The shape of a file against a table: one walk, in which a clean element costs a look-up.

Each path that elements may have (``Invoice/cac:Delivery/cbc:ID``) is a :class:`Spot`, made the
first time a file has it and kept: it knows which checks an element there puts in question. What the
walk collects is only what is in question; only that is then asked exactly, with the expression of
the table. Nothing is remembered of the file itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, NamedTuple

from lxml import etree

from facturier.formats.walk import Met
from facturier.invoice import codes
from facturier.rules.syntax.table import CODE, VALUES, Check, Context, Hit, Names, Table, Trail

KEPT = 20_000
"""How many spots are kept: more than any honest file has, few enough for hostile ones."""

_DATE_102 = re.compile(r"\s*\d{4}(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9])\s*", re.ASCII)


class Failure(NamedTuple):
    """One check that one element of a file does not meet."""

    check: Check
    element: etree._Element
    """The element of the context."""
    hits: list[Hit]
    """What stands there and should not; empty when something is missing."""


class Question(NamedTuple):
    """A check that something puts in question."""

    check: Check
    steps: int
    """How far above that the element of the context stands."""
    rivals: tuple[Context, ...]
    """The contexts that element may be of; empty when there is no doubt."""


@dataclass(eq=False, slots=True)
class Spot:
    """A path that elements may have, and what they put in question."""

    names: Names
    parent: Spot | None
    contexts: tuple[Context, ...]
    """The contexts that an element here may be of: it is of the first whose condition it meets."""
    below: dict[Any, Spot | None] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    """What the presence of an element here puts in question."""
    repeats: tuple[Question, ...] = ()
    """What a second element here, beside the first, puts in question."""
    attributes: dict[str, tuple[Question, ...]] = field(default_factory=dict)
    """What an attribute of an element here puts in question."""
    watched: bool = False
    """Elements here are collected."""

    @property
    def rivals(self) -> tuple[Context, ...]:
        """The contexts among which an element here has to choose."""
        alone = len(self.contexts) == 1 and self.contexts[0].condition is None
        return () if alone else self.contexts

    def lineage(self) -> Iterator[tuple[int, Spot]]:
        """Yield this spot and those above it, with the number of steps up."""
        spot: Spot | None = self
        steps = 0
        while spot is not None:
            yield steps, spot
            spot, steps = spot.parent, steps + 1


class Shape:
    """A table, compiled."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._roots: dict[Any, Spot] = {}
        self._at: dict[str, Spot] = {}
        self._kept = 0
        self._near: dict[Context, dict[Names, list[tuple[Trail, Check]]]] = {}
        """By context, then by names below it: what an element or its attributes put in question."""
        self._far: dict[Context, list[tuple[Trail, Check]]] = {}
        """By context: what may stand anywhere."""
        self._again: dict[Context, dict[Names, list[Check]]] = {}
        """By context, then by names below it: what a repetition puts in question."""
        for context in table.contexts:
            self._index(context)

    def failures(self, root: etree._Element, met: Met | None = None) -> list[Failure]:
        """Return what a file does not meet, in the order of the table.

        `met` are its elements by path, when who read it kept them: most files meet everything,
        which these tell without another walk.
        """
        if met is not None and not _Walk(self, root).failures(met):
            return []
        return _Walk(self, root).failures()

    def at(self, path: str) -> Spot:
        """Return the spot of a path: tags from the root down, with blanks between them."""
        if path not in self._at:
            first, *tags = path.split(" ")
            spot = self.root(first)
            for tag in tags:
                spot = spot.below.get(tag) or self.enter(spot, tag) or spot
            self._at[path] = spot
        return self._at[path]

    def root(self, tag: Any) -> Spot:
        """Return the spot of a document element."""
        if tag not in self._roots:
            self._roots[tag] = self._made((tag,), None)
        return self._roots[tag]

    def enter(self, spot: Spot, tag: Any) -> Spot | None:
        """Return the spot below another; None for a comment or an instruction."""
        if not isinstance(tag, str):
            return None
        made = self._made((*spot.names, tag), spot)
        if self._kept < KEPT:
            self._kept += 1
            spot.below[tag] = made
        return made

    # --- compiling ---------------------------------------------------------------------------

    def _index(self, context: Context) -> None:
        near = self._near[context] = {}
        again = self._again[context] = {}
        far = self._far[context] = []
        for check in context.checks:
            for length in range(1, len(check.counted) + 1):
                again.setdefault(check.counted[:length], []).append(check)
            for trail in check.trails:
                if trail.anywhere:
                    far.append((trail, check))
                elif check.kind == "max1" and not check.when:
                    for length in range(1, len(trail.names) + 1):
                        again.setdefault(trail.names[:length], []).append(check)
                else:
                    near.setdefault(trail.names, []).append((trail, check))

    def _made(self, names: Names, parent: Spot | None) -> Spot:
        spot = Spot(names, parent, tuple(self._contexts(names)))
        questions = [Question(c, 0, spot.rivals) for c in self._asked(spot)]
        repeats: list[Question] = []
        for steps, above in spot.lineage():
            relative = names[len(names) - steps :]
            for context in above.contexts:
                for trail, check in self._raised(context, relative, names):
                    question = Question(check, steps, above.rivals)
                    if trail.attribute:
                        known = spot.attributes.get(trail.attribute, ())
                        spot.attributes[trail.attribute] = (*known, question)
                    else:
                        questions.append(question)
                again = self._again[context].get(relative, ())
                repeats += [Question(check, steps, above.rivals) for check in again]
        spot.questions, spot.repeats = tuple(questions), tuple(repeats)
        counted = any(q.check.counted == names[len(names) - q.steps :] for q in repeats if q.steps)
        spot.watched = bool(questions) or counted
        return spot

    def _contexts(self, names: Names) -> Iterator[Context]:
        for context in self.table.contexts:
            if any(pattern.matches(names) for pattern in context.patterns):
                yield context
                if context.condition is None:
                    return

    @staticmethod
    def _asked(spot: Spot) -> Iterator[Check]:
        for context in spot.contexts:
            yield from (check for check in context.checks if not check.trails)

    def _raised(
        self, context: Context, relative: Names, names: Names
    ) -> Iterator[tuple[Trail, Check]]:
        """Yield what an element, so named below a context and below the root, puts in question."""
        for trail, check in self._near[context].get(relative, ()):
            holder = names[: len(names) - len(relative)]
            if check.but is None or not check.but.matches(holder):
                yield trail, check
        for trail, check in self._far[context]:
            ends = names[len(names) - len(trail.names) :] if trail.names else ()
            if trail.open or ends == trail.names:
                yield trail, check


class _Walk:
    """One walk over one file."""

    def __init__(self, shape: Shape, root: etree._Element) -> None:
        self.shape = shape
        self.root = root
        self.seen: defaultdict[Spot, list[etree._Element]] = defaultdict(list)
        self.repeated: set[Check] = set()
        self.open: dict[tuple[Check, etree._Element], tuple[Question, list[Hit]]] = {}

    def failures(self, met: Met | None = None) -> list[Failure]:
        """Walk, or take the elements as they were met, then answer what is in question."""
        if met is None:
            self._begin()
        else:
            self._take(met)
        for here, elements in self.seen.items():
            for question in here.questions:
                self._put(question, here, elements)
        found = [
            Failure(check, element, against)
            for (check, element), (question, hits) in self.open.items()
            if (against := _answer(question, element, hits)) is not None
        ]
        if len(found) > 1:
            order = {check: number for number, check in enumerate(self.shape.table.checks)}
            found.sort(key=lambda failure: order[failure.check])
        return found

    def _begin(self) -> None:
        spot = self.shape.root(self.root.tag)
        if spot.watched:
            self.seen[spot].append(self.root)
        if spot.attributes:
            self._attributes(self.root, spot)
        self._descend(spot)

    def _take(self, met: Met) -> None:
        """Collect what is in question of elements by path; a repetition has its first beside it."""
        for path, elements in met.items():
            spot = self.shape.at(path)
            if spot.watched:
                self.seen[spot] = elements
            if spot.attributes:
                for one in elements:
                    self._attributes(one, spot)
            if spot.repeats and len(elements) > 1:
                for first, second in pairwise(elements):
                    if second.getprevious() is first:
                        self._again(second, spot)

    def _descend(self, spot: Spot) -> None:
        """Pass over all elements below the root, whose spot is given, in their order.

        A loop, for elements are many and calls cost: the spots around stand in `above`, with the
        last child met there and how many more there are.
        """
        seen, enter = self.seen, self.shape.enter
        above: list[tuple[Spot, Spot | None, int]] = []
        last: Spot | None = None
        below, left = spot.below, len(self.root)
        for child in islice(self.root.iter(), 1, None):
            tag: Any = child.tag
            here = below.get(tag) or enter(spot, tag)
            left -= 1
            if here is not None:
                if here is last and here.repeats:
                    self._again(child, here)
                last = here
                if here.watched:
                    seen[here].append(child)
                if here.attributes and child.keys():
                    self._attributes(child, here)
                inside = len(child)
                if inside:
                    above.append((spot, last, left))
                    spot, below, last, left = here, here.below, None, inside
            while not left and above:
                spot, last, left = above.pop()
                below = spot.below

    def _again(self, element: etree._Element, spot: Spot) -> None:
        for question in spot.repeats:
            self.repeated.add(question.check)
            self._note(question, element)

    def _attributes(self, element: etree._Element, spot: Spot) -> None:
        for name in element.keys():  # noqa: SIM118  # an element is no dictionary
            for question in spot.attributes.get(str(name), ()):
                self._note(question, element, str(name))

    def _put(self, question: Question, spot: Spot, elements: list[etree._Element]) -> None:
        """Put a check in question for the elements of a spot, as far as need be."""
        check = question.check
        if check.kind in VALUES:
            wrong = _WRONG[check.kind]
            elements = [one for one in elements if wrong(one.text or "")]
        elif check.counted and check not in self.repeated:
            # As many of them as of those that must hold one, and nowhere two: one in each.
            here: Spot | None = spot
            for name in check.counted:
                here = here.below.get(name) if here is not None else None
            if here is not None and len(self.seen.get(here, ())) == len(elements):
                return
        for element in elements:
            self._note(question, element)

    def _note(self, question: Question, element: etree._Element, attribute: str = "") -> None:
        above: Any = element
        for _ in range(question.steps):
            above = above.getparent()
        _, hits = self.open.setdefault((question.check, above), (question, []))
        hits.append((element, attribute))


def _has_parts_of_a_cent(text: str) -> bool:
    return len(text.partition(".")[2]) > 2  # noqa: PLR2004


def _is_no_date(text: str) -> bool:
    return _DATE_102.fullmatch(text) is None


def _is_no_vat(text: str) -> bool:
    return text != "VAT"


_WRONG: dict[str, Callable[[str], bool]] = {
    "cents": _has_parts_of_a_cent,
    "date102": _is_no_date,
    "vat": _is_no_vat,
}


def _is_listed(check: Check, element: etree._Element, attribute: str) -> bool:
    text = element.get(attribute) if attribute else element.text
    where = "ubl" if check.is_ubl else "cii"
    return " ".join((text or "").split()) in codes.allowed(check.id, where)


def _answer(question: Question, element: etree._Element, hits: list[Hit]) -> list[Hit] | None:
    """Return what stands against a check; None when all is well, or it is not for the element."""
    check = question.check
    if len(hits) < check.least:
        return None
    if question.rivals:
        met = next((one for one in question.rivals if one.is_met(element)), None)
        if met is not check.context:
            return None
    if check.is_plain or check.kind in VALUES:
        return hits
    if check.kind == CODE:
        return [hit for hit in hits if not _is_listed(check, *hit)] or None
    found = check.failing(element)
    if found is None:
        return None
    return found or (hits if check.trails else [])
