"""Commands on one document: ``convert``, ``show``, ``render`` and ``explain``.

``convert`` exits 3 when the target cannot carry a term and ``--lossy`` was not given.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from facturier.cli import directory_records
from facturier.cli.terminal import bytes_of, worded
from facturier.errors import BadUsage


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    convert = commands.add_parser("convert", help="changer de syntaxe")
    convert.add_argument("file", metavar="FICHIER", type=Path)
    convert.add_argument("--to", required=True, choices=("ubl", "cii", "facturx"))
    convert.add_argument("-o", "--output", required=True, type=Path, metavar="SORTIE")
    convert.add_argument("--lossy", action="store_true", help="accepter de perdre des termes")
    convert.set_defaults(run=_convert)

    show = commands.add_parser(
        "show",
        help="montrer ce que dit une facture, un statut, un flux 10 ou un fichier d'annuaire",
    )
    show.add_argument("file", metavar="FICHIER", type=Path)
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)

    render = commands.add_parser("render", help="écrire la copie lisible (PDF ou HTML)")
    render.add_argument("file", metavar="FICHIER", type=Path)
    render.add_argument("-o", "--output", required=True, type=Path, metavar="SORTIE")
    render.set_defaults(run=_render)

    explain = commands.add_parser(
        "explain", help="expliquer une règle, un terme, un statut ou un motif"
    )
    explain.add_argument("id", metavar="ID", help="BR-CO-10, BT-131, BG-23, 210, DOUBLON…")
    explain.set_defaults(run=_explain)


def _convert(options: argparse.Namespace) -> int:
    from facturier.errors import LossyConversion  # noqa: PLC0415
    from facturier.formats import read, write  # noqa: PLC0415
    from facturier.formats.carried import with_files  # noqa: PLC0415
    from facturier.invoice.terms import label  # noqa: PLC0415

    reading = read(bytes_of(options.file))
    carried = with_files(reading)
    target: Literal["ubl", "cii"] = "ubl" if options.to == "ubl" else "cii"
    written = write(carried.invoice, target)
    unplaced = (*(u.path for u in reading.invoice.unmapped), *carried.dropped)
    unread = tuple(m.term for m in reading.invoice.malformed)
    for term in written.lost:
        print(worded(f"non repris : {term} ({label(term)})"), file=sys.stderr)
    for unmapped in reading.invoice.unmapped:
        print(worded(f"non repris : {unmapped.path} (hors du modèle)"), file=sys.stderr)
    for name in carried.dropped:
        print(worded(f"non repris : {name} (pièce jointe du PDF, sans place ici)"), file=sys.stderr)
    for odd in reading.invoice.malformed:
        print(worded(f"non repris : {odd.term} ({label(odd.term)}), illisible"), file=sys.stderr)
    if (written.lost or unplaced or unread) and not options.lossy:
        raise LossyConversion(
            written.lost + unplaced + unread,
            "Une partie de la facture ne serait pas reprise.",
            remedy="Ajoutez --lossy pour accepter cette perte.",
        )
    if options.to == "facturx":
        from facturier.formats.facturx_write import facturx  # noqa: PLC0415

        options.output.write_bytes(facturx(carried.invoice))
    else:
        options.output.write_bytes(written.xml)
    return 0


def _show(options: argparse.Namespace) -> int:
    from facturier.invoice.terms import values  # noqa: PLC0415

    if directory_records.shows(options.file):
        return directory_records.show(options.file, json_wanted=options.json)
    document = _document_in(options.file)
    if options.json:
        print(json.dumps(_as_tree(document), ensure_ascii=False, indent=2))
        return 0
    for held in values(document):
        index = "".join(f"[{i + 1}]" for i in held.indexes)
        print(f"{held.term.id + index:18} {held.term.nom:55} {_in_words(held.value)}")
    return 0


def _document_in(path: Path) -> Any:
    """Return the terms of an invoice, of a status message or of a report."""
    from facturier.formats import cdar, detect, read  # noqa: PLC0415
    from facturier.formats.detect import Syntax  # noqa: PLC0415

    detected = detect(bytes_of(path))
    if detected.syntax is Syntax.CDAR:
        return cdar.read_status(detected).document
    if detected.syntax is Syntax.FLUX10:
        from facturier.formats.flux10 import read_report  # noqa: PLC0415

        return read_report(detected).report
    return read(detected).invoice


def _as_tree(document: Any) -> dict[str, Any]:
    """Return a document as nested objects keyed by the ids of its terms and groups."""
    from facturier.invoice.terms import dictionary  # noqa: PLC0415

    terms, groups = dictionary(type(document))

    def branch(holder: Any, parent: str) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for term in (t for t in terms.values() if t.parent == parent):
            held = getattr(holder, term.field)
            if held is not None and held != ():
                tree[term.id] = [_plain(v) for v in held] if term.many else _plain(held)
        for group in (g for g in groups.values() if g.parent == parent):
            held = getattr(holder, group.path[-1])
            if held is not None and held != ():
                tree[group.id] = (
                    [branch(one, group.id) for one in held]
                    if group.many
                    else branch(held, group.id)
                )
        return tree

    return branch(document, "")


def _in_words(value: Any) -> str:
    """Write a value for a person: an identifier with its scheme, a file with its weight."""
    plain = _plain(value)
    if isinstance(plain, bool):
        return "oui" if plain else "non"
    if not isinstance(plain, dict):
        return str(plain)
    if "bytes" in plain:
        return f"{plain['filename']} ({plain['mime']}, {plain['bytes']} octets)"
    more = ", ".join(part for part in (plain["scheme"], plain["version"]) if part)
    return f"{plain['value']} ({more})"


def _plain(value: Any) -> Any:
    from facturier.formats.codecs import PARIS  # noqa: PLC0415
    from facturier.invoice.model import Attachment, Identifier  # noqa: PLC0415

    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(PARIS).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Identifier):
        return asdict(value) if value.scheme or value.version else value.value
    if isinstance(value, Attachment):
        return {"filename": value.filename, "mime": value.mime_code, "bytes": len(value.content)}
    return value


def _render(options: argparse.Namespace) -> int:
    from facturier.formats import read, readable  # noqa: PLC0415
    from facturier.rules.check import check  # noqa: PLC0415

    suffix = options.output.suffix.lower()
    if suffix not in {".pdf", ".html", ".htm"}:
        raise BadUsage(
            f"« {options.output} » : extension inconnue.", remedy="Choisissez .pdf ou .html."
        )
    reading = read(bytes_of(options.file))
    if suffix == ".pdf":
        options.output.write_bytes(readable.pdf(reading.invoice))
    else:
        page = readable.html(reading.invoice, verdict=check(reading))
        options.output.write_text(page, encoding="utf-8")
    return 0


def _explain(options: argparse.Namespace) -> int:
    from facturier.rules.explain import explain  # noqa: PLC0415

    print(worded(str(explain(options.id))))
    return 0
