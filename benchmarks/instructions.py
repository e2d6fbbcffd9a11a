"""Instructions of one check, stage by stage, counted by valgrind: the same on a busy machine.

Run: ``python benchmarks/instructions.py [cii|ubl] [stage …]``. Times swing by two when neighbours
are at work; instructions do not, so that they tell a change of some per cent. They tell less than
time does what the caches of the processor cost. Takes a minute for each stage.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

TIMES = 40
"""Calls counted; those that warm up, and all that is loaded, are counted apart and taken off."""


def stages(path: Path) -> dict[str, Callable[[], Any]]:
    """Return what a check of a file is made of, by name."""
    from lxml import etree  # noqa: PLC0415  # in the process that is counted only

    from facturier.formats import detect, read  # noqa: PLC0415
    from facturier.rules import syntax  # noqa: PLC0415
    from facturier.rules.held import Held  # noqa: PLC0415

    checking: Any = importlib.import_module("facturier.rules.check")
    data = path.read_bytes()
    reading = read(data)
    detected, day = reading.detected, date.today()  # noqa: DTZ011
    shelves = [one for one in checking.SHELVES if one.applies(detected) and one.on(day)]
    books = [one.on(day) for one in shelves]

    def rules() -> None:
        facts, held = checking.facts_of(reading.invoice, detected), Held(reading.invoice)
        for book in books:
            book.check(facts, None, held)

    return {
        "all": lambda: checking.check(read(data)),
        "lxml": lambda: etree.fromstring(data),
        "detect": lambda: detect(data),
        "read": lambda: read(detected),
        "xsd": lambda: checking.schema_findings(detected),
        "rules": rules,
        "syntax": lambda: [
            syntax.judge(one.id, one.layer, detected, one.rules, odd=False) for one in books
        ],
    }


def counted(path: Path, stage: str, times: int) -> int:
    """Return the instructions of a process that goes through a stage so many times."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command += [sys.executable, __file__, str(path), stage, str(times)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stderr
    found = re.search(r"I\s+refs:\s+([\d,]+)", told)
    assert found is not None, "valgrind tells what it counted"
    return int(found[1].replace(",", ""))


def main() -> None:
    """Count each stage, or be the process that is counted."""
    if len(sys.argv) == 4 and sys.argv[3].isdigit():  # noqa: PLR2004
        call = stages(Path(sys.argv[1]))[sys.argv[2]]
        call()
        gc.collect()
        gc.freeze()  # a full collection that falls into the count would tell nothing of the check
        for _ in range(TIMES + int(sys.argv[3])):
            call()
        return
    syntax, *wanted = sys.argv[1:] or ["cii"]
    path = Path("var/benchmarks") / f"{syntax}-10.xml"  # written by peers.py
    for stage in wanted or stages(path):
        more = counted(path, stage, TIMES) - counted(path, stage, 0)
        print(f"{stage:8}{more / TIMES / 1000:10,.0f} thousand", flush=True)


if __name__ == "__main__":
    main()
