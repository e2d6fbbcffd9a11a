"""Fetch the front-end files that the cockpit serves, once, at the versions written here.

They are committed under ``server/web/static/vendor`` with a manifest (package, version, licence,
SHA-256 of each file), so that running Facturier needs neither Node nor the network::

    .venv/bin/python tools/vendor_assets.py           # fetch again
    .venv/bin/python tools/vendor_assets.py --check   # are they those of the manifest?

``npm pack`` only downloads an archive: no install script of a package ever runs. htmx is not here,
it comes with the pinned django-htmx.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

VENDOR = Path(__file__).parent.parent / "src/facturier/server/web/static/vendor"
TABLER = ("@tabler/core", "1.6.1")
ICONS = ("@tabler/icons", "3.49.0")

USED = [
    "alert-triangle", "archive", "arrow-back-up", "arrows-sort", "bell", "book-2", "briefcase",
    "building", "calendar", "calculator", "check", "chevron-down", "chevron-left",
    "chevron-right", "circle-check", "circle-x", "clock", "code", "download", "file-code",
    "file-invoice", "file-text", "files", "hand-stop", "help-circle", "history", "home",
    "info-circle", "inbox", "keyboard", "list-check", "lock", "logout", "mail", "pencil",
    "printer", "refresh", "search", "send", "settings", "shield-x", "stack-2", "upload", "user",
    "users", "x",
]  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def main() -> int:
    """Fetch, or check; return 0 when all is as the manifest says."""
    if "--check" in sys.argv:
        return check()
    with tempfile.TemporaryDirectory() as folder:
        core = fetch(*TABLER, Path(folder) / "core")
        icons = fetch(*ICONS, Path(folder) / "icons")
        VENDOR.mkdir(parents=True, exist_ok=True)
        css = (core / "dist/css/tabler.min.css").read_text()
        # The map is not shipped; browsers would ask for it.
        css = re.sub(r"\n?/\*# sourceMappingURL=.*?\*/", "", css)
        (VENDOR / "tabler.min.css").write_text(css)
        (VENDOR / "icons.svg").write_text(sprite(icons / "icons/outline"))
        # the archive of the icons carries the text of the licence, which both share
        (VENDOR / "LICENSE-tabler.txt").write_text((icons / "LICENSE").read_text())
    manifest = {
        "tabler.min.css": origin(*TABLER),
        "icons.svg": {**origin(*ICONS), "icons": USED},
        "LICENSE-tabler.txt": origin(*ICONS),
    }
    for name, facts in manifest.items():
        facts["sha256"] = digest(VENDOR / name)
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return 0


def origin(package: str, version: str) -> dict[str, object]:
    """Return where a file comes from."""
    return {"package": package, "version": version, "licence": "MIT"}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package: str, version: str, folder: Path) -> Path:
    """Download the archive of a package and unpack it; return the folder of its files."""
    folder.mkdir()
    subprocess.run(  # noqa: S603
        ["npm", "pack", "--silent", f"{package}@{version}"],  # noqa: S607
        cwd=folder, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def sprite(folder: Path) -> str:
    """Return one SVG that holds each used icon as a symbol named after it."""
    ET.register_namespace("", SVG[1:-1])
    root = ET.Element(f"{SVG}svg")
    for name in USED:
        drawing = ET.fromstring((folder / f"{name}.svg").read_text())  # noqa: S314 - our download
        symbol = ET.SubElement(root, f"{SVG}symbol", id=name, viewBox="0 0 24 24")
        symbol.extend(drawing)
    return ET.tostring(root, encoding="unicode") + "\n"


def check() -> int:
    """Compare the committed files with the manifest; name those that differ."""
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    wrong = [name for name, facts in manifest.items() if digest(VENDOR / name) != facts["sha256"]]
    for name in wrong:
        print(f"{name} is not the file of the manifest")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
