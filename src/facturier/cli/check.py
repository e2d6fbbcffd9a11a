"""``facturier check``: files against the rulebooks of the day.

Exit status: 0 all valid, 1 some invalid, 2 some unreadable or bad usage.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from facturier.cli.terminal import BAD_USAGE, bytes_of, complain, day, in_french
from facturier.errors import BadUsage, UnreadableDocument
from facturier.findings import BookState, Finding, Layer, Outcome, Severity

DOCUMENT_SUFFIXES = frozenset({".xml", ".pdf"})


def add(commands: Any) -> None:
    """Add the command to the parser."""
    check = commands.add_parser("check", help="contrôler des documents")
    check.add_argument("files", nargs="+", metavar="FICHIER", type=Path)
    check.add_argument("--json", action="store_true", help="un objet JSON par ligne")
    check.add_argument("--recursive", action="store_true", help="parcourir les dossiers")
    check.add_argument("--on", type=day, help="règles en vigueur à cette date")
    check.set_defaults(run=_check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One line of ``check --json``."""

    file: str
    syntax: str
    container: str
    profile: str
    verdict: Outcome
    books: tuple[BookState, ...]
    findings: tuple[Finding, ...]

    def as_json(self) -> str:
        """Return the object of the contract, on one line."""
        return json.dumps(
            {
                "file": self.file,
                "syntax": self.syntax,
                "container": self.container,
                "profile": self.profile,
                "verdict": self.verdict,
                "books": [{"id": b.id, "version": b.version, "state": b.state} for b in self.books],
                "findings": [asdict(finding) for finding in self.findings],
            },
            ensure_ascii=False,
        )


def check_file(path: Path, on: date | None = None) -> Checked:
    """Check one file. Never raises for what the file holds: unreadable is a verdict."""
    from facturier.formats import INVOICES, detect, read  # noqa: PLC0415  # `--help` is instant
    from facturier.rules.check import check  # noqa: PLC0415

    data = b""
    try:
        data = bytes_of(path)
        detected = detect(data)
        document = read(detected) if detected.syntax in INVOICES else detected
    except UnreadableDocument as error:
        return _unreadable(path, data, error)
    verdict = check(document, on=on)
    return Checked(
        file=str(path),
        syntax=detected.syntax,
        container=detected.container,
        profile=detected.profile,
        verdict=verdict.outcome,
        books=verdict.books,
        findings=verdict.findings,
    )


def _unreadable(path: Path, data: bytes, error: UnreadableDocument) -> Checked:
    finding = Finding(
        rule=error.reason or error.code,
        layer=Layer.XSD,
        severity=Severity.FATAL,
        message=error.message,
        remedy=error.remedy,
    )
    return Checked(
        file=str(path),
        syntax="UNKNOWN",
        container="pdf" if b"%PDF-" in data[:1024] else "xml",
        profile="",
        verdict=Outcome.UNREADABLE,
        books=(),
        findings=(finding,),
    )


def _documents_in(folder: Path) -> list[Path]:
    """Return the documents below a folder, sorted; say so when there are none."""
    found = sorted(
        p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in DOCUMENT_SUFFIXES
    )
    if not found:
        complain(f"aucun fichier .xml ou .pdf dans « {folder} ».")
    return found


def _files(path: Path, *, recursive: bool) -> list[Path]:
    if not path.is_dir():
        return [path]
    if not recursive:
        raise BadUsage(f"« {path} » est un dossier.", remedy="Ajoutez --recursive.")
    return _documents_in(path)


def _check(options: argparse.Namespace) -> int:
    worst = 0
    for path in options.files:
        try:
            for file in _files(path, recursive=options.recursive):
                worst = max(worst, _check_one(file, options))
        except BadUsage as error:
            complain(error.message, error.remedy)
            worst = BAD_USAGE
    return worst


RANK = {Outcome.VALID: 0, Outcome.INVALID: 1, Outcome.UNREADABLE: 2}


def _check_one(path: Path, options: argparse.Namespace) -> int:
    """Print the verdict on one file and return its exit status; the next file has its chance."""
    try:
        checked = check_file(path, options.on)
    except BrokenPipeError:
        raise
    except OSError as error:
        complain(in_french(error))
        return BAD_USAGE
    print(checked.as_json() if options.json else _told(checked), flush=options.json)
    return RANK[checked.verdict]


VERDICT_WORDS = {
    Outcome.VALID: "VALIDE",
    Outcome.INVALID: "INVALIDE",
    Outcome.UNREADABLE: "ILLISIBLE",
}


def _told(checked: Checked) -> str:
    """Tell a verdict to a person."""
    lines = [f"{VERDICT_WORDS[checked.verdict]}  {checked.file}"]
    if checked.syntax != "UNKNOWN":
        lines.append(f"  {checked.syntax} ({checked.container}), profil {checked.profile or '—'}")
    for finding in checked.findings:
        where = f" [{finding.where}]" if finding.where else ""
        lines.append(f"  {finding.severity:8} {finding.rule}{where} {finding.message}")
        if finding.path:
            lines.append(f"           {finding.path}")
        if finding.remedy:
            lines.append(f"           → {finding.remedy}")
    if checked.books:
        done = ", ".join(f"{b.id} {b.version}" for b in checked.books if b.checked)
        skipped = ", ".join(b.id for b in checked.books if not b.checked)
        lines.append(f"  contrôlé : {done}" + (f" ; non contrôlé : {skipped}" if skipped else ""))
    return "\n".join(lines)
