"""Write the manifests of the official rulebooks: ``facturier/rules/official/<book>.tsv``.

``python -m tools.import_rulebook`` imports every book whose official file is installed;
``python -m tools.import_rulebook cdar=some/file.xslt`` imports one from a path (``.xslt``, ``.xsl``
or ``.sch``). A manifest holds facts only: id, flag, kind, terms, context, the version that brought
the rule. No sentence and no test is copied. Read the diff: what is new is to be implemented.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tools.official_files import FILES, OfficialFile

from facturier.rules.official.stylesheets import Assertion, Stylesheet

HERE = Path(__file__).parent.parent / "src/facturier/rules/official"
COLUMNS = ("id", "flag", "kind", "quoted", "terms", "since", "context")


def _known_since(path: Path) -> Mapping[str, str]:
    """Return id → version that brought it, from the manifest that stands."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["id"]: row["since"] for row in rows}


def _header(
    file: OfficialFile, path: Path, version: str, date: str, assertions: tuple[Assertion, ...]
) -> dict[str, str]:
    kinds = Counter(assertion.kind for assertion in assertions)
    return {
        "book": file.book,
        "syntax": file.syntax,
        "file": path.name,
        "version": version,
        "date": date,
        "asserts": str(kinds["assert"]),
        "reports": str(kinds["report"]),
    }


def import_book(file: OfficialFile, path: Path) -> str:
    """Write one manifest and return a line that says what changed."""
    sheet = Stylesheet(path)
    version, date = sheet.version or file.version, sheet.date or file.date
    target = HERE / f"{file.book}.tsv"
    known = _known_since(target)
    with target.open("w", encoding="utf-8", newline="") as out:
        for key, value in _header(file, path, version, date, sheet.assertions).items():
            out.write(f"# {key}: {value}\n")
        print(*COLUMNS, sep="\t", file=out)
        for one in sheet.assertions:
            since = known.get(one.id, version)
            terms = " ".join(one.terms)
            row = (one.id, one.flag, one.kind, one.quoted, terms, since, one.context)
            print(*row, sep="\t", file=out)
    ids = {assertion.id for assertion in sheet.assertions}
    gone = len(known.keys() - ids)
    new = len(ids - known.keys())
    return f"{file.book} {version}: {len(sheet.assertions)} rows, {new} new, {gone} gone"


def main(arguments: list[str]) -> None:
    """Import the books named as ``book=path``, else all that are installed."""
    chosen = {book: Path(path) for book, _, path in (a.partition("=") for a in arguments)}
    for book in chosen or FILES:
        path = chosen.get(book) or FILES[book].locate()
        if path is None:
            print(f"{book}: {FILES[book].package} is not installed, skipped")
            continue
        print(import_book(FILES[book], path))


if __name__ == "__main__":
    main(sys.argv[1:])
