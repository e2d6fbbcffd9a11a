"""What the official rule files state, as data: ids, severities, terms, contexts, versions.

One manifest a book (``en16931-ubl``, ``br-fr-flux2-cii``, ``cdar`` …), imported by
``tools/import_rulebook.py`` from the stylesheets that CEN, FNFE-MPE and DGFiP publish. Facts only:
every sentence that Facturier shows is its own. To bring a new version in, install the package that
carries it, run the tool and read the diff.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from facturier.findings import Severity

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialRule:
    """One rule of an official file; its assertions (one for each context) are put together."""

    id: str
    severity: Severity
    """Without a flag a rule is fatal: so FNFE-MPE wants its files to be read."""
    terms: tuple[str, ...]
    """The terms and groups its sentence names, in order: ``("BT-106", "BT-131")``."""
    contexts: tuple[str, ...]
    """The XPath of each element it looks at."""
    since: str
    """The version that brought it, as far back as our imports go."""
    kind: str
    """``assert`` or ``report``."""
    quoted: str
    """The id its sentence gives: ``BR-45`` behind Factur-X's ``FX-SCH-A-000047``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a manifest says of the official file as a whole."""

    id: str
    syntax: str
    file: str
    version: str
    date: str
    """Publication, ISO."""
    asserts: int
    reports: int


@functools.cache
def books() -> tuple[str, ...]:
    """Return the ids of the imported books, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.tsv")))


def _lines(book_id: str) -> list[str]:
    if book_id not in books():
        raise KeyError(book_id)
    return (_FOLDER / f"{book_id}.tsv").read_text(encoding="utf-8").splitlines()


@functools.cache
def book(book_id: str) -> Book:
    """Return what a book's manifest says of the official file. Raises KeyError."""
    pairs = (x[1:].partition(":") for x in _lines(book_id) if x.startswith("#"))
    head = {key.strip(): value.strip() for key, _, value in pairs}
    return Book(
        id=head["book"],
        syntax=head["syntax"],
        file=head["file"],
        version=head["version"],
        date=head["date"],
        asserts=int(head["asserts"]),
        reports=int(head["reports"]),
    )


@functools.cache
def manifest(book_id: str) -> Mapping[str, OfficialRule]:
    """Return the rules of a book by id. Raises KeyError.

    The reports of Factur-X that forbid an element bear no id and are not in it: :class:`Book`
    counts them.
    """
    lines = [line for line in _lines(book_id) if not line.startswith("#")]
    columns = lines[0].split("\t")
    rows: dict[str, list[dict[str, str]]] = {}
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t"), strict=True))
        if row["id"]:
            rows.setdefault(row["id"], []).append(row)
    return {id_: _rule(id_, found) for id_, found in rows.items()}


def _rule(id_: str, rows: list[dict[str, str]]) -> OfficialRule:
    """Put the rows of one id together; the heaviest flag wins."""
    terms = dict.fromkeys(term for row in rows for term in row["terms"].split())
    light = all(row["flag"] == Severity.WARNING for row in rows)
    return OfficialRule(
        id=id_,
        severity=Severity.WARNING if light else Severity.FATAL,
        terms=tuple(terms),
        contexts=tuple(dict.fromkeys(row["context"] for row in rows)),
        since=rows[0]["since"],
        kind=rows[0]["kind"],
        quoted=rows[0]["quoted"],
    )
