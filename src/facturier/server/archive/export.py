"""Export the archive of a dossier as a folder or a zip that explains and verifies itself.

It is made in constant memory but for one file at a time: the list of envelopes and the sums of the
files grow on the disk.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils import timezone

from facturier import formats
from facturier.errors import BadUsage, FacturierError
from facturier.formats import readable
from facturier.server import sight
from facturier.server.archive import verify, verify_certificate
from facturier.server.archive.models import ProofEnvelope, PurgedBytes, Seal
from facturier.server.archive.verify import GENESIS, MANIFEST, STATEMENT, SUMS, canonical, digest
from facturier.server.documents import store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from facturier.server.firm.models import Dossier

FORMAT = "facturier-archive/1"
README = Path(__file__).with_name("LISEZMOI.md")
VERIFIERS = (Path(verify.__file__), Path(verify_certificate.__file__))
BATCH = 200
"""Envelopes that are read in one transaction."""


class Writer(Protocol):
    """Where the files go."""

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""

    def write_from(self, name: str, data: IO[bytes]) -> None:
        """Write one file, of any size, from an open one."""


class FolderWriter:
    """Files of a new folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""
        self._place(name).write_bytes(data)

    def write_from(self, name: str, data: IO[bytes]) -> None:
        """Write one file from an open one."""
        with self._place(name).open("wb") as file:
            shutil.copyfileobj(data, file)

    def _place(self, name: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class ZipWriter:
    """Files of a zip, inside one folder of it."""

    def __init__(self, into: zipfile.ZipFile, folder: str) -> None:
        self._zip, self._folder = into, folder

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""
        self._zip.writestr(f"{self._folder}/{name}", data)

    def write_from(self, name: str, data: IO[bytes]) -> None:
        """Write one file from an open one."""
        with self._zip.open(f"{self._folder}/{name}", "w", force_zip64=True) as file:
            shutil.copyfileobj(data, file)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for what grows meanwhile: in the data folder, for ``/tmp`` may be memory."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=settings.VAR) as folder:
        yield Path(folder)


class Sums:
    """Names and SHA-256 of what was written, on the disk: there may be millions."""

    def __init__(self, folder: Path) -> None:
        self._rows = sqlite3.connect(folder / "sums")
        self._rows.execute("CREATE TABLE sums (name TEXT PRIMARY KEY, sha256 TEXT) WITHOUT ROWID")

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM sums").fetchone()[0])

    def __contains__(self, name: str) -> bool:
        found = self._rows.execute("SELECT 1 FROM sums WHERE name = ?", [name])
        return found.fetchone() is not None

    def add(self, name: str, sha256: str) -> None:
        """Note a file."""
        self._rows.execute("INSERT INTO sums VALUES (?, ?)", [name, sha256])

    def in_order(self) -> Iterator[tuple[str, str]]:
        """Yield names and sums by name."""
        yield from self._rows.execute("SELECT name, sha256 FROM sums ORDER BY name")

    def close(self) -> None:
        """Forget them."""
        self._rows.close()


@dataclass(slots=True)
class Exported:
    """What an export holds."""

    envelopes: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)
    """Bytes that the chain names and the store does not give any more, as it should."""
    purged: int = 0
    """Files that a purge removed, as its certificate says; they are not missing."""


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


Extra = Iterable[tuple[str, bytes]]
"""Further files, by name: what a client is handed besides the archive."""


def export(
    dossier: Dossier, writer: Writer, *, month: str = "", extra: Extra = (),
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Exported:  # fmt: skip
    """Write the whole archive of `dossier`, or one `month` (``2026-11``) of it.

    Reads batch by batch, each in a transaction of its own, and `told` after each how far it is
    (envelopes done, of how many). Bytes that the store cannot give are named in
    :attr:`Exported.missing`; the verifier names them too.
    """
    with scratch() as folder, closing(Sums(folder)) as sums, (folder / "m").open("w+b") as manifest:
        work = _Work(dossier, writer, sums, manifest)
        work.envelopes(month, told)
        if month:
            work.purges()
        for name, data in extra:
            work.write(name, data)
        return work.finish(month)


class _Work:
    """One export while it is made."""

    def __init__(self, dossier: Dossier, writer: Writer, sums: Sums, manifest: IO[bytes]) -> None:
        self.done = Exported()
        self._dossier, self._writer, self._sums, self._manifest = dossier, writer, sums, manifest
        self._first: ProofEnvelope | None = None
        self._last: ProofEnvelope | None = None
        self._hash = hashlib.sha256()

    def write(self, name: str, data: bytes) -> None:
        self._sums.add(name, digest(data))
        self._writer.write(name, data)

    def envelopes(self, month: str, told: Callable[[int, int], None]) -> None:
        """Write the files of the envelopes, and the list of envelopes aside."""
        chain = ProofEnvelope.objects.filter(dossier=self._dossier).order_by("sequence")
        chain = chain.filter(month=month) if month else chain
        with sight.of([self._dossier.pk]):
            self._first, self._last = chain.first(), chain.last()
        if self._first is None or self._last is None:
            return
        at, end = self._first.sequence - 1, self._last.sequence  # others append meanwhile
        while at < end:
            with sight.of([self._dossier.pk]):
                batch = list(chain.filter(sequence__gt=at, sequence__lte=end)[:BATCH])
                purged = purged_among([f["sha256"] for e in batch for f in e.facts["files"]])
            for envelope in batch:
                self._envelope(envelope, purged)
            at = batch[-1].sequence
            told(self.done.envelopes, end - self._first.sequence + 1)

    def _envelope(self, envelope: ProofEnvelope, purged: set[str]) -> None:
        line = canonical({"envelope": envelope.facts, "hash": envelope.hash}) + b"\n"
        self._hash.update(line)
        self._manifest.write(line)
        self.done.envelopes += 1
        for one in envelope.facts["files"]:
            self._bytes(envelope, one["sha256"], purged)

    def _bytes(self, envelope: ProofEnvelope, sha256: str, purged: set[str]) -> None:
        """Write the bytes that an envelope names, and a readable copy of an invoice."""
        name = f"blobs/{sha256}"
        if name in self._sums or name in self.done.missing:
            return
        if sha256 in purged:  # even when another dossier keeps them
            self.done.purged += 1
            return
        try:
            data = store.get(sha256)
        except (OSError, store.AlteredBytes):
            self.done.missing.append(name)
            return
        self.write(name, data)
        if envelope.kind == ProofEnvelope.Kind.DOCUMENT:
            copy = _readable(data)
            if copy:
                self.write(f"copies/{envelope.sequence:06d}.html", copy)

    def finish(self, month: str) -> Exported:
        """Write what is known at the end: lists, seals, programs, sums."""
        self._manifest.seek(0)
        self._sums.add(MANIFEST, self._hash.hexdigest())
        self._writer.write_from(MANIFEST, self._manifest)
        self.write(STATEMENT, self._statement(month))
        self._seals(month)
        self.write("LISEZMOI.md", README.read_bytes())
        for program in VERIFIERS:
            self.write(program.name, program.read_bytes())
        self.done.files = len(self._sums)
        with tempfile.TemporaryFile(dir=settings.VAR) as listed:
            own = hashlib.sha256()
            for name, sha256 in self._sums.in_order():
                line = f"{sha256}  {name}\n".encode()
                own.update(line)
                listed.write(line)
            listed.write(f"# {own.hexdigest()}\n".encode())
            listed.seek(0)
            self._writer.write_from(SUMS, listed)
        return self.done

    def _seals(self, month: str) -> None:
        with sight.of([self._dossier.pk]):
            seals = Seal.objects.filter(dossier=self._dossier).select_related("timestamp")
            kept = list(seals.filter(month=month) if month else seals)
        for seal in kept:
            self.write(f"sceaux/{seal.month}.json", seal.body.encode())
            if hasattr(seal, "timestamp"):
                self.write(f"sceaux/{seal.month}.tsr", bytes(seal.timestamp.token))

    def purges(self) -> None:
        """Write the certificates of purges beside a month that may not hold their envelopes."""
        with sight.of([self._dossier.pk]):
            named = self._dossier.purges.exclude(stored=None).values_list("stored_id", flat=True)
            kept = list(named)
        for sha256 in kept:
            self.write(f"purges/{sha256}.json", store.get(str(sha256)))

    def _statement(self, month: str) -> bytes:
        dossier, first, last = self._dossier, self._first, self._last
        return canonical({
            "format": FORMAT,
            "dossier": {
                "siren": dossier.siren, "address": dossier.electronic_address,
                "name": dossier.name,
            },
            "month": month or None,
            "first": first.sequence if first else 1,
            "last": last.sequence if last else 0,
            "opening": first.previous if first else GENESIS,
            "head": last.hash if last else GENESIS,
            "missing": self.done.missing,
            "exported_at": timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
            "software": f"Facturier {version('facturier')}",
        })  # fmt: skip


def purged_among(addresses: Iterable[str]) -> set[str]:
    """Return which of these bytes a purge of the dossiers in sight removed."""
    found = PurgedBytes.objects.filter(sha256__in=set(addresses))
    return set(found.values_list("sha256", flat=True))


def _readable(data: bytes) -> bytes:
    """Return a page that a person can read; nothing for a file too broken for one."""
    try:
        return readable.html(formats.read(data).invoice).encode()
    except FacturierError:
        return b""
