"""The path language of the mapping tables: a small part of XPath.

A path is a list of steps from one element down, such as
``cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID`` or
``cbc:InvoicedQuantity/@unitCode``. A step may carry conditions:

- ``[a/b/@c='VAT']``: one of the values at that place is VAT, blanks around it and case aside (the
  official stylesheets compare codes the same way; ``1`` and ``0`` are true and false);
- ``[a/b=$BT-1]``: one of the values is the value of that term in this file;
- ``[a/b=='VA']``, ``[a/b==$BT-1]``: the same to the letter;
- ``[a/b]``: there is such a place; ``[not(…)]``: the contrary of any of these;
- ``[position()>1]``: another element of this name, that meets the conditions before this one,
  stands before it; ``[preceding-sibling::a]``: an element ``a`` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from facturier.formats.codecs import XML_SPACE

_STEP = re.compile(r"(?P<name>[@\w:.-]+)(?P<conditions>(?:\[[^\]]*\])*)(?:/|$)")
_CONDITION = re.compile(
    r"(?P<path>[\w:./@-]+)(?:(?P<exact>=)?=(?:'(?P<literal>[^']*)'|\$(?P<variable>[\w-]+)))?$"
)
_BOOLEANS = {"1": "TRUE", "0": "FALSE"}


def clark(name: str, namespaces: Mapping[str, str]) -> str:
    """Return ``{namespace}local`` for ``prefix:local``."""
    prefix, _, local = name.rpartition(":")
    return f"{{{namespaces[prefix]}}}{local}" if prefix else local


def first_at(element: etree._Element, tags: Sequence[str]) -> etree._Element | None:
    """Return the first element at a path below another, ``find`` in a third of its time."""
    if not tags:
        return element
    for child in element.iterchildren(tags[0]):
        found = first_at(child, tags[1:])
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a step demands of an element before it is taken."""

    text: str
    """As written in the table, without brackets."""
    tags: tuple[str, ...]
    attribute: str
    literal: str | None
    variable: str
    negated: bool
    exact: bool
    """Blanks and case count."""
    before: str = ""
    """Tag of what must stand before the element."""
    alike: tuple[Condition, ...] = ()
    """What that must meet."""

    def holds(
        self, element: etree._Element, variables: Mapping[str, str | None], loose: list[str]
    ) -> bool:
        """Return whether `element` is one that the step means.

        A value that is meant, but not written so to the letter, is added to `loose`.
        """
        if self.before:
            return any(
                all(one.holds(other, variables, []) for one in self.alike)
                for other in element.itersiblings(self.before, preceding=True)
            )
        return self._found(element, variables, loose) is not self.negated

    def _found(
        self, element: etree._Element, variables: Mapping[str, str | None], loose: list[str]
    ) -> bool:
        values = self._values(element)
        if self.literal is None and not self.variable:
            return bool(values)
        name = f"={self.variable}" if self.exact else self.variable
        wanted = variables.get(name) if self.variable else self.literal
        if wanted in values:
            return wanted is not None
        if self.exact or wanted is None:
            return False
        for value in values:
            same = value.strip(XML_SPACE) == wanted if self.variable else _same_code(value, wanted)
            if same:
                loose.append(value)
                return True
        return False

    def _values(self, element: etree._Element) -> list[str]:
        found: list[Any] = [element]  # lxml's stubs know no slices
        for tag in self.tags:
            found = [child for one in found for child in one[:] if child.tag == tag]
        if not self.attribute:
            return [one.text or "" for one in found]
        said = [one.get(self.attribute) for one in found]
        return [value for value in said if value is not None]


def _same_code(value: str, literal: str) -> bool:
    if value == literal:
        return True
    code = value.strip(XML_SPACE).upper()
    return (
        _BOOLEANS.get(code, code) == literal.upper()
        if literal in ("true", "false")
        else (code == literal.upper())
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an element name and its conditions."""

    name: str
    """With prefix: ``cac:Party``."""
    tag: str
    """In Clark notation."""
    conditions: tuple[Condition, ...]

    @property
    def text(self) -> str:
        """The step as the table writes it."""
        return self.name + "".join(f"[{condition.text}]" for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Path:
    """Steps and, at the end, perhaps an attribute."""

    steps: tuple[Step, ...]
    attribute: str = ""


def parse_path(text: str, namespaces: Mapping[str, str]) -> Path:
    """Read a path of a table. Raises ValueError when it is not one."""
    steps: list[Step] = []
    attribute = ""
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or attribute:
            raise ValueError(f"not a path: {text!r}")
        name = found["name"]
        if name.startswith("@"):
            attribute = name[1:]
        elif name != ".":
            tag = clark(name, namespaces)
            conditions: tuple[Condition, ...] = ()
            for part in re.findall(r"\[([^\]]*)\]", found["conditions"]):
                conditions += (_parse_condition(part, namespaces, tag, conditions),)
            steps.append(Step(name, tag, conditions))
        position = found.end()
    return Path(tuple(steps), attribute)


_BEFORE = "preceding-sibling::"


def _parse_condition(
    text: str, namespaces: Mapping[str, str], tag: str, so_far: tuple[Condition, ...]
) -> Condition:
    """Read a condition on an element `tag` that meets those `so_far`."""
    if text == "position()>1":
        return _sibling(text, tag, so_far)
    if text.startswith(_BEFORE):
        return _sibling(text, clark(text.removeprefix(_BEFORE), namespaces))
    negated = text.startswith("not(") and text.endswith(")")
    found = _CONDITION.match(text[4:-1] if negated else text)
    if found is None:
        raise ValueError(f"not a condition: {text!r}")
    *names, last = found["path"].split("/")
    attribute = last[1:] if last.startswith("@") else ""
    if not attribute and last != ".":
        names.append(last)
    return Condition(
        text,
        tuple(clark(name, namespaces) for name in names if name != "."),
        attribute,
        found["literal"],
        found["variable"] or "",
        negated,
        found["exact"] is not None,
    )


def _sibling(text: str, tag: str, alike: tuple[Condition, ...] = ()) -> Condition:
    return Condition(text, (), "", None, "", negated=False, exact=False, before=tag, alike=alike)


class Numbers:
    """The numbers of the elements of one file among their siblings.

    They are counted once a parent, so that ten thousand places in ten thousand lines stay quick.
    """

    def __init__(self) -> None:
        self._known: dict[etree._Element, str] = {}

    def of(self, element: etree._Element) -> str:
        """Return ``[2]`` for the second of several siblings of one name, else nothing."""
        parent = element.getparent()
        if parent is None:
            return ""
        if element not in self._known:
            self._count(parent)
        return self._known[element]

    def _count(self, parent: etree._Element) -> None:
        several = {tag for tag, count in Counter(one.tag for one in parent).items() if count > 1}
        seen: Counter[str] = Counter()
        for one in parent:
            seen[one.tag] += 1
            self._known[one] = f"[{seen[one.tag]}]" if one.tag in several else ""


def place_of(
    element: etree._Element,
    namespaces: Mapping[str, str],
    attribute: str = "",
    numbers: Numbers | None = None,
) -> str:
    """Return the XPath of one element of a file, with the prefixes of `namespaces`.

    Who asks for many places of one file gives the same `numbers` each time.
    """
    numbers = numbers or Numbers()
    steps: list[str] = []
    here: etree._Element | None = element
    while here is not None:
        steps.insert(0, _prefixed(here, namespaces) + numbers.of(here))
        here = here.getparent()
    return "/" + "/".join(steps) + (f"/@{attribute}" if attribute else "")


def _prefixed(element: etree._Element, namespaces: Mapping[str, str]) -> str:
    qualified = etree.QName(element)
    if not qualified.namespace:
        return qualified.localname
    for prefix, namespace in namespaces.items():
        if namespace == qualified.namespace:
            return f"{prefix}:{qualified.localname}"
    return f"*[local-name()='{qualified.localname}']"
