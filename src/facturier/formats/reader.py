"""The reader that a binding gives: one walk over the elements of a file.

Nothing of the file is lost without a word. What the table does not know becomes an
:class:`~facturier.invoice.model.Unmapped`; so does a second value where the model has room for
one, and a constant that is not what it should be. A value that does not read as its type becomes
a :class:`~facturier.invoice.model.Malformed` and the term stays empty.

The reader is generated: each :class:`~facturier.formats.tree.Node` of the table becomes one
small function that knows where its value goes, the first time that a file has such an element.
Values go straight into the records of the model, which stay open (:func:`~facturier.invoice.terms.
opened`) until the file is read.

Reading is most of what a check costs, hence four habits of this module that are no style: children
are taken as ``element[:]`` (half the price of iterating, and their names are computed once while
the list lives), a name is asked once for each element (the dearest question one can ask lxml),
functions look up nothing that does not change from file to file, and plain text takes a path of
its own (:func:`_leaf`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from facturier.formats.binding import Binding
from facturier.formats.codecs import TEXT, XML_SPACE, read_coded_note
from facturier.formats.tree import Expected, Node, Opening, Value
from facturier.formats.walk import Met, Parts, Walk
from facturier.invoice.model import Identifier, Invoice, Malformed
from facturier.invoice.terms import fields_of, opened

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

Read = Callable[[etree._Element, Walk], None]  # noqa: SLF001
"""Reads one element of a file."""
Take = Callable[[str, etree._Element, Walk], None]  # noqa: SLF001
"""Takes the text of an element or of one of its attributes."""
Put = Callable[[Any, etree._Element, Walk], None]  # noqa: SLF001
"""Puts a value that was read from an element where it belongs."""


class _Everything:
    """A set that holds every name."""

    def __contains__(self, name: object) -> bool:
        return True


_EVERYTHING = _Everything()


def read_invoice(root: etree._Element, binding: Binding, met: Met | None = None) -> Invoice:
    """Read an invoice from its root element. Never raises for what the file holds.

    `met` receives each element of a path that the table knows (:data:`Met`).
    """
    invoice: Invoice = read_document(root, binding, met)
    return invoice


def read_document(root: etree._Element, binding: Binding, met: Met | None = None) -> Any:
    """Read the document that the table is about. Never raises for what the file holds."""
    walk = Walk(root, binding, met)
    _document(binding)(root, walk)
    walk.close()
    document = walk.records[""]
    for derive, text, element in walk.derived:  # values that should follow from the others
        if not _same_number(text, derive(document)):
            walk.strange(element, text)
    document.unmapped = tuple(walk.unmapped)
    if walk.beyond:  # of an invoice only
        document.beyond = tuple(walk.beyond)
    document.malformed = tuple(walk.malformed)
    document.unusual = (*walk.unusual, *map(_loosely_written, walk.loose))
    document.__class__ = document.closed
    return document


def _loosely_written(text: str) -> Malformed:
    return Malformed(term="", path="", value=text)


def _same_number(text: str, derived: str | None) -> bool:
    """Return whether two numbers agree to one per mille, the rounding of a rate."""
    try:
        given, expected = Decimal(text), Decimal(derived or "NaN")
    except InvalidOperation:
        return False
    return abs(given - expected) * 1000 <= abs(expected) if expected.is_finite() else False


# --- elements ------------------------------------------------------------------------------------


@functools.cache
def _document(binding: Binding) -> Read:
    """Return what reads a file: its root element."""
    return _element(binding, binding.root)


def _element(binding: Binding, node: Node) -> Read:
    """Return what reads an element of the table, and notes it where its term is `beyond`."""
    read = _known(binding, node)
    held = node.opens or node.text
    if held is None or not held.row.beyond:
        return read

    def read_and_note(element: etree._Element, walk: Walk) -> None:
        walk.note(element)
        read(element, walk)

    return read_and_note


def _known(binding: Binding, node: Node) -> Read:  # noqa: C901  # one step after the other
    """Return what reads an element of the table."""
    begin = _beginning(binding, node)
    attributes = _attributes(binding, node)
    ignored = _EVERYTHING if node.const is not None else binding.ignored
    take = _text(binding, node)
    children: dict[str, Read] = {}
    end = _end(binding, node)
    path = node.path

    def read(element: etree._Element, walk: Walk) -> None:  # noqa: C901, PLR0912  # calls cost
        walk.met[path].append(element)
        if begin is not None:
            begin(element, walk)
        items: Any = element.items()  # of text: no cast, which costs a call
        for name, said in items:
            take_said = attributes.get(name)
            if take_said is not None:
                take_said(said, element, walk)
            elif name not in ignored and not name.startswith(_XSI):
                walk.strange(element, said, name)
        text = element.text
        if take is not None:
            take(text or "", element, walk)
        elif text and (stray := text.strip()):
            walk.strange(element, stray)
        if len(element):
            if not children:
                children.update(_children(binding, node))
            for child in element[:]:  # type: ignore[index]  # lxml's stubs know no slices
                tail = child.tail
                if tail and (stray := tail.strip()):
                    walk.strange(element, stray)
                read_child = children.get(child.tag)
                if read_child is None:
                    walk.stranger(child)
                else:
                    read_child(child, walk)
        if end is not None:
            end(element, walk)

    value = node.text
    if value is None or node.opens is not None or node.children:
        return read
    if value.is_plain:
        return _leaf(binding, node, value, read)
    row = value.row
    if value.codec.plain is None or value.many or row.coded or row.placeholder or end is not None:
        return read
    return _number(binding, node, (attributes, ignored), read)


def _leaf(binding: Binding, node: Node, value: Value, read: Read) -> Read:
    """Return what reads an element that should be nothing but text; `read` does when it is more."""
    holder, name, path = value.holder, value.place[-1], node.path
    parts = _parts(binding, value)

    def read_leaf(element: etree._Element, walk: Walk) -> None:
        if element.keys() or len(element):
            read(element, walk)
            return
        record = walk.records[holder]
        for part, kind in parts:
            record = getattr(record, part) or walk.open(record, part, kind)
        if getattr(record, name) is None:
            text = element.text
            if text is None:
                walk.loose.append("")
            setattr(record, name, text or "")
            walk.met[path].append(element)
        else:
            read(element, walk)

    return read_leaf


def _number(
    binding: Binding, node: Node, known: tuple[dict[str, Take], Container[str]], read: Read
) -> Read:
    """Return what reads an element that should be one number or day; `read` does when it is not.

    `known` are the attributes that it may have: those that are taken, those that say nothing.
    """
    value, path = node.text, node.path
    assert value is not None, "the element is read for its text"
    holder, name, plain = value.holder, value.place[-1], value.codec.plain
    assert plain is not None, "a codec of numbers or days"
    parts = _parts(binding, value)
    attributes, ignored = known

    def read_number(element: etree._Element, walk: Walk) -> None:
        found = plain(element.text or "")
        if found is None or len(element):
            read(element, walk)
            return
        record = walk.records[holder]
        for part, kind in parts:
            record = getattr(record, part) or walk.open(record, part, kind)
        if getattr(record, name) is not None:
            read(element, walk)
            return
        setattr(record, name, found)
        walk.met[path].append(element)
        items: Any = element.items()
        for attribute, said in items:
            take_said = attributes.get(attribute)
            if take_said is not None:
                take_said(said, element, walk)
            elif attribute not in ignored and not attribute.startswith(_XSI):
                walk.strange(element, said, attribute)

    return read_number


def _children(binding: Binding, node: Node) -> dict[str, Read]:
    """Return what reads each child that the table knows, by tag."""
    return {
        tag: _element(binding, alternatives[0])
        if len(alternatives) == 1 and not alternatives[0].conditions
        else _choice(binding, alternatives)
        for tag, alternatives in node.by_tag.items()
    }


def _choice(binding: Binding, nodes: tuple[Node, ...]) -> Read:
    """Return what reads an element by the first row, of those of its name, that it meets."""
    if [one.first for one in nodes] == [nodes[-1], None]:
        return _in_turn(binding, *nodes)
    choices = [(node.conditions, _element(binding, node)) for node in nodes]

    def read(element: etree._Element, walk: Walk) -> None:
        held = element[:]  # type: ignore[index]  # so that lxml computes their names once for all conditions
        for conditions, read_chosen in choices:
            if all(one.holds(element, walk.variables, walk.loose) for one in conditions):
                read_chosen(element, walk)
                break
        else:
            walk.stranger(element)
        del held

    return read


def _in_turn(binding: Binding, further: Node, first: Node) -> Read:
    """Return what reads the first element of a kind in one way, and those after it in another."""
    read_first, read_further, tag = _element(binding, first), _element(binding, further), first.tag

    def read(element: etree._Element, walk: Walk) -> None:
        alone = (
            element.getprevious() is None
            or next(element.itersiblings(tag, preceding=True), None) is None
        )
        (read_first if alone else read_further)(element, walk)

    return read


# --- records -------------------------------------------------------------------------------------


def _parts(binding: Binding, place: Value | Opening, *, all_of: bool = False) -> Parts:
    """Return the groups between the record of a place and its field, or the whole way down."""
    names = place.place if all_of else place.place[:-1]
    here = binding.groups[place.holder].record if names and place.holder else binding.document
    parts: list[tuple[str, type]] = []
    for name in names:
        here = next(kind for field, _, _, kind in fields_of(here) if field == name)
        parts.append((name, opened(here)))
    return tuple(parts)


def _beginning(binding: Binding, node: Node) -> Read | None:
    """Return what opens the record that an element begins, if it does."""
    if node.opens is None:
        return None
    opening, kind = node.opens, opened(node.opens.kind)
    id_, holder, name = opening.id, opening.holder, opening.place[-1]
    parts = _parts(binding, opening)

    def open_compound(_: etree._Element, walk: Walk) -> None:
        walk.records[id_] = kind()

    def open_group(_: etree._Element, walk: Walk) -> None:
        around = walk.reach(holder, parts)
        record = walk.records[id_] = kind()
        walk.opened.append(record)
        held = getattr(around, name)
        if held:
            walk.numbers[id_] = len(held)
            held.append(record)
        else:
            walk.numbers[id_] = 0
            setattr(around, name, [record])
            walk.lists.append((around, name))

    return open_compound if opening.is_value else open_group


def _end(binding: Binding, node: Node) -> Read | None:
    """Return what is left to do when an element has been read, if anything is."""
    if node.opens is not None:
        return _compound(binding, node.opens) if node.opens.is_value else None
    return None if node.shows is None else _showing(binding, node.shows, node.foreign)


def _showing(binding: Binding, group: Opening, foreign: frozenset[str]) -> Read:
    """Return what opens the group that is there when this element is, though nothing stands in it
    but, perhaps, what is `foreign` to the group.
    """  # noqa: D205
    holder, parts = group.holder, _parts(binding, group, all_of=True)

    def show(element: etree._Element, walk: Walk) -> None:
        record = walk.records[holder]
        for name, _ in parts:
            record = getattr(record, name)
            if record is None:
                break
        else:
            return  # what stands in it has opened it
        if not any(one.tag in foreign for one in element):
            walk.reach(holder, parts)

    return show


def _compound(binding: Binding, opening: Opening) -> Read:
    """Return what puts a finished identifier or attachment where it belongs."""
    put = _putter(binding, opening)
    id_ = opening.id
    is_identifier = opening.kind is Identifier
    needed = "value" if is_identifier else "content"
    absent = {"value": "", **opening.row.absent} if is_identifier else {}

    def close(element: etree._Element, walk: Walk) -> None:
        record = walk.records.pop(id_)
        for part, text in absent.items():
            if getattr(record, part) is None:
                walk.loose.append(text)
                setattr(record, part, text)
        if getattr(record, needed) is None:
            return  # base64 that did not read: said already
        record.__class__ = record.closed
        put(record, element, walk)

    return close


def _putter(binding: Binding, place: Value | Opening) -> Put:
    """Return what puts a value into its record; a second one, where there is room for one, is
    reported.
    """  # noqa: D205
    holder, name, crosses, shared = place.holder, place.place[-1], place.crosses, place.shared
    parts = _parts(binding, place)

    def put(value: Any, element: etree._Element, walk: Walk) -> None:
        record = walk.records[holder]
        for part, kind in parts:
            record = getattr(record, part) or walk.open(record, part, kind)
        held = getattr(record, name)
        if held is None:
            setattr(record, name, value)
        elif not (shared and held == value):
            plain = not isinstance(value, Identifier) and element.text
            walk.strange(element, plain or str(value))

    def put_one_more(value: Any, element: etree._Element, walk: Walk) -> None:
        record = walk.reach(holder, parts)
        held = getattr(record, name)
        if not held:
            setattr(record, name, [value])
            walk.lists.append((record, name))
        elif crosses and walk.numbers[crosses]:
            if value not in held:
                walk.strange(element, str(value))
        else:
            held.append(value)

    return put_one_more if place.many else put


# --- values --------------------------------------------------------------------------------------


def _text(binding: Binding, node: Node) -> Take | None:
    """Return what takes the text of an element, if it should have any."""
    if node.text is not None:
        return _value(binding, node.text)
    return None if node.const is None else _constant(node.const)


def _attributes(binding: Binding, node: Node) -> dict[str, Take]:
    """Return what takes the attributes that an element may have."""
    return {
        name: _value(binding, one, name) if isinstance(one, Value) else _constant(one, name)
        for name, one in node.attributes.items()
    }


def _value(binding: Binding, place: Value, attribute: str = "") -> Take:
    """Return what takes the text of a term."""
    put = _putter(binding, place)
    row = place.row
    take = put if place.codec is TEXT else _decoded(place, attribute, put)
    if row.coded:
        take = _after_code(binding, place, take)
    if not row.placeholder:
        return take

    def take_unless_placeholder(text: str, element: etree._Element, walk: Walk) -> None:
        if text != row.placeholder:
            take(text, element, walk)

    return take_unless_placeholder


def _decoded(place: Value, attribute: str, put: Put) -> Take:
    """Return what takes a text that is not the value itself."""
    plain, decode, encode = place.codec.plain, place.codec.read, place.codec.write
    read_plain = plain or (lambda _: None)
    many = plain is not None

    def take(text: str, element: etree._Element, walk: Walk) -> None:
        value = read_plain(text)
        if value is None:
            try:
                value = decode(text)
            except ValueError:
                walk.malformed.append(walk.as_written(place, text, element, attribute))
                return
            if many and encode(value) != text:
                walk.unusual.append(walk.as_written(place, text, element, attribute))
        put(value, element, walk)

    return take


def _after_code(binding: Binding, place: Value, take: Take) -> Take:
    """Return what takes a text before which the code of another term stands."""
    holder, coded = place.holder, binding.terms[place.row.coded]
    name = coded.field

    def take_both(text: str, element: etree._Element, walk: Walk) -> None:
        code, text = read_coded_note(text)
        if code is not None:
            setattr(walk.records[holder], name, code)
        take(text, element, walk)

    return take_both


def _constant(expected: Expected, attribute: str = "") -> Take:
    """Return what reports a constant that is not what it should be."""
    said, accepts = expected.value, expected.accepts
    if not isinstance(said, str):
        derive = said
        return lambda text, element, walk: walk.derived.append((derive, text, element))
    variable = said[1:] if said[:1] == "$" else ""
    if said == "*" or "*" in accepts:
        return lambda _text, _element, _walk: None

    def take(text: str, element: etree._Element, walk: Walk) -> None:
        wanted = walk.variables.get(variable) if variable else said
        if text == wanted or text in accepts:
            return
        if _is_constant(text.strip(XML_SPACE), wanted, accepts):
            walk.loose.append(text)
        else:
            walk.strange(element, text, attribute)

    return take


def _is_constant(code: str, wanted: str | None, accepts: tuple[str, ...]) -> bool:
    """Return whether `code` says what is wanted; case aside, and ``1`` is true."""
    if code in accepts:
        return True
    if wanted is None:
        return False
    if wanted in ("true", "false") and code == ("1" if wanted == "true" else "0"):
        return True
    return code.upper() == wanted.upper()
