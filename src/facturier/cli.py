"""The command line. Its forms are a contract that other programs rely on.

Exit status of ``check``: 0 all valid, 1 some invalid, 2 some unreadable or bad usage; of
``convert``: 3 when the target cannot carry a term and ``--lossy`` was not given. The server's
commands import Django only when they are called, so that the engine works without it.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NoReturn

from facturier.errors import BadUsage, FacturierError, UnreadableDocument, exit_code
from facturier.findings import BookState, Finding, Layer, Outcome, Severity

DOCUMENT_SUFFIXES = frozenset({".xml", ".pdf"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    _prepare_streams(json_wanted=getattr(options, "json", False))
    try:
        return int(options.run(options))
    except FacturierError as error:
        _complain(error.message, error.remedy)
        return exit_code(error)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        _complain(_in_french(error))
        return BAD_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


BAD_USAGE = 2
INTERRUPTED = 130
"""What a shell answers for a command stopped by Ctrl-C."""


def _prepare_streams(*, json_wanted: bool) -> None:
    """Let no letter stop a command: a terminal in ISO 8859-1, a file name of another encoding.

    JSON is UTF-8 whatever the terminal; the bytes of a name that is none become escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if json_wanted and stream is sys.stdout:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            stream.reconfigure(errors="replace")


def _complain(message: str, remedy: str = "") -> None:
    print(f"facturier : {message}", file=sys.stderr)
    if remedy:
        print(f"  → {remedy}", file=sys.stderr)


def _in_french(error: OSError) -> str:
    """Say what the system refused, and on which file."""
    for kind, said in (
        (FileNotFoundError, "fichier ou dossier introuvable"),
        (PermissionError, "accès refusé"),
        (IsADirectoryError, "c'est un dossier, pas un fichier"),
        (NotADirectoryError, "ce chemin passe par un fichier comme par un dossier"),
    ):
        if isinstance(error, kind):
            return f"{said} : {error.filename}"
    return f"le système refuse ({error.strerror}) : {error.filename or ''}".rstrip(" :")


class _Parser(argparse.ArgumentParser):
    """The parser of the standard library, whose refusals are said in French."""

    def error(self, message: str) -> NoReturn:
        for pattern, said in _REFUSALS:
            message = re.sub(pattern, said, message)
        self.print_usage(sys.stderr)
        _complain(message)
        sys.exit(BAD_USAGE)


_REFUSALS = (
    (r"^the following arguments are required: (.*)", r"il manque : \1"),
    (r"^unrecognized arguments: (.*)", r"argument inconnu : \1"),
    (r"^argument (\S+): expected (?:one|at least one) argument", r"\1 : il manque une valeur"),
    (
        r"^argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)",
        r"\1 : « \2 » n'existe pas ; choisissez parmi \3",
    ),
    (r"^argument (\S+): invalid int value: '(.*)'", r"\1 : « \2 » n'est pas un nombre entier"),
    (r"^argument (\S+): ", r"\1 : "),
)
"""What the standard library says, and what we say."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une date AAAA-MM-JJ") from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="facturier",
        description="Factures électroniques françaises : contrôler, convertir, lire, expliquer, "
        "échanger.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")

    check = commands.add_parser("check", help="contrôler des documents")
    check.add_argument("files", nargs="+", metavar="FICHIER", type=Path)
    check.add_argument("--json", action="store_true", help="un objet JSON par ligne")
    check.add_argument("--recursive", action="store_true", help="parcourir les dossiers")
    check.add_argument("--on", type=_day, help="règles en vigueur à cette date")
    check.set_defaults(run=_check)

    convert = commands.add_parser("convert", help="changer de syntaxe")
    convert.add_argument("file", metavar="FICHIER", type=Path)
    convert.add_argument("--to", required=True, choices=("ubl", "cii", "facturx"))
    convert.add_argument("-o", "--output", required=True, type=Path, metavar="SORTIE")
    convert.add_argument("--lossy", action="store_true", help="accepter de perdre des termes")
    convert.set_defaults(run=_convert)

    show = commands.add_parser("show", help="montrer les termes d'une facture ou d'un statut")
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

    _server_commands(commands)
    return parser


def _server_commands(commands: Any) -> None:
    demo = commands.add_parser("demo", help="démonstration complète, réseau simulé")
    demo.add_argument("--port", type=int, default=8000)
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="lancer le serveur web")
    serve.add_argument("--port", type=int, default=8000)
    serve.set_defaults(run=_serve)
    work = commands.add_parser("work", help="lancer un ouvrier")
    work.set_defaults(run=_work)
    deposit = commands.add_parser("deposit", help="déposer des fichiers dans un dossier")
    deposit.add_argument("files", nargs="+", metavar="FICHIER", type=Path)
    deposit.add_argument("--dossier", required=True, help="SIREN du dossier")
    deposit.set_defaults(run=_deposit)


# --- check ---------------------------------------------------------------------------------------


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
        data = _bytes_of(path)
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


def _bytes_of(path: Path) -> bytes:
    """Return a file, of which no more is read than the limit. Raises UnsafeDocument over it."""
    from facturier.formats.parsing import MAX_BYTES, refuse_big  # noqa: PLC0415

    refuse_big(path.stat().st_size)
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)  # a pipe or a device says no size
    refuse_big(len(data))
    return data


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
        _complain(f"aucun fichier .xml ou .pdf dans « {folder} ».")
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
            _complain(error.message, error.remedy)
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
        _complain(_in_french(error))
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


# --- convert, show, render, explain ---------------------------------------------------------------


def _convert(options: argparse.Namespace) -> int:
    from facturier.errors import LossyConversion  # noqa: PLC0415
    from facturier.formats import read, write  # noqa: PLC0415
    from facturier.invoice.terms import label  # noqa: PLC0415

    reading = read(_bytes_of(options.file))
    target: Literal["ubl", "cii"] = "ubl" if options.to == "ubl" else "cii"
    written = write(reading.invoice, target)
    unplaced = tuple(u.path for u in reading.invoice.unmapped)
    unread = tuple(m.term for m in reading.invoice.malformed)
    for term in written.lost:
        print(f"non repris : {term} ({label(term)})", file=sys.stderr)
    for path in unplaced:
        print(f"non repris : {path} (hors du modèle)", file=sys.stderr)
    for odd in reading.invoice.malformed:
        print(f"non repris : {odd.term} ({label(odd.term)}), illisible", file=sys.stderr)
    if (written.lost or unplaced or unread) and not options.lossy:
        raise LossyConversion(
            written.lost + unplaced + unread,
            "Une partie de la facture ne serait pas reprise.",
            remedy="Ajoutez --lossy pour accepter cette perte.",
        )
    if options.to == "facturx":
        from facturier.formats.facturx_write import facturx  # noqa: PLC0415

        options.output.write_bytes(facturx(reading.invoice))
    else:
        options.output.write_bytes(written.xml)
    return 0


def _show(options: argparse.Namespace) -> int:
    from facturier.invoice.terms import values  # noqa: PLC0415

    document = _document_in(options.file)
    if options.json:
        print(json.dumps(_as_tree(document), ensure_ascii=False, indent=2))
        return 0
    for held in values(document):
        index = "".join(f"[{i + 1}]" for i in held.indexes)
        print(f"{held.term.id + index:18} {held.term.nom:55} {_in_words(held.value)}")
    return 0


def _document_in(path: Path) -> Any:
    """Return the terms of an invoice or of a status message."""
    from facturier.formats import cdar, detect, read  # noqa: PLC0415
    from facturier.formats.detect import Syntax  # noqa: PLC0415

    detected = detect(_bytes_of(path))
    if detected.syntax is Syntax.CDAR:
        return cdar.read_status(detected).document
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
    reading = read(_bytes_of(options.file))
    if suffix == ".pdf":
        options.output.write_bytes(readable.pdf(reading.invoice))
    else:
        page = readable.html(reading.invoice, verdict=check(reading))
        options.output.write_text(page, encoding="utf-8")
    return 0


def _explain(options: argparse.Namespace) -> int:
    from facturier.rules.explain import explain  # noqa: PLC0415

    print(explain(options.id))
    return 0


# --- server ---------------------------------------------------------------------------------------


def _demo(options: argparse.Namespace) -> int:
    from facturier.server import demo  # noqa: PLC0415

    return demo.run(port=options.port)


def _serve(options: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    return commands.serve(port=options.port)


def _work(_: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    return commands.work()


def _deposit(options: argparse.Namespace) -> int:
    from facturier.server import commands  # noqa: PLC0415

    return commands.deposit(options.files, options.dossier)


if __name__ == "__main__":
    sys.exit(main())
