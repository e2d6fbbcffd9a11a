"""The bytes, each file under the SHA-256 of its content.

A file is written aside, forced to the disk, then renamed: under its final name it is complete or
absent, whatever happens to the process or the machine. Writing the same bytes twice is one file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings


class AlteredBytes(Exception):
    """The stored file no longer has the content that its name promises."""


def address(data: bytes) -> str:
    """Return the SHA-256 of `data`, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def path_of(sha256: str) -> Path:
    """Return where the bytes of this address are, or would be."""
    assert len(sha256) == 64, sha256  # noqa: PLR2004 - a SHA-256 in hexadecimal
    return Path(settings.DOCUMENTS) / sha256[:2] / sha256


def put(data: bytes) -> str:
    """Keep `data` and return its address. On return it survives a power cut."""
    sha256 = address(data)
    final = path_of(sha256)
    if final.exists():
        return sha256
    final.parent.mkdir(parents=True, exist_ok=True)
    draft = final.with_name(f".{sha256}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(final)
    finally:
        draft.unlink(missing_ok=True)
    _force(final.parent)  # the name, too, must be on the disk
    return sha256


def get(sha256: str) -> bytes:
    """Return the bytes kept under `sha256`.

    Raises `FileNotFoundError` when there are none, `AlteredBytes` when the disk gave others.
    """
    data = path_of(sha256).read_bytes()
    if address(data) != sha256:
        raise AlteredBytes(sha256)
    return data


def holds(sha256: str) -> bool:
    """Return whether the bytes of this address can be read, and still are what they were."""
    try:
        get(sha256)
    except (OSError, AlteredBytes):
        return False
    return True


def _force(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
