"""What the rules of e-reporting need to know about one transmission, computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from facturier.rules.as_written import AsWritten

if TYPE_CHECKING:
    from facturier.reporting.report import Report


class ReportFacts(AsWritten):
    """The report under check and what is derived from it.

    The official file looks at numbers as they are written (``+12.00`` and ``.5`` are refused), so
    rules ask for the text of a term, not for its value.
    """

    syntax = ""
    categories: frozenset[str] = frozenset()

    def __init__(self, document: Report) -> None:
        self.invoice = document
        """The document under check, under the name that the runner of all books gives it."""


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
