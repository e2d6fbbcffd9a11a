"""Writes the golden files of the use cases and the digests that the matrix compares.

``python tools/golden.py`` (``make golden``) writes ``tests/golden/use_cases``; read the difference
before you keep it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from facturier.use_cases import sheets, stem
from facturier.use_cases.written import digest, files

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden" / "use_cases"
DIGESTS = ROOT / "src" / "facturier" / "use_cases" / "goldens.json"
BY_HAND = ROOT / "tests" / "use_cases" / "by_hand.txt"


def folder(number: str) -> Path:
    """Return where the files of a case stand: ``case_02``, ``case_19b``."""
    return GOLDEN / f"case_{stem(number)}"


def by_hand() -> set[str]:
    """Return the numbers of the cases that are computed by hand in the tests."""
    lines = BY_HAND.read_text(encoding="utf-8").splitlines()
    return {line.split()[1] for line in lines if line.startswith("== ")}


def main() -> int:
    """Write everything; what is no longer made goes."""
    computed = by_hand()
    digests = {}
    for one in sheets():
        number = one.CASE.number
        made = files(one.example())
        place = folder(number)
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            if old.name not in made:
                old.unlink()
        for name, content in made.items():
            (place / name).write_bytes(content)
        digests[number] = {"digest": digest(made), "by_hand": number in computed}
    DIGESTS.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
    print(f"{len(digests)} cas écrits dans {GOLDEN.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
