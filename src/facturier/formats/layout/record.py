"""A printed record (facts, then tables) as PDF/A-3b with accessible tags, drawn by typst.

For what is not an invoice: a certificate, an audit trail. Nothing of it is ever typst code.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.formats.layout.printed import Printable, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_TEMPLATE = Path(__file__).with_name("record.typ")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a heading; without rows, its `nothing` is said."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int] = ()
    """Share of each column in the width; empty: all alike."""
    nothing: str = "Rien."
    amounts: Sequence[int] = ()
    """Columns, counted from 0, that stand on the right."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What stands on the pages."""

    title: str
    subtitle: str
    verdict: str = ""
    """The one sentence that matters."""
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    foot: Sequence[str] = ()
    """Paragraphs at the end: what it proves, what it does not."""
    is_wide: bool = False
    """Whether the page lies on its side."""


def pdf(record: Record, *, issued: date, attached: tuple[str, bytes] | None = None) -> bytes:
    """Return the record as PDF dated `issued`; `attached` is a JSON file (name, bytes) inside."""
    printable = Printable()
    shown = printable(dataclasses.asdict(record))
    for table in shown["tables"]:
        table["widths"] = table["widths"] or [1] * len(table["columns"])
    data = {
        "record": shown, "date": list(issued.timetuple()[:3]),
        "attached": attached[0] if attached else "",
    }  # fmt: skip
    files = {"main.typ": _TEMPLATE.read_bytes(), "data.json": json.dumps(data).encode()}
    if attached:
        files["attached.json"] = attached[1]
    return compiled(files, issued)
