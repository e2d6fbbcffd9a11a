"""Terms as a file writes them: the portal's files judge the text (``+12.00`` is no amount)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from facturier.formats.codecs import DATE, DECIMAL, Codec
from facturier.invoice.terms import fields_of


class AsWritten:
    """Gives facts the text of a term, whatever value the reader made of it."""

    invoice: Any
    """The document under check."""
    dates: Codec = DATE
    """How its syntax writes a date."""

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
        return str((DECIMAL if hasattr(value, "as_tuple") else self.dates).write(value))

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
    kind: type = type(record)
    for name, place, is_group, _ in fields_of(kind):
        if not is_group:
            continue
        held = getattr(record, name)
        if place.many:
            for number, one in enumerate(held):
                yield from _numbered(one, (*indexes, number))
        elif held is not None:
            yield from _numbered(held, indexes)
