"""What the pages of a PDF show, as text: read by PDFium in a process of its own.

PDFium draws what a stranger sent, so it never runs in the process that asks. One reader is started
at the first question and answers until this process ends: a page costs milliseconds, not the start
of a program. What a file can do there (use up memory or time, crash the library) comes back as an
`UnreadableDocument`, and the next file gets a new reader. Of a long document the first and the last
pages are read: head and totals stand there.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, Any

MEMORY = 280 * 1024 * 1024
"""Bytes of private memory that the reader may take (RLIMIT_DATA)."""
SECONDS = 2
"""Seconds of processor for one file."""
FIRST_PAGES, LAST_PAGES = 30, 10
MOST_LETTERS = 250_000
"""Letters of one document; with more it is no invoice, and what is on it is not looked for."""
_FILES = 200  # then a fresh reader: PDFium keeps a little of each file
_PATIENCE = 20  # seconds of clock: a busy machine is no reason to give up
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Page:
    """What one page shows."""

    number: int
    """From 1."""
    text: str


def pages_of(data: bytes) -> tuple[Page, ...]:
    """Return the text of the pages of a PDF; empty texts for a scan.

    Raises UnreadableDocument when the file is too heavy or too broken to be drawn.
    """
    from facturier.formats import pdf  # noqa: PLC0415  # pikepdf is slow to load

    answer = _reader(os.getpid()).ask(data)
    if answer is None or "heavy" in answer:
        raise pdf.too_heavy()
    if "broken" in answer:
        raise pdf.broken()
    return tuple(Page(number, text) for number, text in answer["pages"])


def prepare() -> None:
    """Start the reader, which takes a quarter of a second, ahead of the first question."""
    _reader(os.getpid()).prepare()


@functools.cache
def _reader(process: int) -> _Reader:  # noqa: ARG001  # a forked process has a reader of its own
    reader = _Reader()
    atexit.register(reader.stop)
    return reader


class _Reader:
    """The process that reads pages, started when needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0

    def prepare(self) -> None:
        """Start the process unless it runs, or another thread sees to it."""
        if self._lock.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._lock.release()

    def ask(self, data: bytes) -> dict[str, Any] | None:
        """Return the answer; None when the reader died of the file or took too long."""
        with self._lock:
            if self._answered >= _FILES:
                self.stop()
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(_LENGTH.pack(len(data)))
                process.stdin.write(data)
                process.stdin.flush()
                head = _received(process.stdout, _LENGTH.size)
                body = _received(process.stdout, _LENGTH.unpack(head)[0]) if head else b""
            except BrokenPipeError:
                body = b""
            self._answered += 1
            if not body:
                self.stop()
                return None
            answer: dict[str, Any] = json.loads(body)
            return answer

    def stop(self) -> None:
        """End the reader."""
        process, self._process, self._answered = self._process, None, 0
        if process is not None:
            process.kill()
            process.communicate()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            # -P: our folder is no place to import from. This file runs alone, without the package.
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._answered = 0
        return self._process


def _received(stream: IO[bytes], size: int) -> bytes:
    """Return `size` bytes; none when the other side ends or is silent for too long."""
    until = time.monotonic() + _PATIENCE
    held = bytearray()
    while len(held) < size:
        left = until - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return b""
        piece = os.read(stream.fileno(), min(size - len(held), 1 << 16))
        if not piece:
            return b""
        held += piece
    return bytes(held)


# --- inside the reader ---------------------------------------------------------------------------


def _serve() -> None:
    """Answer one file after the other until the input ends."""
    import pypdfium2  # noqa: PLC0415  # only here

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it: its end ends this
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(_LENGTH.size):
        data = source.read(_LENGTH.unpack(head)[0])
        _allow_seconds()
        try:
            texts = _texts(pypdfium2, data)
            answer: dict[str, Any] = {"heavy": True} if texts is None else {"pages": texts}
        except (pypdfium2.PdfiumError, ValueError):
            answer = {"broken": True}
        body = json.dumps(answer).encode()
        target.write(_LENGTH.pack(len(body)) + body)
        target.flush()


def _allow_seconds() -> None:
    """Give the next file its seconds of processor; the system ends who takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (spent + 1 + SECONDS, hard))


def _texts(pdfium: Any, data: bytes) -> list[tuple[int, str]] | None:
    """Return number and text of the pages that are read; None when there is too much of it."""
    document = pdfium.PdfDocument(data)
    try:
        count = len(document)
        numbers = [*range(min(count, FIRST_PAGES))]
        numbers += range(max(len(numbers), count - LAST_PAGES), count)
        found: list[tuple[int, str]] = []
        room = MOST_LETTERS
        for number in numbers:
            text = _text(document[number], room)
            if text is None:
                return None
            room -= len(text)
            found.append((number + 1, text))
        return found
    finally:
        document.close()


def _text(page: Any, room: int) -> str | None:
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        if count > room:
            return None
        text: str = textpage.get_text_range(0, count) if count else ""
        return text.encode("utf-8", "replace").decode()  # half a letter is no letter
    finally:
        textpage.close()
        page.close()


if __name__ == "__main__":
    _serve()
