"""A process of its own, with little memory and little time, for PDF files that could explode.

The parent sends the file on standard input and reads a line of JSON followed by the bytes of the
embedded files. What a file can do in the cage (use up memory or time, crash a library) comes back
as one `UnreadableDocument`; a cage that does not start is a `ConfigurationError`. Small ordinary
files never come here: see `pdf.is_tame`.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from facturier.errors import (
    EXIT_CODE,
    ConfigurationError,
    MalformedDocument,
    UnknownFormat,
    UnreadableDocument,
    UnsafeDocument,
)
from facturier.formats import facturx, pdf

MEMORY = 280 * 1024 * 1024
"""Bytes of private memory that the cage may take (RLIMIT_DATA)."""
SECONDS = 2
"""Seconds of processor that the cage may take."""
_SUSPECT = 150 * 1024 * 1024  # more than this besides the file is not the structure of an invoice
_PATIENCE = 30  # seconds of clock: a busy machine is no reason to refuse a file

_KINDS: dict[str, type[UnreadableDocument]] = {
    kind.code: kind for kind in (MalformedDocument, UnknownFormat, UnsafeDocument)
}


def read(data: bytes, *, only_invoice: bool) -> facturx.Contents:
    """Return the embedded files of `data`, read in the cage."""
    command = [sys.executable, "-m", __name__, "invoice" if only_invoice else "all"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryFile() as file:  # of known size, so that the cage reads it in one piece
        file.write(data)
        file.seek(0)
        try:
            done = subprocess.run(  # noqa: S603  # our own module, no word of the file in it
                command,
                stdin=file,
                capture_output=True,
                env=environment,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise pdf.too_heavy() from None
    if done.returncode < 0:  # a signal: its time is up, or qpdf gave way
        raise pdf.too_heavy()
    if done.returncode not in {0, EXIT_CODE[UnreadableDocument]}:
        raise ConfigurationError(
            "Le lecteur de PDF n'a pas pu démarrer.",
            reason="pdf-reader",
            remedy=done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2],
        )
    end = done.stdout.index(b"\n")
    answer = json.loads(done.stdout[:end])
    if done.returncode:
        kind = _KINDS[answer["code"]]
        raise kind(answer["message"], reason=answer["reason"], remedy=answer["remedy"])
    files = _unpacked(answer["files"], memoryview(done.stdout)[end + 1 :])
    return facturx.Contents(files=tuple(files), repaired=answer["repaired"])


def _unpacked(index: list[tuple[str, str, int]], body: memoryview) -> list[facturx.Attachment]:
    files: list[facturx.Attachment] = []
    position = 0
    for name, mime, size in index:
        files.append((name, mime, bytes(body[position : position + size])))
        position += size
    return files


def main() -> int:
    """Read a PDF from standard input within the limits; the exit status says how it went."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = io.FileIO(0, closefd=False).readall()  # in one piece, as its size is known
    try:
        held = facturx.read_here(data, only_invoice=sys.argv[1] == "invoice")
    except UnreadableDocument as refusal:
        if refusal.reason == "pdf-broken" and _peak() > len(data) + _SUSPECT:
            refusal = pdf.too_heavy()  # qpdf met the limit and believes the file is damaged
        return _answer_refusal(refusal)
    sizes = [(name, mime, len(content)) for name, mime, content in held.files]
    _answer({"files": sizes, "repaired": held.repaired})
    for _, _, content in held.files:
        sys.stdout.buffer.write(content)
    return 0


def _peak() -> int:
    """Return the most memory held since this program started, in bytes; 0 where unknown.

    The kernel's own account (getrusage) would count what our parent held when it started us.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def _answer_refusal(refusal: UnreadableDocument) -> int:
    _answer(
        {
            "code": refusal.code,
            "message": refusal.message,
            "reason": refusal.reason,
            "remedy": refusal.remedy,
        }
    )
    return EXIT_CODE[UnreadableDocument]


def _answer(header: object) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
