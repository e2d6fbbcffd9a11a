"""``facturier rules``: which rules are in force, what a new version changes, whom a switch touches.

``rules diff`` exits 0 when nothing differs and 1 when something does, as ``diff`` does;
``rules dry-run`` exits 1 when a document would newly fail; 2 is bad usage.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facturier.cli.terminal import DOCUMENT_SUFFIXES, bytes_of, day
from facturier.errors import BadUsage, UnreadableDocument

if TYPE_CHECKING:
    from facturier.rules.official.differences import Change, Difference
    from facturier.rules.switching import Effect, Switch

_MOST_IDS = 40
"""Ids of one kind that are named to a person; JSON names all."""


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    rules = commands.add_parser("rules", help="livres de règles : versions, différences, essais")
    parts = rules.add_subparsers(required=True, metavar="ACTION")

    listed = parts.add_parser("list", help="les livres, leurs versions et leurs dates")
    listed.add_argument("--on", type=day, help="dire lesquels sont en vigueur à cette date")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)

    diff = parts.add_parser("diff", help="ce qu'une nouvelle version des fichiers officiels change")
    source = "fichier .xslt, .xsl ou .sch, dossier, archive .zip, .jar ou .whl, ou livre importé"
    diff.add_argument("old", metavar="ANCIEN", help=source)
    diff.add_argument("new", metavar="NOUVEAU", help="de même")
    diff.add_argument("--json", action="store_true", help="un objet JSON par fichier")
    diff.set_defaults(run=_diff)

    trial = parts.add_parser("dry-run", help="quels documents un changement ferait refuser")
    trial.add_argument("folder", metavar="DOSSIER", type=Path, help="dossier, ou un document")
    trial.add_argument("--book", required=True, metavar="LIVRE", help="cdar, en16931, br-fr-flux2…")
    trial.add_argument("--from", dest="before", metavar="DATE|VERSION", type=_when,
                       help="règles d'avant (par défaut celles d'aujourd'hui)")  # fmt: skip
    trial.add_argument("--on", required=True, dest="after", metavar="DATE|VERSION", type=_when,
                       help="règles d'après : une date, ou une version du livre")  # fmt: skip
    trial.add_argument("--json", action="store_true", help="un objet JSON par document touché")
    trial.set_defaults(run=_dry_run)


def _when(text: str) -> date | str:
    """Read a day, else take the text for a version."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


# --- list ----------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from facturier.rules.shelves import SHELVES  # noqa: PLC0415  # `--help` is instant

    today = options.on or date.today()  # noqa: DTZ011  # the day of who types the command
    for shelf in SHELVES:
        for book in shelf.versions:
            told = {
                "book": book.id,
                "version": book.version,
                "from": book.valid_from.isoformat(),
                "until": book.valid_until.isoformat() if book.valid_until else None,
                "rules": len({rule.id for rule in book.rules}),
                "in_force": book.is_in_force(today),
            }
            print(json.dumps(told, ensure_ascii=False) if options.json else _book_line(told))
    return 0


def _book_line(told: dict[str, Any]) -> str:
    until = f" jusqu'au {_french(told['until'])}" if told["until"] else ""
    mark = "en vigueur" if told["in_force"] else "—"
    dates = f"depuis le {_french(told['from'])}{until}"
    return f"{told['book']:24} {told['version']:12} {told['rules']:4} règles  {mark:10}  {dates}"


def _french(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d/%m/%Y")


# --- diff ----------------------------------------------------------------------------------------


def _diff(options: argparse.Namespace) -> int:
    from facturier.rules.official.differences import compare  # noqa: PLC0415

    found = compare(options.old, options.new)
    for one in found:
        print(_diff_json(one) if options.json else _diff_told(one))
    return 0 if all(one.is_empty for one in found) else 1


def _diff_json(one: Difference) -> str:
    return json.dumps(
        {
            "old": one.old,
            "new": one.new,
            "old_version": one.old_version,
            "new_version": one.new_version,
            "books": one.books,
            "added": one.added,
            "changed": [{"id": c.id, "what": c.aspects, "flag": c.flag} for c in one.changed],
            "removed": one.removed,
            "same": one.same,
        },
        ensure_ascii=False,
    )


def _diff_told(one: Difference) -> str:
    old = f"{one.old} {one.old_version}".strip() or "(rien)"
    new = f"{one.new} {one.new_version}".strip() or "(rien)"
    lines = [f"{old} → {new}"]
    if one.books:
        lines.append(f"  livre : {', '.join(one.books)}")
    changed = [f"{change.id} ({_aspects(change)})" for change in one.changed]
    for word, ids in (("ajoutées", one.added), ("modifiées", changed), ("retirées", one.removed)):
        lines.append(f"  {word} : {len(ids)}")
        lines += [f"    {id_}" for id_ in list(ids)[:_MOST_IDS]]
        if len(ids) > _MOST_IDS:
            lines.append(f"    … et {len(ids) - _MOST_IDS} autres (--json les nomme toutes)")
    lines.append(f"  inchangées : {one.same}")
    return "\n".join(lines)


def _aspects(change: Change) -> str:
    from facturier.rules.official.differences import ASPECTS  # noqa: PLC0415

    flags = " → ".join(change.flag)
    return ", ".join(
        f"{ASPECTS[name]} {flags}" if name == "flag" else ASPECTS[name] for name in change.aspects
    )


# --- dry-run -------------------------------------------------------------------------------------


def _dry_run(options: argparse.Namespace) -> int:
    from facturier.rules.switching import switch  # noqa: PLC0415

    before = options.before or date.today()  # noqa: DTZ011
    change = switch(options.book, before=before, after=options.after)
    tally = {"documents": 0, "newly_invalid": 0, "newly_valid": 0, "unreadable": 0, "others": 0}
    for path in _documents(options.folder):
        try:
            found = _effect(path, change)
        except UnreadableDocument:
            tally["unreadable"] += 1
            continue
        if found is None:
            tally["others"] += 1
            continue
        tally["documents"] += 1
        tally["newly_invalid"] += found.is_newly_invalid
        tally["newly_valid"] += found.is_newly_valid
        if found.newly_failing or found.no_longer_failing:
            print(_effect_json(path, found) if options.json else _effect_told(path, found))
    if not options.json:
        print(_summary(change, tally))
    return 1 if tally["newly_invalid"] else 0


def _documents(folder: Path) -> Iterator[Path]:
    if not folder.exists():
        raise BadUsage(f"« {folder} » est introuvable.")
    files = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    found = [one for one in files if one.is_file() and one.suffix.lower() in DOCUMENT_SUFFIXES]
    if not found:
        raise BadUsage(f"aucun fichier .xml ou .pdf dans « {folder} ».")
    yield from found


def _effect(path: Path, change: Switch) -> Effect | None:
    from facturier.formats import INVOICES, detect, read  # noqa: PLC0415
    from facturier.rules.switching import effect  # noqa: PLC0415

    detected = detect(bytes_of(path))
    return effect(read(detected) if detected.syntax in INVOICES else detected, change)


def _effect_json(path: Path, found: Effect) -> str:
    return json.dumps(
        {
            "file": str(path),
            "newly_invalid": found.is_newly_invalid,
            "newly_valid": found.is_newly_valid,
            "newly_failing": found.newly_failing,
            "no_longer_failing": found.no_longer_failing,
        },
        ensure_ascii=False,
    )


def _effect_told(path: Path, found: Effect) -> str:
    if found.is_newly_invalid:
        word = "SERAIT REFUSÉ"
    elif found.is_newly_valid:
        word = "SERAIT ACCEPTÉ"
    else:
        word = "CHANGE"
    lines = [f"{word}  {path}"]
    if found.newly_failing:
        lines.append(f"  en plus : {', '.join(found.newly_failing)}")
    if found.no_longer_failing:
        lines.append(f"  en moins : {', '.join(found.no_longer_failing)}")
    return "\n".join(lines)


def _summary(change: Switch, tally: dict[str, int]) -> str:
    return (
        f"{change.book} {change.before.version} → {change.after.version} : "
        f"{tally['documents']} documents concernés, {tally['newly_invalid']} seraient refusés, "
        f"{tally['newly_valid']} seraient acceptés ; {tally['others']} hors du livre, "
        f"{tally['unreadable']} illisibles."
    )
