"""One reading of one file: the records that are open, and what was odd."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from facturier.formats.binding import Binding
from facturier.formats.codecs import XML_SPACE
from facturier.formats.paths import Numbers, first_at, place_of
from facturier.formats.rows import Derived
from facturier.formats.tree import Value
from facturier.invoice.model import Malformed, Unmapped
from facturier.invoice.terms import opened

Met = defaultdict[str, Any]
"""The elements that were read, in their order, by their path: the tags from the root down, with
blanks between them. They are all of the file where nothing was unmapped."""


def no_elements() -> Met:
    """Return what forgets each element at once: of a big file they would weigh too much."""
    return defaultdict(lambda: deque(maxlen=0))


Parts = tuple[tuple[str, type], ...]
"""The way from a record down into groups that stand at most once: field, class of its record."""


class Walk:
    """One reading of one file."""

    __slots__ = (
        "beyond",
        "binding",
        "derived",
        "lists",
        "loose",
        "malformed",
        "met",
        "numbers",
        "opened",
        "records",
        "root",
        "siblings",
        "unmapped",
        "unusual",
        "variables",
    )

    def __init__(self, root: etree._Element, binding: Binding, met: Met | None = None) -> None:
        self.root = root
        self.met = no_elements() if met is None else met
        self.binding = binding
        said = {name: _said(root, tags) for name, tags in binding.variables.items()}
        self.variables = {name: one and one.strip(XML_SPACE) for name, one in said.items()}
        self.variables |= {f"={name}": one for name, one in said.items()}
        self.records: dict[str, Any] = {"": opened(binding.document)()}
        """The open records by the id of their group or compound term."""
        self.numbers: dict[str, int] = {}
        """The number of the open record of each repeating group."""
        self.opened: list[Any] = []
        self.lists: list[tuple[Any, str]] = []
        """Where a field holds a list that becomes a tuple."""
        self.siblings = Numbers()
        self.unmapped: list[Unmapped] = []
        self.beyond: list[Unmapped] = []
        self.malformed: list[Malformed] = []
        self.unusual: list[Malformed] = []
        self.loose: list[str] = [
            one for one in said.values() if one and one.strip(XML_SPACE) != one
        ]
        """Codes that were understood, but are not written to the letter: ``" EUR "``."""
        self.derived: list[tuple[Derived, str, etree._Element]] = []

    def open(self, record: Any, name: str, kind: Callable[[], Any]) -> Any:
        """Open, in a field of a record, the record of a group that stands at most once."""
        inner = kind()
        setattr(record, name, inner)
        self.opened.append(inner)
        return inner

    def reach(self, holder: str, parts: Parts) -> Any:
        """Return the record at the end of `parts`, opening those that are new."""
        record = self.records[holder]
        for name, kind in parts:
            record = getattr(record, name) or self.open(record, name, kind)
        return record

    def close(self) -> None:
        """Make all records final but the document itself."""
        for record, name in self.lists:
            setattr(record, name, tuple(getattr(record, name)))
        for record in self.opened:
            record.__class__ = record.closed

    # --- what the table does not know ------------------------------------------------------------

    def stranger(self, element: etree._Element) -> None:
        """Report each leaf below an element that the table does not know, and itself if bare."""
        tag: Any = element.tag
        if not isinstance(tag, str):
            return  # a comment or an instruction
        leaves = 0
        for inner in element.iter(etree.Element):
            if len(inner) == 0 or (inner.text or "").strip():
                self.strange(inner, inner.text or "")
                leaves += 1
        assert leaves, "an element without a leaf"

    def strange(self, element: etree._Element, text: str, attribute: str = "") -> None:
        """Report a value that has no place."""
        self.unmapped.append(Unmapped(path=self._path(element, attribute), value=text))

    def note(self, element: etree._Element) -> None:
        """Remember an element of a term that is read and that few rules ask for."""
        self.beyond.append(Unmapped(path=self._path(element, ""), value=element.text or ""))

    def as_written(
        self, place: Value, text: str, element: etree._Element, attribute: str
    ) -> Malformed:
        """Return a value as the file says it, with its place."""
        return Malformed(
            term=place.term,
            path=self._path(element, attribute),
            value=text,
            indexes=self._indexes(place),
        )

    def _path(self, element: etree._Element, attribute: str) -> str:
        return place_of(element, self.binding.namespaces, attribute, self.siblings)

    def _indexes(self, place: Value) -> tuple[int, ...]:
        """Return the numbers of the repeating groups around a value, outermost first."""
        groups = self.binding.groups
        numbers: list[int] = []
        group = self.binding.terms[place.term].parent
        while group:
            if groups[group].many:
                numbers.insert(0, self.numbers.get(group, 0))
            group = groups[group].parent
        return tuple(numbers)


def _said(element: etree._Element, tags: Sequence[str]) -> str | None:
    """Return the text of the first element at a path."""
    found = first_at(element, tags)
    return None if found is None else found.text or ""
