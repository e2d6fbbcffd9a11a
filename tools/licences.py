"""Checks that every package we install may be used with an EUPL-1.2 program; writes none.

``python tools/licences.py``: one line for each package whose licence is not on the list below, then
exit status 1. What pip-licenses reads (the package's own metadata) is compared word by word; a
package whose metadata say nothing, or too much, is named here with what its files say.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

PERMITTED = {
    "MIT", "MIT License", "MIT-0", "MIT-CMU", "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "Apache-2.0", "Apache Software License", "ISC", "ISC License (ISCL)", "PSF-2.0",
    "Python Software Foundation License", "Public Domain", "Unlicense", "0BSD", "Zlib",
    "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "EUPL-1.2", "DFSG approved",
    # Used as libraries, replaceable by the user, not changed by us: what the LGPL asks.
    "LGPL-3.0-only", "LGPL-2.1-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)",
    "GNU Library or Lesser General Public License (LGPL)",
}  # fmt: skip
"""Never GPL or AGPL: neither goes with what a cabinet may do with its copy under the EUPL."""
REVIEWED = {
    "axe-playwright-python": "MIT; carries axe-core, MPL-2.0. Tests only.",
    "pypdfium2": "BSD-3-Clause or Apache-2.0; PDFium: BSD-3-Clause and Apache-2.0.",
    "qrcode": "BSD-3-Clause; its second classifier names a trade mark, not a licence.",
    "saxonche": "MPL-2.0 (Saxonica); a program of its own in tests, never run by the server.",
}
"""Packages whose metadata are not clear: read by a person."""


def permitted(licence: str) -> bool:
    """Return whether every part of `licence`, as metadata write it, is on the list."""
    parts = [part for one in licence.split(";") for part in re.split(r" AND | OR ", one)]
    return all(part.strip() in PERMITTED for part in parts)


def main() -> int:
    """Print what is not permitted; return 0 or 1."""
    tool = Path(sys.executable).with_name("pip-licenses")
    said = subprocess.run(  # noqa: S603 - our own tool
        [str(tool), "--from=mixed", "--format=json"], check=True, capture_output=True, text=True
    )
    found = json.loads(said.stdout)
    refused = [
        one for one in found
        if one["Name"].lower() not in REVIEWED and not permitted(one["License"])
    ]  # fmt: skip
    for one in refused:
        print(f"{one['Name']} {one['Version']}: {one['License']}")
    print(f"{len(found)} paquets, {len(refused)} licence(s) hors liste")
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
