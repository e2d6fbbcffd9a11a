"""A process that reads hostile files and says what became of them: one JSON line a file."""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path

from facturier.errors import UnreadableDocument
from facturier.formats.detect import detect
from facturier.formats.zip import unpack


def _used() -> tuple[float, int]:
    """Return processor seconds and peak memory in bytes, of this process and its children."""
    ours = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = ours.ru_utime + ours.ru_stime + theirs.ru_utime + theirs.ru_stime
    # ru_maxrss of ours would count what pytest held when it started us; VmHWM does not. That of
    # the children counts what we held, no more, which is what the promise is about anyway.
    status = Path("/proc/self/status").read_text("ascii")
    peak = int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1])
    return seconds, 1024 * max(peak, theirs.ru_maxrss)


def _answer(how: str, data: bytes) -> dict[str, object]:
    try:
        if how == "unpack":
            for _ in unpack(data, "archive.zip"):
                pass
        else:
            detect(data)
    except UnreadableDocument as refusal:
        return {
            "reason": refusal.reason,
            "code": refusal.code,
            "message": refusal.message,
            "remedy": refusal.remedy,
        }
    return {"reason": "accepted"}


def main() -> None:
    for line in sys.stdin:
        how, path = line.rstrip("\n").split(" ", 1)
        before, _ = _used()
        answer = _answer(how, Path(path).read_bytes())
        after, memory = _used()
        answer |= {"seconds": after - before, "memory": memory}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
