"""One table per syntax, from which a reader, a writer and the place of each term are made.

A table maps ids to paths, in the order of the syntax's schema. Keys are:

- a term (``BT-31``): its path below the element of the group around it;
- a group (``BG-25``): the element that opens one record of a repeating group, or, for a group that
  stands at most once, merely where its terms begin;
- ``BT-31-0``: what the syntax wants written next to that term and which carries no information
  (:func:`~facturier.formats.rows.const`); below the same element as the term, or inside the
  group when it names a group;
- ``BG-5-0``: the element that shows a group to be there, even empty
  (:class:`~facturier.formats.rows.Presence`);
- any of these with ``#2``, ``#3``: a second place of the same term.

The table is compiled, when it is first needed, into a tree of the elements that the syntax may have
(:mod:`facturier.formats.tree`). A reader is one walk over a file along that tree
(:mod:`facturier.formats.reader`), a writer one walk over the tree along an invoice
(:mod:`facturier.formats.writer`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from facturier.formats.rows import Const, Presence, Row, Table
from facturier.formats.tree import Node, Tree
from facturier.invoice.model import Invoice
from facturier.invoice.terms import Group, Term, dictionary


class Binding:
    """A syntax: its root element, its namespaces and its table."""

    def __init__(
        self,
        root: str,
        namespaces: Mapping[str, str],
        table: Table,
        *,
        ignored: Iterable[str],
        required: Iterable[str] = (),
        document: type = Invoice,
    ) -> None:
        self.document = document
        """The record that a file of this syntax is read into."""
        self.namespaces = MappingProxyType(dict(namespaces))
        self.table = MappingProxyType(dict(table))
        self.ignored = frozenset(ignored)
        """Attributes that carry no information of the invoice wherever they stand."""
        self._root = root
        self._required = tuple(required)

    @functools.cached_property
    def tree(self) -> Tree:
        """The compiled table: made when the first file of the syntax comes."""
        return Tree(
            self._root,
            self.namespaces,
            self.table,
            required=self._required,
            document=self.document,
        )

    @property
    def root(self) -> Node:
        """The root element, with all others below it."""
        return self.tree.root

    @property
    def variables(self) -> Mapping[str, tuple[str, ...]]:
        """Terms that conditions and constants speak of → their elements' names below the root."""
        return self.tree.variables

    @property
    def terms(self) -> dict[str, Term]:
        """The terms of the document."""
        return dictionary(self.document)[0]

    @property
    def groups(self) -> dict[str, Group]:
        """The groups of the document."""
        return dictionary(self.document)[1]

    def replace(
        self,
        *,
        root: str,
        namespaces: Mapping[str, str],
        rows: Mapping[str, str | Row | Const | Presence],
        before: Mapping[str, str],
    ) -> Binding:
        """Return the table of a sister document.

        `rows` replace lines in place or are added right after the line that they belong to;
        `before` then moves a line to stand right before another.
        """
        table: dict[str, str | Row | Const | Presence] = {}
        for key, entry in self.table.items():
            table[key] = rows.get(key, entry)
            if f"{key}-0" in rows and f"{key}-0" not in self.table:
                table[f"{key}-0"] = rows[f"{key}-0"]
        order = list(table)
        for key, target in before.items():
            order.remove(key)
            order.insert(order.index(target), key)
        return Binding(
            root,
            namespaces,
            {key: table[key] for key in order},
            ignored=self.ignored,
            document=self.document,
        )

    def path_of(self, identifier: str, indexes: tuple[int, ...] = ()) -> str:
        """Return the XPath of a term or group in a file of this syntax.

        `indexes` count from 0 and number the repeating groups around it, outermost first, then
        the value itself where the term repeats. ``BT-30-1`` is the scheme of ``BT-30``, ``-2`` its
        version (MIME code and file name of ``BT-125``). Prefixes are those of :attr:`namespaces`.
        Raises KeyError when the syntax has no place for the term.
        """
        return " | ".join(
            self._xpath(node, attribute, indexes)
            for node, attribute in self.tree.places[identifier]
        )

    def carries(self, identifier: str) -> bool:
        """Return whether the syntax has a place for the term or group."""
        return identifier in self.tree.places

    def _xpath(self, node: Node, attribute: str, indexes: tuple[int, ...]) -> str:
        lineage: list[Node] = []
        here: Node | None = node
        while here is not None:
            lineage.insert(0, here)
            here = here.parent
        left = list(indexes)
        steps = []
        for one in lineage:
            assert one.step is not None
            text = self._resolved(one.step.text)
            if one.opens is not None and one.opens.many and left and not self._foreign(one, node):
                text += f"[{left.pop(0) + 1}]"
            steps.append(text)
        return "/" + "/".join(steps) + (f"/@{attribute}" if attribute else "")

    @staticmethod
    def _foreign(opener: Node, node: Node) -> bool:
        """Return whether `node` stands in the element of `opener` without being part of it."""
        assert opener.opens is not None
        held = node.text or node.opens
        return held is not None and held.crosses == opener.opens.id

    def _resolved(self, step: str) -> str:
        """Replace ``$BT-5`` by the path of that term, so that the XPath stands alone."""
        step = step.replace("==", "=")
        return re.sub(r"\$(EXT-FR-FE-\d+|BT-\d+)", lambda m: self.path_of(m[1]), step)
