"""The XML of a document as a person can read it, and its elements as places.

An amount of the proposed entry leads to the element that it came from, an element leads back to
the lines that it feeds. The file is shown as it was received, indented; it is never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from facturier import formats
from facturier.formats.detect import Syntax
from facturier.server.documents import store

if TYPE_CHECKING:
    from facturier.formats.detect import Detected
    from facturier.server.books.models import EntryLine
    from facturier.server.documents.models import Document

    Element = etree._Element  # noqa: SLF001 - lxml gives its element class no public name

MOST_LINES = 20_000
"""Longer files are shown up to here; the whole of them can be downloaded."""
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlLine:
    """One shown line of the file."""

    number: int
    depth: int
    opening: str = ""
    """``<cbc:ID schemeID="0002">``."""
    text: str = ""
    closing: str = ""
    is_marked: bool = False
    is_first_mark: bool = False
    feeds: tuple[EntryLine, ...] = ()
    """Lines of the entry whose amount comes from this element."""


def detected_of(document: Document) -> Detected:
    """Return the parsed file of `document`."""
    return formats.detect(store.get(document.sha256))


def find(detected: Detected, path: str) -> set[Element]:
    """Return the elements at `path`, an XPath with indexes that we wrote ourselves."""
    if not path:
        return set()
    names = dict(formats.binding_of(Syntax(detected.syntax)).namespaces)
    try:
        places = cast("Any", detected.root.xpath(path, namespaces=names))
    except etree.XPathError:
        return set()
    # An attribute or a text is shown by the element that carries it.
    return {one if etree.iselement(one) else one.getparent() for one in places}


def elements_behind(detected: Detected, line: EntryLine) -> set[Element]:
    """Return the elements from which the amount of an entry line comes."""
    binding = formats.binding_of(Syntax(detected.syntax))
    found: set[Element] = set()
    for one in line.sources:
        if binding.carries(one["term"]):
            found |= find(detected, binding.path_of(one["term"], tuple(one["indexes"])))
    return found


def shown(
    root: Element, marked: set[Element], feeds: Mapping[Element, tuple[EntryLine, ...]]
) -> list[XmlLine]:
    """Return the lines of the file below `root`, with the `marked` elements and what they feed."""
    lines: list[XmlLine] = []
    seen_mark = False
    for number, (element, depth, parts) in enumerate(_walk(root, 0), start=1):
        if number > MOST_LINES:
            break
        is_marked = element in marked
        lines.append(
            XmlLine(
                number=number, depth=depth, opening=parts[0], text=parts[1], closing=parts[2],
                is_marked=is_marked, is_first_mark=is_marked and not seen_mark,
                feeds=feeds.get(element, ()) if parts[0] else (),
            )
        )  # fmt: skip
        seen_mark = seen_mark or is_marked
    return lines


Parts = tuple[str, str, str]


def _walk(element: Element, depth: int) -> Iterator[tuple[Element, int, Parts]]:
    """Yield each line: the element, its depth, and opening, text and closing of the line."""
    if isinstance(element, (etree._Comment, etree._ProcessingInstruction)):  # noqa: SLF001
        yield element, depth, ("", f"<!-- {_short(element.text or '')} -->", "")
        return
    name = _name(element)
    opening, closing = f"<{name}{_attributes(element)}>", f"</{name}>"
    text = _short((element.text or "").strip())
    if not len(element):
        yield element, depth, (opening, text, closing)
        return
    yield element, depth, (opening, text, "")
    for child in element:
        yield from _walk(child, depth + 1)
    yield element, depth, ("", "", closing)


def _name(element: Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _attributes(element: Element) -> str:
    parent = element.getparent()
    known = parent.nsmap if parent is not None else {}
    declared = [
        f' xmlns{":" + prefix if prefix else ""}="{uri}"'
        for prefix, uri in element.nsmap.items()
        if known.get(prefix) != uri
    ]
    given = [f' {_attribute(element, str(key))}="{_short(str(v))}"' for key, v in element.items()]
    return "".join(declared + given)


def _attribute(element: Element, key: str) -> str:
    name = etree.QName(key)
    prefixes = {uri: prefix for prefix, uri in element.nsmap.items() if prefix}
    prefix = prefixes.get(name.namespace or "", "")
    return f"{prefix}:{name.localname}" if prefix else name.localname


def _short(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(text)} caractères)"
