"""The writer that a binding gives: one walk over its tree along an invoice.

The order of elements is the order of the table, which is the order of the schema. An element is
written when something real stands in it; constants join what is written around them. What the
syntax has no place for is counted and named, never dropped in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

from facturier.formats.binding import Binding
from facturier.formats.codecs import read_coded_note, write_coded_note
from facturier.formats.tree import PART_NUMBER, Expected, Node, Opening, Value
from facturier.invoice.model import Invoice
from facturier.invoice.terms import values

_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = _TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_IN_TEXT = re.compile(r"[&<>\r]")
_IN_ATTRIBUTE = re.compile(r'[&<>\r"\n\t]')
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_invoice(invoice: Invoice, binding: Binding) -> tuple[bytes, tuple[str, ...]]:
    """Return the file and the ids of the terms that it could not carry, sorted."""
    return write_document(invoice, binding)


def write_document(document: Any, binding: Binding) -> tuple[bytes, tuple[str, ...]]:
    """Write the document that the table is about, as :func:`write_invoice` does."""
    walk = _Walk(document, binding)
    body = walk.document()
    lost = walk.lost()
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode("utf-8"), lost


class _Weight(IntEnum):
    NOTHING = 0
    CONSTANT = 1
    REAL = 2


class _Walk:
    """One writing of one invoice."""

    def __init__(self, invoice: Any, binding: Binding) -> None:
        self.invoice = invoice
        self.binding = binding
        self.records: dict[str, Any] = {"": invoice}
        self.numbers: dict[str, int] = {}
        self.written: Counter[str] = Counter()
        self.altered: set[str] = set()
        self.held: Counter[str] = Counter()
        self.variables: dict[str, str | None] = dict.fromkeys(binding.variables)
        for held in values(invoice):
            self.held[held.term.id] += 1
            if held.term.id in self.variables:
                self.variables[held.term.id] = held.value

    def document(self) -> str:
        root = self.binding.root
        spaces = "".join(
            f' xmlns:{prefix}="{uri}"' for prefix, uri in self.binding.namespaces.items()
        )
        _, inner = self._inside(root, "\n  ")
        return f"<{root.name}{spaces}>{inner}\n</{root.name}>\n"

    def lost(self) -> tuple[str, ...]:
        """Name the terms of which fewer values were written than the invoice holds."""
        short = {id_ for id_, count in self.held.items() if self.written[id_] < count}
        return tuple(sorted(short | self.altered))

    # --- elements ------------------------------------------------------------------------------

    def _inside(self, node: Node, indent: str) -> tuple[_Weight, str]:
        """Write the children of `node`; constants only if something real stands among them."""
        weight = _Weight.NOTHING
        pieces: list[str] = []
        begun: set[int] = set()
        for child in node.children:
            for child_weight, text in self._elements(child, indent):
                if child_weight:
                    weight = max(weight, child_weight)
                    if child.first is not None and id(child.first) not in begun:
                        pieces.append(self._element(child.first, indent, opened=True)[1])
                        begun.add(id(child.first))
                    begun.add(id(child))
                    pieces.append(text)
        return weight, "".join(pieces)

    def _elements(self, node: Node, indent: str) -> Iterator[tuple[_Weight, str]]:
        """Write `node` once, or once for each record that it opens."""
        assert node.step is not None
        if any(self._unknown(c.variable) and not c.negated for c in node.step.conditions):
            return  # nobody could tell it from its sisters
        if node.home is not None and _follow(self.records.get(node.home[0]), node.home[1]) is None:
            return
        opening = node.opens
        if opening is None:
            bare = node.shows is not None and self._is_bare(node.shows)
            yield self._element(node, indent, opened=bare)
            return
        for number, record in enumerate(self._held(opening)):
            self.records[opening.id] = record
            self.numbers[opening.id] = number
            yield self._element(node, indent, opened=True)
            if opening.is_value:
                self.written[opening.id] += 1
                self._name_lost_words(node, record)
        self.records.pop(opening.id, None)

    def _name_lost_words(self, node: Node, record: Any) -> None:
        """Name what an identifier stands for, in words, where the syntax has no place for it."""
        assert node.opens is not None
        number = f"{node.opens.id}-{PART_NUMBER['name']}"
        if getattr(record, "name", None) is not None and number not in self.binding.tree.places:
            self.altered.add(number)

    def _is_bare(self, group: Opening) -> bool:
        """Return whether `group` is there and empty, so that its element must say it is there."""
        return not self._elsewhere(group) and self._reach(group) == group.kind()

    def _unknown(self, variable: str) -> bool:
        return bool(variable) and self.variables[variable] is None

    def _held(self, opening: Opening) -> list[Any]:
        """Return the records of the model that `opening` writes here."""
        if not opening.row.written or self._elsewhere(opening):
            return []
        held = self._reach(opening)
        if held is None:
            return []
        records = list(held) if opening.many else [held]
        when = opening.row.when
        if when is not None:
            records = [record for record in records if when(record, self.invoice)]
        return records[:1] if opening.row.single else records

    def _element(self, node: Node, indent: str, *, opened: bool = False) -> tuple[_Weight, str]:
        """Write `node`; when it is `opened` for a record, even if nothing stands in it."""
        weight, text = self._text(node)
        attributes: list[str] = []
        if node.attributes:
            attribute_weight = self._attributes(node, attributes)
            weight = max(weight, attribute_weight)
        inner = ""
        if node.children:
            inner_weight, inner = self._inside(node, indent + "  ")
            weight = max(weight, inner_weight)
        bare = weight is _Weight.NOTHING or (weight is _Weight.CONSTANT and not node.constant_only)
        if bare and not opened:
            if node.required:
                return _Weight.CONSTANT, f"{indent}<{node.name}/>"
            return _Weight.NOTHING, ""
        if opened:
            weight = _Weight.REAL
        start = f"{indent}<{node.name}{''.join(attributes)}"
        if inner:
            return weight, f"{start}>{text}{inner}{indent}</{node.name}>"
        return weight, f"{start}>{text}</{node.name}>" if text else f"{start}/>"

    # --- values --------------------------------------------------------------------------------

    def _text(self, node: Node) -> tuple[_Weight, str]:
        if node.text is not None:
            text = self._written(node.text)
            if text is not None:
                return _Weight.REAL, _escape(text, _IN_TEXT, _TEXT)
            if node.text.row.placeholder and node.text.row.written:
                return _Weight.CONSTANT, node.text.row.placeholder
        elif node.const is not None and node.const.written:
            weight = _Weight.REAL if self._needed(node.const) else _Weight.CONSTANT
            text = self._constant(node.const)
            if text is not None:
                return weight, _escape(text, _IN_TEXT, _TEXT)
        return _Weight.NOTHING, ""

    def _attributes(self, node: Node, attributes: list[str]) -> _Weight:
        weight = _Weight.NOTHING
        for name, held in node.attributes.items():
            if isinstance(held, Value):
                text = self._written(held)
                if text == held.row.absent.get(held.id):
                    text = None
                if text is not None:
                    weight = _Weight.REAL
            else:
                text = self._constant(held) if held.written else None
            if text is not None:
                attributes.append(f' {name}="{_escape(text, _IN_ATTRIBUTE, _ATTRIBUTE)}"')
        return weight

    def _constant(self, expected: Expected) -> str | None:
        if not isinstance(expected.value, str):
            return expected.value(self.invoice)
        if expected.value[:1] == "$":
            return self.variables.get(expected.value[1:])
        return expected.value

    def _needed(self, expected: Expected) -> bool:
        """Return whether a term that calls for this constant is present."""
        return any(
            _follow(self.records.get(holder), place) is not None
            for holder, place in expected.needed_by
        )

    def _written(self, place: Value) -> str | None:
        """Return the text of a value, and count it as written."""
        row = place.row
        if not row.written or self._elsewhere(place):
            return None
        value = self._reach(place)
        code = self._code(place) if row.coded else None
        if value is None and code is None:
            return None
        if row.when is not None and not row.when(value, self.invoice):
            return None
        self._count(place, value, code)
        if row.coded:
            return self._coded(place, code, value)
        return place.codec.write(value)

    def _count(self, place: Value, value: Any, code: str | None) -> None:
        first = not place.crosses or self.numbers[place.crosses] == 0
        if place.id == place.term and first and value is not None:
            self.written[place.term] += 1
        if code is not None:
            self.written[place.row.coded] += 1

    def _code(self, place: Value) -> str | None:
        record = self.records[place.holder]
        code: str | None = record.subject_code
        return code

    def _coded(self, place: Value, code: str | None, value: str | None) -> str:
        """Write a coded note; name the term when the text would not read back as it is."""
        text = write_coded_note(code, value)
        if read_coded_note(text) != (code, value or ""):
            self.altered.add(place.row.coded if code is not None else place.term)
        return text

    def _elsewhere(self, place: Value | Opening) -> bool:
        """Return whether the first element of a foreign group has written this value already."""
        return bool(place.crosses) and not place.row.every and self.numbers[place.crosses] > 0

    def _reach(self, place: Value | Opening) -> Any:
        return _follow(self.records.get(place.holder), place.place)


def _follow(record: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        if record is None:
            return None
        record = getattr(record, name)
    return record


def _escape(text: str, pattern: re.Pattern[str], table: Mapping[str, str]) -> str:
    text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    return pattern.sub(lambda found: table[found[0]], text)
