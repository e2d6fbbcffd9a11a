"""Files of the directory on the command line: known by their beginning, shown record by record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.cli.terminal import bytes_of

if TYPE_CHECKING:
    from lxml import etree

    from facturier.rules.france.directory_form import Part

_HEAD = 4096
"""Bytes that tell what a file is, where it is not to be held whole."""
_UPDATE = b"<AnnuaireActualisation"


def is_export(path: Path) -> bool:
    """Tell whether a file is a flux 14, which may be too big to be held.

    Raises OSError when it cannot be opened.
    """
    from facturier.formats.detect import begins_an_export  # noqa: PLC0415

    if path.name.endswith((".tar.gz", ".tgz")):
        from facturier.formats import directory_files  # noqa: PLC0415  # few need it

        return directory_files.is_export(path)
    return begins_an_export(_head(path))


def _head(path: Path) -> bytes:
    """Return how a file begins; nothing of a pipe, which cannot be read again."""
    if path.exists() and not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD)


def shows(path: Path) -> bool:
    """Tell whether :func:`show` is for this file. Raises OSError when it cannot be opened."""
    return is_export(path) or _UPDATE in _head(path)


def show(path: Path, *, json_wanted: bool) -> int:
    """Print each record of a flux 12, 13 or 14, as one JSON object a line or in words.

    Raises UnreadableDocument when the file breaks off.
    """
    for where, values in _records(path):
        if json_wanted:
            told = {"record": where, **{term: value for term, _, value in values}}
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(where)
            for term, name, value in values:
                print(f"  {term:16} {name:34} {value}")
    return 0


def _records(path: Path) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Yield the place and the values of each record; those of a flux 14 while it is read."""
    from facturier.formats import detect  # noqa: PLC0415
    from facturier.formats.directory_files import opened_directory  # noqa: PLC0415
    from facturier.rules.france import directory_form as form  # noqa: PLC0415

    if is_export(path):
        with opened_directory(path) as directory:
            yield from _told(directory.elements(), form.EXPORT)
        return
    root = detect(bytes_of(path)).root
    blocks = (root.iterfind(f"{block}/{tag}") for block, tag in form.UPDATE_BLOCKS.items())
    for block in blocks:
        yield from _told(block, form.UPDATE)


def _told(
    elements: Iterator[etree._Element], parts: dict[str, tuple[Part, ...]]
) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    from facturier.rules.france.directory_form import GROUPS  # noqa: PLC0415
    from facturier.rules.france.directory_shown import values_of  # noqa: PLC0415

    counts: Counter[str] = Counter()
    for element in elements:
        tag = str(element.tag)
        counts[tag] += 1
        yield f"{GROUPS[tag]} n° {counts[tag]}", list(values_of(element, parts[tag]))
