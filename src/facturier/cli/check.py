"""``facturier check``: files against the rulebooks of the day.

Exit status: 0 all valid, 1 some invalid, 2 some unreadable or bad usage. One file is checked here;
several, or a folder, by every core (:mod:`.portfolio`).
"""

from __future__ import annotations

import argparse
import functools
import importlib
import itertools
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facturier.cli import directory_records
from facturier.cli.terminal import (
    BAD_USAGE,
    DOCUMENT_SUFFIXES,
    bytes_of,
    complain,
    day,
    in_french,
    speak,
    spoken,
    worded,
)
from facturier.errors import UnreadableDocument
from facturier.findings import BookState, Finding, Layer, Outcome, Severity

if TYPE_CHECKING:
    from facturier.cli.portfolio import Lost
    from facturier.language import Language

PATIENCE = 60
"""Seconds that one file of many may take; the largest invoice takes a few."""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    check = commands.add_parser("check", help="contrôler des documents")
    check.add_argument("files", nargs="+", metavar="FICHIER", type=Path)
    check.add_argument("--json", action="store_true", help="un objet JSON par ligne")
    check.add_argument("--recursive", action="store_true", help="parcourir les dossiers")
    check.add_argument("--on", type=day, help="règles en vigueur à cette date")
    check.add_argument(
        "--jobs", type=_at_least_one, metavar="N", help="nombre de processus ; un par cœur sinon"
    )
    check.add_argument(
        "--time-limit",
        type=_at_least_one,
        default=PATIENCE,
        metavar="SECONDES",
        help="temps accordé à chaque fichier, quand il y en a plusieurs (%(default)s)",
    )
    check.set_defaults(run=_check)


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas un nombre entier d'au moins 1")
    return int(text)


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
        if directory_records.is_export(path):
            return _export_checked(path)
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


def _export_checked(path: Path) -> Checked:
    """Check an export of the directory while it is read."""
    from facturier.formats.detect import Container, Syntax  # noqa: PLC0415
    from facturier.formats.directory_files import opened_directory  # noqa: PLC0415
    from facturier.rules.check import check_directory  # noqa: PLC0415

    with opened_directory(path) as directory:
        verdict = check_directory(directory)
    return Checked(
        file=str(path),
        syntax=Syntax.F14,
        container=Container.XML,
        profile="",
        verdict=verdict.outcome,
        books=verdict.books,
        findings=verdict.findings,
    )


def _unreadable(path: Path, data: bytes, error: UnreadableDocument) -> Checked:
    from facturier.engine import unreadable  # noqa: PLC0415  # `--help` is instant

    verdict = unreadable(error)
    return Checked(
        file=str(path),
        syntax="UNKNOWN",
        container="pdf" if b"%PDF-" in data[:1024] else "xml",
        profile="",
        verdict=verdict.outcome,
        books=verdict.books,
        findings=verdict.findings,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a worker says of one file."""

    verdict: Outcome | None
    """None when the file could not be opened."""
    text: str
    """What is printed of it; in that case, what the system refused."""


def say(path: Path, *, on: date | None, json_wanted: bool, language: Language = "fr") -> Said:
    """Check one file and say it. Never raises: the next file has its chance."""
    speak(language)  # in a process of its own, nobody has yet
    try:
        checked = check_file(path, on)
    except OSError as error:
        return Said(None, in_french(error))
    except Exception as error:  # noqa: BLE001  # our defect is no reason to leave the rest unread
        checked = _failed(path, f"Le contrôle a échoué ({type(error).__name__}: {error}).")
    return _said(checked, json_wanted=json_wanted)


def _said(checked: Checked, *, json_wanted: bool) -> Said:
    if spoken() != "fr":
        checked = _in_english(checked)
    return Said(checked.verdict, checked.as_json() if json_wanted else _told(checked))


def _in_english(checked: Checked) -> Checked:
    from facturier.language import finding_in  # noqa: PLC0415  # French needs none of it

    findings = tuple(finding_in(one, "en") for one in checked.findings)
    return replace(checked, findings=findings)


def _lost(path: Path, lost: Lost) -> Checked:
    """Name a file whose check did not end."""
    if lost.seconds is None:
        return _failed(path, "Le contrôle de ce fichier a fait tomber le programme.")
    return _failed(path, f"Le contrôle de ce fichier n'a pas abouti en {lost.seconds:g} s.")


def _failed(path: Path, message: str) -> Checked:
    finding = Finding(
        rule="check-failed",
        layer=Layer.INTERNAL,
        severity=Severity.INTERNAL,
        message=message,
        remedy="Ne traitez pas cette facture comme contrôlée. C'est un défaut de Facturier : "
        "transmettez-nous ce fichier, anonymisé.",
    )
    return Checked(
        file=str(path),
        syntax="UNKNOWN",
        container="pdf" if path.suffix.lower() == ".pdf" else "xml",
        profile="",
        verdict=Outcome.UNREADABLE,
        books=(),
        findings=(finding,),
    )


class Tally:
    """What was found so far, told as it goes on a terminal and once at the end."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome | None] = Counter()
        self.refused = False
        """Whether something on the command line could not be gone through."""
        self._started = self._shown = time.monotonic()
        self._live = sys.stderr.isatty()

    @property
    def status(self) -> int:
        """Exit status: that of the worst file."""
        opened = [one for one in self.outcomes if one is not None]
        failed = self.refused or None in self.outcomes
        return max((RANK[one] for one in opened), default=0) if not failed else BAD_USAGE

    def refuse(self, message: str, remedy: str = "") -> None:
        """Say what could not be gone through."""
        self.wipe()
        complain(message, remedy)
        self.refused = True

    def add(self, verdict: Outcome | None) -> None:
        """Count one file; on a terminal, show how far it is, four times a second."""
        self.outcomes[verdict] += 1
        if self._live and time.monotonic() - self._shown > _TICK:
            self._shown = time.monotonic()
            print(f"\r\x1b[K{self}", end="", file=sys.stderr, flush=True)

    def wipe(self) -> None:
        """Clear the line of the terminal before something else is written."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self._started, 0.001)
        files = sum(self.outcomes.values())
        each = [
            _counted(self.outcomes[outcome], word)
            for outcome, word in WORDS.items()
            if self.outcomes[outcome] or outcome is not None
        ]
        spent = f"{seconds:.1f}".replace(".", ",")
        rate = _grouped(round(files / seconds))
        counts = f"{_counted(files, 'fichier')} en {spent} s ({rate} par seconde) : "
        return worded(counts + ", ".join(each))


_TICK = 0.25
"""Seconds between two states of the progress line."""
WORDS = {
    Outcome.VALID: "valide",
    Outcome.INVALID: "invalide",
    Outcome.UNREADABLE: "illisible",
    None: "non ouvert",
}


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _counted(number: int, word: str) -> str:
    """Count in French: from two on, the word takes its mark."""
    return f"{_grouped(number)} {word}{'s' if number > 1 else ''}"


def _files(options: argparse.Namespace, tally: Tally) -> Iterator[Path]:
    """Yield the files named, and the documents below the folders named, each folder sorted."""
    for path in options.files:
        if not path.is_dir():
            yield path
        elif not options.recursive:
            tally.refuse(f"« {path} » est un dossier.", "Ajoutez --recursive.")
        else:
            found = False
            for file in _documents_in(path, tally):
                found = True
                yield file
            if not found:
                complain(f"aucun fichier .xml ou .pdf dans « {path} ».")


def _documents_in(folder: Path, tally: Tally) -> Iterator[Path]:
    """Yield the documents below a folder, sorted by path; links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        tally.refuse(in_french(error))
        return
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _documents_in(path, tally)
        elif path.suffix.lower() in DOCUMENT_SUFFIXES and entry.is_file():
            yield path


def _check(options: argparse.Namespace) -> int:
    ask = functools.partial(say, on=options.on, json_wanted=options.json, language=spoken())
    tally = Tally()
    many = options.recursive or len(options.files) > 1
    for path, said in (
        _answers(options, ask, tally)
        if many
        else ((path, ask(path)) for path in _files(options, tally))
    ):
        if not isinstance(said, Said):
            said = _said(_lost(path, said), json_wanted=options.json)  # noqa: PLW2901
        if said.verdict is None:
            tally.refuse(said.text)
        else:
            tally.wipe()
            print(said.text, flush=options.json)
        tally.add(said.verdict)
    tally.wipe()
    if options.recursive:
        print(tally, file=sys.stderr)
    return tally.status


def _answers(
    options: argparse.Namespace, ask: Callable[[Path], Said], tally: Tally
) -> Iterator[tuple[Path, Said | Lost]]:
    """Check the files in several processes, which share what is loaded before they start."""
    from facturier.cli import portfolio  # noqa: PLC0415  # one file needs none of it

    importlib.import_module("facturier.rules.check")
    files = _files(options, tally)
    first = list(itertools.islice(files, options.jobs or portfolio.cores()))
    yield from portfolio.answers(
        itertools.chain(first, files), ask, workers=len(first), seconds=options.time_limit
    )


RANK = {Outcome.VALID: 0, Outcome.INVALID: 1, Outcome.UNREADABLE: 2}
VERDICT_WORDS = {
    Outcome.VALID: "VALIDE",
    Outcome.INVALID: "INVALIDE",
    Outcome.UNREADABLE: "ILLISIBLE",
}


ENGLISH_WORDS = {outcome: outcome.upper() for outcome in Outcome}


def _told(checked: Checked) -> str:
    """Tell a verdict to a person."""
    words = VERDICT_WORDS if spoken() == "fr" else ENGLISH_WORDS
    lines = [f"{words[checked.verdict]}  {checked.file}"]
    if checked.syntax != "UNKNOWN":
        what = f"  {checked.syntax} ({checked.container}), profil {checked.profile or '—'}"
        lines.append(worded(what))
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
        books = f"  contrôlé : {done}" + (f" ; non contrôlé : {skipped}" if skipped else "")
        lines.append(worded(books))
    return "\n".join(lines)
