"""The Java checkers that Maven Central has, for the benchmarks: Mustang and phive.

    python tools/java_peers.py          fetch them
    classpath("mustang")

They land in ``var/java/``; needs ``javac``, and ``mvn`` for phive. Where one cannot be fetched,
`classpath` returns None and the benchmark says so. The KoSIT validator is not looked for: Maven
Central answered 404 for each version asked of it on 22/11/2026.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "java"
SOURCES = ROOT / "benchmarks" / "java"
MUSTANG, PHIVE = "2.26.0", "4.3.7"
_CENTRAL = "https://repo1.maven.org/maven2"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_FETCH_SECONDS = 180
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>facturier</groupId><artifactId>peer</artifactId><version>1</version><dependencies>
<dependency><groupId>com.helger.phive.rules</groupId><artifactId>phive-rules-en16931</artifactId>
<version>{PHIVE}</version></dependency>
<dependency><groupId>org.glassfish.jaxb</groupId><artifactId>jaxb-runtime</artifactId>
<version>4.0.5</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version>
</dependency></dependencies></project>
"""


def _mustang(target: Path) -> None:
    """Fetch Mustang's validator with all that it needs in one jar."""
    name = f"validator-{MUSTANG}-shaded.jar"
    address = f"{_CENTRAL}/org/mustangproject/validator/{MUSTANG}/{name}"
    with urllib.request.urlopen(address, timeout=_FETCH_SECONDS) as answer:  # noqa: S310  # constant
        (target / name).write_bytes(answer.read())


def _phive(target: Path) -> None:
    """Fetch phive, its rules of EN 16931 and what they need."""
    (target / "pom.xml").write_text(_POM)
    maven = shutil.which("mvn")
    if maven is None:
        raise FileNotFoundError("mvn")
    command = [maven, "-q", "-B", _COPY, f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
    subprocess.run(  # noqa: S603
        command, cwd=target, check=True, capture_output=True, timeout=_FETCH_SECONDS
    )


PEERS: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "mustang": (MUSTANG, "MustangCheck", _mustang),
    "phive": (PHIVE, "PhiveCheck", _phive),
}
"""Peer → version, class that asks it, what fetches it."""


def classpath(peer: str) -> str | None:
    """Return the class path that runs ``JavaTrial`` with a peer; None when it cannot be had."""
    version, asked_by, fetch = PEERS[peer]
    target = FOLDER / f"{peer}-{version}"
    compiler = shutil.which("javac")
    if compiler is None:
        return None
    jars = f"{target}/*"
    try:
        if not any(target.glob("*.jar")):
            target.mkdir(parents=True, exist_ok=True)
            fetch(target)
        sources = [str(SOURCES / f"{name}.java") for name in ("JavaTrial", asked_by)]
        subprocess.run(  # noqa: S603
            [compiler, "-cp", jars, "-d", str(target), *sources], check=True, capture_output=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return f"{target}:{jars}"


if __name__ == "__main__":
    for name in PEERS:
        print(f"{name}: {classpath(name) or 'cannot be fetched'}")
    sys.exit(0)
