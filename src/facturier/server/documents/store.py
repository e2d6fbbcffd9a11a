"""The bytes, each file under the SHA-256 of its content.

They are kept in a folder (:mod:`.folder`) or, by setting, in a bucket that speaks S3
(:mod:`.bucket`). In both a file is complete under its name or absent, whatever happens to the
process or the machine; it is written once, never over; writing the same bytes twice is one file.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from facturier.server.documents.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.server.documents.bucket import Bucket

ADDRESS = re.compile(r"[0-9a-f]{64}")
EXPORTS = "exports"
"""Where files stand for some days that were made to be fetched: no evidence, under any name."""


class AlteredBytes(Exception):
    """The stored file no longer has the content that its name promises."""


class MissingBytes(FileNotFoundError):
    """The store has no file of this address: it was purged, or is lost."""


class Place(Protocol):
    """Where files are kept, under names like ``2c/2cb4…``.

    Each raises `FileNotFoundError` for a name that is not there and `OSError` (`StoreFailure` for a
    bucket) when the place itself fails.
    """

    def write_once(self, name: str, data: bytes) -> None:
        """Keep `data`; nothing happens when the name is taken. It then survives a power cut."""

    def read(self, name: str) -> bytes:
        """Return a whole file."""

    def take(self, name: str, source: Path) -> None:
        """Keep a copy of the file `source`, in constant memory."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file piece by piece; what is not there is said before the first."""

    def remove(self, name: str) -> None:
        """Forget a file; nothing happens when it is not there."""

    def names(self) -> Iterator[str]:
        """Yield the names of all files."""

    def try_out(self) -> None:
        """Write and forget something, to know that one can."""


def address(data: bytes) -> str:
    """Return the SHA-256 of `data`, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def put(data: bytes) -> str:
    """Keep `data` and return its address. On return it survives a power cut."""
    sha256 = address(data)
    place().write_once(_name_of(sha256), data)
    return sha256


def get(sha256: str) -> bytes:
    """Return the bytes kept under `sha256`.

    Raises `MissingBytes` (a `FileNotFoundError`) when there are none, `AlteredBytes` when the disk
    gave others.
    """
    data = as_it_is(sha256)
    if address(data) != sha256:
        raise AlteredBytes(sha256)
    return data


def as_it_is(sha256: str) -> bytes:
    """Return what the store has under `sha256`, altered or not. Raises `MissingBytes`."""
    try:
        return place().read(_name_of(sha256))
    except FileNotFoundError:
        raise MissingBytes(sha256) from None


def holds(sha256: str) -> bool:
    """Return whether the bytes of this address can be read, and still are what they were."""
    try:
        get(sha256)
    except (OSError, AlteredBytes):
        return False
    return True


def addresses() -> Iterator[str]:
    """Yield the addresses of all that is kept, in no order."""
    for name in place().names():
        _, _, last = name.partition("/")
        if ADDRESS.fullmatch(last):
            yield last


def forget(sha256: str) -> None:
    """Remove the bytes of this address for ever: only a confirmed purge does."""
    place().remove(_name_of(sha256))


def place() -> Folder | Bucket:
    """Return where this installation keeps its bytes, as the settings say."""
    if settings.S3["bucket"]:
        return _bucket(tuple(settings.S3.values()))
    return Folder(Path(settings.DOCUMENTS))


@lru_cache(maxsize=4)
def _bucket(asked: tuple[str, ...]) -> Bucket:
    # The client of S3 is installed with facturier[s3] only.
    from facturier.server.documents.bucket import Bucket  # noqa: PLC0415

    return Bucket(*asked)


def _name_of(sha256: str) -> str:
    assert ADDRESS.fullmatch(sha256), sha256
    return f"{sha256[:2]}/{sha256}"
