"""Export the archive of a dossier as a folder or a zip that explains and verifies itself."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.utils import timezone

from facturier import formats
from facturier.errors import BadUsage, FacturierError
from facturier.formats import readable
from facturier.server.archive import verify, verify_certificate
from facturier.server.archive.models import ProofEnvelope, Seal
from facturier.server.archive.verify import GENESIS, MANIFEST, STATEMENT, SUMS, canonical, digest
from facturier.server.documents import store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from facturier.server.firm.models import Dossier

FORMAT = "facturier-archive/1"
README = Path(__file__).with_name("LISEZMOI.md")
VERIFIERS = (Path(verify.__file__), Path(verify_certificate.__file__))


class Writer(Protocol):
    """Where the files go."""

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""


class FolderWriter:
    """Files of a new folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class ZipWriter:
    """Files of a zip, inside one folder of it."""

    def __init__(self, into: zipfile.ZipFile, folder: str) -> None:
        self._zip, self._folder = into, folder

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""
        self._zip.writestr(f"{self._folder}/{name}", data)


@dataclass(slots=True)
class Exported:
    """What an export holds."""

    envelopes: int = 0
    sums: dict[str, str] = field(default_factory=dict)
    """File → SHA-256."""
    missing: list[str] = field(default_factory=list)
    """Bytes that the chain names and the store does not give any more, as it should."""


@contextmanager
def writer_to(path: Path, folder: str) -> Iterator[Writer]:
    """Open a new folder or, when the name ends in ``.zip``, a new zip with one `folder` in it.

    Raises `BadUsage` rather than touch what exists.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadUsage(f"{path} existe déjà.", remedy="Donnez un nom nouveau, ou un dossier vide.")
    if path.suffix.lower() == ".zip":
        with path.open("xb") as file, zipped(file, folder) as writer:
            yield writer
        return
    path.mkdir(parents=True, exist_ok=True)
    yield FolderWriter(path)


@contextmanager
def zipped(file: IO[bytes], folder: str) -> Iterator[Writer]:
    """Write a zip, with one `folder` in it, into an open file."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        yield ZipWriter(into, folder)


def name_of(dossier: Dossier, month: str = "") -> str:
    """Return how an export is called: ``archive-003000015-2026-11``."""
    return "-".join(filter(None, ("archive", dossier.siren, month)))


def export(dossier: Dossier, writer: Writer, *, month: str = "") -> Exported:
    """Write the whole archive of `dossier`, or one `month` (``2026-11``) of it.

    Runs in the current transaction, with the dossier in sight. Bytes that the store cannot give
    are named in :attr:`Exported.missing`; the verifier names them too.
    """
    done = Exported()

    def write(name: str, data: bytes) -> None:
        done.sums[name] = digest(data)
        writer.write(name, data)

    chain = ProofEnvelope.objects.filter(dossier=dossier).order_by("sequence")
    seals = Seal.objects.filter(dossier=dossier).select_related("timestamp")
    if month:
        chain, seals = chain.filter(month=month), seals.filter(month=month)
    last = chain.last()
    chain = chain.filter(sequence__lte=last.sequence if last else 0)  # others append meanwhile
    lines = []
    for envelope in chain.iterator(chunk_size=500):
        facts = envelope.facts
        lines.append(canonical({"envelope": facts, "hash": envelope.hash}) + b"\n")
        _files(facts, done, write)
    write(MANIFEST, b"".join(lines))
    done.envelopes = len(lines)
    write(STATEMENT, _statement(dossier, month, chain.first(), last, done))
    for seal in seals:
        write(f"sceaux/{seal.month}.json", seal.body.encode())
        if hasattr(seal, "timestamp"):
            write(f"sceaux/{seal.month}.tsr", bytes(seal.timestamp.token))
    write("LISEZMOI.md", README.read_bytes())
    for program in VERIFIERS:
        write(program.name, program.read_bytes())
    listed = "".join(f"{sha}  {name}\n" for name, sha in sorted(done.sums.items())).encode()
    writer.write(SUMS, listed + f"# {digest(listed)}\n".encode())
    return done


def _files(facts: dict[str, Any], done: Exported, write: Any) -> None:
    """Write the bytes that an envelope names, and a readable copy of an invoice."""
    for one in facts["files"]:
        name = f"blobs/{one['sha256']}"
        if name in done.sums or name in done.missing:
            continue
        try:
            data = store.get(one["sha256"])
        except (OSError, store.AlteredBytes):
            done.missing.append(name)
            continue
        write(name, data)
        if facts["kind"] == ProofEnvelope.Kind.DOCUMENT:
            copy = _readable(data)
            if copy:
                write(f"copies/{facts['sequence']:06d}.html", copy)


def _readable(data: bytes) -> bytes:
    """Return a page that a person can read; nothing for a file too broken for one."""
    try:
        return readable.html(formats.read(data).invoice).encode()
    except FacturierError:
        return b""


def _statement(
    dossier: Dossier,
    month: str,
    first: ProofEnvelope | None,
    last: ProofEnvelope | None,
    done: Exported,
) -> bytes:
    return canonical({
        "format": FORMAT,
        "dossier": {
            "siren": dossier.siren, "address": dossier.electronic_address, "name": dossier.name,
        },
        "month": month or None,
        "first": first.sequence if first else 1,
        "last": last.sequence if last else 0,
        "opening": first.previous if first else GENESIS,
        "head": last.hash if last else GENESIS,
        "missing": done.missing,
        "exported_at": timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
        "software": f"Facturier {version('facturier')}",
    })  # fmt: skip
