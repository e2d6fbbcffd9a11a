"""The log: one line for a person, or one JSON object for a collector; each says what it is about.

What is about one document carries its trace: the ``flowId`` of its deposit, which travels with it
to the other side (it is the transmission's identifier) and back with each status. What happens
while a request is answered carries the ``Request-Id`` of that request.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_trace: ContextVar[str] = ContextVar("trace", default="")
_request: ContextVar[str] = ContextVar("request", default="")
_SAFE = re.compile(r"[\x21-\x7e]{1,64}")


def follow(trace: str) -> None:
    """Say of all that is logged from here on that it is about this document."""
    _trace.set(trace)


def followed() -> str:
    """Return the trace of what is at work; empty when there is none."""
    return _trace.get()


@contextmanager
def following(trace: str) -> Iterator[None]:
    """Log what happens in this block as being about one document."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)


@contextmanager
def answering(wanted: str) -> Iterator[str]:
    """Log what happens in this block as part of one request; yield its identifier.

    `wanted` is what the caller asked it to be called; when that is nothing, or nothing that may
    stand in a header, one is drawn.
    """
    name = wanted if _SAFE.fullmatch(wanted) else uuid.uuid4().hex
    tokens = _request.set(name), _trace.set("")
    try:
        yield name
    finally:
        _request.reset(tokens[0])
        _trace.reset(tokens[1])


def about(**facts: Any) -> dict[str, Any]:
    """Return the ``extra`` of a log call: facts that a collector may ask for by name."""
    return {"facts": facts}


def _marks(record: logging.LogRecord) -> dict[str, Any]:
    marks = {"trace": _trace.get(), "request": _request.get(), **getattr(record, "facts", {})}
    return {name: given for name, given in marks.items() if given not in ("", None)}


class Plain(logging.Formatter):
    """One line for a person."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line, with what it is about at its end."""
        marks = " ".join(f"{name}={given}" for name, given in _marks(record).items())
        return super().formatMessage(record) + (f" [{marks}]" if marks else "")


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; the instant in UTC, the traceback as one text."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **_marks(record),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def configuration(form: str) -> dict[str, Any]:
    """Return Django's ``LOGGING`` for a form: ``plain`` or ``json``."""
    line = "%(asctime)s %(levelname)s %(name)s %(message)s"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": f"{__name__}.Plain", "format": line},
            "json": {"()": f"{__name__}.Json"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {"facturier": {"level": "INFO"}},
    }
