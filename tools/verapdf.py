"""veraPDF, the reference checker of PDF/A: fetched once from Maven Central, run on many files.

    python tools/verapdf.py                  fetch it
    python tools/verapdf.py FILE.pdf...      say whether each file is PDF/A-3b (--flavour ua1, 3a)

Needs ``java`` (11 or later) and ``mvn``. The jar lands in ``var/verapdf/``; where it cannot be
fetched, `jar` returns None and the tests that want it are skipped, counted.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

VERSION = "1.28.2"
FOLDER = Path(__file__).resolve().parent.parent / "var" / "verapdf"
_ARTIFACT = f"org.verapdf.apps:greenfield-apps:{VERSION}"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_MAIN = "org.verapdf.apps.GreenfieldCliWrapper"
_FETCH_SECONDS = 180
_CHECK_SECONDS = 300


@dataclass(frozen=True)
class Outcome:
    """What veraPDF says of one file."""

    compliant: bool
    failures: tuple[str, ...]
    """``clause-test: description`` of each rule that failed."""


def jar() -> Path | None:
    """Return veraPDF's jar, fetched when it is not here yet; None when that is impossible."""
    target = FOLDER / f"greenfield-apps-{VERSION}.jar"
    if target.exists():
        return target
    maven = shutil.which("mvn")
    if not (maven and shutil.which("java")):
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [maven, "-q", "-B", _COPY, f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={FOLDER}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_FETCH_SECONDS)  # noqa: S603
    except (subprocess.SubprocessError, OSError):
        return None
    return target if target.exists() else None


def check(files: Sequence[Path], *, flavour: str = "3b") -> dict[Path, Outcome]:
    """Return what veraPDF says of each file. Raises RuntimeError when it is not available."""
    program, java = jar(), shutil.which("java")
    if program is None or java is None:
        raise RuntimeError("veraPDF cannot be fetched or java is missing")
    command = [java, "-cp", str(program), _MAIN, "-f", flavour, "--format", "json"]
    done = subprocess.run(  # noqa: S603
        [*command, *map(str, files)],
        check=False,  # it exits 1 as soon as one file is not compliant
        capture_output=True,
        timeout=_CHECK_SECONDS,
    )
    report = json.loads(done.stdout[done.stdout.index(b"{") :])["report"]
    return {Path(job["itemDetails"]["name"]): _outcome(job) for job in report["jobs"]}


def _outcome(job: dict) -> Outcome:  # type: ignore[type-arg]
    results = job.get("validationResult")
    if not results:
        return Outcome(compliant=False, failures=(str(job.get("taskException", "not read")),))
    failures = tuple(
        f"{rule['clause']}-{rule['testNumber']}: {rule['description']}"
        for rule in results[0]["details"]["ruleSummaries"]
    )
    return Outcome(compliant=bool(results[0]["compliant"]), failures=failures)


def main(arguments: Sequence[str]) -> int:
    """Check the files named on the command line; exit 1 when one is not compliant."""
    flavour = "3b"
    rest = list(arguments)
    if "--flavour" in rest:
        position = rest.index("--flavour")
        flavour = rest[position + 1]
        del rest[position : position + 2]
    if not rest:
        found = jar()
        print(f"veraPDF: {found or 'cannot be fetched; its tests will be skipped'}")
        return 0 if found else 1
    outcomes = check([Path(name) for name in rest], flavour=flavour)
    for path, outcome in outcomes.items():
        print(f"{'ok  ' if outcome.compliant else 'FAIL'} {path}")
        for failure in outcome.failures:
            print(f"       {failure}")
    return 0 if all(outcome.compliant for outcome in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
