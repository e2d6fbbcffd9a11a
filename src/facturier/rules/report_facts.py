"""What the rules of e-reporting need to know about one transmission, computed once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from facturier.formats.codecs import DECIMAL
from facturier.invoice.terms import fields_of

if TYPE_CHECKING:
    from facturier.reporting.report import Report


class ReportFacts:
    """The report under check and what is derived from it.

    The official file looks at numbers as they are written (``+12.00`` and ``.5`` are refused), so
    rules ask for the text of a term, not for its value.
    """

    syntax = ""
    categories: frozenset[str] = frozenset()

    def __init__(self, document: Report) -> None:
        self.invoice = document
        """The document under check, under the name that the runner of all books gives it."""

    def text(self, record: Any, term: str, name: str) -> str | None:
        """Return a term as the file writes it; None where its element is absent.

        `record` is the group that holds it, `name` its field there.
        """
        if self._as_written:
            odd = self._as_written.get((term, self._indexes.get(id(record), ())))
            if odd is not None:
                return odd
        value = getattr(record, name)
        return value if value is None or isinstance(value, str) else str(DECIMAL.write(value))

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


def told_place(report: Report, path: tuple[str, ...], indexes: tuple[int, ...]) -> str:
    """Say which invoice, sales or receipts of a report are meant: ``facture FA-8 n° 2``."""
    blocks: Any = getattr(report, path[0])
    one = getattr(blocks, path[1])[indexes[0]]
    if path[1] == "invoices":
        name = f"facture {one.number or indexes[0] + 1}"
    elif path[1] == "sales":
        name = f"ventes du {one.day or '?'} {one.category or ''}".rstrip()
    else:
        name = f"encaissements du {(one.receipt and one.receipt.day) or '?'}"
    return name + "".join(f" n° {number + 1}" for number in indexes[1:])
