"""Throw damaged files at every reader: nothing may crash, hang, or take the machine's memory.

    python -m tools.fuzz --minutes 10             # every target in turn
    python -m tools.fuzz --minutes 5 --target pdf
    python -m tools.fuzz --replay var/fuzz/finds  # run files again, in a fresh process each

The seeds are files of our own making (the examples, written by our writers); what is found stands
in ``var/fuzz/finds``. With atheris (installed on demand beside the project, in ``var/fuzz/venv``)
the search is guided by coverage; without it, it is blind. XML is altered as a tree half of the
time, so that what comes out is still XML. A find is what a fresh process confirms:

- an exception that is not a refusal (UnreadableDocument), or a rule that raised;
- more than 2 seconds of processor; more than 300 MB of memory.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import importlib.util
import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from lxml import etree
from tools.alterations import alter

from facturier.errors import UnreadableDocument

FOLDER = Path("var/fuzz")
FINDS = FOLDER / "finds"
VENV = FOLDER / "venv"
SECONDS = 2.0
MEMORY = 300 * 1024 * 1024
ROUND = 300
"""Seconds that one target is at it before the next one's turn. The first of them go by with what
the corpus holds already: of XML that has been a minute and more."""
MAX_SIZE = 200_000

Target = Callable[[bytes], None]


# --- what is fuzzed ------------------------------------------------------------------------------


class RuleRaised(Exception):
    """A rule could not be evaluated: the engine went on, but it is our mistake."""


def _xml(data: bytes) -> None:
    """Everything that is done with a deposited XML: detect, read, check, show, convert."""
    from facturier.findings import Severity
    from facturier.formats import INVOICES, detect, read, readable, write
    from facturier.rules.check import check

    detected = detect(data)
    document = read(detected) if detected.syntax in INVOICES else detected
    verdict = check(document)
    for finding in verdict.findings:
        if finding.severity is Severity.INTERNAL:
            raise RuleRaised(finding.message)
    if detected.syntax in INVOICES:
        invoice = document.invoice  # type: ignore[union-attr]
        readable.html(invoice, verdict=verdict)
        write(invoice, "ubl")
        write(invoice, "cii")


def _pdf(data: bytes) -> None:
    from facturier.formats import facturx

    with contextlib.suppress(UnreadableDocument):
        facturx.attachments(data)
    facturx.extract(data)


def _zip(data: bytes) -> None:
    from facturier.formats.zip import unpack

    for _ in unpack(data, "archive.zip"):
        pass


def _fec(data: bytes) -> None:
    from facturier.formats.fec import check_fec, read_fec

    check_fec(data, "000000000FEC20261231.txt")
    read_fec(data)


def _pdfa(data: bytes) -> None:
    """Make a Factur-X of a user's own PDF: convert it to PDF/A-3, embed the invoice."""
    from facturier.formats.facturx_write import facturx
    from facturier.rules.examples import example

    facturx(example("standard"), source_pdf=data)


def _directory(data: bytes) -> None:
    """Read a file of the directory (flux 12, 13, 14): whole, as a stream, and checked."""
    from facturier.formats import detect
    from facturier.formats.detect import Syntax
    from facturier.formats.directory_files import opened_directory, read_update, write_update
    from facturier.rules.check import check

    with contextlib.suppress(UnreadableDocument), opened_directory(io.BytesIO(data)) as directory:
        for _ in directory.records():
            pass
    detected = detect(data)
    check(detected)
    if detected.syntax is Syntax.F13:
        write_update(read_update(detected.root))


def _flow(data: bytes) -> None:
    """Open the archive of a flow of the public portal, whole and as a stream."""
    from facturier.formats.directory_files import is_export, opened_directory
    from facturier.reporting.envelope import unpack

    with tempfile.NamedTemporaryFile(suffix=".tar.gz") as file:
        path = Path(file.name)
        path.write_bytes(data)
        is_export(path)
        with contextlib.suppress(UnreadableDocument), opened_directory(path) as directory:
            for _ in directory.records():
                pass
    unpack(data)


INSTRUMENTED = (
    *("facturier.formats", "facturier.formats.pdf", "facturier.formats.facturx"),
    *("facturier.formats.zip", "facturier.formats.fec", "facturier.formats.cdar"),
    *("facturier.formats.facturx_write", "facturier.formats.directory_files"),
    *("facturier.reporting.envelope", "facturier.rules.france.directory_files"),
    *("facturier.formats.readable", "facturier.rules.check"),
)
"""Modules whose branches guide the search; what they import is guided too."""
TARGETS: dict[str, Target] = {
    "xml": _xml,
    "pdf": _pdf,
    "pdfa": _pdfa,
    "zip": _zip,
    "flow": _flow,
    "fec": _fec,
    "directory": _directory,
}
TREES = frozenset({"xml", "directory"})
"""Targets that are XML, of which the tree is altered more often than the bytes."""


# --- seeds ---------------------------------------------------------------------------------------


def _xml_seeds() -> Iterator[bytes]:
    from facturier.formats import write
    from facturier.formats.cdar import ACKNOWLEDGEMENT
    from facturier.formats.flux1 import write_flux1
    from facturier.formats.flux10 import write_report
    from facturier.formats.writer import write_document
    from facturier.rules import (
        examples,
        extended_examples,
        french_examples,
        report_examples,
        status_examples,
    )

    names = (*examples.names(), *extended_examples.names(), *french_examples.names())
    for name in dict.fromkeys(names):
        for syntax in ("ubl", "cii"):
            yield write(examples.example(name), syntax).xml
    for name in ("200", "205", "210", "212", "213", "210-ppf", "207"):
        yield write_document(status_examples.example(name), ACKNOWLEDGEMENT)[0]
    for name in ("transactions", "avoir", "exoneree", "paiements"):
        yield write_report(report_examples.example(name))
    for name in ("standard", "credit-note"):
        yield write_flux1(examples.example(name), "ubl")[0]
        yield write_flux1(examples.example(name), "cii")[0]


def _pdf_seeds() -> Iterator[bytes]:
    import pikepdf

    from facturier.formats.facturx_write import facturx
    from facturier.rules.examples import example

    for name in ("standard", "attachments"):
        whole = facturx(example(name))
        yield whole
        with pikepdf.open(io.BytesIO(whole)) as document:
            for page in document.pages:  # a short file: what is drawn is of no interest
                page.Contents = document.make_stream(b"")
            for options in (
                {"qdf": True},
                {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
                {"stream_decode_level": pikepdf.StreamDecodeLevel.all, "compress_streams": False},
            ):
                out = io.BytesIO()
                document.save(out, **options)
                yield out.getvalue()


def _zip_seeds() -> Iterator[bytes]:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("a.xml", b"<Invoice/>" * 20)
            archive.writestr("dossier/b.pdf", b"%PDF-1.7 " * 20)
            archive.writestr("vide.txt", b"")
        yield out.getvalue()


def _fec_seeds() -> Iterator[bytes]:
    from facturier.formats.fec import SIGNED
    from facturier.ledger.fec import COLUMNS

    for columns, amounts in ((COLUMNS, ("120,00", "0,00")), (SIGNED, ("120,00", "D"))):
        for separator in "\t|;":
            first = ("VE", "Ventes", "1", "20261102", "411000", "Clients", "", "", "FA-1")
            row = (*first, "20261102", "Facture é", *amounts, "A", "20261202", "20261103", "", "")
            other = (*row[:4], "707000", *row[5:11], "0,00", "120,00", *row[13:])
            lines = (columns, row, other)
            text = "".join(separator.join(line) + "\r\n" for line in lines)
            yield text.encode("iso-8859-15")
            yield b"\xef\xbb\xbf" + text.encode()


def _directory_seeds() -> Iterator[bytes]:
    from tests.formats.directory_samples import sample

    from facturier.formats.directory import Address, Line, Nature, Update
    from facturier.formats.directory_files import write_update
    from facturier.invoice.parties import demo_siren

    yield from (sample(6), sample(5, "D"), sample(0))
    address = Address(siren=demo_siren(1))
    line = Line(address=address, platform="0042", nature=Nature.DEFINITION, start=date(2026, 9, 1))
    yield write_update(Update(lines=(line,)))


def _flow_seeds() -> Iterator[bytes]:
    from facturier.reporting.envelope import pack

    for number, one in enumerate(_directory_seeds()):
        yield pack({f"annuaire-{number}.xml": one})
    yield pack({"a.xml": b"<Invoice/>", "b.xml": b"<Report/>" * 200})


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "xml": _xml_seeds,
    "pdf": _pdf_seeds,
    "pdfa": _pdf_seeds,
    "zip": _zip_seeds,
    "flow": _flow_seeds,
    "fec": _fec_seeds,
    "directory": _directory_seeds,
}


# --- one trial -----------------------------------------------------------------------------------


def _peak() -> int:
    found = re.search(rb"VmHWM:\s+(\d+)", Path("/proc/self/status").read_bytes())
    return 1024 * int(found[1]) if found else 0


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def trial(target: str, data: bytes) -> str:
    """Run one file; return what went wrong as a short stable text, empty when nothing did."""
    before = _processor()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak is counted from here
    held = _peak()
    try:
        TARGETS[target](data)
    except UnreadableDocument:
        pass
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a find
        frames = traceback.extract_tb(error.__traceback__)
        return f"{type(error).__name__} at " + " < ".join(
            f"{Path(one.filename).name}:{one.name}" for one in reversed(frames[-3:])
        )
    if _processor() - before > SECONDS:
        return "slow"
    if _peak() > max(MEMORY, held + MEMORY // 2):
        return "memory"
    return ""


def keep(target: str, data: bytes, what: str, known: set[str]) -> None:
    """Write a find down, one of each kind."""
    if what in known:
        return
    known.add(what)
    name = f"{target}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
    FINDS.mkdir(parents=True, exist_ok=True)
    (FINDS / name).write_bytes(data)
    (FINDS / f"{name}.txt").write_text(f"{what}\n{traceback.format_exc()}", "utf-8")
    print(f"find {name}: {what}", flush=True)


# --- the search ----------------------------------------------------------------------------------


def altered(data: bytes, chance: random.Random) -> bytes | None:
    """Return an XML document with a few changes to its tree; None when it is no XML."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    for _ in range(chance.randint(1, 4)):
        alter(root, chance)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def blindly(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few flipped, cut out, doubled or put in."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        where = chance.randrange(len(found) + 1)
        size = chance.choice((1, 2, 4, 16, 100))
        way = chance.randrange(4)
        if way == 0:
            found[where : where + 1] = bytes([chance.randrange(256)])
        elif way == 1:
            del found[where : where + size]
        elif way == 2:  # noqa: PLR2004
            found[where:where] = found[where : where + size]
        else:
            found[where:where] = chance.randbytes(size)
    return bytes(found)


def worker(target: str, seconds: int, seed: int) -> None:
    """Search one target for a while, guided where atheris is there."""
    known: set[str] = set()
    if importlib.util.find_spec("atheris") is None:
        _search_blindly(target, seconds, random.Random(seed), known)  # noqa: S311
        return
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["facturier", "zipfile", "csv"]):
        for module in INSTRUMENTED:
            importlib.import_module(module)
    corpus = FOLDER / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    for one in SEEDS[target]():
        (corpus / hashlib.sha256(one).hexdigest()[:16]).write_bytes(one)

    def one_input(data: bytes) -> None:
        if what := trial(target, data):
            keep(target, data, what, known)

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        own = random.Random(seed)  # noqa: S311
        if target in TREES and own.random() < 0.7:  # noqa: PLR2004
            tree = altered(data, own)
            if tree is not None and len(tree) <= max_size:
                return tree
        return bytes(atheris.Mutate(data, max_size))

    options = [
        *(sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-seed={seed}"),
        *(f"-max_len={MAX_SIZE}", "-rss_limit_mb=4096", "-timeout=60", "-print_final_stats=1"),
        f"-artifact_prefix={FOLDER}/stopped-{target}-",
        *("-verbosity=0", "-len_control=0"),
    ]
    atheris.Setup(options, one_input, custom_mutator=mutated)
    atheris.Fuzz()


def _search_blindly(target: str, seconds: int, chance: random.Random, known: set[str]) -> None:
    seeds = list(SEEDS[target]())
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        data = chance.choice(seeds)
        tree = altered(data, chance) if target in TREES and chance.random() < 0.7 else None  # noqa: PLR2004
        data = tree or blindly(data, chance)
        number += 1
        if what := trial(target, data):
            keep(target, data, what, known)
    print(f"stat::number_of_executed_units: {number}", flush=True)


# --- the conductor -------------------------------------------------------------------------------


def python() -> str:
    """Return a Python that has atheris and sees what this one sees; this one if it cannot be."""
    found = VENV / "bin" / "python"
    if not found.exists():
        uv = Path(".uv/bin/uv")
        steps = (
            [str(uv), "venv", "--quiet", str(VENV)],
            [str(uv), "pip", "install", "--quiet", "--python", str(found), "atheris>=3,<4"],
        )
        for step in steps:
            if not uv.exists() or subprocess.run(step, check=False).returncode:  # noqa: S603
                print("atheris cannot be installed: the search is blind", flush=True)
                return sys.executable
        paths = [path for path in sys.path if path.endswith("site-packages")]
        site = next((VENV / "lib").glob("python3*/site-packages"))
        (site / "facturier.pth").write_text("\n".join([*paths, os.path.abspath("src")]), "utf-8")  # noqa: PTH100
    return str(found)


def conduct(minutes: float, targets: list[str]) -> int:
    """Give each target its turn until the time is up; return how many finds were confirmed."""
    end = time.monotonic() + 60 * minutes
    done = {"seconds": 0.0, "trials": 0}
    number = int(time.time()) % 1_000_000
    while (left := end - time.monotonic()) > 1:
        number += 1
        target = targets[number % len(targets)]
        seconds = int(min(ROUND, left)) or 1
        command = [python(), "-m", "tools.fuzz", "--worker", target]
        command += ["--minutes", str(seconds / 60), "--seed", str(number)]
        started = time.monotonic()
        ran = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        done["seconds"] += time.monotonic() - started
        told = ran.stdout + ran.stderr
        executed = re.search(r"number_of_executed_units: (\d+)", told)
        done["trials"] += int(executed[1]) if executed else 0
        for line in told.splitlines():
            if line.startswith(("find ", "Traceback", "== ERROR", "SUMMARY")):
                print(f"{target}: {line}", flush=True)
        if ran.returncode and not executed:
            print(f"{target}: stopped\n{told[-1500:]}", flush=True)
        with (FOLDER / "log.jsonl").open("a", encoding="utf-8") as log:
            trials = int(executed[1]) if executed else 0
            log.write(json.dumps({"target": target, "seconds": seconds, "trials": trials}) + "\n")
    print(f"{done['trials']} trials in {done['seconds'] / 60:.1f} minutes", flush=True)
    return replay(FINDS)


def replay(folder: Path) -> int:
    """Run each find again in a fresh process; return how many still are finds."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*-*"))
    confirmed = 0
    for file in files:
        if file.suffix == ".txt":
            continue
        command = [sys.executable, "-m", "tools.fuzz", "--once", str(file)]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        said = ran.stdout.strip() or (f"died {ran.returncode}" if ran.returncode else "")
        confirmed += bool(said)
        print(f"{file.name}: {said or 'nothing any more'}")
    return confirmed


def main() -> int:
    """Return the number of confirmed finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--target", choices=sorted(TARGETS), action="append")
    parser.add_argument("--replay", type=Path, help="run this file or folder again")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--worker", choices=sorted(TARGETS), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(trial(options.once.name.partition("-")[0], options.once.read_bytes()))
        return 0
    if options.worker:
        worker(options.worker, round(60 * options.minutes), options.seed)
        return 0
    if options.replay:
        return min(replay(options.replay), 1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    return min(conduct(options.minutes, options.target or list(TARGETS)), 1)


if __name__ == "__main__":
    sys.exit(main())
