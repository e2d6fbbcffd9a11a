"""Facturier beside the Java checkers, in one run: one CII and one UBL file of ten lines.

Run: ``python benchmarks/java_peers.py [--rounds 6] [--write]``.

As :mod:`peers`: a process each, asked in turn; but a Java program is first left to warm up, and
each turn is longer, for the clock of its processor is coarse.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import OURS, PAGE, PLACE, Tool, invoice_of, machine
from tools import java_peers

from facturier.formats import write

BEGIN, END = "<!-- java -->", "<!-- end of java -->"
WARM_UP = 6.0
"""Seconds that a tool is asked before it is measured."""
TURN = 0.5
"""Seconds that one turn of one tool lasts, about."""
COLD_RUNS = 3


class JavaTool(Tool):
    """One Java tool in its own process."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


@functools.cache
def commands() -> dict[str, list[str] | None]:
    """Return how each Java tool is started; None when it cannot be had."""
    java = shutil.which("java")
    found: dict[str, list[str] | None] = {}
    for name, (version, asked_by, _) in java_peers.PEERS.items():
        path = java_peers.classpath(name) if java else None
        told = f"{name} {version}"
        found[told] = [java, "-cp", path, "JavaTrial", asked_by] if java and path else None
    return found


def warmed(tool: Tool, path: Path) -> tuple[int, bool]:
    """Return how often a tool is asked in one turn, and whether it accepts the file."""
    until = time.perf_counter() + WARM_UP
    answer: dict[str, Any] = {}
    while not answer or time.perf_counter() < until:
        answer = tool.ask("check", path, 5)
        if "no" in answer:
            raise RuntimeError(answer["no"])
    return max(1, round(TURN / max(answer["cpu"], 1e-4))), answer["accepts"]


def warm(path: Path, rounds: int) -> dict[str, tuple[float, int, bool]]:
    """Return the best seconds of processor for one call, the memory and the verdict, by tool."""
    tools: dict[str, Tool] = {OURS: Tool(sys.executable, OURS)}
    tools |= {name: JavaTool(command) for name, command in commands().items() if command}
    try:
        asked = {name: warmed(tool, path) for name, tool in tools.items()}
        best = dict.fromkeys(tools, float("inf"))
        memory = dict.fromkeys(tools, 0)
        for _ in range(rounds):
            for name, tool in tools.items():
                answer = tool.ask("check", path, asked[name][0])
                best[name] = min(best[name], answer["cpu"])
                memory[name] = answer["memory"]
    finally:
        for tool in tools.values():
            tool.process.kill()
            tool.process.wait()
    return {name: (best[name], memory[name], asked[name][1]) for name in tools}


def cold(command: list[str], path: Path, *, asked: bool) -> tuple[float, float, float]:
    """Return the median seconds, seconds of processor and MB of a new process for one file."""
    question = json.dumps({"task": "check", "file": str(path), "times": 0}) + "\n"
    taken = []
    for _ in range(COLD_RUNS):
        began = time.perf_counter()
        process = subprocess.Popen(
            command if asked else [*command, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        if asked:
            process.stdin.write(question.encode())
        process.stdin.close()
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        taken.append((wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    wall, cpu, memory = map(statistics.median, zip(*taken, strict=True))
    return wall, cpu, memory


def measured(rounds: int) -> list[str]:
    """Return the figures as a page tells them."""
    load = os.getloadavg()[0]
    rows = [
        "| 10 lines | Tool | Verdict | Warm: ms | × Facturier | MB | Cold: s | CPU s | MB |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    starts = commands()
    for syntax in ("cii", "ubl"):
        path = PLACE / f"{syntax}-10.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write(invoice_of(10), syntax).xml)
        results = warm(path, rounds)
        ours = results[OURS][0]
        for name, (seconds, memory, accepts) in results.items():
            start = starts.get(name) or [sys.executable, "-m", "facturier.cli", "check"]
            wall, cpu, most = cold(start, path, asked=name != OURS)
            said = "accepts" if accepts else "rejects"
            rows.append(
                f"| {syntax.upper()} check | {name} | {said} | {seconds * 1000:.2f} | "
                f"{seconds / ours:.1f} | {memory} | {wall:.2f} | {cpu:.2f} | {most:.0f} |"
            )
    absent = [f"Not to be had here: {name}." for name, start in starts.items() if not start]
    when = f"{datetime.now(UTC):%d/%m/%Y}, {machine()}, load {load:.1f} at the start."
    return [when, "", *rows, *(["", *absent] if absent else [])]


def main() -> None:
    """Measure and print; with ``--write`` put the figures into the page of the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    told = measured(options.rounds)
    print("\n".join(told))
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(before + "\n".join((BEGIN, *told, END)) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
