"""The table of one syntax: what each official id asks of the elements of a file.

A table is a text file ``<book>.tsv``; its grammar is told in :mod:`facturier.rules.syntax`. It is
read once, into :class:`Context` and :class:`Check`, which :mod:`facturier.rules.syntax.shape`
compiles.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from lxml import etree

from facturier.formats import cii, ubl

_FOLDER = Path(__file__).parent

NAMESPACES: Mapping[str, str] = MappingProxyType(
    ubl.NAMESPACES
    | ubl.CREDIT_NOTE_NAMESPACES
    | cii.NAMESPACES
    | {"ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"}
)
"""Prefixes of the tables; each stands for one namespace, whatever the file calls it."""

VALUES = frozenset({"cents", "date102", "vat"})
"""Kinds that look at the text of what stands at the path."""
CODE = "code"
"""Kind that looks whether a text or an attribute is in the list of its rule."""
ALWAYS = frozenset({"one", "min1", "test"})
"""Kinds that are asked of every element of their context, unless the table says when."""
ANY = "*"
Names = tuple[str, ...]
"""Names of elements, ``{namespace}local``, one below the other."""
Hit = tuple[etree._Element, str]  # noqa: SLF001  # lxml has no public name for it
"""What stands where it should not: an element, and the name of its attribute if it is that."""

_PREDICATE = re.compile(r"\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]")
_UPPER = re.compile(r"upper-case\(([^()]*|string\([^()]*\))\)")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NAME = re.compile(r"[\w.-]*")
_TIMES = re.compile(r"(\d) (.*)")


class Trail(NamedTuple):
    """Where something stands, its conditions left out: enough to know that it *may* matter."""

    names: Names
    attribute: str = ""
    anywhere: bool = False
    """It may stand at any depth of the document (``//``), not below the context."""
    open: bool = False
    """What stands below it may have any name."""


class Pattern(NamedTuple):
    """One alternative of a context: the end, or the whole, of the path of an element."""

    names: Names
    whole: bool
    suffix: str = ""
    """What the last name ends with, where it is not told in full."""
    above: bool = False
    """It is enough that the element stands somewhere in such a one."""

    def matches(self, lineage: Names) -> bool:
        """Whether an element whose names from the root down are `lineage` is meant."""
        if self.above:
            return self.names[-1] in lineage
        if self.whole and len(lineage) != len(self.names):
            return False
        if len(lineage) < len(self.names):
            return False
        *before, last = zip(lineage[-len(self.names) :], self.names, strict=True)
        if not all(found == wanted for found, wanted in before):
            return False
        found, wanted = last
        if self.suffix:
            return found.endswith(self.suffix) and found.startswith(wanted)
        return found == wanted


@dataclass(eq=False)
class Check:
    """What one id asks of one context."""

    id: str
    kind: str
    text: str
    when: str
    but: Pattern | None
    context: Context

    @functools.cached_property
    def _compiled(self) -> etree.XPath:
        return xpath(self.text)

    @functools.cached_property
    def trails(self) -> tuple[Trail, ...]:
        """What makes it worth asking; empty: it is asked of every element of its context."""
        text = self.when or ("" if self.kind in ALWAYS else self.text)
        found = _TIMES.fullmatch(text)
        return tuple(trails_of(found[2] if found else text)) if text else ()

    @functools.cached_property
    def least(self) -> int:
        """How many of `trails` must be there for it to be worth asking."""
        found = _TIMES.fullmatch(self.when)
        if found:
            return int(found[1])
        return 2 if self.kind == "max1" and any(one.anywhere for one in self.trails) else 1

    @property
    def is_ubl(self) -> bool:
        """Whether it is about files of UBL."""
        said = self.context.text + self.text
        return not any(prefix in said for prefix in ("ram:", "rsm:", "udt:"))

    @functools.cached_property
    def is_plain(self) -> bool:
        """Whether what makes it worth asking is already what it forbids."""
        return self.kind == "no" and not self.when and "[" not in self.text and "*" not in self.text

    @functools.cached_property
    def counted(self) -> Names:
        """Names of what each element of the context has to hold, where it is enough to count it."""
        if self.kind not in {"one", "min1"} or self.when or "[" in self.text:
            return ()
        trails = tuple(trails_of(self.text))
        plain = len(trails) == 1 and not (trails[0].attribute or trails[0].open)
        return trails[0].names if plain else ()

    def failing(self, element: etree._Element) -> list[Hit] | None:
        """Return what an element of the context holds against it; None when all is well.

        What is missing cannot be returned: the list is then empty.
        """
        found: Any = self._compiled(element)
        if self.kind == "no":
            return [_hit(one) for one in found] or None
        if self.kind == "max1" or (self.kind == "one" and found):
            return [_hit(one) for one in found[1:]] or None
        return None if found else []


def _hit(found: Any) -> Hit:
    """Return an element, or an attribute as lxml gives it, as a hit."""
    if isinstance(found, str):
        return found.getparent(), str(found.attrname)  # type: ignore[attr-defined]
    return found, ""


@dataclass(eq=False)
class Context:
    """The elements that some checks are asked of: an element is of the first context it meets."""

    text: str
    patterns: tuple[Pattern, ...]
    condition: etree.XPath | None
    checks: list[Check] = field(default_factory=list)

    def is_met(self, element: etree._Element) -> bool:
        """Whether an element on one of the paths meets the condition too."""
        return self.condition is None or bool(self.condition(element))


class Table(NamedTuple):
    """All contexts of one official file, in its order."""

    id: str
    contexts: tuple[Context, ...]

    @property
    def checks(self) -> Iterator[Check]:
        """Every check, in the order of the file."""
        return (check for context in self.contexts for check in context.checks)


def xpath(text: str) -> etree.XPath:
    """Compile an expression of a table. ``upper-case()`` is understood besides XPath 1.0."""
    plain = _UPPER.sub(rf"translate(\1,'{_LETTERS}','{_LETTERS.upper()}')", text)
    return etree.XPath(plain, namespaces=dict(NAMESPACES), smart_strings=True)


@functools.cache
def clark(name: str) -> str:
    """Return a prefixed name as lxml writes it. Raises KeyError where it is none."""
    prefix, _, local = name.partition(":")
    if not _NAME.fullmatch(local):
        raise KeyError(name)
    return f"{{{NAMESPACES[prefix]}}}{local}"


def trails_of(text: str) -> Iterator[Trail]:
    """Yield each path of an expression ``a/b | (c|d)/e | //f/@g``, its conditions left out."""
    bare = _PREDICATE.sub("", text) if "[" in text else text
    for one in _alternatives(bare) if "|" in bare else (bare,):
        anywhere = one.startswith("//")
        steps = [step for step in one.removeprefix("//").split("/") if step not in ("", ".")]
        attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else ""
        cut = steps.index(ANY) if ANY in steps else len(steps)
        open_ = cut < len(steps)
        names = tuple(clark(step) for step in steps[:cut])
        yield Trail(names, attribute, anywhere, open_)


def _alternatives(text: str) -> Iterator[str]:
    """Multiply out the alternatives of a path: ``(a|b)/c`` is ``a/c`` and ``b/c``."""
    group = re.search(r"\(([^()]*)\)", text)
    if group is None:
        yield from (part.strip() for part in text.split("|"))
        return
    for part in group[1].split("|"):
        yield from _alternatives(text[: group.start()] + part.strip() + text[group.end() :])


def pattern(text: str) -> Pattern:
    """Read one alternative of a context: ``/a/b``, ``a/b``, ``*Amount``, ``ram:*ID``, ``a//``."""
    if text.endswith("//"):
        return Pattern((clark(text.removesuffix("//")),), whole=False, above=True)
    *steps, last = text.strip().lstrip("/").split("/")
    whole = text.strip().startswith("/") and not text.strip().startswith("//")
    before = tuple(clark(step) for step in steps)
    if ANY not in last:
        return Pattern((*before, clark(last)), whole)
    prefix, _, suffix = last.rpartition(ANY)
    return Pattern((*before, clark(prefix) if prefix else "{"), whole, suffix)


def alike(context: str, other: str) -> bool:
    """Whether two contexts name the same elements, their conditions left out."""
    bare = (_PREDICATE.sub("", one).replace("//", "").split(" | ") for one in (context, other))
    return len({frozenset(alternatives) for alternatives in bare}) == 1


def _context(text: str) -> Context:
    found = _PREDICATE.search(text)
    condition = None
    if found:
        text = text.replace(found[0], "")  # the same for all alternatives
        condition = xpath(f"self::*{found[0]}")
    patterns = tuple(map(pattern, text.split(" | ")))
    return Context(text + (found[0] if found else ""), patterns, condition)


@functools.cache
def table(book: str, only: frozenset[str] | None = None) -> Table:
    """Return the table of an official file (``en16931-ubl``), or `only` some ids of it.

    Raises FileNotFoundError.
    """
    contexts: list[Context] = []
    for line in (_FOLDER / f"{book}.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        first, *rest = line.split("\t")
        if first == "in":
            contexts.append(_context(rest[0]))
            continue
        if only is not None and first not in only:
            continue
        kind, text, when, but = (*rest, "", "")[:4]
        exception = pattern(but) if but else None
        check = Check(first, kind, text, when, exception, contexts[-1])
        contexts[-1].checks.append(check)
    return Table(book, tuple(contexts))


@functools.cache
def tables() -> frozenset[str]:
    """Return the ids of the official files that have a table."""
    return frozenset(path.stem for path in _FOLDER.glob("*.tsv"))
