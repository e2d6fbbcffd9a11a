"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of official files and outside corpora that stands beside the repository.

    Without it the tests that need it are skipped; on a build server its absence is a failure.
    """
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED} is missing")
        pytest.skip("no official files beside this clone")
    return SHARED


@pytest.fixture(scope="session")
def official_examples(shared: Path) -> dict[str, bytes]:
    """Return the official example invoices as XML, by file name."""
    folder = shared / "official" / "fnfe-1.4.0" / "examples"
    files = sorted(folder.rglob("*INV*.xml"))
    assert files
    return {file.name: file.read_bytes() for file in files}
