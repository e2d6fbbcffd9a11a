"""A mapping table, compiled: the tree of the elements that the syntax may have.

Each :class:`Node` is one element below one other and knows what stands in it: a value of a term
(:class:`Value`), a record that it opens (:class:`Opening`), a constant (:class:`Expected`). What
the keys and lines of a table mean is told in :mod:`facturier.formats.binding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from facturier.formats import codecs
from facturier.formats.codecs import Codec
from facturier.formats.paths import Condition, Path, Step, parse_path
from facturier.formats.rows import ATTACHMENT, IDENTIFIER, Const, Derived, Presence, Row, Table
from facturier.invoice.model import Attachment, Identifier
from facturier.invoice.terms import Group, Term, dictionary

_KEY = re.compile(r"(?P<id>.+?)(?:-0(?P<const>[a-z]?))?(?:#\d+)?$")
PART_NUMBER = MappingProxyType(
    {"scheme": 1, "version": 2, "name": 3, "mime_code": 1, "filename": 2}
)
"""How the parts of an identifier or attachment are numbered: ``BT-30-1`` is the scheme of BT-30."""


@dataclass(slots=True)
class Value:
    """A term, or a part of one, that stands in the text or in an attribute of an element."""

    id: str
    """Key in the record: the term's id, or the name of the part."""
    term: str
    holder: str
    """Record that it belongs to: id of a repeating group or of a compound term, or empty."""
    many: bool
    codec: Codec
    crosses: str
    """Repeating group whose element it stands in without belonging to it; or empty."""
    row: Row
    place: tuple[str, ...]
    """Field names from the holder down."""
    shared: bool = False
    """It has several places, so the same value may stand there twice."""

    @property
    def is_plain(self) -> bool:
        """Whether the text is the value, as it stands."""
        row = self.row
        return not (row.placeholder or row.coded or self.many) and self.codec is codecs.TEXT


@dataclass(slots=True)
class Opening:
    """A record that an element opens: a repeating group, or a compound value."""

    id: str
    holder: str
    many: bool
    kind: type
    is_value: bool
    crosses: str
    row: Row
    place: tuple[str, ...]
    shared: bool = False


@dataclass(slots=True)
class Expected:
    """What a const row or an attribute should hold."""

    value: str | Derived
    accepts: tuple[str, ...] = ()
    needed_by: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Holder and field names of the terms that call for it."""
    written: bool = True


@dataclass(slots=True)
class Node:
    """One element that the syntax may have, below one other."""

    name: str
    tag: str
    step: Step | None
    parent: Node | None = field(repr=False)
    children: list[Node] = field(default_factory=list, repr=False)
    by_tag: dict[str, tuple[Node, ...]] = field(default_factory=dict, repr=False)
    """Children by tag, those with most conditions first."""
    opens: Opening | None = None
    shows: Opening | None = None
    """The group, of those that stand at most once, that is there when this element is."""
    foreign: frozenset[str] = frozenset()
    """Tags of children with something of other groups: they say nothing of that group."""
    text: Value | None = None
    const: Expected | None = None
    attributes: dict[str, Value | Expected] = field(default_factory=dict)
    home: tuple[str, tuple[str, ...]] | None = None
    """Holder and field names of the one group that everything in it belongs to: without that
    group a writer has nothing to write here."""
    constant_only: bool = False
    """Nothing but constants can stand in it."""
    required: bool = False
    """The schema wants it even when it is empty."""
    first: Node | None = field(default=None, repr=False)
    """For the second and further elements of a kind (``[position()>1]``): the node of the first."""

    @property
    def path(self) -> str:
        """The tags from the root down to here, with blanks between them."""
        return self.tag if self.parent is None else f"{self.parent.path} {self.tag}"

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What an element of this name must meet to be this one."""
        return self.step.conditions if self.step else ()


def _codec_for(kind: type) -> Codec:
    return {Decimal: codecs.DECIMAL, date: codecs.DATE, bytes: codecs.BASE64}.get(kind, codecs.TEXT)


class Tree:
    """The compiled table of one syntax."""

    def __init__(
        self,
        root: str,
        namespaces: Mapping[str, str],
        table: Table,
        *,
        required: Iterable[str],
        document: type,
    ) -> None:
        self.terms, self.groups = dictionary(document)
        self.namespaces = namespaces
        step = parse_path(root, namespaces).steps[0]
        self.root = Node(step.name, step.tag, step, None)
        self.places: dict[str, list[tuple[Node, str]]] = {}
        """Where each term and group stands: the element and, perhaps, its attribute."""
        self._homes: dict[str, list[Node]] = {"": [self.root]}
        for key, entry in table.items():
            self._add(key, entry)
        for path in required:
            _descend(self.root, parse_path(path, namespaces).steps).required = True
        _finish(self.root)
        self.variables = self._variables()
        """Terms that conditions and constants speak of → their elements' names below the root."""

    def _add(self, key: str, entry: str | Row | Const | Presence) -> None:
        found = _KEY.match(key)
        assert found is not None
        # TT-61-0 is a term of its own, BT-31-0 what goes with BT-31
        identifier = key if key in self.terms else found["id"]
        subject = self.terms.get(identifier) or self.groups.get(identifier)
        assert subject is not None, key
        if isinstance(entry, Const):
            self._add_const(subject, entry)
            return
        if isinstance(entry, Presence):
            assert isinstance(subject, Group), key
            for base in self._bases(subject.parent):
                node = _descend(base, parse_path(entry.path, self.namespaces).steps)
                node.shows = self._opening(subject, Row(path=entry.path), node)
            return
        row = Row(path=entry) if isinstance(entry, str) else entry
        for number, base in enumerate(self._bases(subject.parent)):
            place = self._add_row(subject, row, base)
            if number == 0 and place is not None:
                self.places.setdefault(subject.id, []).append(place)

    def _bases(self, group: str) -> list[Node]:
        """Return the nodes below which the terms of `group` stand."""
        while group not in self._homes:
            group = self.groups[group].parent
        return list(self._homes[group])

    def _add_row(self, subject: Term | Group, row: Row, base: Node) -> tuple[Node, str] | None:
        """Compile one line below `base`; return its place if it is one to point at."""
        path = parse_path(row.path, self.namespaces)
        node = _descend(base, path.steps)
        if isinstance(subject, Group):
            self._homes.setdefault(subject.id, []).append(node)
            self._expect(node, row)
            if subject.many:
                node.opens = self._opening(subject, row, node)
            elif row.presence:
                node.shows = self._opening(subject, row, node)
            return (node, "") if len(self._homes[subject.id]) == 1 else None
        if subject.type in (Identifier, Attachment):
            self._add_compound(subject, row, node)
            return node, ""
        self._add_value(subject, row, node, path)
        return (node, path.attribute) if row.written or subject.id not in self.places else None

    def _add_value(self, term: Term, row: Row, node: Node, path: Path) -> None:
        holder = self._holder(term.parent)
        value = Value(
            id=term.id,
            term=term.id,
            holder=holder,
            many=term.many,
            codec=row.codec or _codec_for(term.type),
            crosses=self._crossed(node, holder),
            row=row,
            place=self._place(term.path, holder),
        )
        if path.attribute:
            node.attributes[path.attribute] = value
        elif row.coded:
            self.places.setdefault(row.coded, []).append((node, ""))
            node.text = value
        else:
            assert node.text is None, term.id
            node.text = value
        self._expect(node, row)

    def _expect(self, node: Node, row: Row) -> None:
        for name, wanted in row.attributes.items():
            node.attributes[name] = Expected(wanted)
        for name, wanted in row.tolerated.items():
            node.attributes[name] = Expected(wanted, written=False)

    def _add_compound(self, term: Term, row: Row, node: Node) -> None:
        node.opens = self._opening(term, row, node)
        parts = row.components or (ATTACHMENT if term.type is Attachment else IDENTIFIER)
        for name, where in parts.items():
            path = parse_path(where, self.namespaces)
            inner = _descend(node, path.steps)
            if name.startswith("="):
                inner.const = Expected(name[1:])
                continue
            codec = codecs.BASE64 if name == "content" else codecs.TEXT
            value = Value(
                id=name,
                term=term.id,
                holder=term.id,
                many=False,
                codec=codec,
                crosses="",
                row=Row(path=where, absent={k: v for k, v in row.absent.items() if k == name}),
                place=(name,),
            )
            if path.attribute:
                inner.attributes[path.attribute] = value
            else:
                inner.text = value
            if name in PART_NUMBER:
                place = (inner, path.attribute)
                self.places.setdefault(f"{term.id}-{PART_NUMBER[name]}", []).append(place)
        self._expect(node, row)

    def _opening(self, subject: Term | Group, row: Row, node: Node) -> Opening:
        holder = self._holder(subject.parent)
        return Opening(
            id=subject.id,
            holder=holder,
            many=subject.many,
            kind=subject.type if isinstance(subject, Term) else subject.record,
            is_value=isinstance(subject, Term),
            crosses=self._crossed(node, holder),
            row=row,
            place=self._place(subject.path, holder),
        )

    def _add_const(self, subject: Term | Group, entry: Const) -> None:
        group = subject.id if isinstance(subject, Group) else subject.parent
        needing = [self.terms[id_] for id_ in entry.needed_by]
        needed_by = tuple(
            (holder, self._place(term.path, holder))
            for term in needing
            for holder in (self._holder(term.parent),)
        )
        for base in self._bases(group):
            node = _descend(base, parse_path(entry.path, self.namespaces).steps)
            node.const = Expected(entry.value, entry.accepts, needed_by, entry.written)

    def _holder(self, group: str) -> str:
        """Return the id of the repeating group around the terms of `group`, or an empty string."""
        while group and not self.groups[group].many:
            group = self.groups[group].parent
        return group

    def _place(self, path: tuple[str, ...], holder: str) -> tuple[str, ...]:
        """Return the field names from the record of `holder` down to the field at `path`."""
        return path[len(self.groups[holder].path) :] if holder else path

    def _crossed(self, node: Node, holder: str) -> str:
        """Return the id of a repeating group that `node` stands in and `holder` does not."""
        crossed = ""
        here = node.parent
        while here is not None:
            if here.opens is not None and not here.opens.is_value:
                if here.opens.id == holder or self._within(holder, here.opens.id):
                    break
                crossed = here.opens.id
            here = here.parent
        return crossed

    def _within(self, inner: str, outer: str) -> bool:
        """Return whether repeating group `inner` stands inside repeating group `outer`."""
        while inner:
            inner = self.groups[inner].parent
            if inner == outer:
                return True
        return False

    def _variables(self) -> dict[str, tuple[str, ...]]:
        """Return the place of every term that a condition or a constant speaks of."""
        spoken: set[str] = set()

        def visit(node: Node) -> None:
            if node.step is not None:
                spoken.update(c.variable for c in node.step.conditions if c.variable)
            expected = [node.const, *node.attributes.values()]
            spoken.update(
                e.value[1:]
                for e in expected
                if isinstance(e, Expected) and isinstance(e.value, str) and e.value[:1] == "$"
            )
            for child in node.children:
                visit(child)

        visit(self.root)
        variables: dict[str, tuple[str, ...]] = {}
        for identifier in sorted(spoken):
            node, _ = self.places[identifier][0]
            tags: list[str] = []
            while node.parent is not None:
                tags.insert(0, node.tag)
                node = node.parent
            variables[identifier] = tuple(tags)
        return variables


def _descend(node: Node, steps: tuple[Step, ...]) -> Node:
    """Follow `steps` from `node`, making the nodes that are missing, in order."""
    for step in steps:
        for child in node.children:
            if child.step is not None and child.step.text == step.text:
                node = child
                break
        else:
            child = Node(step.name, step.tag, step, node)
            node.children.append(child)
            node = child
    return node


def _finish(root: Node) -> None:
    """Index the children of each node by tag and mark the terms that have several places."""
    seen: dict[tuple[str, str], list[Value | Opening]] = {}

    def visit(node: Node) -> list[Value | Opening]:
        """Return what stands in `node` and belongs to records opened outside it."""
        tags: dict[str, list[Node]] = {}
        inside: list[Value | Opening] = []
        for child in node.children:
            tags.setdefault(child.tag, []).append(child)
            child.first = _first_of(child, node.children)
            below = visit(child)
            inside += below
            if node.shows is not None and not _all_within(below, node.shows):
                node.foreign |= {child.tag}
        node.by_tag = {
            tag: tuple(sorted(alternatives, key=lambda n: -len(n.conditions)))
            for tag, alternatives in tags.items()
        }
        node.constant_only = (
            node.opens is None
            and node.shows is None
            and (node.text is None or bool(node.text.row.placeholder))
            and not any(isinstance(value, Value) for value in node.attributes.values())
            and all(child.constant_only for child in node.children)
        )
        held: list[Value | Opening] = [v for v in node.attributes.values() if isinstance(v, Value)]
        held += [v for v in (node.text, node.opens) if v is not None]
        for value in held:
            seen.setdefault((value.holder, value.id), []).append(value)
        outside = [x for x in inside + held if node.opens is None or x.holder != node.opens.id]
        if node.children and not node.required:
            node.home = _common_home(outside)
        return outside

    visit(root)
    for values in seen.values():
        for value in values:
            value.shared = len(values) > 1 or bool(value.crosses)


def _first_of(node: Node, sisters: list[Node]) -> Node | None:
    """Return the node of the first of its kind, where `node` is for those after it."""
    if not node.conditions or node.conditions[-1].before != node.tag:
        return None
    alike = node.conditions[:-1]
    return next(one for one in sisters if one.tag == node.tag and one.conditions == alike)


def _all_within(held: list[Value | Opening], group: Opening) -> bool:
    """Return whether all of `held` belongs to `group` or to a group inside it."""
    depth = len(group.place)
    return all(one.holder == group.holder and one.place[:depth] == group.place for one in held)


def _common_home(held: list[Value | Opening]) -> tuple[str, tuple[str, ...]] | None:
    """Return the innermost singleton group around all of `held`, if there is one."""
    if len({one.holder for one in held}) != 1:
        return None
    common: list[str] = []
    for names in zip(*(one.place[:-1] for one in held), strict=False):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return (held[0].holder, tuple(common)) if common else None
