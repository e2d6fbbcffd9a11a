"""Bytes kept in a folder: of this machine, or shared by several (NFS)."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 1 << 20


class Folder:
    """A folder of files; :class:`facturier.server.documents.store.Place`.

    A file is written aside, forced to the disk, then renamed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write_once(self, name: str, data: bytes) -> None:
        """Keep `data`, unless the name is taken."""
        if not (self._folder / name).exists():
            self._write(name, lambda file: file.write(data))

    def take(self, name: str, source: Path) -> None:
        """Keep a copy of the file `source`."""
        with source.open("rb") as data:
            self._write(name, lambda file: shutil.copyfileobj(data, file, PIECE))

    def read(self, name: str) -> bytes:
        """Return a whole file."""
        return (self._folder / name).read_bytes()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file piece by piece."""
        return _pieces((self._folder / name).open("rb"))

    def remove(self, name: str) -> None:
        """Forget a file."""
        (self._folder / name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Yield the names of all files, without those that are still being written."""
        for path in self._folder.glob("*/*"):
            if not path.name.startswith("."):
                yield f"{path.parent.name}/{path.name}"

    def try_out(self) -> None:
        """Write something and force it to the disk."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.write(b"-" * 4096)
            file.flush()
            os.fsync(file.fileno())

    def _write(self, name: str, fill: Callable[[IO[bytes]], object]) -> None:
        final = self._folder / name
        final.parent.mkdir(parents=True, exist_ok=True)
        draft = final.with_name(f".{final.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with draft.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(final)
        finally:
            draft.unlink(missing_ok=True)
        _force(final.parent)  # the name, too, must be on the disk


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _force(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
