"""The reader that a binding gives: one walk over the elements of a file.

Nothing of the file is lost without a word. What the table does not know becomes an
:class:`~facturier.invoice.model.Unmapped`; so does a second value where the model has room for
one, and a constant that is not what it should be. A value that does not read as its type becomes
a :class:`~facturier.invoice.model.Malformed` and the term stays empty.

This walk interprets the tree of :class:`~facturier.formats.binding.Node`; a faster one could be
generated from the same tree without any other module noticing: :func:`read_invoice` is the seam.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from lxml import etree

from facturier.formats.binding import Binding, Expected, Node, Opening, Value
from facturier.formats.codecs import SPELLED, TEXT, read_coded_note
from facturier.formats.paths import Numbers, place_of
from facturier.formats.rows import Derived
from facturier.invoice.model import Identifier, Invoice, Malformed, Unmapped
from facturier.invoice.terms import Group, Term, dictionary

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Flat = dict[str, Any]
"""A record under construction: id of the term or group → value, or list of values."""


def read_invoice(root: etree._Element, binding: Binding) -> Invoice:
    """Read an invoice from its root element. Never raises for what the file holds."""
    invoice: Invoice = read_document(root, binding)
    return invoice


def read_document(root: etree._Element, binding: Binding) -> Any:
    """Read the document that the table is about. Never raises for what the file holds."""
    return _Walk(root, binding).document()


class _Walk:
    """One reading of one file."""

    def __init__(self, root: etree._Element, binding: Binding) -> None:
        self.root = root
        self.binding = binding
        self.variables = {
            name: (found.text or "").strip() if (found := root.find(path)) is not None else None
            for name, path in binding.variables.items()
        }
        self.records: dict[str, Flat] = {"": {}}
        self.numbers: Counter[str] = Counter()
        self.siblings = Numbers()
        self.unmapped: list[Unmapped] = []
        self.malformed: list[Malformed] = []
        self.unusual: list[Malformed] = []
        self.derived: list[tuple[Derived, str, etree._Element]] = []

    def document(self) -> Any:
        self._children(self.root, self.binding.root)
        self._attributes(self.root, self.binding.root)
        self._check_derived()
        return self._built(
            unmapped=tuple(self.unmapped),
            malformed=tuple(self.malformed),
            unusual=tuple(self.unusual),
        )

    def _built(self, **more: Any) -> Any:
        document = self.binding.document
        return _build(document, "", self.records[""], document, **more)

    def _check_derived(self) -> None:
        """Report values that should follow from the others and do not."""
        if self.derived:
            invoice = self._built()
            for derive, text, element in self.derived:
                if not _same_number(text, derive(invoice)):
                    self._strange(element, text)

    def _children(self, element: etree._Element, node: Node) -> None:
        plain, records = node.plain, self.records
        for child in element:
            found = plain.get(child.tag) or self._alternative(child, node)
            if found is None:
                self._stranger(child)
                continue
            if child.tail and (stray := child.tail.strip()):
                self._strange(element, stray)
            leaf = found.leaf
            if leaf is not None and not child.keys() and not len(child):
                record = records[leaf.holder]
                if leaf.id not in record:
                    record[leaf.id] = child.text or ""
                    continue
            self._element(child, found)

    def _alternative(self, element: etree._Element, node: Node) -> Node | None:
        """Return the row, among those of the element's name, whose conditions it meets."""
        for found in node.by_tag.get(element.tag, ()):
            step = found.step
            if step is None or all(c.holds(element, self.variables) for c in step.conditions):
                return found
        return None

    def _element(self, element: etree._Element, node: Node) -> None:
        opening = node.opens
        if opening is not None:
            self._open(opening)
        elif node.shows is not None and not any(one.tag in node.foreign for one in element):
            self.records[node.shows.holder][node.shows.id] = True
        if node.attributes or element.keys():
            self._attributes(element, node)
        if node.text is not None:
            self._value(node.text, element.text or "", element)
        elif node.const is not None:
            self._expected(node.const, element.text or "", element)
        elif element.text and (stray := element.text.strip()):
            self._strange(element, stray)
        if len(element):
            self._children(element, node)
        if opening is not None and opening.is_value:
            self._close(opening, element)

    # --- records -------------------------------------------------------------------------------

    def _open(self, opening: Opening) -> None:
        record: Flat = {}
        if not opening.is_value:
            records = self.records[opening.holder].setdefault(opening.id, [])
            self.numbers[opening.id] = len(records)
            records.append(record)
        self.records[opening.id] = record

    def _close(self, opening: Opening, element: etree._Element) -> None:
        """Put a finished identifier or attachment where it belongs."""
        record = self.records.pop(opening.id)
        if opening.kind is Identifier:
            record.setdefault("value", "")
            for part, text in opening.row.absent.items():
                record.setdefault(part, text)
        elif "content" not in record:
            return  # base64 that did not read: said already
        self._put(opening, opening.kind(**record), element)

    def _put(self, place: Value | Opening, value: Any, element: etree._Element) -> None:
        record = self.records[place.holder]
        held = record.get(place.id)
        if place.many:
            if held is None:
                record[place.id] = [value]
            elif place.crosses and self.numbers[place.crosses]:
                if value not in held:
                    self._strange(element, str(value))
            else:
                held.append(value)
        elif held is None:
            record[place.id] = value
        elif not (place.shared and held == value):
            plain = not isinstance(value, Identifier) and element.text
            self._strange(element, plain or str(value))

    # --- values --------------------------------------------------------------------------------

    def _value(self, place: Value, text: str, element: etree._Element, attribute: str = "") -> None:
        row = place.row
        if row.placeholder and text == row.placeholder:
            return
        if row.coded:
            code, text = read_coded_note(text)
            if code is not None:
                self.records[place.holder][row.coded] = code
        if place.codec is TEXT:
            self._put(place, text, element)
            return
        try:
            value = place.codec.read(text)
        except ValueError:
            self.malformed.append(self._as_written(place, text, element, attribute))
        else:
            if place.codec in SPELLED and place.codec.write(value) != text:
                self.unusual.append(self._as_written(place, text, element, attribute))
            self._put(place, value, element)

    def _attributes(self, element: etree._Element, node: Node) -> None:
        ignored = self.binding.ignored
        items = cast("list[tuple[str, str]]", element.items())
        for name, text in items:
            known = node.attributes.get(name)
            if isinstance(known, Value):
                self._value(known, text, element, name)
            elif known is not None:
                self._expected(known, text, element, name)
            elif node.const is None and name not in ignored and not name.startswith(_XSI):
                self._strange(element, text, name)

    def _expected(
        self, expected: Expected, text: str, element: etree._Element, attribute: str = ""
    ) -> None:
        if not isinstance(expected.value, str):
            self.derived.append((expected.value, text, element))
            return
        wanted: str | None = expected.value
        if expected.value[:1] == "$":
            wanted = self.variables.get(expected.value[1:])
        code = text.strip()
        if wanted in (code, "*") or code in expected.accepts or "*" in expected.accepts:
            return
        if wanted in ("true", "false") and code == ("1" if wanted == "true" else "0"):
            return
        if wanted is None or code.upper() != wanted.upper():
            self._strange(element, text, attribute)

    def _as_written(
        self, place: Value, text: str, element: etree._Element, attribute: str
    ) -> Malformed:
        return Malformed(
            term=place.term,
            path=self._path(element, attribute),
            value=text,
            indexes=self._indexes(place),
        )

    def _indexes(self, place: Value) -> tuple[int, ...]:
        """Return the numbers of the repeating groups around a value, outermost first."""
        groups = self.binding.groups
        numbers: list[int] = []
        group = self.binding.terms[place.term].parent
        while group:
            if groups[group].many:
                numbers.insert(0, self.numbers[group])
            group = groups[group].parent
        return tuple(numbers)

    # --- what the table does not know ------------------------------------------------------------

    def _stranger(self, element: etree._Element) -> None:
        """Report each leaf below an element that the table does not know, and itself if bare."""
        tag: Any = element.tag
        if not isinstance(tag, str):
            return  # a comment or an instruction
        leaves = 0
        for inner in element.iter(etree.Element):
            if len(inner) == 0 or (inner.text or "").strip():
                self._strange(inner, inner.text or "")
                leaves += 1
        assert leaves, "an element without a leaf"

    def _strange(self, element: etree._Element, text: str, attribute: str = "") -> None:
        self.unmapped.append(Unmapped(path=self._path(element, attribute), value=text))

    def _path(self, element: etree._Element, attribute: str = "") -> str:
        return place_of(element, self.binding.namespaces, attribute, self.siblings)


def _same_number(text: str, derived: str | None) -> bool:
    """Return whether two numbers agree to one per mille, the rounding of a rate."""
    try:
        given, expected = Decimal(text), Decimal(derived or "NaN")
    except InvalidOperation:
        return False
    return abs(given - expected) * 1000 <= abs(expected) if expected.is_finite() else False


# --- from flat records to the model ------------------------------------------------------------


@functools.cache
def _plan(
    holder: str, document: type
) -> Mapping[str, tuple[tuple[tuple[str, type], ...], str, type | None]]:
    """Return, for each id in a flat record, the singleton groups down to its field, the field's
    name (none for such a group itself), and the class of its records if it is a repeating group.
    """  # noqa: D205
    terms, groups = dictionary(document)
    plan: dict[str, tuple[tuple[tuple[str, type], ...], str, type | None]] = {}
    items: list[Term | Group] = [*terms.values(), *groups.values()]
    for item in items:
        alone = isinstance(item, Group) and not item.many
        chain: list[tuple[str, type]] = []
        parent = item.id if alone else item.parent
        while parent and not groups[parent].many:
            chain.insert(0, (groups[parent].path[-1], groups[parent].record))
            parent = groups[parent].parent
        if parent == holder:
            kind = item.record if isinstance(item, Group) else None
            plan[item.id] = (tuple(chain), "" if alone else item.path[-1], kind)
    return plan


class _Part(dict[str, Any]):
    """The fields of a group that stands at most once, under construction."""

    kind: type


def _build(cls: type, holder: str, flat: Flat, document: type, **more: Any) -> Any:
    """Make the record of `cls` whose values stand in `flat` by id."""
    plan = _plan(holder, document)
    fields: dict[str, Any] = more
    parts = False
    for identifier, value in flat.items():
        chain, name, kind = plan[identifier]
        target = fields
        for part, part_kind in chain:
            parts = True
            inner = target.get(part)
            if inner is None:
                inner = target[part] = _Part()
                inner.kind = part_kind
            target = inner
        if not name:
            continue
        if kind is not None:
            target[name] = tuple([_build(kind, identifier, one, document) for one in value])
        else:
            target[name] = tuple(value) if value.__class__ is list else value
    return _record(cls, fields) if parts else cls(**fields)


def _record(cls: type, fields: dict[str, Any]) -> Any:
    for name, value in fields.items():
        if value.__class__ is _Part:
            fields[name] = _record(value.kind, value)
    return cls(**fields)
