"""Forgets, every hour, what ended: sessions and counted attempts."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.server.security import attempts
from facturier.server.security.sessions import SessionStore


@app.periodic(cron="17 * * * *")
@app.task(name="facturier.forget_sessions", queueing_lock="forget-sessions")
def forget(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Forget ended sessions and old attempts."""
    SessionStore.clear_expired()
    attempts.forget_old()
