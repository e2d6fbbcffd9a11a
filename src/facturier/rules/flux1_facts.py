"""What the rules of flux 1 need to know about one file, computed once.

The portal's file looks at elements as they are written: an empty one is there, ``+12.00`` is no
amount. Rules therefore ask for the text of a term, and in a few places for elements that no term of
flux 1 stands for (the name of a tax).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from facturier.formats import cii, ubl
from facturier.formats.codecs import DATE, DATE_102, DECIMAL
from facturier.invoice.terms import fields_of
from facturier.rules.facts import Facts

if TYPE_CHECKING:
    from lxml import etree

    from facturier.invoice.model import Invoice

Texts = Callable[[Any, "Flux1Facts"], str | None]
"""The way to the text of a term, from the record that holds it."""
_NAMESPACES = ubl.NAMESPACES | cii.NAMESPACES


class Flux1Facts(Facts):
    """The regulatory data under check, and the file they stand in."""

    def __init__(self, invoice: Invoice, syntax: str, root: etree._Element) -> None:
        super().__init__(invoice, syntax, "")
        self._root_element = root

    def raw(self, ubl_path: str, cii_path: str) -> list[str]:
        """Return what stands at a path of the file; prefixes are those of the tables."""
        path = ubl_path if self.syntax == "UBL" else cii_path
        if not path:
            return []
        found: Any = self._root_element.xpath(path, namespaces=_NAMESPACES)
        return [one if isinstance(one, str) else one.text or "" for one in found]

    def count(self, ubl_path: str, cii_path: str) -> int:
        """Return how many elements stand at a path of the file."""
        path = ubl_path if self.syntax == "UBL" else cii_path
        found: Any = self._root_element.xpath(path, namespaces=_NAMESPACES) if path else []
        return len(found)

    def text(self, record: Any, term: str, name: str) -> str | None:
        """Return a term as the file writes it; None where its element is absent.

        `record` is the group that holds it, `name` its field there.
        """
        if self._as_written:
            odd = self._as_written.get((term, self._indexes.get(id(record), ())))
            if odd is not None:
                return odd
        value = getattr(record, name)
        if value is None or isinstance(value, str):
            return value
        if hasattr(value, "as_tuple"):
            return str(DECIMAL.write(value))
        return str((DATE_102 if self.syntax == "CII" else DATE).write(value))

    @cached_property
    def _as_written(self) -> dict[tuple[str, tuple[int, ...]], str]:
        """Return the texts that are not as we would write them, by place."""
        odd = (*self.invoice.malformed, *self.invoice.unusual)
        return {(one.term, one.indexes): one.value for one in odd}

    @cached_property
    def _indexes(self) -> dict[int, tuple[int, ...]]:
        """Return the numbers of the repeating groups around each record, known by its identity."""
        return dict(_numbered(self.invoice, ()))


def _numbered(record: Any, indexes: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    yield id(record), indexes
    for name, place, is_group, _ in fields_of(record.__class__):
        if not is_group:
            continue
        held = getattr(record, name)
        if place.many:
            for number, one in enumerate(held):
                yield from _numbered(one, (*indexes, number))
        elif held is not None:
            yield from _numbered(held, indexes)
