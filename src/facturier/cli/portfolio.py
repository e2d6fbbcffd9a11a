"""Many documents at once: every core works, and no file stops the others.

Workers are processes that are handed a few files at a time and answer one by one, so that the
parent knows which file each of them is at. A file that kills its worker, or holds it longer than
the limit, is named; a new worker takes the rest. Answers come out in the order of the files, and no
more of them wait than :data:`AHEAD` for each worker: memory does not grow with the folder.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

CHUNK = 8
"""Files handed to a worker at once."""
AHEAD = 512
"""Files for each worker that may be answered before an earlier one is."""
_ORPHAN_CHECK = 5.0
"""Seconds after which an idle worker looks whether its parent still lives."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What is said of a file whose worker did not answer."""

    seconds: float | None
    """How long it was waited for; None when the worker died of it."""


Ask = Callable[[Path], T]


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # pragma: no cover  # not on Linux


def answers(
    files: Iterable[Path], ask: Ask[T], *, workers: int, seconds: float
) -> Iterator[tuple[Path, T | Lost]]:
    """Yield each file with the answer of `ask`, in the order of `files`.

    `ask` runs in another process; what it returns is pickled. It does not raise. Of a file that
    takes more than `seconds` of clock, or kills its process, the answer is `Lost`.
    """
    pool: _Pool[T] = _Pool(iter(files), ask, seconds)
    try:
        pool.start(workers)
        yield from pool.run()
    finally:
        pool.stop()


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    files: deque[tuple[int, Path]] = field(default_factory=deque)
    """What it was handed and has not answered, the one it is at first."""
    since: float = 0.0
    """When it began with that one."""


class _Pool(Generic[T]):
    def __init__(self, files: Iterator[Path], ask: Ask[T], seconds: float) -> None:
        self._files = enumerate(files)
        self._ask = ask
        self._seconds = seconds
        self._context: Any = multiprocessing.get_context(
            "fork" if sys.platform == "linux" else "spawn"
        )
        self._workers: list[_Worker] = []
        self._answered: dict[int, tuple[Path, T | Lost]] = {}
        self._next = 0
        """Number of the file whose answer is yielded next."""
        self._exhausted = False

    def start(self, workers: int) -> None:
        gc.freeze()  # what is loaded now is shared by all and is never garbage
        for _ in range(workers):
            worker = self._new()
            self._workers.append(worker)
            self._hand_out(worker)

    def stop(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        gc.unfreeze()

    def run(self) -> Iterator[tuple[Path, T | Lost]]:
        while True:
            while self._next in self._answered:
                yield self._answered.pop(self._next)
                self._next += 1
            for worker in self._workers:
                if not worker.files:
                    self._hand_out(worker)
            busy = [worker for worker in self._workers if worker.files]
            if not busy:
                return
            self._listen(busy)

    def _new(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._ask, os.getpid()), daemon=True
        )
        process.start()
        theirs.close()  # so that the end of the worker is the end of the pipe
        return _Worker(process, ours)

    def _hand_out(self, worker: _Worker) -> None:
        """Hand a worker its next files, unless too many answers wait for an earlier one."""
        if self._exhausted or len(self._answered) > AHEAD * len(self._workers):
            return
        for numbered in self._files:
            worker.files.append(numbered)
            if len(worker.files) == CHUNK:
                break
        else:
            self._exhausted = True
        self._send(worker)

    def _send(self, worker: _Worker) -> None:
        worker.since = time.monotonic()
        if worker.files:
            with contextlib.suppress(OSError):  # it died while idle: its pipe says so when read
                worker.pipe.send([file for _, file in worker.files])

    def _listen(self, busy: list[_Worker]) -> None:
        """Take what the workers answer; give up those that take too long."""
        first = min(worker.since for worker in busy) + self._seconds - time.monotonic()
        ready = connection.wait([worker.pipe for worker in busy], max(0.0, first))
        for worker in busy:
            if worker.pipe in ready:
                self._take(worker)
            elif time.monotonic() - worker.since > self._seconds:
                self._lose(worker, Lost(self._seconds))

    def _take(self, worker: _Worker) -> None:
        try:
            answer: T = worker.pipe.recv()
        except Exception:  # noqa: BLE001  # the end of the pipe, or half an answer
            self._lose(worker, Lost(None))
            return
        number, file = worker.files.popleft()
        self._answered[number] = (file, answer)
        worker.since = time.monotonic()

    def _lose(self, worker: _Worker, why: Lost) -> None:
        """Name the file that a worker is at, and let a new one take the rest."""
        number, file = worker.files.popleft()
        self._answered[number] = (file, why)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        fresh = self._new()
        worker.process, worker.pipe = fresh.process, fresh.pipe
        self._send(worker)


def _work(pipe: Connection, ask: Ask[T], parent: int) -> None:
    """Answer for the files that come through the pipe, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the work
    with contextlib.suppress(EOFError, OSError):
        while os.getppid() == parent:
            if pipe.poll(_ORPHAN_CHECK):
                for file in pipe.recv():
                    pipe.send(ask(file))
