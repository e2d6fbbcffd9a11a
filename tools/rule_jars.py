"""Official rule files that no Python package carries, from the jars that phive publishes on Maven.

    python tools/rule_jars.py          fetch them all
    rule_jars.folder("phive-rules-peppol")

The files land in ``var/rules/``; where Maven Central does not answer, `folder` returns None and
the tests that want them are skipped, counted. They serve tests only, which fetch nothing.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

VERSIONS = {"phive-rules-peppol": "4.3.7", "phive-rules-france": "4.2.3"}
FOLDER = Path(__file__).resolve().parent.parent / "var" / "rules"
_CENTRAL = "https://repo1.maven.org/maven2/com/helger/phive/rules"
_SECONDS = 60


def folder(artifact: str) -> Path | None:
    """Return the folder of a jar's files; None when nobody has fetched it."""
    target = FOLDER / f"{artifact}-{VERSIONS[artifact]}"
    return target if target.exists() else None


def fetch(artifact: str) -> Path | None:
    """Return the folder of a jar's files, fetched when it is not here yet; None if impossible."""
    if known := folder(artifact):
        return known
    version = VERSIONS[artifact]
    try:
        with urllib.request.urlopen(  # noqa: S310  # a constant https address
            f"{_CENTRAL}/{artifact}/{version}/{artifact}-{version}.jar", timeout=_SECONDS
        ) as answer:
            jar = zipfile.ZipFile(io.BytesIO(answer.read()))
    except OSError:
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, ignore_cleanup_errors=True) as partial:
        jar.extractall(partial, [name for name in jar.namelist() if name.startswith("external/")])
        with contextlib.suppress(OSError):  # another process was first
            Path(partial).rename(FOLDER / f"{artifact}-{version}")
    return folder(artifact)


if __name__ == "__main__":
    for name in VERSIONS:
        print(f"{name}: {fetch(name) or 'introuvable'}")
    sys.exit(0)
